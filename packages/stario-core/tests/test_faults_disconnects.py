"""A client leaves, or a handler fails, at every place where a handler can wait.

Over real sockets on either loop. Whatever the place: the handler ends, its subscription is gone,
its span ended once, no task is left, and the loop has nothing to complain of.
"""

import asyncio
import select
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
import stario.responses as responses
from stario import Relay
from stario.exceptions import ClientDisconnected
from stario.http.config import RequestPolicy

if TYPE_CHECKING:
    from conftest import SeenTracer, WireFactory
    from stario import Context, Writer

PATIENCE = 30.0  # seconds that nobody waits for
TIME_LIMIT = 10.0  # seconds until what never ends fails its test
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"


class Place:
    """Where a handler waits: it says so, and goes on, or fails, when it is let."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.relay: Relay[str] = Relay()
        self.failure: Exception | None = None

    async def wait(self) -> None:
        self.reached.set()
        # Not cancelled with who waits for it, so that a handler may come here again.
        await asyncio.shield(self.gate)
        if self.failure is not None:
            raise self.failure

    def say(self) -> None:
        self.reached.set()

    async def items(self) -> AsyncIterator[int]:
        for item in range(1000):
            await self.wait()
            yield item


type Work = Callable[["Context", "Writer", Place], Awaitable[None]]


async def before_the_head(_c: "Context", w: "Writer", place: Place) -> None:
    await place.wait()
    w.write(b"late")


async def before_a_whole_answer(_c: "Context", w: "Writer", place: Place) -> None:
    await place.wait()
    responses.text(w, "late")


async def between_pieces(_c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    await place.wait()
    w.write(b"two")


async def between_pieces_of_a_declared_length(_c: "Context", w: "Writer", place: Place) -> None:
    w.headers.set("content-length", "100000000")
    w.write(b"one")
    await place.wait()
    while True:
        w.write(b"x" * 50_000)
        await w.drain()


async def in_a_drain(_c: "Context", w: "Writer", place: Place) -> None:
    while w.writable:
        w.write(b"x" * 100_000)
    place.say()
    while True:
        await w.drain()
        await place.wait()
        w.write(b"x" * 100_000)


async def between_drains(_c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    await place.wait()
    while True:
        await w.drain()


async def around_an_item_that_is_written(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    async for _ in c.alive(place.items()):
        w.write(b"more")


async def inside_the_body_of_a_loop(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    async for _ in c.alive(numbers()):
        await place.wait()
        w.write(b"more")


async def numbers() -> AsyncIterator[int]:
    for number in range(1000):
        yield number


async def in_a_block(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    async with c.alive():
        await place.wait()
        w.write(b"two")


async def in_nested_blocks(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    async with c.alive(), c.alive():
        async for _ in c.alive(place.items()):
            w.write(b"more")


async def in_a_receive(_c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    async with place.relay.subscribe("other") as live:
        waiting = asyncio.ensure_future(live.receive())
        await place.wait()
        place.relay.publish("other", "message")
        w.write((await waiting)[1].encode())


async def in_background_work(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    await c.app.create_task(place.wait())
    w.write(b"two")


async def in_a_task_group(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    async with c.alive(), asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(PATIENCE))
        await place.wait()
        w.write(b"two")


async def in_a_timeout(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    async with asyncio.timeout(PATIENCE), c.alive(), asyncio.timeout(PATIENCE):
        await place.wait()
        w.write(b"two")


async def until_the_disconnect(c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    waiting = asyncio.ensure_future(place.wait())
    await asyncio.wait([c.disconnect, waiting], return_when=asyncio.FIRST_COMPLETED)
    if not c.disconnected:
        await waiting
    waiting.cancel()


async def in_a_source_of_pieces(c: "Context", w: "Writer", place: Place) -> None:
    async def pieces() -> AsyncIterator[str]:
        async for item in place.items():
            yield f"{item}"

    await responses.stream(c, w, pieces(), "text/plain")


async def between_pieces_of_a_source(c: "Context", w: "Writer", place: Place) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 50_000
            await place.wait()

    await responses.stream(c, w, pieces(), "application/zip")


async def in_a_body(c: "Context", w: "Writer", place: Place) -> None:
    place.say()
    if place.failure is not None:
        raise place.failure
    responses.text(w, str(len(await c.req.body())))


async def in_a_streamed_body(c: "Context", w: "Writer", place: Place) -> None:
    async for _ in c.req.stream():
        place.say()
        if place.failure is not None:
            raise place.failure
    responses.text(w, "done")


async def beside_an_unread_body(_c: "Context", w: "Writer", place: Place) -> None:
    await place.wait()
    w.write(b"one")


async def swallowing_what_write_raises(_c: "Context", w: "Writer", place: Place) -> None:
    while True:
        try:
            w.write(b"more")
            await place.wait()
        except Exception:
            if place.failure is not None:
                raise


async def swallowing_what_drain_raises(_c: "Context", w: "Writer", place: Place) -> None:
    w.write(b"one")
    while True:
        try:
            await place.wait()
            await w.drain()
        except Exception:
            if place.failure is not None:
                raise


WITH_BODY: tuple[Work, ...] = (in_a_body, in_a_streamed_body, beside_an_unread_body)
PLACES: tuple[Work, ...] = (
    before_the_head,
    before_a_whole_answer,
    between_pieces,
    between_pieces_of_a_declared_length,
    in_a_drain,
    between_drains,
    around_an_item_that_is_written,
    inside_the_body_of_a_loop,
    in_a_block,
    in_nested_blocks,
    in_a_receive,
    in_background_work,
    in_a_task_group,
    in_a_timeout,
    until_the_disconnect,
    in_a_source_of_pieces,
    between_pieces_of_a_source,
    *WITH_BODY,
    swallowing_what_write_raises,
    swallowing_what_drain_raises,
)


class Site:
    """A site whose one handler waits at a place, behind a real socket."""

    def __init__(self, site: "WireFactory", work: Work, tracer: "SeenTracer") -> None:
        self.place = Place()
        self.app = site.app
        self.endpoint = site.endpoint
        self.tracer = tracer
        self.ended = asyncio.Event()
        self.complaints: list[dict[str, Any]] = []
        self.port = 0
        self.context: Context
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: self.complaints.append(context)
        )

        async def handler(c: "Context", w: "Writer") -> None:
            self.context = c
            try:
                async with self.place.relay.subscribe("live"):
                    await work(c, w, self.place)
            finally:
                self.ended.set()

        self.app.get("/", handler)
        self.app.post("/", handler)

    async def connect(self, sent: bytes) -> socket.socket:
        """Send a request from a client with small buffers, and let the handler reach its place."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, ("127.0.0.1", self.port))
        await loop.sock_sendall(client, sent)
        await self.place.reached.wait()
        return client

    async def is_clean(self) -> None:
        """Wait for the end, and look at what is left."""
        await self.ended.wait()
        await settled(lambda: not self.endpoint.connections and not self.endpoint.tasks)
        # A cancelled receive, or a task of the test, may take a turn to end.
        await settled(lambda: len(asyncio.all_tasks()) == 1)
        await settled(lambda: not self.app.tasks)
        assert not self.app.lifelines
        assert repr(self.place.relay) == "<Relay 0 active>"
        assert [span.ends for span in self.tracer.spans] == [1]
        assert self.complaints == []


