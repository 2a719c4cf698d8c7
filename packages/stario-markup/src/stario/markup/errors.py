"""The error of a wrong call, and how it reads.

`StarioError` is defined here because this distribution may import nothing; `stario.exceptions`
re-exports the same class, so one `except` clause covers every Stario package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A line of a log that holds more is read by nobody.
_LONGEST = 1000


class StarioError(Exception):
    """A call that cannot work, with what a person needs to mend it.

    `message` says what happened, `context` holds the values it happened with, `help_text` the next
    step, and `example` code that works.
    """

    def __init__(
        self,
        message: str,
        *,
        context: dict[str, Any] | None = None,
        help_text: str | None = None,
        example: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.context: dict[str, Any] = context or {}
        self.help_text = help_text
        self.example = example

    def __str__(self) -> str:
        lines = [self.message]
        if self.context:
            values = ", ".join(f"{name}={shown(value)}" for name, value in self.context.items())
            lines.append(f"  Context: {values}")
        if self.help_text is not None:
            lines.append(f"  Help: {self.help_text}")
        if self.example is not None:
            lines.append(f"  Example:\n{self.example}")
        return "\n".join(lines)


def shown(value: object, longest: int = _LONGEST) -> str:
    """Return the repr of a value, cut at `longest` characters. It never fails, whatever the value.

    Python refuses to write an int of more than 4,300 digits, and a repr is anybody's code.
    """
    try:
        if isinstance(value, (str, bytes)) and len(value) > longest:
            return f"{value[:longest]!r}… ({len(value)} long)"
        text = repr(value)
    except Exception:
        return f"<{type(value).__name__} that cannot be shown>"
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
