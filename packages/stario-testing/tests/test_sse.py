"""A stream of events is read event by event; each wait has an end, and says what came."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.exceptions import StarioError
from stario.testing import SseEvent, TestClient
from stario.testing.events import EventParser
from stario.testing.sse_event import event_of


def serve(app: App, *pieces: bytes, stay: bool = False, method: str = "GET") -> None:
    """Send pieces as a stream of events at /feed, and end, or stay until the client leaves."""

    async def handler(c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/event-stream; charset=utf-8")
        w.write_headers(200)
        for piece in pieces:
            w.write(piece)
            await asyncio.sleep(0)
        if stay:
            await c.disconnect

    app.handle(method, "/feed", handler)


def parsed(text: str) -> SseEvent:
    (block,) = EventParser().feed(text.encode())
    event = event_of(block)
    assert event is not None
    return event


# Events


def test_an_event_reads_as_it_was_sent() -> None:
    event = parsed("event: tick\nid: 7\nretry: 50\ndata: one\ndata: two\n\n")
    assert event == SseEvent("tick", "one\ntwo", "7", 50)
    assert str(event) == "event: tick\nid: 7\nretry: 50\ndata: one\ndata: two"
    assert repr(parsed("data: x\n\n")) == "SseEvent(event='message', data='x')"
    assert hash(event) == hash(SseEvent("tick", "one\ntwo", "7", 50))


def test_patched_elements_are_read_as_the_client_does() -> None:
    event = parsed(
        "event: datastar-patch-elements\ndata: selector #feed li\ndata: mode append\n"
        "data: namespace svg\ndata: elements <i>\ndata: elements \ndata: elements </i>\n\n"
    )
    assert (event.selector, event.mode, event.namespace) == ("#feed li", "append", "svg")
    assert event.elements == "<i>\n\n</i>"
    assert event.signals is None


def test_what_an_elements_event_does_not_say_has_its_default() -> None:
    event = parsed("event: datastar-patch-elements\ndata: elements <p id=a>\n\n")
    assert (event.selector, event.mode, event.namespace) == (None, "outer", "html")


def test_patched_signals_are_parsed() -> None:
    event = parsed(
        'event: datastar-patch-signals\ndata: onlyIfMissing true\ndata: signals {"a":\n'
        "data: signals 1}\n\n"
    )
    assert event.signals == {"a": 1}
    assert event.only_if_missing
    assert (event.elements, event.mode, event.selector) == (None, None, None)


def test_another_event_is_none_of_datastar() -> None:
    event = parsed("data: selector #a\n\n")
    assert (event.elements, event.signals, event.selector, event.only_if_missing) == (
        (None,) * 3 + (False,)
    )


@pytest.mark.parametrize("text", ["", "{", "[1]", "{a: 1}"])
def test_signals_that_are_no_json_object_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        _ = parsed(f"event: datastar-patch-signals\ndata: signals {text}\n\n").signals


@pytest.mark.parametrize("text", ["soon", "-1", "1.5", "٣", ""])
def test_a_retry_that_is_no_number_is_none(text: str) -> None:
    assert parsed(f"retry: {text}\ndata: x\n\n").retry is None


# Reading


async def test_events_are_taken_one_by_one_or_several(app: App, client: TestClient) -> None:
    serve(app, b"data: 1\n\nda", b"ta: 2\n\ndata: 3\n\n", b": ping\n\ndata: 4\n\n", stay=True)
    async with client.sse("/feed") as events:
        assert (await events.next()).data == "1"
        assert [event.data for event in await events.take(2)] == ["2", "3"]
        assert await events.take(0) == []
        assert (await events.until(lambda event: event.data == "4")).data == "4"
        assert [event.data for event in events.seen] == ["1", "2", "3", "4"]
        assert repr(events) == "<SseStream http://testserver/feed open, 4 events read>"
        assert events.response.status_code == 200


async def test_a_loop_ends_with_the_stream(app: App, client: TestClient) -> None:
    serve(app, b"data: 1\n\n", b"data: 2\n\n")
    async with client.sse("/feed") as events:
        assert [event.data async for event in events] == ["1", "2"]
        assert [event.data async for event in events] == []


async def test_a_post_opens_a_stream_with_its_body(app: App, client: TestClient) -> None:
    async def handler(c: Context, w: Writer) -> None:
        seen = {"method": c.req.method, "body": (await c.req.body()).decode()}
        seen["accept"] = c.req.headers.get("accept", "")
        w.headers.set("content-type", "text/event-stream")
        w.write(b"data: " + json.dumps(seen).encode() + b"\n\n")

    app.post("/feed", handler)
    async with client.sse("/feed", method="POST", json={"a": 1}) as events:
        seen = json.loads((await events.next()).data)
    assert seen == {"method": "POST", "body": '{"a":1}', "accept": "text/event-stream"}


async def test_a_reconnect_says_what_was_seen_last(app: App, client: TestClient) -> None:
    async def handler(c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/event-stream")
        last = c.req.headers.get("last-event-id", "0")
        w.write(f"id: {int(last) + 1}\nretry: 50\ndata: after {last}\n\n".encode())
        await c.disconnect

    app.get("/feed", handler)
    async with client.sse("/feed", last_event_id="6") as events:
        assert (await events.next()).data == "after 6"
        assert (events.last_event_id, events.retry) == ("7", 50)
        await events.reconnect()
        assert (await events.next()).data == "after 7"
        assert [event.id for event in events.seen] == ["7", "8"]


async def test_a_block_with_only_an_id_is_no_event_but_counts(app: App, client: TestClient) -> None:
    serve(app, b"id: 5\n\nretry: 9\n\nid: a\0b\n\n", b"data: x\n\n")
    async with client.sse("/feed") as events:
        assert await events.next() == SseEvent(data="x")
        assert (events.last_event_id, events.retry) == ("5", 9)


async def test_leaving_disconnects_and_waits_for_the_handler(app: App, client: TestClient) -> None:
    serve(app, b"data: 1\n\n", stay=True)
    async with client.sse("/feed") as events:
        await events.next()
        span_id = events.response.span_id
        assert client.tracer.get_span(span_id) is None
    assert client.tracer.get_span(span_id) is not None


# What does not come


async def test_a_wait_ends_and_says_what_came(app: App, client: TestClient) -> None:
    serve(app, b"data: 1\n\ndata: 2\n\nevent: half\ndata: 3", stay=True)
    async with client.sse("/feed", timeout=0.05) as events:
        wanted = (
            r"GET http://testserver/feed did not send 3 events within 0\.05 s; 2 events read: "
            r"SseEvent\(event='message', data='1'\); SseEvent\(event='message', data='2'\); "
            r"an event without its empty line: 'event: half\\ndata: 3'; the handler is task "
            r".*waits at .*test_sse\.py:\d+ in serve\.<locals>\.handler"
        )
        with pytest.raises(TimeoutError, match=wanted):
            await events.take(3)
        with pytest.raises(TimeoutError, match=r"an event that the predicate accepts .* 0\.01 s"):
            await events.until(lambda event: False, timeout=0.01)
        with pytest.raises(TimeoutError, match="the next event"):
            await anext(events)


async def test_a_stream_that_ends_early_says_so(app: App, client: TestClient) -> None:
    serve(app, b": ping\n\n")
    async with client.sse("/feed") as events:
        with pytest.raises(RuntimeError, match=r"ended before the next event came; no event was"):
            await events.next()


async def test_only_the_last_events_are_shown(app: App, client: TestClient) -> None:
    serve(app, b"".join(b"data: %d\n\n" % number for number in range(9)))
    async with client.sse("/feed") as events:
        with pytest.raises(RuntimeError, match=r"9 events read, the last 5: SseEvent.*data='4'"):
            await events.take(10)


async def test_a_head_that_does_not_come_is_a_timeout(app: App, client: TestClient) -> None:
    app.get("/feed", lambda c, w: c.disconnect)
    with pytest.raises(TimeoutError, match="no head arrived"):
        async with client.sse("/feed", timeout=0.02):
            pass


async def test_a_handler_that_raises_in_the_stream_is_shown(app: App, client: TestClient) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/event-stream")
        w.write(b"data: 1\n\n")
        raise LookupError("no such room")

    app.get("/feed", handler)
    async with client.sse("/feed") as events:
        await events.next()
        with pytest.raises(RuntimeError, match="closed inside the body") as failure:
            await events.next()
    assert "LookupError: no such room" in failure.value.__notes__[0]


def not_found(w: Writer) -> None:
    responses.text(w, "no such feed", 404)


def log_in(w: Writer) -> None:
    responses.html(w, "Log in")


def elsewhere(w: Writer) -> None:
    responses.redirect(w, "/login", 303)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (not_found, r"404 with text/plain.*'no such feed'"),
        (log_in, r"200 with text/html.*'Log in'"),
        (elsewhere, r"303 to /login with text/plain"),
        (responses.empty, r"204 with no content type\. A stream of events is a 200"),
    ],
)
async def test_an_answer_that_is_no_stream_says_what_it_is(
    app: App, client: TestClient, answer: Callable[[Writer], None], sentence: str
) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        answer(w)

    app.get("/feed", handler)
    with pytest.raises(RuntimeError, match=sentence):
        async with client.sse("/feed"):
            pass


async def test_a_handler_that_fails_before_its_head_is_shown(app: App, client: TestClient) -> None:
    async def handler(_c: Context, _w: Writer) -> None:
        raise LookupError("no such room")

    app.get("/feed", handler)
    with pytest.raises(RuntimeError, match="answered 500") as failure:
        async with client.sse("/feed"):
            pass
    assert "LookupError: no such room" in failure.value.__notes__[0]


async def test_a_coded_stream_cannot_be_read_as_events(app: App) -> None:
    serve(app, b"data: 1\n\n" * 200)
    asks = {"accept-encoding": "gzip"}
    async with TestClient(app) as client, client.sse("/feed", headers=asks) as events:
        with pytest.raises(RuntimeError, match="content-encoding 'gzip'"):
            await events.next()


@pytest.mark.parametrize("seconds", [0, -1, "5"])
async def test_a_wait_is_positive(app: App, client: TestClient, seconds: Any) -> None:
    serve(app, b"data: 1\n\n")
    with pytest.raises(StarioError, match="above 0"):
        async with client.sse("/feed", timeout=seconds):
            pass
    async with client.sse("/feed") as events:
        with pytest.raises(StarioError, match="above 0"):
            await events.next(timeout=seconds)


@pytest.mark.parametrize("count", [-1, None, "2"])
async def test_a_count_of_events_is_a_number(app: App, client: TestClient, count: Any) -> None:
    serve(app, b"data: 1\n\n")
    async with client.sse("/feed") as events:
        with pytest.raises(StarioError, match="count is a whole number from 0 on, not"):
            await events.take(count)


async def test_a_coroutine_function_is_no_predicate(app: App, client: TestClient) -> None:
    """Its coroutine would be true of every event."""

    async def is_second(event: SseEvent) -> bool:
        return event.data == "2"

    serve(app, b"data: 1\n\ndata: 2\n\n")
    async with client.sse("/feed") as events:
        with pytest.raises(TypeError, match=r"until\(\) takes a plain function"):
            await events.until(is_second)


async def test_iter_events_still_skips_what_only_sets_the_time(
    app: App, client: TestClient
) -> None:
    serve(app, b"retry: 5\n\nretry: 5\ndata: 1\n\n")
    async with client.stream("GET", "/feed") as stream:
        assert [event async for event in stream.iter_events()] == [{"data": "1"}]
