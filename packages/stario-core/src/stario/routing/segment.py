"""One segment of a path or one label of a host: exact text, `{name}`, or `{name...}` for the rest.

A placeholder stands for a whole segment. Exact text may be written plainly or percent-encoded:
`/a b` and `/a%20b` are the same pattern. An encoded slash stays `%2F`, as it does in a request.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from keyword import iskeyword
from urllib.parse import unquote

from stario.exceptions import StarioError
from stario.routing.locations import SEGMENT_SAFE, encoded

_PLACEHOLDER = re.compile(r"\{([^{}.]*)(\.\.\.)?\}")
_ENCODED_SLASH = re.compile("(%2[Ff])")
_DOT_OUTSIDE_BRACES = re.compile(r"\.(?![^{]*\})")
_LABEL = re.compile(r"[a-z0-9_:\[\]-]+")  # with the brackets and colons of an IPv6 address
_NOT_IN_A_PATH = re.compile("[?#]")


@dataclass(frozen=True, slots=True)
class Segment:
    """`exact` is what a request must have here; it is empty for a placeholder, which has a name."""

    exact: str
    name: str = ""
    rest: bool = False

    def __str__(self) -> str:
        if not self.name:
            return self.exact
        return f"{{{self.name}...}}" if self.rest else f"{{{self.name}}}"


def path_segments(path: str) -> tuple[Segment, ...]:
    """Read a normalized path pattern, left to right."""
    if path == "/":
        return ()
    segments = tuple(_path_segment(text, path) for text in path[1:].split("/"))
    if any(segment.rest for segment in segments[:-1]):
        raise rest_not_last(path)
    return segments


def host_labels(host: str) -> tuple[Segment, ...]:
    """Read a host pattern, right to left: from the top-level domain down, as it is matched."""
    if ":" in host and not host.startswith("["):
        raise port_in_host(host)
    labels = tuple(_host_label(text, host) for text in _DOT_OUTSIDE_BRACES.split(host))
    if any(label.rest for label in labels[1:]):
        raise rest_not_first(host)
    return labels[::-1]


def unique_names(segments: Iterable[Segment], pattern: str) -> frozenset[str]:
    """Return the names of the placeholders; raise StarioError when one stands twice."""
    names: set[str] = set()
    for segment in segments:
        if segment.name in names:
            raise name_used_twice(segment.name, pattern)
        if segment.name:
            names.add(segment.name)
    return frozenset(names)


def segment_link(exact: str) -> str:
    """Return exact text as it stands in a link."""
    pieces = _ENCODED_SLASH.split(exact)
    pieces[::2] = [encoded(piece, SEGMENT_SAFE) for piece in pieces[::2]]
    return "".join(pieces)


def _path_segment(text: str, path: str) -> Segment:
    if not text:
        raise empty_segment(path)
    if _NOT_IN_A_PATH.search(text):
        raise not_a_path(path)
    return _placeholder(text, path) or Segment(_decoded(text, path))


def _host_label(text: str, host: str) -> Segment:
    if not text:
        raise empty_label(host)
    label = _placeholder(text, host) or Segment(text.lower())
    if label.exact and not _LABEL.fullmatch(label.exact):
        raise not_a_label(text, host)
    return label


def _placeholder(text: str, pattern: str) -> Segment | None:
    found = _PLACEHOLDER.fullmatch(text)
    if found is None:
        if "{" in text or "}" in text:
            raise not_a_whole_segment(text, pattern)
        return None
    name: str = found[1]
    if not name.isidentifier() or iskeyword(name):
        raise not_a_name(name, pattern)
    return Segment("", name, found[2] is not None)


def _decoded(text: str, path: str) -> str:
    pieces = _ENCODED_SLASH.split(text)
    try:
        pieces[::2] = [unquote(piece, errors="strict") for piece in pieces[::2]]
    except UnicodeDecodeError as error:
        raise not_utf8(path) from error
    return "".join(pieces)


def empty_segment(path: str) -> StarioError:
    return StarioError(
        f"The path pattern {path!r} has an empty segment.",
        context={"path": path},
        help_text="Write one slash between two segments.",
    )


def not_a_path(path: str) -> StarioError:
    return StarioError(
        f"The path pattern {path!r} holds a '?' or a '#'.",
        context={"path": path},
        help_text="A pattern is a path alone. Give the query and the fragment to href().",
        example='UrlPath("/search").href(query={"q": "cats"}, fragment="results")',
    )


def not_utf8(path: str) -> StarioError:
    return StarioError(
        f"The path pattern {path!r} has percent-encoded bytes that are not UTF-8.",
        context={"path": path},
        help_text="Write the text itself: it is encoded in links.",
    )


def not_a_whole_segment(text: str, pattern: str) -> StarioError:
    return StarioError(
        f"{text!r} is neither exact text nor a placeholder.",
        context={"segment": text, "pattern": pattern},
        help_text="A placeholder is a whole segment, in one pair of braces.",
        example='UrlPath("/users/{user_id}")',
    )


def not_a_name(name: str, pattern: str) -> StarioError:
    return StarioError(
        f"{name!r} cannot be the name of a placeholder.",
        context={"name": name, "pattern": pattern},
        help_text="Use a Python name that is not a keyword: href() takes it as an argument.",
        example='UrlPath("/users/{user_id}")',
    )


def name_used_twice(name: str, pattern: str) -> StarioError:
    return StarioError(
        f"The placeholder {name!r} stands twice in {pattern!r}.",
        context={"name": name, "pattern": pattern},
        help_text="Give every placeholder of a pattern, host included, a name of its own.",
    )


def rest_not_last(path: str) -> StarioError:
    return StarioError(
        f"The path pattern {path!r} goes on after a placeholder for the rest.",
        context={"path": path},
        help_text="{name...} takes everything that is left: make it the last segment.",
    )


def rest_not_first(host: str) -> StarioError:
    return StarioError(
        f"The host pattern {host!r} has a placeholder for the rest after its first label.",
        context={"host": host},
        help_text="{name...} takes all labels on the left: make it the first label.",
        example='UrlPath("/", host="{tenant...}.example.com")',
    )


def empty_label(host: str) -> StarioError:
    return StarioError(
        f"The host pattern {host!r} is empty or has an empty label.",
        context={"host": host},
        help_text="Write labels with one dot between two, or leave the host out.",
    )


def not_a_label(text: str, host: str) -> StarioError:
    return StarioError(
        f"{text!r} cannot be a label of a host.",
        context={"label": text, "host": host},
        help_text="Use ASCII letters, digits and hyphens; other scripts in their 'xn--' form.",
    )


def port_in_host(host: str) -> StarioError:
    return StarioError(
        f"The host pattern {host!r} has a port.",
        context={"host": host},
        help_text="Hosts are matched without their port: leave it out.",
    )
