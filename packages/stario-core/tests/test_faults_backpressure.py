"""Clients that stall, stop sending, or are answered early: what waits, wakes, and is bounded."""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses
from stario import Relay
from stario.exceptions import ClientDisconnected, StarioRuntime
from stario.http.config import RequestPolicy

if TYPE_CHECKING:
    from conftest import Wire, WireFactory
    from stario import Context, Writer

PATIENCE = 10.0  # seconds until what never ends fails its test
MB = 1024 * 1024
TICK = 1.0  # seconds of a clock that is moved by hand
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"

type Work = Callable[["Context", "Writer"], Coroutine[Any, Any, None]]


async def pieces(_c: "Context", w: "Writer") -> None:
    while True:
        w.write(b"x" * 100_000)
        await w.drain()


def stalled(site: "WireFactory", handler: Work, request: bytes = GET) -> "Wire":
    """A client that takes nothing, and the handler that serves it."""
    site.endpoint.clock.close()
    site.app.get("/", handler)
    wire = site.connect(stalled=True)
    wire.feed(request)
    return wire


def take_some(wire: "Wire", size: int) -> None:
    """Let a client read a few bytes, too few for the writer to go on."""
    transport = wire.transport
    transport.sent += transport.unsent[:size]
    del transport.unsent[:size]


async def ticks(site: "WireFactory", count: int) -> None:
    """Move the clock of the server by hand, which a busy machine does not disturb."""
    endpoint = site.endpoint
    endpoint.clock.close()
    for _ in range(count):
        endpoint.clock.now += TICK
        for connection in list(endpoint.connections):
            connection.check(endpoint.clock.now)
        for _ in range(5):
            await asyncio.sleep(0)


