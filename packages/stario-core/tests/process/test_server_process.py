"""The server as its own process: what signals do to it, and that it always ends with code 0."""

import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")

PATIENCE = 15.0  # seconds until what never ends fails its test


def rest_of(client: socket.socket) -> bytes:
    """Read until the server closes."""
    with client:
        pieces: list[bytes] = []
        while piece := client.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_in_order(start: "Start", loop: str, number: int) -> None:
    """The request in flight is answered, the stream ends with its last chunk, teardown runs."""
    process = start(
        """
async def slow(c, w):
    say("slow began")
    await asyncio.wait([c.app.shutdown])
    await asyncio.sleep(0.05)
    responses.text(w, "finished")

async def stream(c, w):
    w.write(b"first")
    say("stream began")
    async with c.alive():
        await asyncio.sleep(600)

async def bootstrap(app, span):
    app.get("/slow", slow)
    app.get("/stream", stream)
    yield
    say("torn down")
""",
        STARIO_LOOP=loop,
    )
    process.hear("listening")
    slow = process.ask("/slow")
    process.hear("slow began")
    stream = process.ask("/stream")
    process.hear("stream began")
    process.signal(number)
    assert rest_of(slow).endswith(b"\r\n\r\nfinished")
    assert rest_of(stream).endswith(b"\r\n\r\n5\r\nfirst\r\n0\r\n\r\n")
    process.hear("torn down")
    process.hear("run returned")
    process.ends(within=0.3)
    assert process.errors() == ""


IGNORANT = """
async def stream(c, w):
    say("stream began")
    while True:
        w.write(b"more")
        await asyncio.sleep(0.01)

async def hang(c, w):
    say("hang began")
    await asyncio.wait([c.app.shutdown])
    say("hang goes on")
    await asyncio.sleep(600)

async def bootstrap(app, span):
    app.get("/stream", stream)
    app.get("/hang", hang)
    app.create_task(asyncio.sleep(600))
    yield
    say("torn down")
"""


def test_what_ignores_the_shutdown_is_cut_in_time(start: "Start", loop: str) -> None:
    """Streams, handlers and background tasks get the graceful timeout and nothing more."""
    process = start(IGNORANT, STARIO_LOOP=loop, STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="0.3")
    process.hear("listening")
    with process.ask("/stream"):
        process.hear("stream began")
        with process.ask("/hang"):
            process.hear("hang began")
            process.signal()
            process.hear("hang goes on")
            process.hear("torn down")
            process.hear("run returned")
            process.ends(within=3)
    assert process.errors() == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (signal.SIGTERM, signal.SIGINT),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGINT, signal.SIGINT),
    ],
)
def test_the_second_signal_is_urgent(start: "Start", loop: str, first: int, second: int) -> None:
    """It skips the rest of the graceful wait; teardown still runs, and a third is nothing."""
    process = start(
        IGNORANT + '    await asyncio.sleep(0.2)\n    say("torn down slowly")\n',
        STARIO_LOOP=loop,
        STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="600",
    )
    process.hear("listening")
    with process.ask("/hang"):
        process.hear("hang began")
        process.signal(first)
        process.hear("hang goes on")
        process.signal(second)
        process.hear("torn down")
        process.signal(first)
        process.hear("torn down slowly")
        process.hear("run returned")
        process.ends(within=0.5)


STARTS_SLOWLY = """
async def bootstrap(app, span):
    app.create_task(asyncio.sleep(600))
    say("starting")
    try:
        if "patient" in os.environ:
            await asyncio.wait([app.shutdown])
            await asyncio.sleep(0.05)
        else:
            await asyncio.sleep(600)
        say("started")
        yield
        say("torn down")
    finally:
        say("closed")
"""


def test_a_signal_during_startup_lets_it_finish_and_never_listens(
    start: "Start", loop: str
) -> None:
    """What started is torn down."""
    process = start(
        STARTS_SLOWLY, STARIO_LOOP=loop, patient="1", STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="0.1"
    )
    process.hear("starting")
    process.signal()
    for line in ("started", "torn down", "closed", "run returned"):
        process.hear(line)
    process.ends(within=0.5)


def test_a_second_signal_during_startup_cancels_it(start: "Start", loop: str) -> None:
    """Its own clean-up runs; there is no teardown for what never started."""
    process = start(STARTS_SLOWLY, STARIO_LOOP=loop)
    process.hear("starting")
    process.signal()
    process.signal(signal.SIGINT)  # the same one twice might arrive as one
    process.hear("closed")
    process.hear("run returned")
    process.ends(within=0.3)
    assert process.errors() == ""


