"""Code that blocks the event loop is named in a span of its own, once the loop goes on."""

import asyncio
import re
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.http.process.watchdog import watched

if TYPE_CHECKING:
    from conftest import SeenSpan, SeenTracer, Serve

PATIENCE = 10.0  # seconds until what never ends fails its test
BLOCKED_AFTER = 0.05
THREAD = "stario-watchdog"


def blocks(tracer: "SeenTracer") -> "list[SeenSpan]":
    return [span for span in tracer.spans if span.name == "loop.blocked"]


async def a_block(tracer: "SeenTracer", number: int = 0) -> "SeenSpan":
    """Wait for a block to be told."""
    return (await tracer.ended(number + 1, "loop.blocked"))[number]


def asking_for(path: str) -> bytes:
    return f"GET {path}?secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()


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


def both_handlers(app: App) -> None:
    app.get("/at-once", at_once)
    app.get("/after-a-wait", after_a_wait)


@pytest.mark.parametrize(
    ("path", "function", "innermost"),
    [("/at-once", "at_once", "at_once"), ("/after-a-wait", "after_a_wait", "crunch")],
)
async def test_a_handler_that_blocks_is_named_with_its_request_and_its_stack(
    serving: "Serve",
    path: str,
    function: str,
    innermost: str,
    seen_tracer: "SeenTracer",
) -> None:
    """Whether it blocks in the read callback or later; the query may be private and is not told."""
    async with serving(both_handlers, seen_tracer, blocked_after=BLOCKED_AFTER) as server:
        assert (await server.ask(asking_for(path))).endswith(b"Hello")
        span = await a_block(seen_tracer)
    assert span.links == [("request", seen_tracer[f"GET {path}"].id)]
    assert span.attributes["request.method"] == "GET"
    assert span.attributes["request.path"] == path
    assert span.attributes["code.function"] == innermost
    assert span.attributes["code.file"] == __file__
    assert 50 <= span.attributes["loop.blocked_ms"] < PATIENCE * 1000
    stack = str(span.bodies["stack"])
    assert f", in {function}\n" in stack
    assert stack.rpartition("  File ")[2].split("\n")[0].endswith(f", in {innermost}")
    assert "protocol.py" not in stack
    assert re.fullmatch(
        rf"{innermost} blocked the event loop for \d+ ms \(.*test_watchdog\.py, line \d+\)",
        span.failure or "",
    )


async def test_a_callback_and_what_it_calls_are_named_by_the_code_of_the_app(
    seen_tracer: "SeenTracer",
) -> None:
    """There is no request; the innermost frame is the standard library's, and only shown."""
    with watched(seen_tracer, BLOCKED_AFTER):
        await asyncio.sleep(0.15)  # a question was answered
        asyncio.get_running_loop().call_soon(block_in_the_standard_library)
        span = await a_block(seen_tracer)
    assert span.attributes["code.function"] == "block_in_the_standard_library"
    assert "request.path" not in span.attributes
    assert span.links == []
    assert "subprocess.py" in str(span.bodies["stack"])


def block_in_the_standard_library() -> None:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(0.6)"], check=True)


async def test_code_that_holds_the_interpreter_is_caught_at_its_end(
    seen_tracer: "SeenTracer",
) -> None:
    """Not even a thread runs meanwhile, such as inside a regular expression."""
    with watched(seen_tracer, BLOCKED_AFTER):
        await asyncio.sleep(0.15)
        hold_the_interpreter()
        span = await a_block(seen_tracer)
    assert span.attributes["code.function"] == "hold_the_interpreter"


def hold_the_interpreter() -> None:
    began = time.monotonic()
    length = 18
    while time.monotonic() - began < 0.5:
        re.fullmatch("(a+)+b", "a" * length)
        length += 1


