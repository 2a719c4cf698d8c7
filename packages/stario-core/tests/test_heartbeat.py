"""A heartbeat goes out where nothing else does, and only to a client that takes what it is sent."""

import asyncio
import gzip
import socket
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest
from stario.exceptions import StarioError, StarioRuntime
from stario.http.config import RequestPolicy
from stario.http.connection.protocol import HttpProtocol
from stario.http.shared import SharedBytes

if TYPE_CHECKING:
    from conftest import OnLoop, Wire, WireFactory
    from stario import Context, Writer
    from stario.http.connection.endpoint import Endpoint

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BEAT = SharedBytes(b": \n\n")
DONE = object()
CHUNK = b"4\r\n: \n\n\r\n"

type Work = Callable[["Context", "Writer"], Coroutine[Any, Any, None]]


class Stream:
    """A handler that waits for what the test wants it to do."""

    def __init__(self, every: float | None = 10.0, *, started: bool = True) -> None:
        self.every = every
        self.starts = started
        self.steps: asyncio.Queue[Callable[[Writer], object]] = asyncio.Queue()

    async def __call__(self, _c: "Context", w: "Writer") -> None:
        w.heartbeat(BEAT, self.every)
        if self.starts:
            w.write_headers(200)
        while (await self.steps.get())(w) is not DONE:
            pass

    async def do(self, step: "Callable[[Writer], object]") -> None:
        self.steps.put_nowait(step)
        for _ in range(5):
            await asyncio.sleep(0)


def open_stream(site: "WireFactory", stream: Work, request: bytes = GET, **options: Any) -> "Wire":
    site.endpoint.clock.close()
    site.app.get("/", stream)
    wire = site.connect(**options)
    wire.feed(request)
    return wire


def pass_time(site: "WireFactory", seconds: int) -> None:
    """Move the clock of the server by hand, one tick a second."""
    clock = site.endpoint.clock
    for _ in range(seconds):
        clock.now += 1.0
        for connection in list(site.endpoint.connections):
            connection.check(clock.now)


def body(wire: "Wire") -> bytes:
    return wire.sent.partition(b"\r\n\r\n")[2]


async def test_an_idle_stream_beats_at_every_interval(site: "WireFactory") -> None:
    wire = open_stream(site, Stream(10.0))
    pass_time(site, 10)  # the first tick is where the time begins
    assert body(wire) == b""
    pass_time(site, 1)
    assert body(wire) == CHUNK
    pass_time(site, 9)
    assert body(wire) == CHUNK
    pass_time(site, 1)
    assert body(wire) == CHUNK * 2


async def test_a_write_puts_the_beat_off(site: "WireFactory") -> None:
    stream = Stream(10.0)
    wire = open_stream(site, stream)
    for _ in range(10):
        pass_time(site, 9)
        await stream.do(lambda w: w.write(b"x"))
    assert body(wire) == b"1\r\nx\r\n" * 10
    pass_time(site, 11)
    assert body(wire).endswith(b"x\r\n" + CHUNK)


async def test_nothing_is_sent_before_the_head(site: "WireFactory") -> None:
    stream = Stream(2.0, started=False)
    wire = open_stream(site, stream)
    pass_time(site, 60)
    assert wire.sent == b""
    await stream.do(lambda w: w.write(b"x"))
    pass_time(site, 3)
    assert body(wire) == b"1\r\nx\r\n" + CHUNK


async def test_nothing_is_sent_after_the_end(site: "WireFactory") -> None:
    """Although the handler goes on, and so the exchange."""
    stream = Stream(2.0)
    wire = open_stream(site, stream)
    await stream.do(lambda w: w.end(b"x"))
    pass_time(site, 60)
    assert body(wire) == b"1\r\nx\r\n0\r\n\r\n"


async def test_nothing_is_sent_after_an_abort(site: "WireFactory") -> None:
    stream = Stream(2.0)
    wire = open_stream(site, stream, stalled=True)
    await stream.do(lambda w: w.abort())
    pass_time(site, 20)
    wire.transport.take()
    assert body(wire) == b""


async def test_none_turns_it_off_and_the_last_call_counts(site: "WireFactory") -> None:
    stream = Stream(2.0)
    wire = open_stream(site, stream)
    await stream.do(lambda w: w.heartbeat(BEAT, None))
    pass_time(site, 60)
    assert body(wire) == b""
    await stream.do(lambda w: w.heartbeat(b"y", 30))
    pass_time(site, 31)
    assert body(wire) == b"1\r\ny\r\n"


async def test_a_client_that_takes_nothing_gets_no_beat_and_is_cut_in_time(
    site: "WireFactory",
) -> None:
    """A beat would look like progress to the write timeout, or fill the buffer."""
    site.policy = RequestPolicy(write_timeout=30.0)
    stream = Stream(2.0)
    wire = open_stream(site, stream, stalled=True)
    await stream.do(lambda w: w.write(b"x"))
    waiting = bytes(wire.transport.unsent)
    pass_time(site, 30)
    assert (bytes(wire.transport.unsent), wire.closed) == (waiting, False)
    pass_time(site, 1)
    assert wire.closed


async def test_a_beat_that_is_not_taken_is_noticed_by_the_write_timeout(
    site: "WireFactory",
) -> None:
    site.policy = RequestPolicy(write_timeout=5.0)
    wire = open_stream(site, Stream(2.0))
    pass_time(site, 1)
    wire.transport.stalled = True
    pass_time(site, 2)
    assert wire.transport.unsent == CHUNK
    pass_time(site, 5)
    assert (wire.transport.unsent, wire.closed) == (CHUNK, False)
    pass_time(site, 1)
    assert wire.closed


