"""`responses.stream`: a body from an iterable, which is whole or seen not to be, and its source."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses
from stario.exceptions import ClientDisconnected, HttpException

if TYPE_CHECKING:
    from conftest import Answer, SeenTracer, WireFactory
    from stario import Context, Writer

    type ReadAnswers = Callable[..., list[Answer]]

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CSV = "text/csv; charset=utf-8"


class Source:
    """Pieces that come when the test lets them; it knows how far it was asked, and if closed."""

    def __init__(self, *pieces: Any, failure: BaseException | None = None) -> None:
        self.pieces = pieces
        self.failure = failure
        self.asked = 0
        self.closed = 0
        self.waiting = asyncio.Event()
        self.gate = asyncio.Event()

    def __aiter__(self) -> "Source":
        return self

    async def __anext__(self) -> Any:
        self.asked += 1
        if self.asked <= len(self.pieces):
            return self.pieces[self.asked - 1]
        self.waiting.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        raise StopAsyncIteration

    async def aclose(self) -> None:
        await asyncio.sleep(0)  # a close may take its time, also in a task that was cancelled
        self.closed += 1


def serve(
    site: "WireFactory", source: Any, content_type: str = CSV, status: int = 200
) -> list[BaseException | None]:
    """Route / to a handler that streams a source, and return how it ended."""
    ended: list[BaseException | None] = []

    async def handler(c: "Context", w: "Writer") -> None:
        try:
            await responses.stream(c, w, source, content_type, status)
        except BaseException as error:
            ended.append(error)
            raise
        ended.append(None)

    site.app.get("/", handler)
    return ended


def failure_of(tracer: "SeenTracer") -> str | None:
    [span] = tracer.spans
    assert span.ends == 1
    return span.failure


async def numbers(count: int) -> AsyncIterator[str]:
    for number in range(count):
        await asyncio.sleep(0)
        yield f"{number}\n"


@pytest.mark.parametrize("kind", ["async", "sync", "list", "file", "own"])
async def test_the_pieces_are_the_body(
    site: "WireFactory", read_answers: "ReadAnswers", kind: str
) -> None:
    own = Source("0\n", b"1\n", "", b"", "2\n")
    own.gate.set()
    sources: dict[str, Any] = {
        "async": numbers(3),
        "sync": (f"{number}\n" for number in range(3)),
        "list": ["0\n", b"1\n", b"", "2\n"],
        "file": io.BytesIO(b"0\n1\n2\n"),
        "own": own,
    }
    serve(site, sources[kind])
    wire = site.connect()
    [answer] = read_answers(await wire.answer_to(GET))
    assert (answer.status, answer.body) == (200, b"0\n1\n2\n")
    assert answer.fields["content-type"] == CSV
    assert answer.fields["transfer-encoding"] == "chunked"
    assert wire.sent.endswith(b"\r\n2\r\n0\n\r\n2\r\n1\n\r\n2\r\n2\n\r\n0\r\n\r\n")
    assert not wire.closed


async def test_text_is_utf_8_and_the_status_is_the_caller_s(
    site: "WireFactory", read_answers: "ReadAnswers"
) -> None:
    serve(site, ["é"], "text/plain", 418)
    [answer] = read_answers(await site.connect().answer_to(GET))
    assert (answer.status, answer.body) == (418, "é".encode())


async def test_no_pieces_are_an_empty_body(
    site: "WireFactory", read_answers: "ReadAnswers"
) -> None:
    serve(site, [])
    [answer] = read_answers(await site.connect().answer_to(GET))
    assert (answer.status, answer.body, answer.fields["content-type"]) == (200, b"", CSV)


async def test_http_1_0_reads_until_the_close(site: "WireFactory") -> None:
    serve(site, numbers(2))
    wire = site.connect()
    sent = await wire.answer_to(GET.replace(b"1.1", b"1.0"))
    assert sent.endswith(b"\r\n\r\n0\n1\n")
    assert wire.closed


async def test_head_asks_nothing_of_the_source_and_closes_it(
    site: "WireFactory", read_answers: "ReadAnswers"
) -> None:
    source = Source("never")
    serve(site, source)
    [answer] = read_answers(await site.connect().answer_to(GET.replace(b"GET", b"HEAD")), [True])
    assert (answer.status, answer.fields["content-type"]) == (200, CSV)
    assert (source.asked, source.closed) == (0, 1)


async def test_every_piece_goes_out_when_it_is_there(site: "WireFactory") -> None:
    source = Source("one", b"two")
    serve(site, source)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    assert wire.sent.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n")
    source.gate.set()
    await wire.until(lambda: wire.sent.endswith(b"two\r\n0\r\n\r\n"))
    assert source.closed == 1


async def test_an_empty_first_piece_sends_the_head(site: "WireFactory") -> None:
    source = Source("")
    serve(site, source)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    assert wire.sent.endswith(b"\r\n\r\n")
    wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)


# Failures


@pytest.mark.parametrize(
    ("failure", "status", "body"),
    [
        (HttpException(404, "No such report"), 404, b"No such report"),
        (RuntimeError("secret"), 500, b"Internal Server Error"),
    ],
)
async def test_what_fails_before_the_first_piece_is_answered(
    site: "WireFactory",
    read_answers: "ReadAnswers",
    failure: Exception,
    status: int,
    body: bytes,
) -> None:
    source = Source(failure=failure)
    source.gate.set()
    serve(site, source)
    wire = site.connect()
    [answer] = read_answers(await wire.answer_to(GET))
    assert (answer.status, answer.body) == (status, body)
    assert answer.fields["content-type"] == "text/plain; charset=utf-8"
    assert source.closed == 1
    assert not wire.closed


@pytest.mark.parametrize("piece", [1, None, ["x"], bytearray(b"x"), "\ud800"])
async def test_a_first_piece_that_cannot_be_sent_is_a_500(
    site: "WireFactory", read_answers: "ReadAnswers", piece: Any
) -> None:
    source = Source(piece)
    serve(site, source)
    [answer] = read_answers(await site.connect().answer_to(GET))
    assert (answer.status, source.closed) == (500, 1)


@pytest.mark.parametrize("bad", ["failure", "a number", "half a pair", "bytearray"])
async def test_what_fails_later_cuts_the_body_and_fails_the_span(
    site: "WireFactory", tracer: "SeenTracer", bad: str
) -> None:
    source = Source("one", failure=RuntimeError("lost the database"))
    source.gate.set()
    if bad != "failure":
        source.pieces = ("one", {"a number": 1, "half a pair": "\ud800"}.get(bad, bytearray(b"x")))
    serve(site, source)
    wire = site.connect()
    sent = await wire.answer_to(GET)
    assert sent.endswith(b"\r\n\r\n3\r\none\r\n")
    assert wire.closed
    assert source.closed == 1
    assert failure_of(tracer) is not None


async def test_who_swallows_the_failure_does_not_make_the_body_whole(
    site: "WireFactory",
) -> None:
    source = Source("one", failure=RuntimeError("lost"))
    source.gate.set()

    async def careless(c: "Context", w: "Writer") -> None:
        try:
            await responses.stream(c, w, source, CSV)
        except Exception:
            return

    site.app.get("/", careless)
    wire = site.connect()
    assert (await wire.answer_to(GET)).endswith(b"\r\n3\r\none\r\n")
    assert wire.closed


@pytest.mark.parametrize("source", ["text", b"bytes", bytearray(b"x"), None, 5, numbers])
async def test_one_piece_is_no_source_nor_is_what_cannot_be_iterated(
    site: "WireFactory", source: Any
) -> None:
    """One piece would be sent letter by letter, or not at all."""
    ended = serve(site, source)
    assert b"HTTP/1.1 500 " in await site.connect().answer_to(GET)
    assert "takes an iterable of pieces, not" in str(ended[0])


@pytest.mark.parametrize("content_type", ["text/csv\r\nx: y", "text/\0", "€"])
async def test_a_content_type_that_no_header_can_carry_is_a_500(
    site: "WireFactory", read_answers: "ReadAnswers", content_type: str
) -> None:
    source = Source("one")
    serve(site, source, content_type)
    [answer] = read_answers(await site.connect().answer_to(GET))
    assert answer.status == 500
    assert source.closed == 1


async def test_after_another_answer_the_source_is_not_asked(
    site: "WireFactory", read_answers: "ReadAnswers"
) -> None:
    source = Source("one")

    async def twice(c: "Context", w: "Writer") -> None:
        responses.text(w, "first")
        await responses.stream(c, w, source, CSV)

    site.app.get("/", twice)
    [answer] = read_answers(await site.connect().answer_to(GET))
    assert answer.body == b"first"
    assert (source.asked, source.closed) == (0, 1)


async def test_the_finally_of_a_generator_runs(site: "WireFactory") -> None:
    closed: list[str] = []

    async def rows() -> AsyncIterator[str]:
        try:
            yield "one"
            raise RuntimeError("lost")
        finally:
            closed.append("async")

    def lines() -> Iterator[Any]:
        try:
            yield "one"
            yield 2
        finally:
            closed.append("sync")

    for method, source in (("GET", rows()), ("POST", lines())):

        async def handler(c: "Context", w: "Writer", source: Any = source) -> None:
            await responses.stream(c, w, source, CSV)

        site.app.handle(method, "/", handler)
        await site.connect().answer_to(GET.replace(b"GET", method.encode()))
    assert closed == ["async", "sync"]


# The client meanwhile


async def test_a_client_that_leaves_ends_the_wait_and_closes_the_source(
    site: "WireFactory",
    tracer: "SeenTracer",
) -> None:
    source = Source("one")
    ended = serve(site, source)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert isinstance(ended[0], ClientDisconnected)
    assert source.closed == 1
    assert failure_of(tracer) is None
    assert not site.app.lifelines


async def test_a_client_that_leaves_before_the_first_piece_ends_it_too(
    site: "WireFactory",
) -> None:
    source = Source()
    ended = serve(site, source)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert isinstance(ended[0], ClientDisconnected)
    assert (source.closed, wire.sent) == (1, b"")


async def test_a_client_that_leaves_ends_a_source_that_never_waits(site: "WireFactory") -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x"

    source = endless()
    ended = serve(site, source)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(lambda: taken > 100)
    wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert isinstance(ended[0], ClientDisconnected)
    assert next(source, None) is None  # it is closed


async def test_a_source_that_swallows_the_cancellation_is_ended_all_the_same(
    site: "WireFactory",
) -> None:
    waiting = asyncio.Event()

    async def stubborn() -> AsyncIterator[str]:
        yield "one"
        while True:
            try:
                waiting.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                yield "more"

    ended = serve(site, stubborn())
    wire = site.connect()
    wire.feed(GET)
    await wire.until(waiting.is_set)
    wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert isinstance(ended[0], ClientDisconnected)


async def test_a_slow_client_slows_its_source(site: "WireFactory") -> None:
    source = Source(*[b"z" * 10_000] * 100)
    source.gate.set()
    serve(site, source)
    wire = site.connect(stalled=True)
    wire.feed(GET)
    await wire.until(lambda: not wire.protocol.writable)
    for _ in range(20):
        await asyncio.sleep(0)
    assert source.asked < 10
    await wire.until(lambda: bool(wire.transport.take() or not wire.protocol.is_busy))
    wire.transport.take()
    assert wire.sent.count(b"z") == 1_000_000
    assert source.closed == 1


async def test_who_reads_slowly_and_leaves_ends_it(site: "WireFactory") -> None:
    source = Source(*[b"z" * 10_000] * 100)
    ended = serve(site, source)
    wire = site.connect(stalled=True)
    wire.feed(GET)
    await wire.until(lambda: not wire.protocol.writable)
    wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert isinstance(ended[0], ClientDisconnected)
    assert source.closed == 1


async def test_a_cancellation_from_elsewhere_stays_one_and_cuts_the_body(
    site: "WireFactory",
) -> None:
    source = Source("one")
    serve(site, source)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    [task] = site.endpoint.tasks
    task.cancel()
    await wire.until(task.done)
    assert task.cancelled()
    assert wire.sent.endswith(b"\r\n3\r\none\r\n")
    assert source.closed == 1


async def test_a_client_that_leaves_does_not_disturb_a_source_that_ends_already(
    site: "WireFactory",
) -> None:
    waiting, ending, gate = asyncio.Event(), asyncio.Event(), asyncio.Event()
    closed: list[str] = []

    async def rows() -> AsyncIterator[str]:
        yield "one"
        try:
            waiting.set()
            await asyncio.Event().wait()
        finally:
            ending.set()
            await gate.wait()  # a rollback, which needs its time
            closed.append("in peace")

    serve(site, rows())
    wire = site.connect()
    wire.feed(GET)
    await wire.until(waiting.is_set)
    [task] = site.endpoint.tasks
    task.cancel()
    await wire.until(ending.is_set)
    wire.leave()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    await wire.until(task.done)
    assert task.cancelled()
    assert closed == ["in peace"]


async def test_a_time_limit_around_it_works(site: "WireFactory") -> None:
    source = Source()

    async def handler(c: "Context", w: "Writer") -> None:
        try:
            async with asyncio.timeout(0.01):
                await responses.stream(c, w, source, CSV)
        except TimeoutError:
            responses.text(w, "too late", 503)

    site.app.get("/", handler)
    assert (await site.connect().answer_to(GET)).endswith(b"\r\n\r\ntoo late")
    assert source.closed == 1


# The shutdown


async def test_a_shutdown_waits_for_the_end_of_the_body(site: "WireFactory") -> None:
    source = Source("one")
    serve(site, source)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    site.app.signal_shutdown()
    for _ in range(10):
        await asyncio.sleep(0)
    assert wire.protocol.is_busy
    source.gate.set()
    await wire.until(lambda: wire.sent.endswith(b"one\r\n0\r\n\r\n"))


@pytest.mark.parametrize("end", ["shutdown", "leave"])
async def test_a_live_source_ends_with_the_app_and_with_its_client(
    site: "WireFactory", tracer: "SeenTracer", end: str
) -> None:
    source = Source("one")

    async def handler(c: "Context", w: "Writer") -> None:
        await responses.stream(c, w, c.alive(source), CSV)

    site.app.get("/", handler)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    if end == "shutdown":
        site.app.signal_shutdown()
        await wire.until(lambda: wire.sent.endswith(b"one\r\n0\r\n\r\n"))
    else:
        wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert failure_of(tracer) is None


@pytest.mark.parametrize("end", ["shutdown", "leave"])
async def test_inside_a_scope_it_ends_with_the_scope(site: "WireFactory", end: str) -> None:
    source = Source("one")
    after: list[str] = []

    async def handler(c: "Context", w: "Writer") -> None:
        async with c.alive():
            await responses.stream(c, w, source, CSV)
        after.append("here")

    site.app.get("/", handler)
    wire = site.connect()
    wire.feed(GET)
    await wire.until(source.waiting.is_set)
    if end == "shutdown":
        site.app.signal_shutdown()
    else:
        wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert after == ["here"]
    assert source.closed == 1
    assert not wire.sent.endswith(b"0\r\n\r\n")  # half a body is not whole
