"""A transport in memory: the server's end of a connection whose other end is a test.

It behaves as a socket's transport does: reads come from the loop in pieces, a pause holds them
back, what the client does not take fills the write buffer until the server is told to pause, and
the loss of the connection is reported once, from the loop.
"""

import asyncio
from collections import deque
from contextvars import Context
from typing import Any, Protocol

# As much as one read of a socket brings.
_READ = 64 * 1024
_HIGH_WATER = 64 * 1024


class Client(Protocol):
    """What a transport needs of the other end."""

    @property
    def wants_bytes(self) -> bool: ...
    def received(self, data: bytes) -> None: ...
    def server_closed(self) -> None: ...
    def lost(self, error: Exception | None) -> None: ...


class MemoryTransport(asyncio.Transport):
    """One connection without a socket. The protocol's callbacks run in `context`."""

    def __init__(
        self, protocol: asyncio.Protocol, client: Client, context: Context, *, secure: bool = False
    ) -> None:
        # Nothing is encrypted here; the presence of the last entry is how a server tells TLS.
        super().__init__(
            {
                "peername": ("127.0.0.1", 0),
                "sockname": ("127.0.0.1", 443 if secure else 80),
                "ssl_object": True if secure else None,
            }
        )
        self._protocol = protocol
        self._client = client
        self._context = context
        self._loop = asyncio.get_running_loop()
        # From the client to the server
        self._arriving = bytearray()
        self._reading = True
        self._delivery: asyncio.Handle | None = None
        # From the server to the client
        self._unread: deque[bytes] = deque()
        self._unread_size = 0
        self._high, self._low = _HIGH_WATER, _HIGH_WATER // 4
        self._writing_paused = False
        self._ended = False
        self._closing = False
        self._losing = False
        context.run(protocol.connection_made, self)

    def __repr__(self) -> str:
        state = "closing" if self._closing else "open"
        return f"<MemoryTransport {state}, {self._unread_size} bytes unread>"

    # The client's side

    @property
    def all_delivered(self) -> bool:
        """The server has read all that the client sent."""
        return not self._arriving

    def deliver(self, data: bytes, context: Context) -> None:
        """Send bytes to the server; its callbacks run in `context` from now on."""
        self._context = context
        self._arriving += data
        self._schedule_delivery()

    def flush(self) -> None:
        """Hand the client what it wants; go on writing when it has taken enough."""
        while self._unread and self._client.wants_bytes:
            data = self._unread.popleft()
            self._unread_size -= len(data)
            self._client.received(data)
        if self._writing_paused and self._unread_size <= self._low:
            self._writing_paused = False
            self._protocol.resume_writing()
        if not self._unread:
            self._end_when_flushed()

    def leave(self) -> None:
        """Close the client's end: the server reads its end, and then loses the connection."""
        if not self._losing:
            self._loop.call_soon(self._read_end_of_stream, context=self._context)

    def _read_end_of_stream(self) -> None:
        if not self._losing:
            self._protocol.eof_received()
            self.abort()

    # What the server's protocol calls

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        if self._closing or self._ended:
            return
        self._unread.append(bytes(data))
        self._unread_size += len(data)
        self.flush()
        if self._unread_size > self._high and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def write_eof(self) -> None:
        self._ended = True
        self.flush()

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._arriving.clear()
            self.flush()

    def abort(self) -> None:
        self._closing = True
        self._arriving.clear()
        self._unread.clear()
        self._unread_size = 0
        self._client.server_closed()
        self._lose(None)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        self._schedule_delivery()

    def is_reading(self) -> bool:
        return self._reading

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = high if high is not None else 4 * low if low is not None else _HIGH_WATER
        self._low = low if low is not None else self._high // 4

    def get_write_buffer_size(self) -> int:
        return self._unread_size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    # The loop's part

    def _schedule_delivery(self) -> None:
        if self._delivery is None and self._arriving and self._reading and not self._closing:
            self._delivery = self._loop.call_soon(self._deliver_piece, context=self._context)

    def _deliver_piece(self) -> None:
        self._delivery = None
        if self._closing or not self._reading:
            return
        data = bytes(self._arriving[:_READ])
        del self._arriving[:_READ]
        try:
            self._protocol.data_received(data)
        except Exception as error:
            # As asyncio does: a protocol that raises loses its connection.
            self._closing = True
            self._lose(error)
        self._schedule_delivery()

    def _end_when_flushed(self) -> None:
        if self._closing or self._ended:
            self._client.server_closed()
            self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if not self._losing:
            self._closing = self._losing = True
            self._loop.call_soon(self._report_loss, error, context=self._context)

    def _report_loss(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)
        self._client.lost(error)
