"""A load generator for one server: many keep-alive connections, one request in flight on each.

A connection's next request goes out as soon as its answer is read, so the server always has work.
It is not meant to be fast; it is meant to be the same for every contender.
"""

import socket
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """What one contender did in one slice of time."""

    requests: int
    cpu_seconds: float
    wall_seconds: float

    @property
    def cpu_micros(self) -> float:
        """Microseconds of the server's CPU for one request."""
        return self.cpu_seconds / self.requests * 1e6


class Load:
    """Open connections to one server, and the length of the one answer that it gives."""

    def __init__(self, port: int, request: bytes, connections: int) -> None:
        self._request = request
        self._sockets = [_connect(port) for _ in range(connections)]
        self.answer = _exchange(self._sockets[0], request)

    def run(self, pid: int, seconds: float) -> Sample:
        """Send as fast as answers come back, and read the server's CPU clock around it."""
        size = len(self.answer)
        done = 0
        cpu, start = _cpu_seconds(pid), time.perf_counter()
        for connection in self._sockets:
            connection.sendall(self._request)
        while time.perf_counter() - start < seconds:
            for connection in self._sockets:
                _read(connection, size)
                connection.sendall(self._request)
            done += len(self._sockets)
        for connection in self._sockets:
            _read(connection, size)
        done += len(self._sockets)
        return Sample(done, _cpu_seconds(pid) - cpu, time.perf_counter() - start)

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _exchange(connection: socket.socket, request: bytes) -> bytes:
    """Send one request and return the whole answer, which must declare its length."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _some(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    missing = int(fields[b"content-length"]) - len(body)
    return answer + (_read(connection, missing) if missing else b"")


def _read(connection: socket.socket, size: int) -> bytes:
    data = _some(connection)
    while len(data) < size:
        data += _some(connection)
    return data


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(262144)
    if not data:
        raise ConnectionError("the server closed a connection under load")
    return data


def _cpu_seconds(pid: int) -> float:
    """Time on the CPU of a process's main thread, in nanoseconds from the scheduler (Linux)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
