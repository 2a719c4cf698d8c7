"""A thousand streams of one server, read by one process: it is the same for every contender.

A chunk is an event. One stream, the witness, is looked into; what it received of an event in bytes
the others must have received too, since all of them began together.
"""

import select
import socket
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any

from processes import Server

_PATIENCE = 20.0  # seconds until an event must be everywhere
_END_OF_HEAD = b"\r\n\r\n"
_STALLED_BUFFER = 4096  # bytes that the kernel takes for a client that does not read


class Audience:
    """Open streams to one server, and one more connection to tell it to publish."""

    def __init__(self, server: Server, coding: str, count: int, stalled: int = 0) -> None:
        self._poll = select.epoll()
        self._control = _connect(server.port)
        self._stalled = [_connect(server.port, _STALLED_BUFFER) for _ in range(stalled)]
        self._sockets: dict[int, socket.socket] = {}
        self._received: dict[int, int] = {}
        self._witness = b""
        request = f"GET /stream HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n".encode()
        for connection in self._stalled:
            connection.sendall(request)
        for _ in range(count):
            connection = _connect(server.port)
            connection.sendall(request)
            head = _read_head(connection).partition(_END_OF_HEAD)[0]
            is_encoded = b"\r\ncontent-encoding: " + coding.encode() in head.lower() + b"\r\n"
            if is_encoded != (coding != "identity"):
                raise SystemExit(f"The head does not agree to {coding}: {head.decode()}")
            connection.setblocking(False)
            self._sockets[connection.fileno()] = connection
            self._received[connection.fileno()] = 0
            self._poll.register(connection, select.EPOLLIN)
        self._first = next(iter(self._sockets))
        self._count = 0

    def watch(self, first: int, count: int = 1) -> tuple[int, list[float]]:
        """Publish some events at once, and wait until everybody has them.

        Return the nanoseconds of the calls, and for each stream the seconds until it had all.
        """
        start = time.perf_counter()
        self._control.sendall(b"GET /publish/%d-%d HTTP/1.1\r\nHost: a\r\n\r\n" % (first, count))
        self._count += count
        arrivals: dict[int, float] = {}
        while not self._is_complete():
            for descriptor, _ in self._poll.poll(0.05):
                self._receive(descriptor)
                arrivals[descriptor] = time.perf_counter() - start
            if time.perf_counter() > start + _PATIENCE:
                received = self._received.values()
                raise SystemExit(
                    f"{self._count} events: {chunks(self._witness)[0]} came to the first stream,"
                    f" from {min(received)} to {max(received)} bytes to all"
                )
        took = int(_read_head(self._control).partition(_END_OF_HEAD)[2])
        return took, list(arrivals.values())

    def _is_complete(self) -> bool:
        received = self._received.values()
        return min(received) == max(received) and chunks(self._witness)[0] == self._count

    def text(self, coding: str) -> bytes | None:
        """Return all that was sent, decoded; None where this Python has no decoder."""
        return decoded(chunks(self._witness)[1], coding)

    @property
    def bytes_an_event(self) -> float:
        return len(self._witness) / self._count

    def close(self) -> None:
        self._poll.close()
        for connection in (self._control, *self._stalled, *self._sockets.values()):
            connection.close()

    def _receive(self, descriptor: int) -> None:
        data = self._sockets[descriptor].recv(262144)
        if not data:
            raise ConnectionError("the server closed a stream")
        self._received[descriptor] += len(data)
        if descriptor == self._first:
            self._witness += data


def chunks(body: bytes) -> tuple[int, bytes]:
    """Return how many chunks are complete, and what they hold."""
    count, held, place = 0, bytearray(), 0
    while (end := body.find(b"\r\n", place)) > 0:
        size = int(body[place:end], 16)
        if len(body) < end + 4 + size:
            break
        held += body[end + 2 : end + 2 + size]
        count += 1
        place = end + 4 + size
    return count, bytes(held)


def decoded(body: bytes, coding: str) -> bytes | None:
    if coding == "gzip":
        return zlib.decompressobj(31).decompress(body)
    if coding == "zstd":
        return _unframed(body) if sys.version_info >= (3, 14) else None
    return body if coding == "identity" else None


def _unframed(body: bytes) -> bytes:
    new_decoder = _zstd_decoder()
    decoder, text = new_decoder(), b""
    while body:
        text += decoder.decompress(body)
        body = decoder.unused_data if decoder.eof else b""
        if decoder.eof:
            decoder = new_decoder()
    return text


def _zstd_decoder() -> Callable[[], Any]:
    from compression import zstd  # pyright: ignore

    return zstd.ZstdDecompressor  # pyright: ignore


def _connect(port: int, buffer: int = 0) -> socket.socket:
    connection = socket.socket()
    if buffer:  # before the handshake, which tells the size of the window
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(_PATIENCE)
    connection.connect(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _read_head(connection: socket.socket) -> bytes:
    """Return a head, and the body if a length is declared."""
    data = b""
    while _END_OF_HEAD not in data:
        data += _some(connection)
    head, _, body = data.partition(_END_OF_HEAD)
    missing = int(_fields(head).get(b"content-length", 0)) - len(body)
    while missing > 0:
        piece = _some(connection)
        data += piece
        missing -= len(piece)
    return data


def _fields(head: bytes) -> dict[bytes, bytes]:
    return dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server closed a connection")
    return data
