"""What the command says: on stderr, line by line, in colour only where somebody can see it.

Standard output belongs to the tracer. A stderr that is closed stops nothing.
"""

import os
import sys
from typing import TextIO

from stario.env import is_present

_BOLD, _RED, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[0m"


def say(text: str) -> None:
    """Tell one line of news."""
    _put("[stario]", _BOLD, text)


def complain(text: str) -> None:
    """Tell what is wrong; the text may have several lines, and values of any kind in them."""
    _put("[stario] error:", _RED, "\n".join(map(plain, text.splitlines())))


def show(text: str) -> None:
    """Print what a command was asked for, on stdout; whoever reads it may have had enough."""
    try:
        print(text, flush=True)
    except BrokenPipeError:  # Python would complain of it again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plain(text: str) -> str:
    """Return text of unknown origin with every character escaped that a terminal may obey."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def has_colour(stream: TextIO | None) -> bool:
    """Say whether ANSI codes may go to this stream."""
    if is_present("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # the stream is closed
        return False


def _put(label: str, colour: str, text: str) -> None:
    stream: TextIO | None = sys.stderr  # None where Python runs without a console
    if stream is None:
        return
    if has_colour(stream):
        label = f"{colour}{label}{_RESET}"
    try:
        print(label, text, file=stream, flush=True)
    except (OSError, ValueError):
        pass