async def test_many_quick_callbacks_are_no_block(
    seen_tracer: "SeenTracer", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop with a long queue is busy, and nobody in it is to blame.

    Time is made up: with each look at the loop a half of `BLOCKED_AFTER` goes by, and what was seen
    is over before the next one. So none is seen twice, however slow the machine is.
    """
    seen, over = threading.Semaphore(0), threading.Semaphore(0)
    given_up = threading.Event()
    frames_now = sys._current_frames  # pyright: ignore[reportPrivateUsage]
    looks = 0

    def look() -> dict[int, FrameType]:
        nonlocal looks
        if looks == 20:
            return {}
        frames = frames_now()
        looks += 1
        seen.release()
        over.acquire(timeout=PATIENCE)
        return frames

    def until_seen() -> None:
        if not given_up.is_set() and not seen.acquire(timeout=PATIENCE):
            given_up.set()

    monkeypatch.setattr(sys, "_current_frames", look)
    monkeypatch.setattr("stario.http.process.watchdog.monotonic", lambda: looks * BLOCKED_AFTER / 2)
    loop = asyncio.get_running_loop()
    with watched(seen_tracer, BLOCKED_AFTER):
        for _ in range(20):
            loop.call_soon(until_seen)
            loop.call_soon(over.release)
        await asyncio.sleep(0)
    assert looks == 20
    assert blocks(seen_tracer) == []


async def test_a_loop_that_waits_is_no_block(seen_tracer: "SeenTracer") -> None:
    with watched(seen_tracer, BLOCKED_AFTER):
        await asyncio.sleep(0.4)
    assert blocks(seen_tracer) == []


async def test_for_a_while_one_block_is_told_and_the_others_counted(
    monkeypatch: pytest.MonkeyPatch, seen_tracer: "SeenTracer"
) -> None:
    monkeypatch.setattr("stario.http.process.watchdog._SILENCE", 3600.0)
    with watched(seen_tracer, BLOCKED_AFTER):
        for _ in range(3):
            await asyncio.sleep(0.15)
            time.sleep(0.4)  # noqa: ASYNC251
        await asyncio.sleep(0.3)
        first = await a_block(seen_tracer)
        assert len(blocks(seen_tracer)) == 1
        monkeypatch.undo()
        monkeypatch.setattr("stario.http.process.watchdog._SILENCE", 0.0)
        time.sleep(0.4)  # noqa: ASYNC251
        second = await a_block(seen_tracer, 1)
    assert "loop.blocks_not_told" not in first.attributes
    assert second.attributes["loop.blocks_not_told"] == 2


def dive(depth: int) -> None:
    if depth:
        plunge(depth - 1)
    else:
        time.sleep(0.4)


def plunge(depth: int) -> None:
    dive(depth)


async def test_a_deep_stack_is_told_in_part(seen_tracer: "SeenTracer") -> None:
    """The innermost frames."""
    with watched(seen_tracer, BLOCKED_AFTER):
        await asyncio.sleep(0.15)
        dive(200)
        span = await a_block(seen_tracer)
    stack = str(span.bodies["stack"])
    assert stack.endswith("time.sleep(0.4)")
    assert stack.count(", in dive\n") == stack.count(", in plunge\n") == 25


async def test_its_thread_lives_as_long_as_the_server(
    serving: "Serve", seen_tracer: "SeenTracer"
) -> None:
    """Also after a failure; with nobody to tell, or nothing to look for, there is none."""
    async with serving(tracer=seen_tracer):
        assert len(watchers()) == 1
    assert watchers() == []
    with pytest.raises(LookupError), watched(seen_tracer, BLOCKED_AFTER):
        raise LookupError
    assert watchers() == []
    async with serving():
        assert watchers() == []
    async with serving(tracer=seen_tracer, blocked_after=0):
        assert watchers() == []
    async with serving(tracer=seen_tracer, blocked_after=float("inf")):
        assert len(watchers()) == 1
    assert watchers() == []


async def test_a_block_at_the_very_end_is_told(seen_tracer: "SeenTracer") -> None:
    """The loop goes on, and at once the server is over."""
    with watched(seen_tracer, BLOCKED_AFTER):
        await asyncio.sleep(0.15)
        time.sleep(0.6)  # noqa: ASYNC251
    assert len(blocks(seen_tracer)) == 1


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
