"""Character references: `&` in a template must mean the same with and without its values.

Values are escaped, so none brings a reference along; but `&` before a slot could make one of a
harmless value (`&{x}` and "lt;").
"""

import re
from html import unescape

from stario.markup.templates.mistakes import Mistake

_BEGUN = re.compile("&#?[0-9A-Za-z]*\0")
_ANY = re.compile("&#?[0-9A-Za-z]+;?")


def refuse_begun(source: str, start: int, end: int, offset: int = 0) -> None:
    """Refuse a reference that a slot between `start` and `end` of `source` could complete.

    `offset` is where `source` begins in the template.
    """
    if found := _BEGUN.search(source, start, end):
        raise Mistake(
            offset + found.start(),
            "Together with a value this & could become a character reference.",
            "Write &amp;.",
            len(found[0]),
        )


def refuse_in_script(script: str) -> None:
    """Refuse what would be read otherwise if the template ended up inside `<svg>`."""
    for found in _ANY.finditer(script):
        if unescape(found[0]) != found[0]:
            raise Mistake(
                found.start(),
                "In a script with values this must not look like a character reference.",
                "Put a space after the &, or write the character itself.",
                len(found[0]),
            )


def refuse_unfinished(value: str, start: int) -> None:
    """Refuse a reference without semicolon, which attributes and text read differently."""
    for found in _ANY.finditer(value):
        if not found[0].endswith(";") and unescape(found[0]) != found[0]:
            raise Mistake(
                start + found.start(),
                "This character reference has no semicolon.",
                "Write &amp; for the sign itself.",
                len(found[0]),
            )
