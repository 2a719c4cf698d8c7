"""What a connection that waits costs in memory: after an answer, and with a stream open."""

import resource
import time
from contextlib import ExitStack
from dataclasses import dataclass

from load import connect, exchange, read_until
from processes import Server

_SETTLED = 0.3  # seconds after which nothing more is allocated


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many connections that have made one request, and how far its answer is read."""

    name: str
    count: int
    request: bytes
    aim: float  # kilobytes
    until: bytes | None = None  # None: the answer has a length

    def kilobytes(self, server: Server) -> float:
        """Kilobytes of the server's memory for each of the connections."""
        _allow_files(self.count + 200)
        with ExitStack() as stack:
            # What is made once, by the first request, does not count.
            self._open(stack, server, 20)
            time.sleep(_SETTLED)
            before = server.resident_bytes()
            self._open(stack, server, self.count)
            time.sleep(_SETTLED)
            return (server.resident_bytes() - before) / self.count / 1000

    def _open(self, stack: ExitStack, server: Server, count: int) -> None:
        for _ in range(count):
            connection = stack.enter_context(connect(server.port))
            if self.until is None:
                exchange(connection, self.request)
            else:
                connection.sendall(self.request)
                read_until(connection, self.until)


def _allow_files(count: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(count, 1024), most))


WAITING = (
    Waiting("idle connection", 2000, b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 3.0),
    Waiting(
        "open stream",
        1000,
        b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n",
        8.0,
        until=b"data: 0\n\n",
    ),
)
