"""A server that is told to end under load: what is in hand is answered, and nothing holds it up."""

import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Process, Start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")

APP = """
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
    TEARDOWN
"""

type Open = Callable[..., Process]


@pytest.fixture
def open_server(start: "Start", loop: str) -> Open:
    """Start the server of these handlers, and wait until it listens."""

    def opened(timeout: float = 5.0, teardown: str = "pass") -> "Process":
        process = start(
            APP.replace("TEARDOWN", teardown),
            STARIO_LOOP=loop,
            STARIO_GRACEFUL_SHUTDOWN_TIMEOUT=str(timeout),
        )
        process.hear("listening")
        return process

    return opened


def rest_of(client: socket.socket) -> bytes:
    """Read until the server closes, or cuts."""
    pieces: list[bytes] = []
    try:
        while piece := client.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def test_what_is_in_hand_is_answered_and_streams_end_whole(open_server: Open) -> None:
    """The server takes as long as its longest request, and no longer."""
    process = open_server()
    with process.clients("/stream", 40) as streams, process.clients("/slow", 20) as requests:
        process.signal()
        assert [rest_of(client)[-8:] for client in requests] == [b"finished"] * 20
        assert [rest_of(client)[-5:] for client in streams] == [b"0\r\n\r\n"] * 40
        process.hear("tear down", "run returned")
        process.ends(within=0.7)
    assert process.errors() == ""


@pytest.mark.parametrize("path", ["writes", "drains", "swallows", "hangs"])
def test_what_ignores_the_shutdown_is_over_when_the_time_is(open_server: Open, path: str) -> None:
    """Also loops that never wait for anything else than a client that reads all."""
    process = open_server(timeout=0.3)
    with process.clients(f"/{path}", 10) as clients:
        process.signal()
        assert not any(rest_of(client).endswith(b"0\r\n\r\n") for client in clients)
        process.hear("tear down", "run returned")
        process.ends(after=0.3, within=0.5)
    assert process.errors() == ""


def test_a_second_signal_under_load_ends_it_at_once(open_server: Open) -> None:
    process = open_server(timeout=600)
    with process.clients("/writes", 10), process.clients("/hangs", 10), process.clients("/slow", 5):
        process.signal()
        process.signal(signal.SIGINT)
        process.hear("tear down", "run returned")
        process.ends(within=0.3)
    assert process.errors() == ""


def test_no_time_at_all_still_ends_in_order(open_server: Open) -> None:
    """`STARIO_GRACEFUL_SHUTDOWN_TIMEOUT=0` cuts what is there, and tears down."""
    process = open_server(timeout=0)
    with process.clients("/writes", 10), process.clients("/hangs", 10), process.clients("/slow", 5):
        process.signal()
        process.hear("tear down", "run returned")
        process.ends(within=0.5)
    assert process.errors() == ""


def test_an_exception_at_the_end_of_a_stream_cuts_it_and_nothing_else(open_server: Open) -> None:
    process = open_server()
    with process.clients("/fails_late", 3) as clients, process.clients("/stream", 3) as streams:
        process.signal()
        assert not any(rest_of(client).endswith(b"0\r\n\r\n") for client in clients)
        assert all(rest_of(client).endswith(b"0\r\n\r\n") for client in streams)
        process.hear("tear down", "run returned")
        process.ends(within=0.3)


def test_a_handler_in_a_thread_is_waited_for(open_server: Open) -> None:
    process = open_server()
    with process.clients("/in_a_thread", 1) as (client,):
        process.signal()
        process.hear("thread over", "tear down", "run returned")
        assert rest_of(client).endswith(b"finished")
        process.ends(within=0.9)
    assert process.errors() == ""


def test_a_handler_in_a_thread_that_takes_too_long_holds_up_neither_teardown_nor_run(
    open_server: Open,
) -> None:
    """Python itself cannot end a thread; the process ends when the thread does."""
    process = open_server(timeout=0.1)
    with process.clients("/in_a_thread", 1):
        process.signal()
        process.hear("tear down", "run returned")
        process.ends(within=0.9)


def test_a_handler_that_refuses_its_cancellation_is_left_behind(open_server: Open) -> None:
    """After a second, and named."""
    process = open_server(timeout=0.1)
    with process.clients("/refuses", 1):
        process.signal()
        process.hear("no", "tear down", "run returned")
        process.ends(within=1.4)
    assert "swallowed its cancellation" in process.errors()


def test_a_teardown_that_raises_is_told_and_the_exit_code_says_so(open_server: Open) -> None:
    """After everything else was done as ever."""
    process = open_server(teardown='raise LookupError("no good end")')
    with process.clients("/stream", 3) as streams:
        process.signal()
        assert all(rest_of(client).endswith(b"0\r\n\r\n") for client in streams)
        process.hear("tear down")
        process.ends(within=0.5, code=1)
    assert "LookupError: no good end" in process.errors()


def test_a_slow_teardown_has_its_time(open_server: Open) -> None:
    """The timeout is for clients. Signals meanwhile are nothing."""
    process = open_server(timeout=0.1, teardown='await asyncio.sleep(0.6); say("torn down")')
    with process.clients("/writes", 3):
        process.signal()
        process.hear("tear down")
        process.signal(signal.SIGINT)
        process.signal()
        process.hear("torn down", "run returned")
        process.ends(within=0.8)
    assert process.errors() == ""
