"""Prints of others on the same terminal: what stands below the cursor is cleared away before them.

The cursor rests above the live lines, so that whatever is written there stays. Only the remains of
the live lines would stand beside it. The streams themselves are told, not exchanged for others:
handlers of `logging` keep the stream that they found when they were made.
"""

import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import TextIO

_CLEAR_BELOW = "\x1b[J"


class Beside:
    """Watches standard output and error, as far as they are the view's terminal."""

    def __init__(self) -> None:
        self.is_shown = False
        """Whether live lines stand below the cursor; set after they were painted."""
        self._watched: list[tuple[TextIOWrapper, Callable[[str], int]]] = []

    def watch(self, out: TextIO) -> None:
        """Begin. Streams of other kinds, or to other places than `out`, are left alone."""
        for stream in (sys.stdout, sys.stderr):
            if type(stream) is not TextIOWrapper or not _is_same(stream, out):
                continue
            if "write" not in vars(stream):
                clearing = self._clearing(stream.write)
                setattr(stream, "write", clearing)  # noqa: B010
                self._watched.append((stream, clearing))

    def stop(self) -> None:
        """Leave the streams as they were."""
        for stream, clearing in self._watched:
            if vars(stream).get("write") is clearing:  # else somebody has come after us
                del vars(stream)["write"]
        self._watched.clear()

    def _clearing(self, write: Callable[[str], int]) -> Callable[[str], int]:
        def clearing(text: str, /) -> int:
            if self.is_shown and text:
                self.is_shown = False
                write(_CLEAR_BELOW)
            return write(text)

        return clearing


def _is_same(stream: TextIOWrapper, out: TextIO) -> bool:
    try:
        return stream.isatty() and os.path.samestat(*map(os.fstat, (stream.fileno(), out.fileno())))
    except (OSError, ValueError):
        return False