type OpenSite = Callable[[Work], AbstractAsyncContextManager[Site]]


@pytest.fixture
def open_site(site: "WireFactory", tracer: "SeenTracer") -> OpenSite:
    @asynccontextmanager
    async def opened(work: Work) -> AsyncGenerator[Site]:
        site.policy = RequestPolicy(keep_alive_timeout=0.2)  # short, so that the clock ticks often
        one = Site(site, work, tracer)
        async with asyncio.timeout(TIME_LIMIT), site.listening() as one.port:
            yield one

    return opened


async def settled(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the condition is about state, not an event
        await asyncio.sleep(0.001)


def leave_by_fin(client: socket.socket) -> None:
    """Close; what was not read yet makes a reset of it, as with any client."""
    client.close()


def leave_by_rst(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def name_of(value: object) -> str:
    return cast("str", getattr(value, "__name__", str(value)))


def request_for(work: Work) -> bytes:
    return POST if work in WITH_BODY else GET


@pytest.mark.parametrize("leave", [leave_by_fin, leave_by_rst], ids=name_of)
@pytest.mark.parametrize("work", PLACES, ids=name_of)
async def test_a_client_that_leaves_anywhere_takes_its_handler_with_it(
    open_site: OpenSite, work: Work, leave: Callable[[socket.socket], None]
) -> None:
    """Sooner or later: at once where the handler asked to be told, else at its next write. The span
    does not fail, since nothing went wrong."""
    async with open_site(work) as site:
        leave(await site.connect(request_for(work)))
        await settled(lambda: site.context.disconnected)
        if not site.place.gate.done():
            site.place.gate.set_result(None)
        await site.is_clean()
        assert site.tracer.spans[0].failure is None


@pytest.mark.parametrize("work", PLACES, ids=name_of)
async def test_an_exception_anywhere_is_a_500_or_a_cut_without_a_last_chunk(
    open_site: OpenSite, work: Work
) -> None:
    """A body never looks complete when it is not; the span tells the exception."""
    async with open_site(work) as site:
        site.place.failure = LookupError("broken here")
        client = await site.connect(request_for(work))
        site.place.gate.set_result(None)
        answer = await everything(client)
        client.close()
        await site.is_clean()
        if b"\r\n\r\nInternal Server Error" in answer:
            assert answer.startswith(b"HTTP/1.1 500 ")
        else:
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert not answer.endswith(b"0\r\n\r\n")
        assert b"broken here" not in answer
        failure = site.tracer.spans[0].failure or ""
        assert "broken here" in failure or "unhandled errors in a TaskGroup" in failure


async def everything(client: socket.socket) -> bytes:
    """Read a whole 500, or until the server closes."""
    loop = asyncio.get_running_loop()
    received = b""
    while not received.endswith(b"Internal Server Error"):
        try:
            piece = await loop.sock_recv(client, 65536)
        except ConnectionResetError:
            break
        if not piece:
            break
        received += piece
    return received


async def test_who_writes_on_after_the_client_left_is_told_once_and_then_ended(
    open_site: OpenSite,
) -> None:
    """First by ClientDisconnected, then by CancelledError, which `except Exception` lets pass."""
    told: list[BaseException] = []

    async def deaf(_c: "Context", w: "Writer", place: Place) -> None:
        while True:
            try:
                w.write(b"more")
                await place.wait()
            except Exception as error:
                told.append(error)
            except BaseException as error:
                told.append(error)
                raise

    async with open_site(deaf) as site:
        (await site.connect(GET)).close()
        await settled(lambda: site.context.disconnected)
        site.place.gate.set_result(None)
        await site.is_clean()
    assert [type(error) for error in told] == [ClientDisconnected, asyncio.CancelledError]


async def test_who_looks_before_each_write_may_work_on(open_site: OpenSite) -> None:
    """A handler with something to finish asks `c.disconnected`; nothing cancels it."""
    saved: list[int] = []

    async def thorough(c: "Context", w: "Writer", place: Place) -> None:
        w.write(b"one")
        await place.wait()
        for number in range(5):
            if not c.disconnected:
                w.write(b"more")
            await asyncio.sleep(0)
            saved.append(number)

    async with open_site(thorough) as site:
        (await site.connect(GET)).close()
        await settled(lambda: site.context.disconnected)
        site.place.gate.set_result(None)
        await site.is_clean()
    assert saved == [0, 1, 2, 3, 4]


async def test_work_of_the_app_goes_on_without_the_client(open_site: OpenSite) -> None:
    """`create_task` belongs to the app."""
    saved: list[str] = []

    async def start(c: "Context", w: "Writer", place: Place) -> None:
        async def save() -> None:
            await place.wait()
            saved.append("saved")

        c.app.create_task(save())
        async with c.alive():
            await asyncio.sleep(PATIENCE)

    async with open_site(start) as site:
        (await site.connect(GET)).close()
        await site.ended.wait()
        assert len(site.app.tasks) == 1
        site.place.gate.set_result(None)
        await site.is_clean()
    assert saved == ["saved"]


needs_a_kernel_that_tells = pytest.mark.skipif(
    not hasattr(select, "POLLRDHUP"),
    reason="the kernel does not tell of an end behind unread bytes",
)


@needs_a_kernel_that_tells
@pytest.mark.parametrize("leave", [leave_by_fin, leave_by_rst], ids=name_of)
@pytest.mark.parametrize("behind", ["a full queue", "an unread body"])
async def test_a_goodbye_is_heard_behind_what_nobody_reads(
    open_site: OpenSite,
    behind: str,
    leave: Callable[[socket.socket], None],
) -> None:
    """Reading stands still, and the stream writes nothing; its client leaves all the same."""
    sent = {
        "a full queue": [GET, *[GET * 20] * 3],
        "an unread body": [POST.replace(b": 9", b": 1000000"), b"x" * 80_000],
    }[behind]

    async with open_site(in_a_block) as site:
        client = await site.connect(sent[0])
        for piece in sent[1:]:
            await asyncio.get_running_loop().sock_sendall(client, piece)
            await asyncio.sleep(0.01)
        connection = next(iter(site.endpoint.connections))
        assert connection._paused_for_queue or connection._paused_for_body
        leave(client)
        await settled(lambda: not site.endpoint.connections and not site.endpoint.tasks)
        assert not site.app.lifelines
        assert {span.ends for span in site.tracer.spans} == {1}
        assert site.complaints == []


@pytest.mark.parametrize("leave", [leave_by_fin, leave_by_rst], ids=name_of)
async def test_a_reset_that_nobody_heard_of_is_no_error_of_the_last_answer(
    open_site: OpenSite, leave: Callable[[socket.socket], None]
) -> None:
    """The server ends its side of a connection that is gone."""
    async with open_site(before_a_whole_answer) as site:
        client = await site.connect(POST.replace(b": 9", b": 1000000"))
        await asyncio.get_running_loop().sock_sendall(client, b"x" * 80_000)
        await settled(lambda: next(iter(site.endpoint.connections))._paused_for_body)
        leave(client)
        site.place.gate.set_result(None)
        await site.is_clean()


async def test_nothing_is_left_after_five_hundred_disconnects(open_site: OpenSite) -> None:
    """Mid-head, mid-body, mid-stream, mid-drain, by turns with FIN and with RST."""

    async def stream(c: "Context", w: "Writer") -> None:
        w.write(b"x" * 100_000)
        async for _ in c.alive(never()):
            pass

    async def pieces(_c: "Context", w: "Writer") -> None:
        while True:
            w.write(b"x" * 100_000)
            await w.drain()

    async def read(c: "Context", w: "Writer") -> None:
        responses.text(w, str(len(await c.req.body())))

    async with open_site(before_the_head) as site:
        site.app.get("/stream", stream)
        site.app.get("/pieces", pieces)
        site.app.post("/read", read)
        sent = (
            b"GET / HTTP/1.1\r\nHo",
            POST.replace(b"/", b"/read", 1),
            GET.replace(b"/", b"/stream", 1),
            GET.replace(b"/", b"/pieces", 1),
            GET.replace(b"/", b"/stream", 1) * 20,
        )
        site.place.say()
        for index in range(500):
            client = await site.connect(sent[index % len(sent)])
            await asyncio.sleep(0)
            (leave_by_rst if index % 2 else leave_by_fin)(client)
        await settled(lambda: not site.endpoint.connections and not site.endpoint.tasks)
        assert not site.app.lifelines
        assert len(asyncio.all_tasks()) == 1
        assert {span.ends for span in site.tracer.spans} == {1}
        assert site.complaints == []


async def never() -> AsyncIterator[int]:
    await asyncio.get_running_loop().create_future()
    yield 0
