"""The line between `watch` and the app that it runs: JSON texts, one a line, over a socket pair.

`watch` says `load` (import the app) and then `serve`; the app says `ready`, `listening`,
`stopping`, `over` and `failed`. Whoever ends closes its side, which the other one hears at once.
"""

import json
import os
import select
import socket
from contextlib import suppress
from time import monotonic
from typing import Any, cast

# Set by `watch` for its child, and by nobody else: what serves in production has no such line.
VARIABLE = "_STARIO_WATCHED"

_LONGEST = 1 << 20  # bytes of a message; a report of a failure is far shorter
_SEND_SECONDS = 1.0

type Message = dict[str, Any]


class Channel:
    """One end. What is said to an end that is closed is lost."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._end.settimeout(_SEND_SECONDS)
        self._unread = b""
        self.closed = False

    def say(self, what: str, **details: object) -> None:
        """Send a message."""
        with suppress(OSError):
            self._end.sendall(json.dumps({"say": what, **details}).encode() + b"\n")

    def hear(self, seconds: float | None = 0.0) -> Message | None:
        """Return the next message; None when none came in time (None: for ever), or ever will."""
        end = None if seconds is None else monotonic() + seconds
        while b"\n" not in self._unread:
            if self.closed or not self._read(None if end is None else max(0.0, end - monotonic())):
                return None
        line, self._unread = self._unread.split(b"\n", 1)
        return _message(line)

    def fileno(self) -> int:
        """Return the descriptor, which can be read when there is something to hear."""
        return self._end.fileno()

    def close(self) -> None:
        """Close this end."""
        self._end.close()
        self.closed = True

    def _read(self, seconds: float | None) -> bool:
        """Read what is there; False when nothing came in time, or the other end was closed."""
        if not select.select([self._end], [], [], seconds)[0]:
            return False
        try:
            data = self._end.recv(65536)
        except OSError:
            data = b""
        self._unread += data
        if not data or len(self._unread) > _LONGEST:
            self.closed = True
        return not self.closed


def _message(line: bytes) -> Message:
    try:
        read: object = json.loads(line)
    except ValueError:
        return {}
    return cast("Message", read) if isinstance(read, dict) else {}


def channel_from_environment() -> Channel | None:
    """Take the end that `watch` left to this process; None without it.

    The variable is removed, and the end closed at an exec: they are not for child processes.
    """
    text = os.environ.pop(VARIABLE, "")
    try:
        end = socket.socket(fileno=int(text))
    except (OSError, ValueError, OverflowError):
        return None
    try:
        is_line = end.family == socket.AF_UNIX and end.getpeername() is not None
    except (AttributeError, OSError):  # a platform without them, or a socket that leads nowhere
        is_line = False
    if not is_line:  # somebody else's descriptor
        end.detach()
        return None
    os.set_inheritable(end.fileno(), False)
    return Channel(end)
