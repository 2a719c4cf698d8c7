"""Code that blocks the event loop is named in a span of its own, once the loop goes on."""

import asyncio
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import pytest
import stario.responses as responses
from stario import App, Context, Span, Writer
from stario.http.config import ServerConfig
from stario.http.process.watchdog import watched
from stario.http.server import Server
from stario.tracing import NOOP_TRACER, NoOpSpan, NoOpTracer

if TYPE_CHECKING:
    from conftest import OnLoop
    from stario.tracing import EventBody

PATIENCE = 10.0  # seconds until what never ends fails its test
BLOCKED_AFTER = 0.05
THREAD = "stario-watchdog"


class SeenSpan(NoOpSpan):
    """Remembers what the framework told it."""

    __slots__ = ("attributes", "events", "failure", "links", "name")

    def __init__(self, name: str, attributes: Mapping[str, Any] | None) -> None:
        super().__init__(uuid4(), uuid4(), None)
        self.name = name
        self.attributes = dict(attributes or {})
        self.events: dict[str, EventBody] = {}
        self.links: dict[str, UUID] = {}
        self.failure = ""

    def event(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        body: "EventBody" = None,
    ) -> None:
        self.events[name] = body

    def link(
        self, name: str, span_id: UUID, attributes: Mapping[str, Any] | None = None, /
    ) -> None:
        self.links[name] = span_id

    def fail(self, message: str) -> None:
        self.failure = message