def test_a_startup_that_swallows_its_cancellation_is_torn_down(start: "Start") -> None:
    process = start(
        """
async def bootstrap(app, span):
    say("starting")
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        say("never mind")
    yield
    say("torn down")
"""
    )
    process.hear("starting")
    process.signal()
    process.signal(signal.SIGINT)
    for line in ("never mind", "torn down", "run returned"):
        process.hear(line)
    process.ends(within=0.3)


def test_tasks_that_swallow_their_cancellation_do_not_hold_up_the_exit(
    start: "Start", loop: str
) -> None:
    """They are named and left behind."""
    process = start(
        """
async def stubborn():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            say("no")

async def bootstrap(app, span):
    app.create_task(stubborn(), name="mule")
    yield
    say("torn down")
""",
        STARIO_LOOP=loop,
        STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="0.1",
    )
    process.hear("listening")
    process.signal()
    for line in ("no", "torn down", "run returned"):
        process.hear(line)
    process.ends(within=1.5)
    assert "A task swallowed its cancellation" in process.errors()
    assert "mule" in process.errors()


def test_a_signal_after_the_end_is_nothing(start: "Start") -> None:
    """What the program still does after `run`, such as a tracer's last write, is not cut off."""
    process = start(
        """
import atexit

@atexit.register
def last():
    say("last words begin")
    time.sleep(0.2)
    say("last words")

async def bootstrap(app, span):
    yield
"""
    )
    process.hear("listening")
    process.signal()
    process.hear("run returned")
    process.hear("last words begin")
    process.signal()
    process.signal(signal.SIGINT)
    process.hear("last words")
    process.ends(within=0.5)


def test_without_a_signal_the_earlier_handlers_are_put_back(start: "Start") -> None:
    """A program that embeds the server gets its own back when the server ends by itself."""
    process = start(
        """
import signal
before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

async def bootstrap(app, span):
    asyncio.get_running_loop().call_later(0.05, app.signal_shutdown)
    yield
    during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    say(during[0] is not before[0] and during[1] is not before[1])

import atexit

@atexit.register
def last():
    say([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before)
"""
    )
    for line in ("listening", "True", "run returned", "True"):
        process.hear(line)


