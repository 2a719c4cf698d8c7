"""What stands on one line of an event stream."""

import re

from stario.datastar.errors import breaks_the_line

_BREAK = re.compile("[\r\n\0]")


def one_line(what: str, value: str) -> str:
    """Return the value, or raise StarioError where it would start another line."""
    if not isinstance(value, str) or _BREAK.search(value):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise breaks_the_line(what, value)
    return value