@pytest.mark.parametrize("how", ["left", "stopped sending"])
async def test_a_client_that_left_gets_none(site: "WireFactory", how: str) -> None:
    """And the tick, which looks at everybody, raises nothing."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    wire = open_stream(site, Stream(2.0))
    pass_time(site, 1)
    if how == "left":
        wire.leave()
    else:
        wire.protocol.eof_received()
    pass_time(site, 10)
    assert body(wire) == b""
    assert told == []


async def test_a_declared_length_gets_nothing_between(site: "WireFactory") -> None:
    stream = Stream(2.0, started=False)
    wire = open_stream(site, stream)

    def start(w: "Writer") -> None:
        w.headers.set("content-length", "5")
        w.write(b"abc")

    await stream.do(start)
    pass_time(site, 10)
    await stream.do(lambda w: w.end(b"de"))
    pass_time(site, 10)
    assert body(wire) == b"abcde"


async def test_a_head_and_an_empty_status_get_nothing(site: "WireFactory") -> None:
    stream = Stream(2.0)
    site.app.head("/", stream)
    wire = open_stream(site, stream, GET.replace(b"GET", b"HEAD"))
    pass_time(site, 10)
    assert body(wire) == b""
    empty = Stream(2.0, started=False)
    site.app.get("/empty", empty)
    other = site.connect()
    other.feed(GET.replace(b"/ ", b"/empty "))
    await empty.do(lambda w: w.write_headers(204))
    pass_time(site, 10)
    assert body(other) == b""


async def test_a_stream_until_close_beats_without_chunks(site: "WireFactory") -> None:
    wire = open_stream(site, Stream(2.0), GET.replace(b"1.1", b"1.0"))
    pass_time(site, 3)
    assert body(wire) == BEAT


async def test_a_compressed_stream_stays_one(site: "WireFactory") -> None:
    stream = Stream(2.0, started=False)
    wire = open_stream(site, stream, GET[:-2] + b"Accept-Encoding: gzip\r\n\r\n")
    await stream.do(lambda w: w.write(b"a" * 100))
    pass_time(site, 3)
    await stream.do(lambda w: w.write(b"b"))
    pass_time(site, 3)
    await stream.do(lambda w: w.end())
    chunks, rest = b"", body(wire)
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        chunks += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    assert gzip.decompress(chunks) == b"a" * 100 + BEAT + b"b" + BEAT


async def test_the_next_request_has_no_heartbeat(site: "WireFactory") -> None:
    stream = Stream(2.0)
    wire = open_stream(site, stream)
    silent = Stream(None)
    site.app.get("/silent", silent)

    def end(w: "Writer") -> object:
        w.end()
        return DONE

    await stream.do(end)
    wire.feed(GET.replace(b"/ ", b"/silent "))
    before = wire.sent
    pass_time(site, 30)
    assert wire.sent == before


BAD_TIMES: list[Any] = [0, -1, 0.0, float("nan"), float("inf"), True, "15", b"15", 1j]


@pytest.mark.parametrize("every", BAD_TIMES)
async def test_a_time_that_is_none_is_refused(site: "WireFactory", every: Any) -> None:
    await refused(site, lambda w: w.heartbeat(BEAT, every), StarioError, "seconds above 0")


@pytest.mark.parametrize("data", [b"", "x", bytearray(b"x"), None])
async def test_nothing_to_send_is_refused(site: "WireFactory", data: Any) -> None:
    await refused(site, lambda w: w.heartbeat(data, 1.0), StarioError, "not empty")


@pytest.mark.parametrize("end", ["end", "abort"])
async def test_it_cannot_begin_after_the_end(site: "WireFactory", end: str) -> None:
    def late(w: "Writer") -> None:
        w.write(b"x")
        getattr(w, end)()
        w.heartbeat(BEAT, 1.0)

    await refused(site, late, StarioRuntime, "after the end")


async def refused(
    site: "WireFactory",
    step: "Callable[[Writer], object]",
    error: type[Exception],
    message: str,
) -> None:
    async def handler(_c: "Context", w: "Writer") -> None:
        with pytest.raises(error, match=message):
            step(w)
        done.append(True)

    done: list[bool] = []
    wire = open_stream(site, handler)
    await wire.until(lambda: bool(done))


def test_it_beats_over_a_socket_by_the_clock_of_the_server(
    on_loop: "OnLoop", new_site: "type[WireFactory]"
) -> None:
    """The ticks of this clock are a quarter of its shortest timeout."""

    async def test() -> None:
        site = new_site()
        site.policy = RequestPolicy(write_timeout=0.04)
        site.app.get("/", Stream(0.02))
        endpoint: Endpoint = site.endpoint
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: HttpProtocol(endpoint), "127.0.0.1", 0)
        client = socket.socket()
        client.setblocking(False)
        try:
            await loop.sock_connect(client, server.sockets[0].getsockname())
            await loop.sock_sendall(client, GET)
            received = b""
            while received.count(CHUNK) < 3:
                received += await loop.sock_recv(client, 1000)
        finally:
            client.close()
            server.close()
            endpoint.close_all()
            while endpoint.connections:  # noqa: ASYNC110 - each says so itself
                await asyncio.sleep(0)
            for task in endpoint.tasks:
                task.cancel()
            endpoint.close()

    on_loop(test())