type Run = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(unused_port: int) -> Run:
    """Run a program that ends by itself, and return what it said."""

    def program(script: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", f"PORT = {unused_port}\n{script}"],
            env={"PATH": ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return program


@pytest.mark.parametrize("runner", ["asyncio.run", "uvloop.run"])
def test_a_program_around_the_server_keeps_its_own_handlers(runner: str, run: Run) -> None:
    """A signal while it serves is for the server; where none came, all is as before."""
    module = runner.partition(".")[0]
    pytest.importorskip(module)
    ended = run(
        f"""
import asyncio, signal, {module}
import stario
from stario.tracing import NOOP_TRACER

heard = []

async def quick(app, span):
    asyncio.get_running_loop().call_later(0.05, app.signal_shutdown)
    yield

async def until_a_signal(app, span):
    asyncio.get_running_loop().call_later(0.05, signal.raise_signal, signal.SIGTERM)
    yield

async def main():
    signal.signal(signal.SIGTERM, lambda *_: heard.append("program"))
    await stario.serve(quick, NOOP_TRACER, port=PORT)
    signal.raise_signal(signal.SIGTERM)
    print(heard)
    await stario.serve(until_a_signal, NOOP_TRACER, port=PORT)
    print(heard)
    await stario.serve(quick, NOOP_TRACER, port=PORT)
    print("over")

{runner}(main())
"""
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["['program']", "['program']", "over"]
    assert ended.returncode == 0


def test_ctrl_c_works_again_after_a_server_that_ended_by_itself(run: Run) -> None:
    """`asyncio.run` has a handler of its own for it."""
    ended = run(
        """
import asyncio, signal
import stario
from stario.tracing import NOOP_TRACER

async def bootstrap(app, span):
    asyncio.get_running_loop().call_later(0.05, app.signal_shutdown)
    yield

async def main():
    await stario.serve(bootstrap, NOOP_TRACER, port=PORT)
    print("served", flush=True)
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    )
    assert ended.stdout == "served\n"
    assert ended.stderr.rstrip().endswith("KeyboardInterrupt")
    assert ended.returncode == -signal.SIGINT


def test_a_server_in_a_thread_leaves_signals_to_the_program(run: Run) -> None:
    """It does not touch them; the program ends the server as it likes."""
    ended = run(
        """
import asyncio, signal, threading
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.tracing import NOOP_TRACER

listening = threading.Event()
ends = []

async def bootstrap(app, span):
    loop = asyncio.get_running_loop()
    ends.append(lambda: loop.call_soon_threadsafe(app.signal_shutdown))
    yield
    print("torn down", flush=True)

def on_signal(number, frame):
    print("program heard", flush=True)
    ends[0]()

signal.signal(signal.SIGTERM, on_signal)
server = Server(
    bootstrap, NOOP_TRACER, config=ServerConfig(port=PORT),
    on_listening=lambda addresses: listening.set(),
)
thread = threading.Thread(target=server.run)
thread.start()
listening.wait(10)
signal.raise_signal(signal.SIGTERM)
thread.join(10)
print(thread.is_alive(), signal.getsignal(signal.SIGTERM) is on_signal)
"""
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["program heard", "torn down", "False True"]


def test_a_teardown_that_raises_ends_the_process_with_its_exception(start: "Start") -> None:
    """After everything else was ended; the drain came before."""
    process = start(
        """
async def bootstrap(app, span):
    yield
    raise LookupError("no good end")
"""
    )
    process.hear("listening")
    process.signal()
    process.hear("")
    assert process.errors().rstrip().endswith("LookupError: no good end")


HELLO = """
async def hello(c, w):
    if c.req.path == "/slow":
        await asyncio.sleep(0.02)
    responses.text(w, "Hello")

async def bootstrap(app, span):
    app.get("/", hello)
    app.get("/slow", hello)
    yield
"""


class Client:
    """Asks in a loop until it is told to stop, and keeps its connection or opens many.

    It does what HTTP asks of a client: it takes `connection: close` for an answer, and looks for a
    goodbye before it sends. It never sends anything twice.
    """

    def __init__(self, address: tuple[str, int], stop: Event, path: str, *, keeps: bool) -> None:
        self._address = address
        self._stop = stop
        end = "" if keeps else "Connection: close\r\n"
        self._request = f"GET {path} HTTP/1.1\r\nHost: a\r\n{end}\r\n".encode()
        self.answered = 0
        self.failures: list[str] = []
        self.thread = Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with socket.create_connection(self._address, timeout=PATIENCE) as connection:
                    while self._ask(connection):
                        self.answered += 1
                    self.answered += 1
            except OSError as error:
                self.failures.append(repr(error))

    def _ask(self, connection: socket.socket) -> bool:
        """Ask once; tell whether the connection is good for one more request."""
        connection.sendall(self._request)
        answer = b""
        while not answer.endswith(b"\r\n\r\nHello"):
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionAbortedError(f"the answer was {answer!r}")
            answer += piece
        if b"\r\nconnection: close\r\n" in answer or self._stop.is_set():
            return False
        return not select.select([connection], [], [], 0)[0]


def test_no_request_fails_while_servers_with_an_inherited_socket_are_replaced(
    start: "Start", loop: str
) -> None:
    """None is refused, reset, or left without an answer; those in between wait in the backlog."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd = listening.fileno()
        stop = Event()
        clients = [
            Client(listening.getsockname(), stop, path, keeps=keeps)
            for path in ("/", "/slow")
            for keeps in (True, False)
        ]
        for client in clients:
            client.thread.start()
        try:
            for _ in range(5):
                process = start(HELLO, fds=(fd,), STARIO_FD=str(fd), STARIO_LOOP=loop)
                process.hear("listening")
                before = sum(client.answered for client in clients)
                while sum(client.answered for client in clients) < before + 40:
                    assert any(client.thread.is_alive() for client in clients)
                process.signal()
                process.hear("run returned")
                process.ends(within=0.8)
                assert process.errors() == ""
            process = start(HELLO, fds=(fd,), STARIO_FD=str(fd), STARIO_LOOP=loop)
        finally:
            stop.set()
        process.hear("listening")
        for client in clients:
            client.thread.join(PATIENCE)
            assert not client.thread.is_alive()
        assert [failure for client in clients for failure in client.failures] == []


def test_a_socket_of_systemd_is_found_and_not_left_to_children(start: "Start") -> None:
    """Its number is 3 on, and the process id is told; both hold for this process alone."""
    app = (
        """
if "LISTEN_PID" not in os.environ:
    os.dup2(int(os.environ["GIVEN"]), 3, inheritable=True)
    os.execve(sys.executable, [sys.executable, __file__], {
        **os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1",
    })
"""
        + HELLO
        + """
    say(sorted(name for name in os.environ if name.startswith("LISTEN")))
    say(os.get_inheritable(3))
"""
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd = listening.fileno()
        process = start(app, fds=(fd,), GIVEN=str(fd))
        process.hear("listening")
        process.port = listening.getsockname()[1]
        with process.ask("/") as client:
            assert b"Hello" in client.recv(4096)
        process.signal()
        process.hear("[]")
        process.hear("False")
        process.hear("run returned")
        process.ends(within=1)


def test_a_descriptor_that_nobody_opened_is_told(start: "Start") -> None:
    process = start(HELLO, STARIO_FD="77")
    process.hear("")
    assert "Cannot listen on the inherited descriptor 77: Bad file descriptor." in process.errors()
