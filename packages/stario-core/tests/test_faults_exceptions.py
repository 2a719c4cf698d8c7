"""Exceptions around a handler, in middleware and error handlers: one answer in whole, or a cut."""

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses

if TYPE_CHECKING:
    from conftest import SeenTracer, WireFactory
    from stario import Context, Writer
    from stario.http.context import Handler

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def hello(_c: "Context", w: "Writer") -> None:
    responses.text(w, "Hello")


async def stream(_c: "Context", w: "Writer") -> None:
    w.write(b"first")


async def silent(_c: "Context", _w: "Writer") -> None:
    pass


async def failing(_c: "Context", _w: "Writer") -> None:
    raise KeyError("first")


def raising_before(_handler: "Handler") -> "Handler":
    async def middleware(_c: "Context", _w: "Writer") -> None:
        raise LookupError("before")

    return middleware


def raising_after(handler: "Handler") -> "Handler":
    async def middleware(c: "Context", w: "Writer") -> None:
        await handler(c, w)
        raise LookupError("after")

    return middleware


def swallowing(handler: "Handler") -> "Handler":
    async def middleware(c: "Context", w: "Writer") -> None:
        try:
            await handler(c, w)
        except KeyError:
            pass

    return middleware


def answering(handler: "Handler") -> "Handler":
    async def middleware(c: "Context", w: "Writer") -> None:
        try:
            await handler(c, w)
        except KeyError:
            responses.text(w, "caught", 404)

    return middleware


def replacing(handler: "Handler") -> "Handler":
    async def middleware(c: "Context", w: "Writer") -> None:
        try:
            await handler(c, w)
        finally:
            raise LookupError("instead")

    return middleware


WHOLE_500 = "500 Internal Server Error"


@pytest.mark.parametrize(
    ("handler", "middleware", "outcome", "failure"),
    [
        (hello, raising_before, WHOLE_500, "before"),
        (hello, raising_after, "200 Hello", "after"),
        (stream, raising_after, "cut", "after"),
        (silent, raising_after, WHOLE_500, "after"),
        (failing, raising_after, WHOLE_500, "'first'"),
        (failing, swallowing, WHOLE_500, "without sending an answer"),
        (failing, answering, "404 caught", None),
        (failing, replacing, WHOLE_500, "instead"),
        (hello, replacing, "200 Hello", "instead"),
        (stream, replacing, "cut", "instead"),
    ],
)
async def test_middleware_that_fails_leaves_a_whole_answer_or_a_cut(
    site: "WireFactory",
    tracer: "SeenTracer",
    handler: "Handler",
    middleware: Any,
    outcome: str,
    failure: str | None,
) -> None:
    """What was answered in whole stands, and its connection lives on; half a body is cut."""
    site.app.get("/", handler, middleware=[middleware])
    wire = site.connect()
    answer = await wire.answer_to(GET)
    if outcome == "cut":
        assert answer.endswith(b"5\r\nfirst\r\n")
        assert wire.closed
    else:
        assert re.fullmatch(rb"HTTP/1\.1 (\d+) (?s:.*)\r\n\r\n" + outcome[4:].encode(), answer)
        assert answer[9:12].decode() == outcome[:3]
        assert not wire.closed
    span = tracer.spans[0]
    assert span.ends == 1
    if failure is None:
        assert span.failure is None
    else:
        assert failure in (span.failure or "")


class TestErrorHandlers:
    """They answer for others, and may fail themselves."""

    async def test_one_that_fails_in_the_middle_of_its_answer_cuts_it(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        async def half(_c: "Context", w: "Writer", _error: Exception) -> None:
            w.write(b"sorry, ")
            raise ValueError("second")

        site.app.on_error(KeyError, half)
        site.app.get("/", failing)
        wire = site.connect()
        answer = await wire.answer_to(GET)
        assert answer.endswith(b"7\r\nsorry, \r\n")
        assert wire.closed
        assert (tracer.spans[0].ends, tracer.spans[0].failure) == (1, "second")

    async def test_one_that_fails_after_its_answer_changes_nothing(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        async def late(_c: "Context", w: "Writer", _error: Exception) -> None:
            responses.text(w, "sorry", 404)
            raise ValueError("second")

        site.app.on_error(KeyError, late)
        site.app.get("/", failing)
        wire = site.connect()
        assert (await wire.answer_to(GET)).endswith(b"\r\n\r\nsorry")
        assert (await wire.answer_to(GET)).endswith(b"\r\n\r\nsorry")
        assert {(span.ends, span.failure) for span in tracer.spans} == {(1, "second")}

    async def test_one_that_is_not_called_for_what_it_raises_itself(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        """No circle: the second exception is a 500."""

        async def again(_c: "Context", _w: "Writer", error: Exception) -> None:
            raise error

        site.app.on_error(Exception, again)
        site.app.get("/", failing)
        wire = site.connect()
        assert (await wire.answer_to(GET)).endswith(b"\r\n\r\nInternal Server Error")
        assert not wire.closed
        assert tracer.spans[0].ends == 1

    async def test_one_that_waits_while_the_client_leaves_ends(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        gate = asyncio.Event()

        async def slow(_c: "Context", w: "Writer", _error: Exception) -> None:
            await gate.wait()
            while True:
                w.write(b"sorry")
                await w.drain()

        site.app.on_error(KeyError, slow)
        site.app.get("/", failing)
        wire = site.connect()
        wire.feed(GET)
        wire.leave()
        gate.set()
        await wire.until(lambda: not site.endpoint.tasks)
        assert tracer.spans[0].ends == 1

    async def test_one_that_swallows_what_it_is_told_ends_too(
        self, site: "WireFactory", tracer: "SeenTracer"
    ) -> None:
        gate = asyncio.Event()

        async def deaf(_c: "Context", w: "Writer", _error: Exception) -> None:
            await gate.wait()
            while True:
                try:
                    w.write(b"sorry")
                except Exception:
                    pass

        site.app.on_error(KeyError, deaf)
        site.app.get("/", failing)
        wire = site.connect()
        wire.feed(GET)
        wire.leave()
        gate.set()
        await wire.until(lambda: not site.endpoint.tasks)
        assert tracer.spans[0].ends == 1


async def test_requests_behind_a_cut_are_not_handled(site: "WireFactory") -> None:
    """The client must not take the answer to a later request for the rest of a broken one."""
    seen: list[str] = []

    async def broken(c: "Context", w: "Writer") -> None:
        seen.append(c.req.query.get("n") or "")
        w.write(b"half")
        raise ValueError

    site.app.get("/", broken)
    wire = site.connect()
    await wire.answer_to(b"".join(GET.replace(b"/", b"/?n=%d" % n, 1) for n in range(3)))
    assert seen == ["0"]
    assert wire.sent.count(b"HTTP/1.1") == 1
    assert wire.closed


class Unspeakable(Exception):
    """One whose own code is broken."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


async def test_an_exception_that_cannot_say_what_it_is_is_a_500(
    site: "WireFactory", tracer: "SeenTracer"
) -> None:
    async def broken(_c: "Context", _w: "Writer") -> None:
        raise Unspeakable

    site.app.get("/", broken)
    answer = await site.connect().answer_to(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert (tracer.spans[0].failure, tracer.spans[0].ends) == ("Unspeakable", 1)
