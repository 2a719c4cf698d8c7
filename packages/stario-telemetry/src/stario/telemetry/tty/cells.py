"""Text in terminal cells: made harmless, measured, clipped.

Names, attributes and bodies come from requests. What a terminal would obey or hide (ESC, C1, bidi
marks, newlines, lone surrogates) is shown escaped, as `repr` does.
"""

from unicodedata import category, east_asian_width

# Zero-width characters take no room, so clipping by cells alone would let them through without end.
_CHARACTERS_PER_CELL = 4


def safe(text: str) -> str:
    """Return `text` with every character that is not printable escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def value_text(value: object, width: int) -> str:
    """Return an attribute's value as one harmless line, no longer than `width` cells can show."""
    try:
        text = value if isinstance(value, str) else str(value)
    except Exception:
        text = f"<{type(value).__name__} whose str() failed>"
    return safe(text[: width * _CHARACTERS_PER_CELL])


def cells(text: str) -> int:
    """Return how many cells `text` takes: 2 for wide characters, 0 for combining ones."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def clip(text: str, width: int) -> str:
    """Return `text`, cut to `width` cells with `…` at the end when it is longer."""
    text = text[: width * _CHARACTERS_PER_CELL]
    if cells(text) <= width:
        return text
    room = width - 1
    for kept, character in enumerate(text):
        if (room := room - _cell(character)) < 0:
            return text[:kept] + "…"
    return text


def spread(left: str, right: str, width: int) -> str:
    """Return one line with `left` at its start and `right` at its end; `left` gives way."""
    right = clip(right, width)
    left = clip(left, max(width - cells(right) - 1, 1))
    gap = width - cells(left) - cells(right)
    return clip(left + " " * max(gap, 1) + right, width)


def _cell(character: str) -> int:
    if character < "\u0300":
        return 1
    if category(character) in ("Mn", "Me"):  # marks over, under and around a letter
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
