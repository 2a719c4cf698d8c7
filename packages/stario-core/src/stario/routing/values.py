"""What a value may be in a link, for each place where a placeholder can stand.

In a path every reserved character is percent-encoded, and one dot or two, which browsers resolve
even when they are encoded, are refused: so a value can never leave its segment. In a host nothing
can be encoded, so a value is refused unless it is made of plain labels.
"""

import re

from stario.exceptions import StarioError
from stario.routing.locations import encoded, require_text

_LABEL = re.compile("[a-z0-9_-]+")
_DOTS = frozenset((".", ".."))  # RFC 3986, 5.2.4; "%2e" is the same to browsers (WHATWG URL, 4.1)


def path_value(name: str, value: object) -> str:
    """Encode the value of `{name}` in a path."""
    text = _text(name, value)
    if text.isalnum() and text.isascii():
        return text
    if "/" in text:
        raise bad_value(name, value, "holds a slash", "Use {name...} for several segments.")
    if text in _DOTS:
        raise bad_value(name, value, "is a dot segment", _DOTS_HELP)
    return encoded(text)


def path_rest(name: str, value: object) -> str:
    """Encode the value of `{name...}` in a path: its slashes separate segments."""
    segments = _text(name, value).split("/")
    if "" in segments:
        raise bad_value(name, value, "has an empty segment", _EMPTY_HELP)
    if not _DOTS.isdisjoint(segments):
        raise bad_value(name, value, "has a dot segment", _DOTS_HELP)
    return "/".join(map(encoded, segments))


def host_label(name: str, value: object) -> str:
    """Check the value of `{name}` in a host."""
    label = _text(name, value).lower()
    if not _LABEL.fullmatch(label):
        raise bad_value(name, value, "is not one label of a host", _LABEL_HELP)
    return label


def host_rest(name: str, value: object) -> str:
    """Check the value of `{name...}` in a host: its dots separate labels."""
    host = _text(name, value).lower()
    if not all(map(_LABEL.fullmatch, host.split("."))):
        raise bad_value(name, value, "is not a row of host labels", _LABEL_HELP)
    return host


_DOTS_HELP = "Browsers take '.' and '..' for a way through folders, and ask for another path."
_EMPTY_HELP = "Strip slashes at both ends, never double one."
_LABEL_HELP = "A label is made of ASCII letters, digits and hyphens; other scripts as 'xn--'."


def _text(name: str, value: object) -> str:
    text = "" if value is None else str(value)
    if not text:
        raise bad_value(name, value, "is empty", "Give every placeholder a value.")
    if not text.isalnum():  # as a number is, and no bytes or mapping
        require_text(value)
    return text


def bad_value(name: str, value: object, fault: str, help_text: str) -> StarioError:
    return StarioError(
        f"The value of {{{name}}} {fault}.", context={name: value}, help_text=help_text
    )
