"""What a large file costs: CPU milliseconds of the server for a megabyte, by loop and by way.

    python benchmarks/files/run.py [--rounds 5] [--megabytes 100]

`sendfile` is what the server does over plain TCP, `pieces` what it does over TLS (without what TLS
adds to it). Linux, with stario-core and uvloop installed. The rounds interleave the servers.
"""

import argparse
import os
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
sys.path += [str(HERE.parent), str(HERE.parent / "http")]

from load import connect, read_until
from processes import Server, pin, running

_BUFFER = bytearray(1024 * 1024)


class Download:
    """One file of one server."""

    def __init__(self, server: Server, path: bytes) -> None:
        self._server = server
        with connect(server.port) as connection:
            connection.sendall(b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % path)
            redirect = read_until(connection, b"\r\n\r\n")
        self._url = redirect.partition(b"\nlocation: ")[2].partition(b"\r")[0]

    def run(self) -> float:
        """Download it, and return the seconds of the server's CPU."""
        cpu = self._server.cpu_seconds()
        with connect(self._server.port) as connection:
            connection.sendall(b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % self._url)
            head, _, body = read_until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
            size = int(head.partition(b"\ncontent-length: ")[2].partition(b"\r")[0])
            discard(connection, size - len(body))
        return self._server.cpu_seconds() - cpu


def discard(connection: socket.socket, size: int) -> None:
    while size:
        got = connection.recv_into(_BUFFER, min(size, len(_BUFFER)))
        if not got:
            raise ConnectionError("the server closed the connection before the end")
        size -= got


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=100)
    options = parser.parse_args()
    pin((os.cpu_count() or 1) - 1)
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory())
        (Path(directory) / "large.bin").write_bytes(os.urandom(1_000_000) * options.megabytes)
        downloads: dict[str, Download] = {}
        for loop in ("asyncio", "uvloop"):
            for way in ("pieces", "sendfile"):
                arguments = (loop, way, directory)
                script = HERE / "server.py"
                server = stack.enter_context(running(Path(sys.executable), script, 0, *arguments))
                downloads[f"{loop}, {way}"] = Download(server, b"/static/large.bin")
        costs: dict[str, list[float]] = {name: [] for name in downloads}
        walls: dict[str, list[float]] = {name: [] for name in downloads}
        for _ in range(options.rounds):
            for name, download in downloads.items():
                start = time.perf_counter()
                costs[name].append(download.run() * 1000 / options.megabytes)
                walls[name].append(options.megabytes / (time.perf_counter() - start))
    for name, values in costs.items():
        print(
            f"{name:20} {min(values):.3f} ms of CPU for a megabyte at best, {median(values):.3f} in"
            f" the median; {max(walls[name]):.0f} MB/s at best"
        )


if __name__ == "__main__":
    main()
