"""A mistake in the literal part of a template, shown as a line of it with a caret below.

The scanner reads the strings joined by `SLOT`, which no template may hold: a place is one number.
"""

from collections.abc import Sequence

from stario.markup.errors import StarioError

SLOT = "\0"
_WIDTH = 76  # characters of a line that are shown: what fits a terminal beside a traceback


class Mistake(Exception):
    """What is wrong with the template, and where; `explained` makes the error of it."""

    def __init__(self, at: int, what: str, advice: str, length: int = 1) -> None:
        super().__init__(what)
        self.at = at
        self.what = what
        self.advice = advice
        self.length = length


def explained(mistake: Mistake, strings: Sequence[str], expressions: Sequence[str]) -> StarioError:
    """The error for people: `expressions` are the texts between the braces."""
    shown = [f"{{{' '.join(expression.split())}}}" for expression in expressions]
    text, begin, end = "", 0, 0
    for place, character in enumerate(SLOT.join(strings)):
        if place == mistake.at:
            begin = len(text)
        text += (shown.pop(0) if shown else "{…}") if character == SLOT else character
        if place == mistake.at + mistake.length - 1:
            end = len(text)
    if mistake.at >= sum(map(len, strings)) + len(strings) - 1:
        begin = len(text)
    return StarioError(f"{mistake.what}\n{_excerpt(text, begin, end)}", help_text=mistake.advice)


def _excerpt(text: str, begin: int, end: int) -> str:
    start = text.rfind("\n", 0, begin) + 1
    line = text[start:].partition("\n")[0].replace("\t", " ").rstrip("\r")
    column = begin - start
    carets = max(1, min(end - begin, len(line) - column))
    left = max(0, column - _WIDTH // 2) if len(line) > _WIDTH else 0
    window = "…" + line[left + 1 :] if left else line
    return f"    {window[: _WIDTH * 2]}\n    {' ' * (column - left)}{'^' * min(carets, _WIDTH)}"