class TestDrain:
    """It waits for a client that is slow, always wakes, and never keeps the loop to itself."""

    @pytest.mark.parametrize("end", ["takes", "leaves", "is cut", "is closed"])
    async def test_a_drain_wakes_whatever_the_client_does(
        self, site: "WireFactory", end: str
    ) -> None:
        woken: list[str] = []

        async def one(_c: "Context", w: "Writer") -> None:
            w.write(b"x" * 100_000)
            try:
                await w.drain()
                woken.append("goes on")
            except ClientDisconnected:
                woken.append("told")
                raise

        wire = stalled(site, one)
        assert not woken
        if end == "takes":
            wire.transport.take()
        elif end == "leaves":
            wire.leave()
        elif end == "is cut":
            wire.protocol.cut()
        else:
            wire.protocol.close()
            wire.transport.take()
        await wire.until(lambda: bool(woken) and not site.endpoint.tasks)
        # One that takes the rest and then sees a close may be met in either state.
        assert woken == ["told"] if end in ("leaves", "is cut") else woken[0] in ("goes on", "told")

    async def test_a_drain_in_several_tasks_wakes_them_all(self, site: "WireFactory") -> None:
        """A cancelled one does not keep the others asleep."""
        woken: list[int] = []

        async def shared(_c: "Context", w: "Writer") -> None:
            w.write(b"x" * 100_000)

            async def wait(number: int) -> None:
                await w.drain()
                woken.append(number)

            tasks = [asyncio.ensure_future(wait(number)) for number in range(3)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            await asyncio.wait(tasks)

        wire = stalled(site, shared)
        await asyncio.sleep(0)
        wire.transport.take()
        await wire.until(lambda: not site.endpoint.tasks)
        assert woken == [1, 2]

    async def test_a_client_that_is_faster_than_its_handler_does_not_keep_the_loop(
        self, site: "WireFactory"
    ) -> None:
        """Other requests get their turn beside a loop that never has to wait."""
        others: list[str] = []

        async def endless(_c: "Context", w: "Writer") -> None:
            while len(others) < 3:
                w.write(b"x")
                await w.drain()

        async def other() -> None:
            for _ in range(3):
                others.append("turn")
                await asyncio.sleep(0)

        site.app.get("/", endless)
        task = asyncio.create_task(other())
        wire = site.connect()
        await wire.answer_to(GET)
        await task

    async def test_a_source_that_never_waits_does_not_keep_the_loop(
        self, site: "WireFactory"
    ) -> None:
        """Nor the shutdown from ending it."""

        async def numbers() -> AsyncIterator[int]:
            number = 0
            while True:
                yield number
                number += 1

        async def endless(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(numbers()):
                w.write(b"x")

        site.app.get("/", endless)
        wire = site.connect()
        asyncio.get_running_loop().call_soon(site.app.signal_shutdown)
        assert (await wire.answer_to(GET)).endswith(b"0\r\n\r\n")

    async def test_what_waits_for_a_stalled_client_is_the_mark_and_one_piece(
        self, site: "WireFactory"
    ) -> None:
        wire = stalled(site, pieces)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(wire.transport.unsent) < 64 * 1024 + 100_000 + 1000
        wire.leave()

    async def test_a_relay_published_to_a_stalled_client_stays_small(
        self, site: "WireFactory"
    ) -> None:
        """`c.alive(source)` takes no message that the client has no room for."""
        relay: Relay[str] = Relay()
        dropped: list[int] = []

        async def live(c: "Context", w: "Writer") -> None:
            async with relay.subscribe("a") as messages:
                async for _, data in c.alive(messages):
                    w.write(data.encode())
                dropped.append(messages.dropped)

        wire = stalled(site, live)
        for _ in range(512):
            relay.publish("a", "x" * (64 * 1024))
            await asyncio.sleep(0)
        assert len(wire.transport.unsent) < 3 * 64 * 1024
        wire.leave()
        await wire.until(lambda: not site.endpoint.tasks)
        assert dropped[0] > 400


class TestWritesWithoutDrain:
    """They pile up, so there is an end to it."""

    async def test_sixty_four_megabytes_are_the_most(self, site: "WireFactory") -> None:
        """Then the connection is cut, the memory free, and the handler told what to do."""
        told: list[StarioRuntime] = []

        async def careless(_c: "Context", w: "Writer") -> None:
            try:
                while True:
                    w.write(b"x" * MB)
            except StarioRuntime as error:
                told.append(error)
                raise

        wire = stalled(site, careless)
        await wire.until(lambda: not site.endpoint.tasks and wire.transport.lost)
        assert "bytes wait for a client" in str(told[0])
        assert "await w.drain()" in str(told[0].help_text)
        assert not wire.transport.unsent
        assert wire.sent == b""

    @pytest.mark.parametrize("how", ["too much", "abort"])
    async def test_who_swallows_that_and_writes_on_is_ended(
        self, site: "WireFactory", how: str
    ) -> None:
        """Else a loop that never waits would hold the server for ever."""

        async def deaf(_c: "Context", w: "Writer") -> None:
            while True:
                try:
                    w.write(b"x" * MB)
                    if how == "abort":
                        w.abort()
                except Exception:
                    pass

        wire = stalled(site, deaf)
        wire.transport.take()
        await wire.until(lambda: not site.endpoint.tasks and wire.transport.lost)

    async def test_one_piece_may_be_as_large_as_it_likes(self, site: "WireFactory") -> None:
        """It is in memory anyway."""

        async def large(_c: "Context", w: "Writer") -> None:
            w.write(b"x" * (70 * MB))
            await w.drain()
            w.write(b"end")

        wire = stalled(site, large)
        await asyncio.sleep(0)
        wire.transport.take()
        await wire.until(lambda: not wire.protocol.is_busy)
        wire.transport.take()
        assert wire.sent.endswith(b"3\r\nend\r\n0\r\n\r\n")

    async def test_a_stalled_client_of_a_careless_handler_is_cut_in_time(
        self, site: "WireFactory"
    ) -> None:
        """What the handler adds is no progress of the client."""

        async def careless(_c: "Context", w: "Writer") -> None:
            while True:
                w.write(b"x" * 100)
                await asyncio.sleep(0)

        wire = stalled(site, careless)
        await ticks(site, 30)
        assert not wire.transport.lost
        await ticks(site, 2)
        assert wire.transport.lost
        assert not site.endpoint.tasks


class TestWriteTimeout:
    """A client that takes nothing is cut, and only that one."""

    async def test_a_byte_now_and_then_is_progress(self, site: "WireFactory") -> None:
        """The time counts from the last byte that was taken."""
        wire = stalled(site, pieces)
        for _ in range(12):
            take_some(wire, 1)
            await ticks(site, 25)
            assert not wire.transport.lost
        await ticks(site, 7)
        assert wire.transport.lost
        assert not site.endpoint.tasks

    async def test_a_client_that_takes_as_much_as_the_handler_adds_makes_progress(
        self, site: "WireFactory"
    ) -> None:
        """Although what waits for it never gets less."""
        gate = asyncio.Event()

        async def steady(_c: "Context", w: "Writer") -> None:
            w.write(b"x" * 10_000)
            while True:
                await gate.wait()
                gate.clear()
                w.write(b"x" * 100)

        wire = stalled(site, steady)
        for _ in range(12):
            gate.set()
            await asyncio.sleep(0)
            take_some(wire, 100 + len(b"64\r\n\r\n"))
            await ticks(site, 10)
            assert not wire.transport.lost
        wire.leave()

    async def test_an_answer_that_was_written_at_once_is_given_up_too(
        self, site: "WireFactory"
    ) -> None:
        """Its handler ended long ago; the connection still costs the answer."""

        async def whole(_c: "Context", w: "Writer") -> None:
            w.respond(b"x" * MB, b"application/octet-stream")

        wire = stalled(site, whole)
        assert not site.endpoint.tasks
        await ticks(site, 30)
        assert not wire.transport.lost
        await ticks(site, 2)
        assert wire.transport.lost


class TestUnreadAnswers:
    """A client that only asks gets no more work done than it takes answers."""

    async def test_pipelined_requests_wait_while_answers_are_not_taken(
        self, site: "WireFactory"
    ) -> None:
        """Reading stops too; all are answered in order once the client reads."""
        handled: list[str] = []

        async def numbered(c: "Context", w: "Writer") -> None:
            handled.append(c.req.query.get("n") or "")
            w.respond(handled[-1].encode() + b"x" * 20_000, b"application/octet-stream")

        site.app.get("/", numbered)
        wire = site.connect(stalled=True)
        for number in range(1000):
            wire.feed(b"GET /?n=%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
            if not wire.transport.reading:
                break
        assert len(handled) == 4
        assert len(wire.transport.unsent) < 100_000
        wire.transport.take()
        await wire.until(lambda: wire.transport.reading)
        wire.transport.take()
        assert handled == ["0", "1", "2", "3", "4"]
        assert re.findall(rb"\r\n\r\n(\d)x", wire.sent) == [b"0", b"1", b"2", b"3", b"4"]

    async def test_a_flood_in_one_read_waits_as_well(self, site: "WireFactory") -> None:
        async def page(_c: "Context", w: "Writer") -> None:
            w.respond(b"x" * 1000, b"application/octet-stream")

        site.app.get("/", page)
        wire = site.connect(stalled=True)
        wire.feed(GET * 3000 + b"BROKEN\r\n\r\n")
        assert len(wire.transport.unsent) < 70_000
        while not wire.closed:
            wire.transport.take()
            await asyncio.sleep(0)
        wire.transport.take()
        assert len(re.findall(rb"HTTP/1.1 200 OK", wire.sent)) == 3000
        assert wire.sent.count(b"HTTP/1.1 400 Bad Request") == 1

    async def test_who_never_takes_them_is_cut(self, site: "WireFactory") -> None:
        """By the write timeout, not by that of idle connections or of heads."""

        async def page(_c: "Context", w: "Writer") -> None:
            w.respond(b"x" * 100_000, b"application/octet-stream")

        wire = stalled(site, page, GET * 3 + b"GET / HT")
        await ticks(site, 30)
        assert not wire.closed
        await ticks(site, 2)
        assert wire.transport.lost

    async def test_a_head_behind_a_full_queue_has_its_time_when_reading_goes_on(
        self, site: "WireFactory"
    ) -> None:
        """Not before: a client that may not send cannot be late. Then it is closed as any other."""
        site.policy = RequestPolicy(keep_alive_timeout=600, max_pipelined_requests=1)
        gate = asyncio.Event()

        async def slow(_c: "Context", w: "Writer") -> None:
            await gate.wait()
            responses.text(w, "late")

        site.app.get("/", slow)
        wire = site.connect()
        wire.feed(GET, GET, GET, b"GET / HT")
        assert not wire.transport.reading
        await ticks(site, 60)
        gate.set()
        await wire.until(lambda: wire.sent.count(b"\r\n\r\nlate") == 3)
        await ticks(site, 4)
        assert not wire.closed
        await ticks(site, 2)
        assert wire.closed


BODIES = {
    "declared and small": b"Content-Length: 1000\r\n\r\n" + b"x" * 1000,
    "declared and sent in part": b"Content-Length: 1000\r\n\r\n" + b"x" * 500,
    "declared and huge": b"Content-Length: 100000000\r\n\r\n" + b"x" * 100_000,
    "chunked and small": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "chunked and huge": b"Transfer-Encoding: chunked\r\n\r\n20000\r\n" + b"x" * 0x20000,
    "expected": b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
    "expected and sent anyway": b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\nbody",
    "expected and chunked": b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
}


class TestEarlyAnswers:
    """What still comes after the last answer costs nothing, and ends nothing."""

    HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"

    @staticmethod
    async def early(_c: "Context", w: "Writer") -> None:
        await asyncio.sleep(0)
        w.respond(b"early", b"text/plain", 413)

    async def test_a_body_that_floods_in_behind_it_is_forgotten(self, site: "WireFactory") -> None:
        """Also where reading was paused for it."""
        site.app.post("/", self.early)
        wire = site.connect()
        wire.feed(self.HEAD + b"x" * 100_000)
        assert not wire.transport.reading
        await wire.until(lambda: wire.closed)
        assert wire.transport.reading
        for _ in range(100):
            wire.feed(b"x" * 100_000)
            assert wire.protocol._unread is None
        assert wire.sent.endswith(b"\r\n\r\nearly")

    async def test_an_end_that_cannot_be_sent_any_more_is_a_cut(
        self, site: "WireFactory", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The client reset the connection, and the server did not hear of it yet."""

        def not_connected() -> None:
            raise OSError(107, "Transport endpoint is not connected")

        site.app.post("/", self.early)
        wire = site.connect()
        monkeypatch.setattr(wire.transport, "write_eof", not_connected)
        wire.feed(self.HEAD + b"x" * 100_000)
        await wire.until(lambda: not site.endpoint.connections)
        assert wire.transport.lost


class Served:
    """A site behind real sockets, and its clients."""

    def __init__(self, site: "WireFactory", port: int) -> None:
        self.app = site.app
        self.port = port
        self.clients: list[socket.socket] = []

    async def connect(self, sent: bytes, *, small: bool = False) -> socket.socket:
        client = socket.socket()
        self.clients.append(client)
        if small:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, ("127.0.0.1", self.port))
        await loop.sock_sendall(client, sent)
        return client


@asynccontextmanager
async def served(site: "WireFactory") -> AsyncGenerator[Served]:
    listener = socket.socket()
    # Else the kernel takes megabytes for a client before the server sees that it is slow.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
    listener.bind(("127.0.0.1", 0))
    async with asyncio.timeout(PATIENCE), site.listening(listener) as port:
        serving = Served(site, port)
        try:
            yield serving
        finally:
            for client in serving.clients:
                client.close()


async def rest_of(client: socket.socket) -> bytes:
    """Read until the server closes; a reset is an error here."""
    received = bytearray()
    while piece := await asyncio.get_running_loop().sock_recv(client, 1 << 20):
        received += piece
    return bytes(received)


class TestRealSockets:
    """What only a kernel can tell."""

    @pytest.mark.parametrize("status", [200, 413])
    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    async def test_an_early_answer_is_read_and_keeps_the_connection_in_step_or_closes_it(
        self, site: "WireFactory", body: bytes, status: int
    ) -> None:
        """The client sends on while it is answered; no reset takes the answer away from it."""

        async def early(_c: "Context", w: "Writer") -> None:
            w.respond(b"early", b"text/plain", status)

        async def after(_c: "Context", w: "Writer") -> None:
            w.headers.set("connection", "close")
            w.respond(b"after", b"text/plain")

        async with served(site) as serving:
            serving.app.post("/", early)
            serving.app.get("/after", after)
            client = await serving.connect(b"POST / HTTP/1.1\r\nHost: a\r\n" + body)
            asked = b"GET /after HTTP/1.1\r\nHost: a\r\n\r\n"
            if body[-504:] == b"\r\n\r\n" + b"x" * 500 and b"1000\r\n" in body:
                asked = b"x" * 500 + asked  # the rest of the body
            await asyncio.sleep(0.01)
            await asyncio.get_running_loop().sock_sendall(client, asked)
            answer = await rest_of(client)
        assert re.findall(rb"\r\n\r\n(early|after)", answer) in (
            [b"early"],
            [b"early", b"after"],
        )
        assert answer.count(b"HTTP/1.1") == answer.count(b"\r\n\r\n")

    @pytest.mark.parametrize("how", ["whole", "declared", "end", "head and end"])
    async def test_a_client_that_stopped_sending_still_gets_its_answer(
        self, site: "WireFactory", how: str
    ) -> None:
        """`shutdown(SHUT_WR)` after the request, as `nc -N` does; also where the answer is large
        and taken slowly."""
        size = 3 * MB

        async def answer(c: "Context", w: "Writer") -> None:
            await c.disconnect
            if how == "whole":
                w.respond(b"x" * size, b"application/octet-stream")
            elif how == "declared":
                w.headers.set("content-length", str(size))
                w.write_headers(200)
                for _ in range(48):
                    w.write(b"x" * (size // 48))
                    await w.drain()
            elif how == "end":
                w.end(b"x" * size)
            else:
                w.write_headers(200)
                w.end(b"x" * size)
                assert c.disconnected

        async with served(site) as serving:
            serving.app.get("/", answer)
            client = await serving.connect(GET, small=True)
            client.shutdown(socket.SHUT_WR)
            received = await rest_of(client)
        assert received.startswith(b"HTTP/1.1 200 OK")
        assert received.count(b"x" * 1000) == size // 1000

    async def test_a_stream_ends_for_a_client_that_stopped_sending(
        self, site: "WireFactory"
    ) -> None:
        """That is all that a server hears of a browser that is closed."""

        async def stream(c: "Context", w: "Writer") -> None:
            w.write(b"first")
            async with c.alive():
                await asyncio.sleep(PATIENCE)

        async with served(site) as serving:
            serving.app.get("/", stream)
            client = await serving.connect(GET)
            await asyncio.get_running_loop().sock_recv(client, 1000)
            client.shutdown(socket.SHUT_WR)
            assert await rest_of(client) == b"0\r\n\r\n"
            assert not serving.app.lifelines

    async def test_a_stalled_client_is_cut_and_one_that_reads_slowly_is_not(
        self, site: "WireFactory"
    ) -> None:
        ended: list[str] = []

        async def pieces(c: "Context", w: "Writer") -> None:
            name = c.req.query.get("name") or ""
            try:
                for _ in range(200):
                    w.write(b"x" * 20_000)
                    await w.drain()
                ended.append(f"{name} got everything")
            except ClientDisconnected:
                ended.append(f"{name} was cut")
                raise

        site.policy = RequestPolicy(write_timeout=1.5)
        async with served(site) as serving:
            serving.app.get("/", pieces)
            request = b"GET /?name=%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            await serving.connect(request % b"stalled", small=True)
            slow = await serving.connect(request % b"slow", small=True)
            loop = asyncio.get_running_loop()
            received = 0
            while piece := await loop.sock_recv(slow, 40_000):
                received += len(piece)
                if not ended:
                    await asyncio.sleep(0.02)
            assert received > 200 * 20_000
        assert ended == ["stalled was cut", "slow got everything"]

    @pytest.mark.parametrize(
        "request_bytes",
        [
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\nBROKEN\r\n\r\n",
        ],
        ids=["close", "unread body", "fault behind it"],
    )
    async def test_a_last_answer_is_sent_whole_to_a_slow_client(
        self, site: "WireFactory", request_bytes: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The times for heads, for idle connections and for a goodbye do not count meanwhile."""
        monkeypatch.setattr("stario.http.connection.protocol._LINGER", 0.1)
        policy = RequestPolicy(header_timeout=0.1, keep_alive_timeout=0.1)

        async def large(_c: "Context", w: "Writer") -> None:
            w.respond(b"x" * (8 * MB), b"application/octet-stream")

        site.policy = policy
        async with served(site) as serving:
            serving.app.get("/", large)
            serving.app.post("/", large)
            client = await serving.connect(request_bytes, small=True)
            await asyncio.sleep(0.5)
            assert (await rest_of(client)).count(b"x" * 1000) >= 8 * MB // 1000 - 1

    async def test_a_stalled_download_does_not_hold_up_others(self, site: "WireFactory") -> None:
        async def hello(_c: "Context", w: "Writer") -> None:
            responses.text(w, "Hello")

        async with served(site) as serving:
            serving.app.get("/pieces", pieces)
            serving.app.get("/", hello)
            request = b"GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n"
            stalled = [await serving.connect(request, small=True) for _ in range(20)]
            for _ in range(20):
                client = await serving.connect(GET[:-2] + b"Connection: close\r\n\r\n")
                assert (await rest_of(client)).endswith(b"Hello")
            assert len(stalled) == 20
