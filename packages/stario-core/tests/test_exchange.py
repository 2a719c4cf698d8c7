"""One exchange: whatever a handler does, one answer or a closed connection, and one span."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, cast

import pytest
import stario.responses as responses
from stario import HttpException, RedirectException
from stario.exceptions import ClientDisconnected, StarioError, StarioRuntime
from stario.http.config import RequestPolicy

if TYPE_CHECKING:
    from conftest import SeenTracer, Wire, WireFactory
    from stario import Context, Writer

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
# How a loop over `c.alive(source)` can end; "in the body" while it is not the source that waits.
LOOPS = [
    "over",
    "break",
    "raise",
    "leave",
    "leave in the body",
    "shutdown",
    "shutdown in the body",
    "cancel",
    "cancel in the body",
]


def status_of(answer: bytes) -> int:
    return int(answer[9:12])


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


class TestFailures:
    """Handlers that go wrong."""

    async def test_a_handler_that_answers_nothing_becomes_a_500(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """And the span says so."""

        async def nothing(_c: "Context", _w: "Writer") -> None:
            pass

        site.app.get("/", nothing)
        answer = await site.connect().answer_to(GET)
        assert status_of(answer) == 500
        assert body_of(answer) == b"Internal Server Error"
        assert "without sending an answer" in (tracer.spans[0].failure or "")
        assert tracer.spans[0].ends == 1

    async def test_a_handler_that_is_not_async_is_named(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """On its span, also where it has answered already."""

        def answers(_c: "Context", w: "Writer") -> None:
            responses.empty(w)

        def says_nothing(_c: "Context", _w: "Writer") -> None: ...

        site.app.get("/", cast("Any", answers))
        site.app.post("/", cast("Any", says_nothing))
        assert status_of(await site.connect().answer_to(GET)) == 204
        answer = await site.connect().answer_to(GET.replace(b"GET", b"POST"))
        assert status_of(answer) == 500
        for span, name in zip(tracer.spans, ("answers", "says_nothing"), strict=True):
            assert re.search(f"{name} .*py:[0-9]+. is not async", span.failure or "")

    async def test_a_request_is_told_as_it_was_sent_so_that_its_path_forges_no_line(
        self, site: "WireFactory"
    ) -> None:
        told: list[str] = []

        async def tell(c: "Context", w: "Writer") -> None:
            told.extend((repr(c), repr(c.req)))
            responses.empty(w)

        site.app.get("/{path...}", tell)
        await site.connect().answer_to(GET.replace(b"/ HTTP", b"/a%0Ab%1B%C3%A9?x HTTP"))
        assert told == ["<Context GET /a%0Ab%1B%C3%A9>", "<Request GET /a%0Ab%1B%C3%A9>"]

    async def test_an_exception_before_the_head_becomes_a_500_without_its_text(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """A 5xx body never shows the exception; the connection lives on."""

        async def broken(_c: "Context", w: "Writer") -> None:
            w.headers.set("content-encoding", "gzip")
            raise ValueError("secret")

        site.app.get("/", broken)
        wire = site.connect()
        answer = await wire.answer_to(GET)
        assert status_of(answer) == 500
        assert b"secret" not in answer
        assert b"content-encoding" not in answer
        assert tracer.spans[0].failure == "secret"
        assert not wire.closed

    async def test_an_exception_after_the_head_closes_without_a_last_chunk(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """The client can tell that the body is not complete."""

        async def broken(_c: "Context", w: "Writer") -> None:
            w.write(b"half")
            raise ValueError("later")

        site.app.get("/", broken)
        wire = site.connect()
        answer = await wire.answer_to(GET)
        assert answer.endswith(b"4\r\nhalf\r\n")
        assert wire.closed
        assert tracer.spans[0].failure == "later"
        assert tracer.spans[0].ends == 1

    @pytest.mark.parametrize(
        ("error", "status", "body"),
        [
            (HttpException(418), 418, b"Error"),
            (HttpException(404, "No such room"), 404, b"No such room"),
            (RedirectException(303, "/there"), 303, b""),
            (RedirectException(303, "javascript:alert(1)"), 500, b"Internal Server Error"),
        ],
    )
    async def test_an_intended_answer_is_given(
        self, site: "WireFactory", error: Exception, status: int, body: bytes
    ) -> None:
        """HttpException and RedirectException are answers; a bad target is a 500."""

        async def raising(_c: "Context", _w: "Writer") -> None:
            raise error

        site.app.get("/", raising)
        answer = await site.connect().answer_to(GET)
        assert (status_of(answer), body_of(answer)) == (status, body)

    async def test_the_most_specific_error_handler_answers(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """By the exception's MRO; an answered exception does not fail the span."""

        async def raising(_c: "Context", _w: "Writer") -> None:
            raise KeyError("k")

        async def general(_c: "Context", w: "Writer", _e: Exception) -> None:
            responses.text(w, "general", 500)

        async def lookup(_c: "Context", w: "Writer", e: LookupError) -> None:
            responses.text(w, f"no {e.args[0]}", 404)

        site.app.get("/", raising)
        site.app.on_error(Exception, general)
        site.app.on_error(LookupError, lookup)
        answer = await site.connect().answer_to(GET)
        assert (status_of(answer), body_of(answer)) == (404, b"no k")
        assert tracer.spans[0].failure is None

    @pytest.mark.parametrize(
        "kind",
        [404, "ValueError", (ValueError, KeyError), BaseException, object, ValueError(), None],
    )
    async def test_what_is_no_type_of_exception_has_no_handler(
        self, site: "WireFactory", kind: Any
    ) -> None:
        async def answer(_c: "Context", w: "Writer", _error: Exception) -> None:
            responses.empty(w)

        with pytest.raises(StarioError, match=r"on_error\(\) takes a type of Exception, not"):
            site.app.on_error(kind, answer)

    async def test_an_http_exception_may_have_an_answer_of_its_own(
        self, site: "WireFactory"
    ) -> None:
        class Teapot(HttpException):
            def answer(self, c: "Context", w: "Writer") -> None:
                responses.json(w, {"pot": self.detail, "path": c.req.path}, 418)

        async def raising(_c: "Context", _w: "Writer") -> None:
            raise Teapot(418, "short")

        site.app.get("/", raising)
        answer = await site.connect().answer_to(GET)
        assert (status_of(answer), body_of(answer)) == (418, b'{"pot":"short","path":"/"}')

    async def test_an_error_handler_that_fails_becomes_a_500(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """The span fails with the last exception."""

        async def raising(_c: "Context", _w: "Writer") -> None:
            raise KeyError("first")

        async def failing(_c: "Context", _w: "Writer", _e: Exception) -> None:
            raise ValueError("second")

        site.app.get("/", raising)
        site.app.on_error(Exception, failing)
        assert status_of(await site.connect().answer_to(GET)) == 500
        assert tracer.spans[0].failure == "second"

    async def test_an_error_handler_that_is_not_async_is_named(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        async def raising(_c: "Context", _w: "Writer") -> None:
            raise KeyError("first")

        def show(_c: "Context", _w: "Writer", _error: Exception) -> None: ...

        site.app.get("/", raising)
        site.app.on_error(KeyError, cast("Any", show))
        assert status_of(await site.connect().answer_to(GET)) == 500
        assert re.search(r"show .*py:[0-9]+. is not async", tracer.spans[0].failure or "")

    async def test_an_error_handler_can_be_called(self, site: "WireFactory") -> None:
        with pytest.raises(StarioError, match=r"An error handler is .*, not None"):
            site.app.on_error(KeyError, cast("Any", None))

    @pytest.mark.parametrize("work", [asyncio.sleep, None, 5, "work"])
    async def test_a_background_task_is_a_coroutine(self, site: "WireFactory", work: Any) -> None:
        with pytest.raises(StarioError, match=r"create_task\(\) takes a coroutine, not") as caught:
            site.app.create_task(work)
        assert "app.create_task(work())" in str(caught.value.help_text)

    @pytest.mark.parametrize("status", ["404", None, 200.5, 99, 1000])
    async def test_a_status_that_is_none_is_named(
        self, site: "WireFactory", tracer: "SeenTracer", status: Any
    ) -> None:
        """Of a whole answer and of a stream."""

        async def whole(_c: "Context", w: "Writer") -> None:
            responses.text(w, "Hello", status)

        async def stream(_c: "Context", w: "Writer") -> None:
            w.write_headers(status)

        site.app.get("/", whole)
        site.app.post("/", stream)
        for request in (GET, GET.replace(b"GET", b"POST")):
            assert status_of(await site.connect().answer_to(request)) == 500
        for span in tracer.spans:
            assert (span.failure or "").startswith(f"{status!r} is no status: a status is a number")

    async def test_a_second_answer_is_refused(self, site: "WireFactory") -> None:
        """The first one stands."""
        failures: list[Exception] = []

        async def twice(_c: "Context", w: "Writer") -> None:
            responses.text(w, "first")
            try:
                responses.text(w, "second")
            except StarioRuntime as error:
                failures.append(error)

        site.app.get("/", twice)
        assert body_of(await site.connect().answer_to(GET)) == b"first"
        assert "<Writer 200 ended" in str(failures[0])


class TestSpans:
    """Every request has one span that ends once."""

    async def test_a_matched_request_names_its_span_after_the_route(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """With method, path, route and status as attributes."""

        async def user(_c: "Context", w: "Writer") -> None:
            responses.empty(w)

        site.app.get("/users/{id}", user)
        await site.connect().answer_to(b"GET /users/a%20b HTTP/1.1\r\nHost: a\r\n\r\n")
        span = tracer.spans[0]
        assert span.name == "GET /users/{id}"
        assert span.attributes == {
            "request.method": "GET",
            "request.path": "/users/a b",
            "http.route": "/users/{id}",
            "response.status_code": 204,
        }
        assert span.ends == 1

    async def test_an_unmatched_request_keeps_the_method_as_its_name(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        await site.connect().answer_to(GET)
        assert tracer.spans[0].name == "GET"
        assert tracer.spans[0].attributes["response.status_code"] == 404

    @pytest.mark.parametrize(
        ("raw", "location"),
        [
            (b"/x/?a=1", b"/x?a=1"),
            (b"//evil.com/", b"/evil.com"),
            (b"/x//", b"/x"),
            (b"/a%25b/", b"/a%25b"),
            (b"/a%2Fb/", b"/a%2Fb"),
            (b"//", b"/"),
            (b"/\\evil.com/", b"/%5Cevil.com"),
        ],
    )
    async def test_a_trailing_slash_is_redirected_to_the_path_as_it_was_sent(
        self, site: "WireFactory", raw: bytes, location: bytes
    ) -> None:
        """Permanently, for any method, and never to another site."""
        answer = await site.connect().answer_to(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % raw)
        assert status_of(answer) == 308
        assert b"\r\nlocation: %b\r\n" % location in answer

    async def test_a_protocol_error_has_a_span(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        await site.connect().answer_to(b"BROKEN\r\n\r\n")
        assert tracer.spans[0].attributes == {"response.status_code": 400}
        assert tracer.spans[0].ends == 1


async def forever() -> AsyncIterator[int]:
    number = 0
    while True:
        await asyncio.sleep(0)
        yield number
        number += 1


async def never() -> AsyncIterator[int]:
    await asyncio.get_running_loop().create_future()
    yield 0


class TestAlive:
    """The life of the exchange ends the work, and only that swallows its cancellation."""

    async def start(self, site: "WireFactory", handler: Any) -> "Wire":
        site.app.get("/", handler)
        wire = site.connect()
        wire.feed(GET)
        await asyncio.sleep(0)
        return wire

    async def test_a_client_that_leaves_ends_the_iteration(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """Code after the loop still runs; the span does not fail."""
        after: list[bool] = []

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(never()):
                w.write(b"x")
            after.append(c.disconnected)

        wire = await self.start(site, stream)
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert after == [True]
        assert tracer.spans[0].failure is None
        assert tracer.spans[0].ends == 1

    async def test_a_shutdown_ends_the_stream_with_its_last_chunk(
        self, site: "WireFactory"
    ) -> None:
        """The client sees a complete body."""

        async def stream(c: "Context", w: "Writer") -> None:
            w.write(b"hi")
            async for _ in c.alive(never()):
                pass

        wire = await self.start(site, stream)
        site.app.signal_shutdown()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert wire.sent.endswith(b"2\r\nhi\r\n0\r\n\r\n")

    async def test_a_shutdown_inside_the_loop_body_ends_the_stream_too(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """The cancellation comes out of the handler and is swallowed by the app."""
        cleaned: list[str] = []

        async def stream(c: "Context", w: "Writer") -> None:
            w.write(b"hi")
            try:
                async for _ in c.alive(forever()):
                    await asyncio.get_running_loop().create_future()
            finally:
                cleaned.append("cleaned")

        wire = await self.start(site, stream)
        await asyncio.sleep(0)
        site.app.signal_shutdown()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert wire.sent.endswith(b"2\r\nhi\r\n0\r\n\r\n")
        assert cleaned == ["cleaned"]
        assert tracer.spans[0].failure is None

    async def test_a_block_is_cancelled_and_goes_on_behind_it(self, site: "WireFactory") -> None:
        after: list[str] = []

        async def wait(c: "Context", w: "Writer") -> None:
            async with c.alive():
                await asyncio.get_running_loop().create_future()
            after.append("after")

        wire = await self.start(site, wait)
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert after == ["after"]

    async def test_nested_blocks_end_one_after_the_other(self, site: "WireFactory") -> None:
        after: list[str] = []

        async def wait(c: "Context", w: "Writer") -> None:
            async with c.alive():
                async with c.alive():
                    await asyncio.get_running_loop().create_future()
                after.append("inner")
                await asyncio.get_running_loop().create_future()
            after.append("outer")

        wire = await self.start(site, wait)
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert after == ["inner", "outer"]

    async def test_a_cancellation_from_elsewhere_passes(self, site: "WireFactory") -> None:
        async def work(c: "Context") -> None:
            async with c.alive():
                await asyncio.get_running_loop().create_future()

        outcome: list[bool] = []

        async def cancel_own(c: "Context", w: "Writer") -> None:
            task = asyncio.get_running_loop().create_task(work(c))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            outcome.append(task.cancelled())
            responses.empty(w)

        wire = await self.start(site, cancel_own)
        await wire.until(lambda: bool(outcome))
        assert outcome == [True]

    async def test_after_a_break_the_work_is_not_cancelled(self, site: "WireFactory") -> None:
        gate = asyncio.Event()
        after: list[str] = []

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(forever()):
                break
            await gate.wait()
            after.append("saved")

        wire = await self.start(site, stream)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        wire.leave()
        gate.set()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert after == ["saved"]

    @pytest.mark.parametrize("end", LOOPS)
    @pytest.mark.parametrize("is_held", [False, True])
    async def test_a_generator_is_closed_however_its_loop_ends(
        self, site: "WireFactory", end: str, is_held: bool
    ) -> None:
        """Also one that a variable holds, and one that has to wait in its `finally`."""
        closed: list[str] = []
        held: list[AsyncIterator[int]] = []
        tasks: list[asyncio.Task[None] | None] = []

        async def source() -> AsyncIterator[int]:
            try:
                yield 1
                if end != "over":
                    yield 2
                    await asyncio.get_running_loop().create_future()
            finally:
                await asyncio.sleep(0)
                closed.append(end)

        async def stream(c: "Context", w: "Writer") -> None:
            tasks.append(asyncio.current_task())
            items = source()
            if is_held:
                held.append(items)
            async for item in c.alive(items):
                w.write(b"x")
                if end == "break":
                    break
                if end == "raise":
                    raise LookupError
                if end.endswith("in the body") and item == 2:
                    await asyncio.get_running_loop().create_future()

        wire = await self.start(site, stream)
        await asyncio.sleep(0)
        if end.startswith("leave"):
            wire.leave()
        elif end.startswith("shutdown"):
            site.app.signal_shutdown()
        elif end.startswith("cancel"):
            [task] = tasks
            assert task is not None
            task.cancel()
        await wire.until(lambda: not wire.protocol.is_busy)
        await site.app.drain_tasks()
        assert closed == [end]

    async def test_a_generator_that_waits_for_its_slow_client_is_closed_too(
        self, site: "WireFactory"
    ) -> None:
        closed: list[bool] = []

        async def source() -> AsyncIterator[int]:
            try:
                while True:
                    yield 1
            finally:
                closed.append(True)

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(source()):
                w.write(b"x" * 100_000)

        site.app.get("/", stream)
        wire = site.connect(stalled=True)
        wire.feed(GET)
        await asyncio.sleep(0)
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert closed == [True]

    async def test_what_is_no_generator_is_left_to_who_opened_it(self, site: "WireFactory") -> None:
        class Stream:
            closed = False

            def __aiter__(self) -> "Stream":
                return self

            async def __anext__(self) -> int:
                return 1

            async def aclose(self) -> None:
                self.closed = True

        source = Stream()

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(source):
                break
            async for item in c.alive(source):
                w.end(b"%d" % item)
                break

        wire = await self.start(site, stream)
        await wire.until(lambda: not wire.protocol.is_busy)
        await site.app.drain_tasks()
        assert body_of(wire.sent) == b"1"
        assert not source.closed

    async def test_a_source_that_fails_while_it_is_closed_fails_the_handler(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        async def source() -> AsyncIterator[int]:
            try:
                await asyncio.get_running_loop().create_future()
                yield 1
            finally:
                raise LookupError("gone")

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(source()):
                pass

        wire = await self.start(site, stream)
        site.app.signal_shutdown()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert status_of(wire.sent) == 500
        assert tracer.spans[0].failure == "gone"

    async def test_one_alive_is_for_one_loop(self, site: "WireFactory") -> None:
        async def wrong(c: "Context", w: "Writer") -> None:
            alive = c.alive(forever())
            with pytest.raises(RuntimeError, match="entered already"):
                async with alive, alive:
                    pass
            responses.empty(w)

        wire = await self.start(site, wrong)
        assert status_of(wire.sent) == 204

    async def test_a_source_is_needed_to_iterate(self, site: "WireFactory") -> None:
        async def wrong(c: "Context", w: "Writer") -> None:
            with pytest.raises(RuntimeError, match="give it a source"):
                async for _ in c.alive():
                    pass
            responses.empty(w)

        wire = await self.start(site, wrong)
        assert status_of(wire.sent) == 204

    @pytest.mark.parametrize("source", [[1, 2], iter("ab"), 5, forever])
    async def test_what_cannot_be_iterated_is_no_source(
        self, site: "WireFactory", source: Any
    ) -> None:
        async def wrong(c: "Context", w: "Writer") -> None:
            with pytest.raises(StarioError, match="what `async for` can iterate, not"):
                async for _ in c.alive(source):
                    pass
            responses.empty(w)

        wire = await self.start(site, wrong)
        assert status_of(wire.sent) == 204

    async def test_the_source_s_own_exception_passes(self, site: "WireFactory") -> None:
        async def failing() -> AsyncIterator[int]:
            yield 1
            raise LookupError("gone")

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(failing()):
                pass

        wire = await self.start(site, stream)
        assert status_of(wire.sent) == 500


class TestDisconnects:
    """A client that leaves takes its handler with it, sooner or later."""

    async def test_a_write_after_the_client_left_tells_the_handler(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """A handler that never asks `c.alive` ends at its next write."""
        gate = asyncio.Event()

        async def stubborn(_c: "Context", w: "Writer") -> None:
            while True:
                w.write(b"x")
                await gate.wait()

        site.app.get("/", stubborn)
        wire = site.connect()
        wire.feed(GET)
        wire.leave()
        gate.set()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert tracer.spans[0].failure is None
        assert not site.endpoint.tasks

    async def test_a_body_read_wakes_when_the_client_leaves(self, site: "WireFactory") -> None:
        raised: list[Exception] = []

        async def read(c: "Context", w: "Writer") -> None:
            try:
                await c.req.body()
            except ClientDisconnected as error:
                raised.append(error)
                raise

        site.app.post("/", read)
        wire = site.connect()
        wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert len(raised) == 1

    async def test_drain_waits_for_a_slow_client_and_wakes_when_it_leaves(
        self, site: "WireFactory"
    ) -> None:
        steps: list[str] = []

        async def large(_c: "Context", w: "Writer") -> None:
            for _ in range(3):
                w.write(b"x" * 100_000)
                steps.append("wrote")
                await w.drain()

        site.app.get("/", large)
        wire = site.connect(stalled=True)
        wire.feed(GET)
        await asyncio.sleep(0)
        assert steps == ["wrote"]
        wire.transport.take()
        await wire.until(lambda: len(steps) == 2)
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert steps == ["wrote", "wrote"]

    async def test_alive_waits_for_the_client_between_items(self, site: "WireFactory") -> None:
        """A client that takes nothing costs its own stream only, and bounded memory."""

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(forever()):
                w.write(b"x" * 10_000)

        site.app.get("/", stream)
        wire = site.connect(stalled=True)
        wire.feed(GET)
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(wire.transport.unsent) < 100_000
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)

    async def test_disconnect_is_a_future_of_the_exchange(self, site: "WireFactory") -> None:
        seen: list[tuple[bool, bool]] = []

        async def wait(c: "Context", w: "Writer") -> None:
            seen.append((c.closing, c.disconnected))
            await c.disconnect
            seen.append((c.closing, c.disconnected))

        site.app.get("/", wait)
        wire = site.connect()
        wire.feed(GET)
        wire.leave()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert seen == [(False, False), (True, True)]

    async def test_nothing_is_left_after_many_disconnects(self, site: "WireFactory") -> None:
        """No task, connection or lifeline outlives its client."""

        async def stream(c: "Context", w: "Writer") -> None:
            async for _ in c.alive(never()):
                pass

        site.app.get("/", stream)
        wires = [site.connect() for _ in range(200)]
        for wire in wires:
            wire.feed(GET)
        assert len(site.app.lifelines) == 200
        for wire in wires:
            wire.leave()
        await wires[0].until(lambda: not site.endpoint.tasks)
        assert (len(site.endpoint.connections), len(site.app.lifelines)) == (0, 0)


class TestTimeouts:
    """One clock closes what is late. Limits are small so that real time is short."""

    POLICY = RequestPolicy(
        header_timeout=0.05, body_timeout=0.05, keep_alive_timeout=0.05, write_timeout=0.05
    )

    @pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
    async def test_a_head_that_does_not_come_closes_silently(
        self, site: "WireFactory", sent: bytes
    ) -> None:
        site.policy = self.POLICY
        wire = site.connect()
        if sent:
            wire.feed(sent)
        await wire.until(lambda: wire.closed)
        assert wire.sent == b""

    async def test_a_body_that_stalls_is_a_408_for_its_reader(self, site: "WireFactory") -> None:
        async def read(c: "Context", w: "Writer") -> None:
            await c.req.body()

        site.policy = self.POLICY
        site.app.post("/", read)
        wire = site.connect()
        wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        await wire.until(lambda: wire.closed)
        assert status_of(wire.sent) == 408

    async def test_an_idle_connection_closes_after_its_answer(self, site: "WireFactory") -> None:
        site.policy = self.POLICY
        wire = site.connect()
        assert status_of(await wire.answer_to(GET)) == 404
        assert not wire.closed
        await wire.until(lambda: wire.closed)

    async def test_a_head_that_begins_late_has_its_whole_time(self, site: "WireFactory") -> None:
        """The idle limit ends with the first byte of the next request."""
        site.policy = RequestPolicy(header_timeout=30, keep_alive_timeout=0.1)
        wire = site.connect()
        await wire.answer_to(GET)
        await asyncio.sleep(0.05)
        wire.feed(GET[:5])
        await asyncio.sleep(0.15)
        assert not wire.closed
        assert (await wire.answer_to(GET[5:])).count(b"HTTP/1.1 404") == 2

    async def test_a_long_handler_is_not_cut_by_the_idle_limit(self, site: "WireFactory") -> None:
        async def slow(c: "Context", w: "Writer") -> None:
            await asyncio.sleep(0.15)
            responses.empty(w)

        site.policy = self.POLICY
        site.app.get("/", slow)
        wire = site.connect()
        wire.feed(GET)
        await wire.until(lambda: bool(wire.sent))
        assert status_of(wire.sent) == 204

    async def test_a_client_that_takes_nothing_is_cut(self, site: "WireFactory") -> None:
        """The handler that waits in `drain` is told."""

        async def stream(c: "Context", w: "Writer") -> None:
            while True:
                w.write(b"x" * 100_000)
                await w.drain()

        site.policy = self.POLICY
        site.app.get("/", stream)
        wire = site.connect(stalled=True)
        wire.feed(GET)
        await wire.until(lambda: wire.closed and not wire.protocol.is_busy)


class TestFraming:
    """How a body goes out."""

    @pytest.mark.parametrize(
        ("version", "head", "tail"),
        [
            (b"1.1", b"transfer-encoding: chunked\r\n\r\n", b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"),
            (b"1.0", b"connection: close\r\n\r\n", b"abcd"),
        ],
    )
    async def test_a_body_of_unknown_length(
        self, site: "WireFactory", version: bytes, head: bytes, tail: bytes
    ) -> None:
        """RFC 9112, 6.3 and 7.1."""

        async def stream(_c: "Context", w: "Writer") -> None:
            w.write(b"ab").write(b"").write(b"cd").end()

        site.app.get("/", stream)
        request = b"GET / HTTP/%b\r\nHost: a\r\n\r\n" % version
        assert (await site.connect().answer_to(request)).endswith(head + tail)

    async def test_a_declared_length_is_kept_to(self, site: "WireFactory") -> None:
        """More is refused and not sent; the rest may still follow."""

        async def stream(_c: "Context", w: "Writer") -> None:
            w.headers.set("content-length", "3")
            w.write(b"ab")
            with pytest.raises(StarioRuntime, match="1 of the declared content-length are left"):
                w.write(b"cd")
            w.end(b"c")

        site.app.get("/", stream)
        wire = site.connect()
        assert body_of(await wire.answer_to(GET)) == b"abc"
        assert not wire.closed

    async def test_too_few_bytes_close_the_connection_and_fail_the_span(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        async def stream(_c: "Context", w: "Writer") -> None:
            w.headers.set("content-length", "3")
            w.write(b"ab").end()

        site.app.get("/", stream)
        wire = site.connect()
        assert body_of(await wire.answer_to(GET)) == b"ab"
        assert wire.closed
        assert tracer.spans[0].failure == "1 bytes fewer than the declared content-length"

    @pytest.mark.parametrize(
        ("data", "status", "length"), [(None, 204, None), (b"", 200, b"0"), (b"x", 200, b"1")]
    )
    async def test_end_on_a_fresh_response(
        self, site: "WireFactory", data: bytes | None, status: int, length: bytes | None
    ) -> None:
        async def end(_c: "Context", w: "Writer") -> None:
            w.end(data)
            w.end(b"ignored")

        site.app.get("/", end)
        answer = await site.connect().answer_to(GET)
        assert status_of(answer) == status
        found = re.search(rb"content-length: (\d+)", answer)
        assert (found[1] if found else None) == length

    async def test_a_status_without_a_body_has_none(self, site: "WireFactory") -> None:
        """RFC 9110, 6.4.1: neither a length nor a coding, and writes are refused."""

        async def no_content(_c: "Context", w: "Writer") -> None:
            w.headers.set("content-length", "5")
            w.write_headers(204)
            with pytest.raises(StarioRuntime, match="Status 204 has no body"):
                w.write(b"x")

        site.app.get("/", no_content)
        wire = site.connect()
        answer = await wire.answer_to(GET)
        assert re.fullmatch(rb"HTTP/1\.1 204 No Content\r\ndate: [^\r]+\r\n\r\n", answer)
        assert not wire.closed

    async def test_an_unfinished_body_is_finished(self, site: "WireFactory") -> None:
        async def stream(_c: "Context", w: "Writer") -> None:
            w.write(b"ab")

        site.app.get("/", stream)
        assert (await site.connect().answer_to(GET)).endswith(b"ab\r\n0\r\n\r\n")

    async def test_head_of_a_stream_has_no_body(self, site: "WireFactory") -> None:
        async def stream(_c: "Context", w: "Writer") -> None:
            w.write(b"ab").end(b"c")

        site.app.get("/", stream)
        answer = await site.connect().answer_to(GET.replace(b"GET", b"HEAD"))
        assert body_of(answer) == b""
        assert b"transfer-encoding: chunked" in answer

    @pytest.mark.parametrize("data", ["short", "long" * 10_000, bytearray(b"x"), 5, ["x"]])
    async def test_a_body_that_is_not_bytes_is_named_and_answered_with_500(
        self, site: "WireFactory", tracer: "SeenTracer", data: Any
    ) -> None:
        async def respond(_c: "Context", w: "Writer") -> None:
            w.respond(data, b"text/plain")

        async def end(_c: "Context", w: "Writer") -> None:
            w.end(data)

        site.app.get("/", respond)
        site.app.post("/", end)
        wire = site.connect()
        await wire.answer_to(GET)
        answers = await wire.answer_to(GET.replace(b"GET", b"POST"))
        assert answers.count(b"HTTP/1.1 500 ") == 2
        for span, method in zip(tracer.spans, ("respond", "end"), strict=True):
            assert (span.failure or "").startswith(f"{method}() takes bytes, not")

    @pytest.mark.parametrize("data", [b"short", b"long" * 10_000])
    async def test_a_content_type_that_is_text_is_named_and_answered_with_500(
        self, site: "WireFactory", tracer: "SeenTracer", data: bytes
    ) -> None:
        async def respond(_c: "Context", w: "Writer") -> None:
            w.respond(data, cast("Any", "text/plain"), 200)

        site.app.get("/", respond)
        request = GET.replace(b"\r\n\r\n", b"\r\nAccept-Encoding: gzip\r\n\r\n")
        assert status_of(await site.connect().answer_to(request)) == 500
        assert "content type of respond() is bytes, not 'text/plain'" in (
            tracer.spans[0].failure or ""
        )
