"""A server that is told to end under load: what is in hand is answered, and nothing holds it up."""

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

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")

PATIENCE = 20.0  # seconds until a process that says nothing is killed
SLACK = 1.0  # seconds that a busy machine may add; usually it is a tenth

APP = """
import asyncio, threading, time
import stario.responses as responses
from stario.http.config import server_config_from_env
from stario.http.server import Server
from stario.tracing import NOOP_TRACER

def say(text):
    print(text, flush=True)

async def hello(c, w):
    responses.text(w, "Hello")

async def slow(c, w):
    say("began")
    await asyncio.sleep(0.5)
    responses.text(w, "finished")

async def stream(c, w):
    w.write(b"first")
    say("began")
    async with c.alive():
        await asyncio.sleep(600)

async def writes(c, w):
    say("began")
    while True:
        w.write(b"more")
        await asyncio.sleep(0.01)

async def drains(c, w):
    w.write(b"first")
    say("began")
    while True:
        await w.drain()

async def swallows(c, w):
    say("began")
    while True:
        try:
            w.write(b"more")
            await w.drain()
        except Exception:
            pass

async def hangs(c, w):
    say("began")
    await asyncio.sleep(600)

async def in_a_thread(c, w):
    say("began")
    await asyncio.to_thread(time.sleep, 0.7)
    say("thread over")
    responses.text(w, "finished")

async def fails_late(c, w):
    w.write(b"first")
    say("began")
    await asyncio.wait([c.app.shutdown])
    raise LookupError("at the end")

async def refuses(c, w):
    w.write(b"first")
    say("began")
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            say("no")

HANDLERS = (hello, slow, stream, writes, drains, swallows, hangs, in_a_thread, fails_late, refuses)

async def bootstrap(app, span):
    for handler in HANDLERS:
        app.get("/" + handler.__name__, handler)
    yield
    say("tear down")
    {teardown}

Server(
    bootstrap, NOOP_TRACER,
    config=server_config_from_env(),
    on_listening=lambda addresses: say("listening"),
).run()
say("run returned")
"""


