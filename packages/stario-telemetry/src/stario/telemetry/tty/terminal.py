"""Where the view goes: what it can do, how large it is, and how text gets there.

A repaint goes to the descriptor as a whole, so that nothing of others gets into it. The lock of the
Python stream is not held meanwhile: a terminal that does not read stops the painter alone.
"""

import os
import select
import sys
from io import TextIOWrapper
from typing import TextIO

_FALLBACK_SIZE = (80, 24)
_WAIT_SECONDS = 0.5


class Terminal:
    """An output as the environment and the output itself describe it.

    `is_live` says whether the cursor may be moved, `has_color` whether colours may be sent. A
    terminal has both unless `NO_COLOR` exists (even empty) or `TERM` is `dumb`; anything else has
    colours when `FORCE_COLOR` is set, not empty and not 0. `out` is None without a console.
    """

    def __init__(self, out: TextIO | None) -> None:
        self._out = out
        no_color = "NO_COLOR" in os.environ
        capable = (
            out is not None
            and _is_terminal(out)
            and os.environ.get("TERM") != "dumb"
            and _obeys_codes(out)
        )
        forced = os.environ.get("FORCE_COLOR", "") not in ("", "0")
        self.is_live = capable and not no_color
        self.has_color = (capable or forced) and not no_color
        self._descriptor = _descriptor(out)

    def size(self) -> tuple[int, int]:
        """Return columns and lines, as they are now."""
        if self._out is None:
            return _FALLBACK_SIZE
        try:
            columns, lines = os.get_terminal_size(self._out.fileno())
        except (OSError, ValueError):
            return _FALLBACK_SIZE
        return columns or _FALLBACK_SIZE[0], max(lines, 2) if lines else _FALLBACK_SIZE[1]

    def is_being_typed_at(self) -> bool:
        """Say whether somebody edits a line, as in a debugger: then only news are worth it."""
        if self._out is None or not self.is_live:
            return False
        try:
            import termios

            local_modes = termios.tcgetattr(self._out.fileno())[3]
        except Exception:  # no terminal, or no POSIX; termios has an error of its own
            return False
        return not local_modes & termios.ICANON

    def write(self, text: str) -> None:
        """Write all of `text`. Raises OSError or ValueError when the output is gone."""
        if self._out is None:
            raise no_output()
        if self._descriptor is None:
            _write_to_stream(self._out, text)
            return
        if not self.is_live:
            self._out.flush()  # what the application printed goes first, as it would anyway
        encoding = self._out.encoding or "utf-8"
        _write_all(self._descriptor, text.encode(encoding, "backslashreplace"))


def no_output() -> OSError:
    return OSError("There is no standard output to show spans on.")


def _write_to_stream(out: TextIO, text: str) -> None:
    try:
        out.write(text)
    except UnicodeEncodeError:  # a terminal without UTF-8
        out.write(text.encode(out.encoding, "backslashreplace").decode(out.encoding))
    out.flush()


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:  # somebody made it non-blocking
            select.select([], [descriptor], [], _WAIT_SECONDS)


def _is_terminal(out: TextIO) -> bool:
    try:
        return out.isatty()
    except ValueError:  # closed
        return False


def _descriptor(out: TextIO | None) -> int | None:
    # Only of Python's own streams: another one may do something with what is written to it. On
    # Windows the stream translates for the console.
    if os.name != "posix" or type(out) is not TextIOWrapper:
        return None
    try:
        return out.fileno()
    except (OSError, ValueError):
        return None


def _obeys_codes(out: TextIO) -> bool:
    """Make a Windows console obey control sequences; terminals elsewhere do anyway."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    processed_and_virtual = 0x0001 | 0x0004
    try:
        kernel, handle = ctypes.windll.kernel32, msvcrt.get_osfhandle(out.fileno())
        mode = ctypes.c_uint32()
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        return bool(kernel.SetConsoleMode(handle, mode.value | processed_and_virtual))
    except (OSError, ValueError):
        return False
