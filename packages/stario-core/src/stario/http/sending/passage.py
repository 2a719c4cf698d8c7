"""A file goes to its client inside the kernel: sendfile(2), beside a transport that has sent all.

The loops differ here (uvloop has no `loop.sendfile`, and asyncio's reads nothing meanwhile, so that
a client that leaves is not noticed), so this needs of a loop no more than `add_writer`. It works on
a duplicate of the socket's descriptor: a loop lets nobody else wait for that of a transport.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol

# One call takes what the socket has room for, and not more than this: so long a thread is busy.
_CALL_MAX = 1024 * 1024

_sendfile: Callable[[int, int, int, int], int] | None = getattr(os, "sendfile", None)


class OpenFile(Protocol):
    """An open file, which stays open as long as somebody holds it."""

    @property
    def descriptor(self) -> int: ...


class Passage:
    """A second descriptor of a socket. While it is open, so is the connection.

    A cancelled handler may leave a thread behind that still sends, and a descriptor that was closed
    under its hands could be somebody else's by then: so the last of the two closes it.
    """

    __slots__ = ("_busy", "_closed", "_lock", "descriptor")

    def __init__(self, descriptor: int) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._closed = True
        self.descriptor = os.dup(descriptor)
        self._closed = False

    def close(self) -> None:
        """Close it, now or at the end of the call that is on. May be called again."""
        with self._lock:
            if not self._closed:
                self._closed = True
                if not self._busy:
                    os.close(self.descriptor)

    async def send(self, file: OpenFile, offset: int, count: int) -> int | None:
        """Return how many bytes the socket took; 0 when it is full, None when it will take no more.

        It takes no more at the end of the file, when the connection is broken, and where the kernel
        cannot do this with such a file. Waits in a thread, for the disk.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._send, file, offset, min(count, _CALL_MAX))

    def _send(self, file: OpenFile, offset: int, count: int) -> int | None:
        assert _sendfile is not None
        with self._lock:
            if self._closed:
                return None
            self._busy = True
        try:
            return _sendfile(self.descriptor, file.descriptor, offset, count) or None
        except BlockingIOError:
            return 0
        except OSError:
            return None
        finally:
            with self._lock:
                self._busy = False
                if self._closed:
                    os.close(self.descriptor)


def passage_beside(transport: asyncio.BaseTransport) -> Passage | None:
    """Return a passage, or None where the loop has to write itself: TLS, no socket, Windows.

    The transport must not be closing.
    """
    socket: Any = transport.get_extra_info("socket")
    if _sendfile is None or socket is None or transport.get_extra_info("ssl_object") is not None:
        return None
    try:
        return Passage(socket.fileno())
    except OSError:  # it is closed already
        return None
