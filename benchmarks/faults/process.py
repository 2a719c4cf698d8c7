"""The server as a process: started, asked, measured from outside, signalled, ended."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PATIENCE = 60.0  # seconds until an answer that does not come ends the command
MB = 1024 * 1024


class ServerProcess:
    """One run of `app.py`."""

    def __init__(self, loop: str, settings: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        environment = {**os.environ, "STARIO_PORT": str(self.port), "STARIO_LOOP": loop, **settings}
        self._process = subprocess.Popen(
            [sys.executable, HERE / "app.py"], env=environment, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"listening\n":
            raise SystemExit("The server did not start; its output above says why.")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, path: str) -> bytes:
        """Return the body of an answer, from a connection of its own."""
        with self.connect() as client:
            client.sendall(request(path, "Connection: close\r\n"))
            return rest_of(client).partition(b"\r\n\r\n")[2]

    def state(self) -> dict[str, Any]:
        return json.loads(self.ask("/state"))

    def resident(self) -> int:
        """Bytes in memory now."""
        return self._memory("VmRSS")

    def begin_peak(self) -> int:
        """Forget the peak so far, and return the bytes in memory now."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5", "ascii")
        return self.resident()

    def peak(self) -> int:
        """The most bytes in memory since `begin_peak`."""
        return self._memory("VmHWM")

    def _memory(self, field: str) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        line = next(line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def running(loop: str, **settings: str) -> Generator[ServerProcess]:
    server = ServerProcess(loop, settings)
    try:
        for _ in range(50):  # what is built at the first request, and caches
            server.ask("/")
            server.ask("/state")
        yield server
    finally:
        server.close()


def request(path: str, fields: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


def rest_of(client: socket.socket) -> bytes:
    """Everything until the server closes; a reset counts as a close."""
    pieces: list[bytes] = []
    try:
        while piece := client.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def until_received(client: socket.socket, text: bytes) -> bytes:
    received = b""
    while text not in received:
        piece = client.recv(65536)
        if not piece:
            raise SystemExit(f"The server closed before it sent {text!r}: {received!r}")
        received += piece
    return received


def reset(client: socket.socket) -> None:
    """Leave by RST."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()


def is_closed(client: socket.socket) -> bool:
    """Whether the server closed, after everything that it sent is read."""
    client.setblocking(False)
    try:
        while client.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