class Process:
    """A server, and what it says on stdout."""

    def __init__(self, folder: Path, loop: str, timeout: float, teardown: str) -> None:
        script = folder / "main.py"
        script.write_text(APP.replace("{teardown}", teardown), "utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._errors = (folder / "stderr").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, script],
            env={
                "PATH": "",
                "STARIO_PORT": str(self.port),
                "STARIO_LOOP": loop,
                "STARIO_GRACEFUL_SHUTDOWN_TIMEOUT": str(timeout),
            },
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._watchdog = Timer(PATIENCE, self._process.kill)
        self._watchdog.start()
        self._signalled_at = 0.0
        self.hear("listening")

    def hear(self, *texts: str) -> None:
        """Wait for the next lines, which must be these."""
        assert self._process.stdout is not None
        for text in texts:
            assert self._process.stdout.readline().rstrip("\n") == text, self.errors()

    @contextmanager
    def clients(self, path: str, count: int) -> Generator[list[socket.socket]]:
        """Clients whose handlers began."""
        with ExitStack() as stack:
            clients: list[socket.socket] = []
            for _ in range(count):
                client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
                clients.append(stack.enter_context(client))
                client.sendall(f"GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                self.hear("began")
            yield clients

    def terminate(self, number: int = signal.SIGTERM) -> None:
        self._signalled_at = monotonic()
        self._process.send_signal(number)

    def ends(self, *, after: float = 0.0, within: float, code: int = 0) -> None:
        """Wait for the end, in this time since the last signal."""
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


@pytest.fixture(params=["asyncio", "uvloop"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    loop = str(request.param)
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    started: list[Process] = []

    def run(*, timeout: float = 5.0, teardown: str = "pass") -> Process:
        started.append(Process(tmp_path, loop, timeout, teardown))
        return started[-1]

    yield run
    for process in started:
        process.close()


def rest_of(client: socket.socket) -> bytes:
    """Read until the server closes, or cuts."""
    pieces: list[bytes] = []
    try:
        while piece := client.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def test_what_is_in_hand_is_answered_and_streams_end_whole(start: Start) -> None:
    """The server takes as long as its longest request, and no longer."""
    process = start()
    with process.clients("stream", 40) as streams, process.clients("slow", 20) as requests:
        process.terminate()
        assert [rest_of(client)[-8:] for client in requests] == [b"finished"] * 20
        assert [rest_of(client)[-5:] for client in streams] == [b"0\r\n\r\n"] * 40
        process.hear("tear down", "run returned")
        process.ends(within=0.7)
    assert process.errors() == ""


@pytest.mark.parametrize("path", ["writes", "drains", "swallows", "hangs"])
def test_what_ignores_the_shutdown_is_over_when_the_time_is(start: Start, path: str) -> None:
    """Also loops that never wait for anything else than a client that reads all."""
    process = start(timeout=0.3)
    with process.clients(path, 10) as clients:
        process.terminate()
        assert not any(rest_of(client).endswith(b"0\r\n\r\n") for client in clients)
        process.hear("tear down", "run returned")
        process.ends(after=0.3, within=0.5)
    assert process.errors() == ""


def test_a_second_signal_under_load_ends_it_at_once(start: Start) -> None:
    process = start(timeout=600)
    with process.clients("writes", 10), process.clients("hangs", 10), process.clients("slow", 5):
        process.terminate()
        process.terminate(signal.SIGINT)
        process.hear("tear down", "run returned")
        process.ends(within=0.3)
    assert process.errors() == ""


def test_no_time_at_all_still_ends_in_order(start: Start) -> None:
    """`STARIO_GRACEFUL_SHUTDOWN_TIMEOUT=0` cuts what is there, and tears down."""
    process = start(timeout=0)
    with process.clients("writes", 10), process.clients("hangs", 10), process.clients("slow", 5):
        process.terminate()
        process.hear("tear down", "run returned")
        process.ends(within=0.5)
    assert process.errors() == ""


def test_an_exception_at_the_end_of_a_stream_cuts_it_and_nothing_else(start: Start) -> None:
    process = start()
    with process.clients("fails_late", 3) as clients, process.clients("stream", 3) as streams:
        process.terminate()
        assert not any(rest_of(client).endswith(b"0\r\n\r\n") for client in clients)
        assert all(rest_of(client).endswith(b"0\r\n\r\n") for client in streams)
        process.hear("tear down", "run returned")
        process.ends(within=0.3)


def test_a_handler_in_a_thread_is_waited_for(start: Start) -> None:
    process = start()
    with process.clients("in_a_thread", 1) as (client,):
        process.terminate()
        process.hear("thread over", "tear down", "run returned")
        assert rest_of(client).endswith(b"finished")
        process.ends(within=0.9)
    assert process.errors() == ""


def test_a_handler_in_a_thread_that_takes_too_long_holds_up_neither_teardown_nor_run(
    start: Start,
) -> None:
    """Python itself cannot end a thread; the process ends when the thread does."""
    process = start(timeout=0.1)
    with process.clients("in_a_thread", 1):
        process.terminate()
        process.hear("tear down", "run returned")
        process.ends(within=0.9)


def test_a_handler_that_refuses_its_cancellation_is_left_behind(start: Start) -> None:
    """After a second, and named."""
    process = start(timeout=0.1)
    with process.clients("refuses", 1):
        process.terminate()
        process.hear("no", "tear down", "run returned")
        process.ends(within=1.4)
    assert "swallowed its cancellation" in process.errors()


def test_a_teardown_that_raises_is_told_and_the_exit_code_says_so(start: Start) -> None:
    """After everything else was done as ever."""
    process = start(teardown='raise LookupError("no good end")')
    with process.clients("stream", 3) as streams:
        process.terminate()
        assert all(rest_of(client).endswith(b"0\r\n\r\n") for client in streams)
        process.hear("tear down")
        process.ends(within=0.5, code=1)
    assert "LookupError: no good end" in process.errors()


def test_a_slow_teardown_has_its_time(start: Start) -> None:
    """The timeout is for clients. Signals meanwhile are nothing."""
    process = start(timeout=0.1, teardown='await asyncio.sleep(0.6); say("torn down")')
    with process.clients("writes", 3):
        process.terminate()
        process.hear("tear down")
        process.terminate(signal.SIGINT)
        process.terminate()
        process.hear("torn down", "run returned")
        process.ends(within=0.8)
    assert process.errors() == ""
