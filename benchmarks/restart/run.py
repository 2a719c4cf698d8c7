"""Requests that fail while a server is restarted again and again under load; the aim is none.

    python benchmarks/restart/run.py [--restarts 10] [--loop uvloop] [--clients 4] [--unix] [--tls]

This process opens the listening socket and keeps it; each server inherits it, gets a SIGTERM, and
is replaced when it has ended. Half of the clients keep their connection, and the others open one
for each request. A client does what HTTP asks of it: it takes `connection: close` for an answer,
and looks for the server's goodbye before it sends. Nothing is sent twice.
"""

import argparse
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

SERVER = """
import asyncio
import stario.responses as responses
from stario.http.config import server_config_from_env
from stario.http.server import Server
from stario.tracing import NOOP_TRACER

async def hello(c, w):
    responses.text(w, "Hello")

async def slow(c, w):
    await asyncio.sleep(0.02)
    responses.text(w, "Hello")

async def bootstrap(app, span):
    app.get("/", hello)
    app.get("/slow", slow)
    yield

Server(
    bootstrap, NOOP_TRACER,
    config=server_config_from_env(),
    on_listening=lambda addresses: print("listening", flush=True),
).run()
"""


class Client:
    """Asks in a loop, on one connection while the server keeps it, or on one for each request."""

    def __init__(
        self, connect: Callable[[], socket.socket], stop: Event, *, path: str, keeps: bool
    ) -> None:
        self._connect = connect
        self._stop = stop
        end = "" if keeps else "Connection: close\r\n"
        self._request = f"GET {path} HTTP/1.1\r\nHost: a\r\n{end}\r\n".encode()
        self._keeps = keeps
        self._connection: socket.socket | None = None
        self.answered = 0
        self.failures: Counter[str] = Counter()
        self.longest = 0.0
        self.thread = Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._ask()
                self.answered += 1
            except OSError as error:
                self.failures[f"{type(error).__name__}: {error}"] += 1
                self._hang_up()
            self.longest = max(self.longest, time.monotonic() - began)
        self._hang_up()

    def _ask(self) -> None:
        if self._connection is not None and select.select([self._connection], [], [], 0)[0]:
            self._hang_up()
        connection = self._connection or self._connect()
        self._connection = connection
        connection.sendall(self._request)
        answer = b""
        while not answer.endswith(b"\r\n\r\nHello"):
            piece = connection.recv(4096)
            if not piece:
                raise OSError(f"the answer was {answer!r}")
            answer += piece
        if b"\r\nconnection: close\r\n" in answer or not self._keeps:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def certificate(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(
        ["openssl", *command.split(), *subject.split(), *files], check=True, capture_output=True
    )
    return cert, key


def start(listening: socket.socket, loop: str, extra: dict[str, str]) -> "subprocess.Popen[str]":
    fd = listening.fileno()
    environment = {**os.environ, **extra, "STARIO_FD": str(fd), "STARIO_LOOP": loop}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env=environment,
        pass_fds=(fd,),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "listening\n":
        raise SystemExit("The server did not start; its output above says why.")
    return process


def measure(options: argparse.Namespace, folder: Path) -> bool:
    extra: dict[str, str] = {}
    context: ssl.SSLContext | None = None
    if options.tls:
        cert, key = certificate(folder)
        extra = {"STARIO_SSL_CERTFILE": str(cert), "STARIO_SSL_KEYFILE": str(key)}
        context = ssl.create_default_context(cafile=cert)
    if options.unix:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(folder / "s"))
    else:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    address = listening.getsockname()

    def connect() -> socket.socket:
        client = socket.socket(listening.family)
        client.settimeout(20)
        client.connect(address)
        return (
            client if context is None else context.wrap_socket(client, server_hostname="127.0.0.1")
        )

    stop = Event()
    clients = [
        Client(connect, stop, path="/slow" if n % 4 > 1 else "/", keeps=n % 2 == 0)
        for n in range(options.clients)
    ]
    server = start(listening, options.loop, extra)
    for client in clients:
        client.thread.start()
    for _ in range(options.restarts):
        time.sleep(options.between)
        server.send_signal(signal.SIGTERM)
        if code := server.wait(20):
            print(f"a server ended with {code}")
        server = start(listening, options.loop, extra)
    stop.set()
    for client in clients:
        client.thread.join()
    server.send_signal(signal.SIGTERM)
    server.wait(20)
    listening.close()
    failures = sum((client.failures for client in clients), Counter[str]())
    answered = sum(client.answered for client in clients)
    print(
        f"{options.loop}: {options.restarts} restarts, {answered} requests answered,"
        f" {failures.total()} failed, the longest took {max(c.longest for c in clients):.2f} s"
    )
    for sentence, count in failures.most_common():
        print(f"  {count} x {sentence}")
    return not failures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--restarts", type=int, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--between", type=float, default=0.3, help="seconds between two restarts")
    parser.add_argument("--loop", choices=["asyncio", "uvloop", "auto"], default="auto")
    parser.add_argument("--unix", action="store_true", help="a Unix socket instead of TCP")
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not measure(options, Path(folder)):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