class SeenTracer(NoOpTracer):
    def __init__(self) -> None:
        self.spans: list[SeenSpan] = []

    def create(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> SeenSpan:
        self.spans.append(SeenSpan(name, attributes))
        return self.spans[-1]

    @property
    def blocks(self) -> list[SeenSpan]:
        return [span for span in self.spans if span.name == "loop.blocked"]

    async def block(self, number: int = 0) -> SeenSpan:
        """Wait for a block to be told."""
        async with asyncio.timeout(PATIENCE):
            while len(self.blocks) <= number:  # noqa: ASYNC110 - a span is no event
                await asyncio.sleep(0.01)
        return self.blocks[number]


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast("int", probe.getsockname()[1])


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def crunch(seconds: float) -> None:
    """Keep the interpreter busy in Python code."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


async def at_once(c: Context, w: Writer) -> None:
    time.sleep(0.6)  # noqa: ASYNC251 - this is what the tests are about
    responses.text(w, "Hello")


async def after_a_wait(c: Context, w: Writer) -> None:
    await asyncio.sleep(0)
    crunch(0.6)
    responses.text(w, "Hello")


@asynccontextmanager
async def served(
    tracer: NoOpTracer, port: int, blocked_after: float = BLOCKED_AFTER
) -> AsyncGenerator[Callable[[str], Any]]:
    """Serve both handlers, and give what asks for a path and returns the answer."""
    listening = asyncio.Event()
    apps: list[App] = []

    async def bootstrap(app: App, _span: Span) -> AsyncGenerator[None]:
        apps.append(app)
        app.get("/at-once", at_once)
        app.get("/after-a-wait", after_a_wait)
        yield

    async def ask(path: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path}?secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    config = ServerConfig(port=port, blocked_after=blocked_after)
    server = Server(bootstrap, tracer, config=config, on_listening=lambda _: listening.set())
    task = asyncio.create_task(server.serve())
    await asyncio.wait_for(listening.wait(), PATIENCE)
    try:
        yield ask
    finally:
        apps[0].signal_shutdown()
        await task


@pytest.mark.parametrize(
    ("path", "function", "innermost"),
    [("/at-once", "at_once", "at_once"), ("/after-a-wait", "after_a_wait", "crunch")],
)
def test_a_handler_that_blocks_is_named_with_its_request_and_its_stack(
    on_loop: "OnLoop", unused_port: int, path: str, function: str, innermost: str
) -> None:
    """Whether it blocks in the read callback or later; the query may be private and is not told."""

    async def test() -> None:
        tracer = SeenTracer()
        async with served(tracer, unused_port) as ask:
            assert (await ask(path)).endswith(b"Hello")
            span = await tracer.block()
        [request] = [seen for seen in tracer.spans if seen.name == "GET"]
        assert span.links == {"request": request.id}
        assert span.attributes["request.method"] == "GET"
        assert span.attributes["request.path"] == path
        assert span.attributes["code.function"] == innermost
        assert span.attributes["code.file"] == __file__
        assert 50 <= span.attributes["loop.blocked_ms"] < PATIENCE * 1000
        stack = str(span.events["stack"])
        assert f", in {function}\n" in stack
        assert stack.rpartition("  File ")[2].split("\n")[0].endswith(f", in {innermost}")
        assert "protocol.py" not in stack
        assert re.fullmatch(
            rf"{innermost} blocked the event loop for \d+ ms \(.*test_watchdog\.py, line \d+\)",
            span.failure,
        )

    on_loop(test())


def test_a_callback_and_what_it_calls_are_named_by_the_code_of_the_app(on_loop: "OnLoop") -> None:
    """There is no request; the innermost frame is the standard library's, and only shown."""

    async def test() -> None:
        tracer = SeenTracer()
        with watched(tracer, BLOCKED_AFTER):
            await asyncio.sleep(0.15)  # a question was answered
            asyncio.get_running_loop().call_soon(block_in_the_standard_library)
            span = await tracer.block()
        assert span.attributes["code.function"] == "block_in_the_standard_library"
        assert "request.path" not in span.attributes
        assert span.links == {}
        assert "subprocess.py" in str(span.events["stack"])

    on_loop(test())


def block_in_the_standard_library() -> None:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(0.6)"], check=True)


def test_code_that_holds_the_interpreter_is_caught_at_its_end(on_loop: "OnLoop") -> None:
    """Not even a thread runs meanwhile, such as inside a regular expression."""

    async def test() -> None:
        tracer = SeenTracer()
        with watched(tracer, BLOCKED_AFTER):
            await asyncio.sleep(0.15)
            hold_the_interpreter()
            span = await tracer.block()
        assert span.attributes["code.function"] == "hold_the_interpreter"

    on_loop(test())


def hold_the_interpreter() -> None:
    began = time.monotonic()
    length = 18
    while time.monotonic() - began < 0.5:
        re.fullmatch("(a+)+b", "a" * length)
        length += 1


def test_many_quick_callbacks_are_no_block(on_loop: "OnLoop") -> None:
    """A loop with a long queue is busy, and nobody in it is to blame."""

    async def test() -> None:
        tracer = SeenTracer()
        loop = asyncio.get_running_loop()
        with watched(tracer, 0.2):
            await asyncio.sleep(0.15)
            for _ in range(500):
                loop.call_soon(crunch, 0.001)
            await asyncio.sleep(0.2)
        assert tracer.blocks == []

    on_loop(test())


def test_a_loop_that_waits_is_no_block(on_loop: "OnLoop") -> None:
    async def test() -> None:
        tracer = SeenTracer()
        with watched(tracer, BLOCKED_AFTER):
            await asyncio.sleep(0.4)
        assert tracer.blocks == []

    on_loop(test())


async def test_for_a_while_one_block_is_told_and_the_others_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracer = SeenTracer()
    monkeypatch.setattr("stario.http.process.watchdog._SILENCE", 3600.0)
    with watched(tracer, BLOCKED_AFTER):
        for _ in range(3):
            await asyncio.sleep(0.15)
            time.sleep(0.4)  # noqa: ASYNC251
        await asyncio.sleep(0.3)
        first = await tracer.block()
        assert len(tracer.blocks) == 1
        monkeypatch.undo()
        monkeypatch.setattr("stario.http.process.watchdog._SILENCE", 0.0)
        time.sleep(0.4)  # noqa: ASYNC251
        second = await tracer.block(1)
    assert "loop.blocks_not_told" not in first.attributes
    assert second.attributes["loop.blocks_not_told"] == 2


def dive(depth: int) -> None:
    if depth:
        plunge(depth - 1)
    else:
        time.sleep(0.4)


def plunge(depth: int) -> None:
    dive(depth)


async def test_a_deep_stack_is_told_in_part() -> None:
    """The innermost frames."""
    tracer = SeenTracer()
    with watched(tracer, BLOCKED_AFTER):
        await asyncio.sleep(0.15)
        dive(200)
        span = await tracer.block()
    stack = str(span.events["stack"])
    assert stack.endswith("time.sleep(0.4)")
    assert stack.count(", in dive\n") == stack.count(", in plunge\n") == 25


async def test_its_thread_lives_as_long_as_the_server(unused_port: int) -> None:
    """Also after a failure; with nobody to tell, or nothing to look for, there is none."""
    async with served(SeenTracer(), unused_port):
        assert len(watchers()) == 1
    assert watchers() == []
    with pytest.raises(LookupError), watched(SeenTracer(), BLOCKED_AFTER):
        raise LookupError
    assert watchers() == []
    async with served(NOOP_TRACER, unused_port):
        assert watchers() == []
    async with served(SeenTracer(), unused_port, blocked_after=0):
        assert watchers() == []
    async with served(SeenTracer(), unused_port, blocked_after=float("inf")):
        assert len(watchers()) == 1
    assert watchers() == []


async def test_a_block_at_the_very_end_is_told() -> None:
    """The loop goes on, and at once the server is over."""
    tracer = SeenTracer()
    with watched(tracer, BLOCKED_AFTER):
        await asyncio.sleep(0.15)
        time.sleep(0.6)  # noqa: ASYNC251
    assert len(tracer.blocks) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_blocked_server_that_is_told_to_stop_ends(unused_port: int, loop: str) -> None:
    """As a process, with its signals: the thread holds nothing up."""
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    script = f"""
import asyncio, os, signal, time
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.tracing import NoOpTracer

class Tracer(NoOpTracer):
    def create(self, name, attributes=None, /, *, parent=None):
        print(name, attributes.get("code.function"))
        return super().create(name, attributes, parent=parent)

def block():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.5)

async def bootstrap(app, span):
    asyncio.get_running_loop().call_later(0.3, block)
    yield

config = ServerConfig(port={unused_port}, blocked_after=0.05, event_loop={loop!r})
Server(bootstrap, Tracer(), config=config).run()
"""
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert ended.stderr == ""
    lines = set(ended.stdout.splitlines())
    assert lines == {"server.startup None", "loop.blocked block", "server.shutdown None"}
