"""What settings of files have in common: sizes, and values for headers."""

import re

from stario.exceptions import StarioError
from stario.markup.errors import shown

_NOT_IN_A_HEADER = re.compile("[^\t\x20-\x7e\x80-\xff]")


def require_size(name: str, size: object) -> None:
    """Raise StarioError unless this is a number of bytes, 1 or more."""
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise bad_size(name, size)


def header_text(name: str, value: object) -> str:
    """Return a header's value; StarioError for control characters and what is not Latin-1."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str) or _NOT_IN_A_HEADER.search(text):
        raise bad_header_value(name, value)
    return text


def bad_size(name: str, size: object) -> StarioError:
    return StarioError(
        f"{name} must be a whole number of bytes, 1 or more, not {shown(size)}.",
        context={name: size},
    )


def bad_header_value(name: str, value: object) -> StarioError:
    return StarioError(
        f"{name} is {shown(value)}, which cannot stand in a header.",
        context={name: value},
        help_text="Header values are Latin-1 text without control characters.",
    )
