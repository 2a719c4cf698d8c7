"""Milliseconds from spawn to the first 200, and the memory that the server then has.

    python benchmarks/startup/run.py [--rounds 20]

`raw` is a bare asyncio protocol on uvloop with httptools; `core` is a server of stario-core without
a tracer; `stario serve` is the command with the tracer that records nothing. Rounds interleave the
contenders; the first one, in which Python compiles what it imports, does not count. Printed are the
least of each, which noise can only add to, and the median.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

RAW = """
import asyncio, sys
import httptools, uvloop

class Raw(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)
    def data_received(self, data):
        self.parser.feed_data(data)
    def on_message_complete(self):
        self.transport.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\nHello")

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Raw, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

uvloop.run(main())
"""
APP = """
import stario.responses as responses
from stario import App, Context, Span, UrlPath, Writer

async def hello(c: Context, w: Writer) -> None:
    responses.text(w, "Hello")

async def bootstrap(app: App, span: Span):
    app.get(UrlPath("/"), hello)
    yield
"""
CORE = """
import sys
from app import bootstrap
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.tracing import NOOP_TRACER

Server(bootstrap, NOOP_TRACER, config=ServerConfig(port=int(sys.argv[1]))).run()
"""
CONTENDERS = {
    "raw": ("raw.py",),
    "core": ("core.py",),
    "stario serve": ("-m", "stario.cli", "serve", "app:bootstrap"),
}
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def start(arguments: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """Start a server, ask it once, and end it; return the milliseconds and the megabytes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    # A container may forbid Python to keep what it compiled, which no server's machine does.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "STARIO_PORT": str(port),
        "STARIO_TRACER": "noop",
    }
    command = [sys.executable, *arguments, str(port)]
    if "-m" in arguments:
        command.pop()
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for_200(port, process)
        return (time.perf_counter() - began) * 1000, resident_megabytes(process.pid)
    finally:
        process.terminate()
        process.wait(10)


def wait_for_200(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(REQUEST)
                if client.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n"):
                    return
        except OSError:
            time.sleep(0.001)
    raise SystemExit(f"A contender did not start: {process.args}")


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    met: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("raw.py", RAW), ("app.py", APP), ("core.py", CORE)):
            (folder / file).write_text(text, "utf-8")
        for round_number in range(options.rounds + 1):
            for contender, arguments in CONTENDERS.items():
                result = start(arguments, folder)
                if round_number:
                    met[contender].append(result)
    print(f"Python {sys.version.split()[0]}, {options.rounds} rounds")
    for contender, results in met.items():
        milliseconds, megabytes = zip(*results, strict=True)
        print(
            f"{contender:13} {min(milliseconds):6.1f} ms at best,"
            f" median {median(milliseconds):6.1f}; resident {min(megabytes):5.1f} MB at best,"
            f" median {median(megabytes):5.1f}"
        )


if __name__ == "__main__":
    main()
