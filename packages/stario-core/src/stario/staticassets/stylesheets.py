"""Stylesheets are served with the hashed names of what they refer to.

A URL in a stylesheet names a file when it leads below the manifest's prefix and the manifest has
that file; every other URL stays as it is.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from urllib.parse import unquote

from stario.staticassets.asset import FINGERPRINT_DIGITS, Asset
from stario.staticassets.css import Reference, quoted, references

# A larger one is kept on the disk, by default, and is hardly written by hand.
STYLESHEET_MAX = 1024 * 1024

# What the URL parser of browsers drops: around a URL, and inside; and what makes a URL absolute.
_STRIPPED = "".join(map(chr, range(33)))
_DROPPED = str.maketrans("", "", "\t\n\r")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOTS = {"%2e": ".", ".%2e": "..", "%2e.": "..", "%2e%2e": ".."}
# Changes when the same stylesheet is to be served otherwise, and so under another URL.
_FORM = b"1"


class Stylesheets:
    """The references of a manifest's stylesheets."""

    def __init__(self, assets: Mapping[str, Asset], base: Iterable[str]) -> None:
        """Begin with files by the hashes of their contents, below the path of these segments."""
        self._assets = assets
        self._base = list(base)
        self._targets: dict[str, frozenset[str]] = {}

    def learn(self, asset: Asset, content: bytes) -> None:
        """Find out to which files a stylesheet refers."""
        targets = frozenset(name for _, name in self._found(asset.logical_path, _text(content)))
        if targets:
            self._targets[asset.logical_path] = targets

    def __contains__(self, logical_path: str) -> bool:
        """Tell whether this is a stylesheet that refers to files."""
        return logical_path in self._targets

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def digits_of(self, logical_path: str) -> str:
        """Return the hash of a stylesheet and of all that it leads to, also where it is a circle.

        It is made from the hashes of the contents, so those must be in the assets still.
        """
        digest = blake2b(_FORM, digest_size=FINGERPRINT_DIGITS // 2)
        for name in (logical_path, *sorted(self._reachable(logical_path))):
            entry = f"{name}\0{self._assets[name].fingerprint}\0"
            digest.update(entry.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def rewritten(self, asset: Asset, content: bytes, served: Mapping[str, Asset]) -> bytes:
        """Return the stylesheet with the names that its files have in `served`."""
        css = _text(content)
        parts: list[str] = []
        end = 0
        for reference, name in self._found(asset.logical_path, css):
            url = _with_file_name(reference.url, served[name].url.rpartition("/")[2])
            parts += (css[end : reference.start], quoted(url))
            end = reference.end
        return "".join((*parts, css[end:])).encode("utf-8", "surrogateescape")

    def _reachable(self, start: str) -> set[str]:
        seen: set[str] = set()
        waiting = deque([start])
        while waiting:
            new = self._targets.get(waiting.popleft(), frozenset()) - seen
            seen |= new
            waiting += new
        return seen

    def _found(self, logical_path: str, css: str) -> Iterator[tuple[Reference, str]]:
        directory = [*self._base, *logical_path.split("/")[:-1]]
        for reference in references(css):
            name = self._named(_path_of(_cleaned(reference.url)), directory)
            if name is not None:
                yield reference, name

    def _named(self, path: str, directory: list[str]) -> str | None:
        if not path or path.startswith("//") or "\\" in path or _SCHEME.match(path):
            return None
        segments = _resolved(path, directory)
        depth = len(self._base)
        if segments[:depth] != self._base:
            return None
        name = "/".join(segments[depth:])
        return name if name in self._assets else None


def _cleaned(url: str) -> str:
    """Drop what the URL parser of browsers drops."""
    return url.strip(_STRIPPED).translate(_DROPPED)


def _path_of(url: str) -> str:
    """Return what stands before the query and the fragment."""
    return url.partition("#")[0].partition("?")[0]


def _resolved(path: str, directory: list[str]) -> list[str]:
    """Walk a path as a browser does (RFC 3986, 5.2); a name is decoded after the walk."""
    walked = [] if path.startswith("/") else list(directory)
    for segment in path.removeprefix("/").split("/"):
        step = _DOTS.get(segment.lower(), segment)
        if step == "..":
            del walked[-1:]
        elif step != ".":
            walked.append(_decoded(segment))
    return walked


def _decoded(segment: str) -> str:
    name = unquote(segment, errors="surrogateescape")
    return segment if "/" in name else name


def _with_file_name(url: str, name: str) -> str:
    """Replace the last segment of the path, and keep the directories, query and fragment."""
    url = _cleaned(url)
    path = _path_of(url)
    directory, slash, _ = path.rpartition("/")
    return f"{directory}{slash}{name}{url[len(path) :]}"


def _text(content: bytes) -> str:
    """Decode so that the same bytes come out again, whatever they are."""
    return content.decode("utf-8", "surrogateescape")
