"""The command as people meet it: a process in a project's directory, heard through its stderr."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from threading import Condition, Thread
from time import monotonic, sleep
from typing import IO, Self

import pytest

PATIENCE = 20.0  # seconds until a process that says nothing fails its test

APP = """
import asyncio
import sys

import stario.responses as responses
from stario import App, Context, Span, UrlPath, Writer


async def home(c: Context, w: Writer) -> None:
    responses.text(w, "one")


async def slow(c: Context, w: Writer) -> None:
    print("slow began", file=sys.stderr, flush=True)
    while not c.app.shutting_down:
        await asyncio.sleep(0.01)
    print("slow goes on", file=sys.stderr, flush=True)
    await asyncio.sleep(0.05)
    responses.text(w, "finished")


async def hang(c: Context, w: Writer) -> None:
    print("hang began", file=sys.stderr, flush=True)
    await c.app.shutdown
    print("hang goes on", file=sys.stderr, flush=True)
    await asyncio.sleep(600)


async def bootstrap(app: App, span: Span):
    app.get(UrlPath("/"), home)
    app.get(UrlPath("/slow"), slow)
    app.get(UrlPath("/hang"), hang)
    yield
    print("torn down", file=sys.stderr, flush=True)
"""


class Running:
    """A `stario` process, and what it has said on stderr so far."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        folder: Path,
        environment: dict[str, str],
        fds: tuple[int, ...] = (),
    ) -> None:
        self.port = int(environment["STARIO_PORT"])
        self.lines: list[str] = []
        self._told = 0
        self._news = Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stario.cli", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=fds,
        )
        assert self._process.stderr is not None
        self._reader = Thread(target=self._read, args=(self._process.stderr,))
        self._reader.start()

    def wait_for(self, text: str) -> str:
        """Return the next line with this text, and go on behind it."""
        deadline = monotonic() + PATIENCE
        with self._news:
            while True:
                for number, line in enumerate(self.lines[self._told :], self._told + 1):
                    if text in line:
                        self._told = number
                        return line
                left = deadline - monotonic()
                if left <= 0 or not self._reader.is_alive():
                    pytest.fail(f"{text!r} was never said, only:\n" + "\n".join(self.lines))
                self._news.wait(min(left, 0.5))

    def get(self, path: str = "/") -> str:
        """Return the body at this path."""
        connection = self.request(path)
        try:
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """Return the status and the body; `_` in the name of a header is a dash."""
        connection = self.request(path, method, **headers)
        try:
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def request(self, path: str, method: str = "GET", **headers: str) -> HTTPConnection:
        """Send a request and do not wait for the answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=fields)
        return connection

    def wait_for_children(self, count: int) -> None:
        """Wait until the process has so many children (Linux)."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        deadline = monotonic() + PATIENCE
        while len(children.read_text("ascii").split()) != count:
            assert monotonic() < deadline, f"{pid} never had {count} children"
            sleep(0.02)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for the end; everything is said then."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def said(self) -> str:
        return "\n".join(self.lines)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._reader.join(10)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()


class Project:
    """A directory with a `main.py`, and the processes that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[Running] = []
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("STARIO_") and name not in ("NO_COLOR", "FORCE_COLOR")
        }
        self.environment |= {"STARIO_TRACER": "noop", "STARIO_PORT": str(free_port())}
        self.write("main.py", APP)

    def write(self, name: str, text: str) -> Path:
        """Put a file in place at once, as editors do."""
        file = self.folder / name
        fresh = file.with_name(file.name + "~")
        fresh.write_text(text, "utf-8")
        return fresh.replace(file)

    def start(self, *arguments: str, fds: tuple[int, ...] = (), **environment: str) -> Running:
        running = Running(arguments, self.folder, self.environment | environment, fds)
        self._running.append(running)
        return running

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for running in self._running:
            running.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Project]]:
    """Make projects whose processes may serve all tests of a module."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Project(tmp_path_factory.mktemp("project")))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [name for name in os.environ if name.startswith("STARIO_") or name == "NO_COLOR"]:
        monkeypatch.delenv(name)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]
