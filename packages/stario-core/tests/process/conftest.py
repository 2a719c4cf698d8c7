"""A server as a process of its own: what it says on stdout, what it answers, and how it ends."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer
from time import monotonic

import pytest

PATIENCE = 20.0  # seconds until a process that says nothing is killed
SLACK = 1.0  # seconds that a busy machine may add; usually it is a tenth

FRAME = """
import asyncio, os, sys, time
import stario.responses as responses
from stario.http.config import server_config_from_env
from stario.http.server import Server
from stario.tracing import NOOP_TRACER

def say(text):
    print(text, flush=True)

{app}

Server(
    bootstrap, NOOP_TRACER,
    config=server_config_from_env(),
    on_listening=lambda addresses: say("listening"),
).run()
say("run returned")
"""


class Process:
    """A server of the app that a script defines, with nothing in its environment but this."""

    def __init__(
        self,
        app: str,
        folder: Path,
        environment: dict[str, str],
        port: int,
        fds: tuple[int, ...] = (),
    ) -> None:
        self.port = port
        script = folder / "main.py"
        script.write_text(FRAME.format(app=app), "utf-8")
        self._errors = (folder / "stderr").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, script],
            env={"STARIO_PORT": str(port), "PATH": "", **environment},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            pass_fds=fds,
        )
        self._watchdog = Timer(PATIENCE, self._process.kill)
        self._watchdog.start()
        self._signalled_at = 0.0

    def hear(self, *texts: str) -> None:
        """Wait for the next lines, which must be these."""
        assert self._process.stdout is not None
        for text in texts:
            assert self._process.stdout.readline().rstrip("\n") == text, self.errors()

    def ask(self, path: str) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        return client

    @contextmanager
    def clients(self, path: str, count: int) -> Generator[list[socket.socket]]:
        """Clients whose handlers began, and said so."""
        with ExitStack() as stack:
            clients: list[socket.socket] = []
            for _ in range(count):
                clients.append(stack.enter_context(self.ask(path)))
                self.hear("began")
            yield clients

    def signal(self, number: int = signal.SIGTERM) -> None:
        self._signalled_at = monotonic()
        self._process.send_signal(number)

    def ends(self, *, after: float = 0.0, within: float, code: int = 0) -> None:
        """Wait for the end, which must come in this time since the last signal."""
        assert self._process.wait() == code, self.errors()
        assert after <= monotonic() - self._signalled_at < within + SLACK

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def close(self) -> None:
        self._watchdog.cancel()
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        self._errors.close()


type Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path, unused_port: int) -> Iterator[Start]:
    """Start servers: `start(app, fds=(3,), STARIO_LOOP="asyncio")`. One at a time listens."""
    started: list[Process] = []

    def run(app: str, fds: tuple[int, ...] = (), **environment: str) -> Process:
        started.append(Process(app, tmp_path, environment, unused_port, fds))
        return started[-1]

    yield run
    for process in started:
        process.close()


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> str:
    """The name of either event loop that a server may run on."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    return str(request.param)
