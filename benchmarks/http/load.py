"""A load generator for one server: many keep-alive connections, one request in flight on each.

A connection's next request goes out as soon as its answer is read, so the server always has work.
It is not meant to be fast; it is meant to be the same for every contender.
"""

import json
import socket
import time
from contextlib import suppress

from processes import Server


class Load:
    """Open connections to one server, and the one answer that it gives."""

    def __init__(self, server: Server, request: bytes, connections: int) -> None:
        self._server = server
        self._sockets = [connect(server.port) for _ in range(connections)]
        self._request, self._answer = followed(self._sockets[0], request)

    @property
    def body(self) -> object:
        """The answer's body; of JSON its value, since spaces may stand in it or not."""
        body = self._answer.partition(b"\r\n\r\n")[2]
        with suppress(ValueError):
            return json.loads(body)
        return body

    def cpu_micros(self, seconds: float) -> float:
        """Send as fast as answers come back; microseconds of the server's CPU for a request."""
        size = len(self._answer)
        done = 0
        cpu, start = self._server.cpu_seconds(), time.perf_counter()
        for connection in self._sockets:
            connection.sendall(self._request)
        while time.perf_counter() - start < seconds:
            for connection in self._sockets:
                read(connection, size)
                connection.sendall(self._request)
            done += len(self._sockets)
        for connection in self._sockets:
            read(connection, size)
        done += len(self._sockets)
        return (self._server.cpu_seconds() - cpu) / done * 1e6

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def exchange(connection: socket.socket, request: bytes) -> bytes:
    """Send one request and return the whole answer, which must declare its length."""
    connection.sendall(request)
    answer = read_until(connection, b"\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    missing = int(fields[b"content-length"]) - len(body)
    return answer + (read(connection, missing) if missing else b"")


def followed(connection: socket.socket, request: bytes) -> tuple[bytes, bytes]:
    """Return the request for where a redirect leads, if it is answered by one, and its answer."""
    answer = exchange(connection, request)
    if not answer.startswith(b"HTTP/1.1 307 "):
        return request, answer
    location = answer.partition(b"\nlocation: ")[2].partition(b"\r")[0]
    method, _, rest = request.split(b" ", 2)
    request = b" ".join((method, location, rest))
    return request, exchange(connection, request)


def read(connection: socket.socket, size: int) -> bytes:
    data = _some(connection)
    while len(data) < size:
        data += _some(connection)
    return data


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        data += _some(connection)
    return data


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(262144)
    if not data:
        raise ConnectionError("the server closed a connection under load")
    return data
