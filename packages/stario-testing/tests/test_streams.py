"""Streams: entered at the head, read at the reader's pace, over when the test leaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.exceptions import ClientDisconnected
from stario.testing import TestClient


def serve(app: App, *pieces: bytes, content_type: str = "text/event-stream") -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.headers.set("content-type", content_type)
        w.headers.add("set-cookie", "seen=1; Path=/")
        for piece in pieces:
            w.write(piece)
            await asyncio.sleep(0)

    app.get("/stream", handler)


async def events(client: TestClient) -> list[dict[str, str]]:
    async with client.stream("GET", "/stream") as stream:
        return [event async for event in stream.iter_events()]


async def test_a_stream_is_entered_when_its_head_is_there(app: App, client: TestClient) -> None:
    go = asyncio.Event()

    async def handler(_c: Context, w: Writer) -> None:
        w.headers.set("x-early", "1")
        w.write_headers(202)
        await go.wait()
        w.write(b"late")

    app.get("/stream", handler)
    async with client.stream("GET", "/stream", params={"a": 1}) as stream:
        assert (stream.status_code, stream.headers.get("x-early")) == (202, "1")
        assert stream.url == stream.request.url == "http://testserver/stream?a=1"
        go.set()
        assert await stream.body() == b"late"
    assert client.exchanges == []


async def test_one_write_is_one_piece(app: App, client: TestClient) -> None:
    serve(app, b"one", b"two", b"three")
    async with client.stream("GET", "/stream") as stream:
        assert [piece async for piece in stream.iter_bytes()] == [b"one", b"two", b"three"]
        assert stream.cookies == client.cookies == {"seen": "1"}


async def test_reading_goes_on_where_a_loop_was_left(app: App, client: TestClient) -> None:
    serve(app, b"one", b"two", b"three")
    async with client.stream("GET", "/stream") as stream:
        async for piece in stream.iter_bytes():
            assert piece == b"one"
            break
        assert await stream.body() == await stream.body() == b"twothree"
        assert [piece async for piece in stream.iter_bytes()] == []


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([b"event: a\nid: 1\ndata: x\n\n"], [{"event": "a", "id": "1", "data": "x"}]),
        ([b"data: x\ndata:y\ndata:  z\ndata\n\n"], [{"data": "x\ny\n z\n"}]),
        ([b"data: x\r\n\r\ndata: y\r\rdata: z\n\n"], [{"data": d} for d in "xyz"]),
        ([b"data: x\r", b"\n\r", b"\n", b"data: y\n\n"], [{"data": "x"}, {"data": "y"}]),
        ([b"da", b"ta: \xc3", b"\xa9\n", b"\n"], [{"data": "é"}]),
        ([b": ping\n\n", b":\n\ndata: x\n\n"], [{"data": "x"}]),
        ([b"retry: 5\n\n", b"unknown: 5\n\n", b"\n\n\n"], []),
        ([b": c\nevent: only\n\n"], [{"event": "only"}]),
        ([b"id\n\n"], [{"id": ""}]),
        ([b"\xef\xbb\xbfdata: bom\n\n"], [{"data": "bom"}]),
        ([b"data: \xff\n\n"], [{"data": "\ufffd"}]),
        ([b"data: whole\n\ndata: cut\n"], [{"data": "whole"}]),
        ([b"data: a: b\n\n"], [{"data": "a: b"}]),
    ],
)
async def test_events_are_read_by_the_standard(
    app: App, client: TestClient, pieces: list[bytes], expected: list[dict[str, str]]
) -> None:
    serve(app, *pieces)
    assert await events(client) == expected


async def test_no_event_is_lost_between_two_loops(app: App, client: TestClient) -> None:
    serve(app, b"data: 1\n\ndata: 2\n\ndata:", b" 3\n\n")
    async with client.stream("GET", "/stream") as stream:
        seen = [(await anext(stream.iter_events()))["data"] for _ in range(3)]
    assert seen == ["1", "2", "3"]


async def test_pieces_need_identity_and_the_whole_is_decoded(app: App, client: TestClient) -> None:
    serve(app, b"x" * 1_000, content_type="text/plain")
    async with client.stream("GET", "/stream", headers={"accept-encoding": "gzip"}) as stream:
        with pytest.raises(RuntimeError, match="content-encoding 'gzip'"):
            stream.iter_bytes()
        with pytest.raises(RuntimeError, match="content-encoding 'gzip'"):
            stream.iter_events()
        assert await stream.body() == b"x" * 1_000


# The reader's pace


async def test_a_reader_that_does_not_read_makes_the_writer_wait(
    app: App, client: TestClient
) -> None:
    written = 0

    async def handler(_c: Context, w: Writer) -> None:
        nonlocal written
        w.write_headers(200)
        for _ in range(100):
            w.write(b"x" * 10_000)
            written += 1
            await w.drain()

    app.get("/stream", handler)
    async with client.stream("GET", "/stream") as stream:
        for _ in range(300):
            await asyncio.sleep(0)
        stalled_at = written
        assert stalled_at < 10
        assert len(await stream.body()) == 1_000_000
    assert written == 100


async def test_leaving_wakes_a_writer_that_waits(app: App, client: TestClient) -> None:
    ended: list[str] = []

    async def handler(_c: Context, w: Writer) -> None:
        try:
            while True:
                w.write(b"x" * 10_000)
                await w.drain()
        except ClientDisconnected:
            ended.append("told")
            raise

    app.get("/stream", handler)
    async with client.stream("GET", "/stream"):
        pass
    assert ended == ["told"]


# Leaving


async def wait_for_disconnect(c: Context, w: Writer) -> None:
    w.write_headers(200)
    await c.disconnect


async def wait_alive(c: Context, w: Writer) -> None:
    w.write_headers(200)
    async with c.alive():
        await asyncio.Event().wait()


async def iterate_alive(c: Context, w: Writer) -> None:
    async def ticks() -> AsyncIterator[int]:
        while True:
            yield 1
            await asyncio.sleep(0)

    async for _ in c.alive(ticks()):
        w.write(b"tick")


async def write_for_ever(_c: Context, w: Writer) -> None:
    while True:
        w.write(b"tick")
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "handler", [wait_for_disconnect, wait_alive, iterate_alive, write_for_ever]
)
async def test_leaving_disconnects_and_waits_for_the_handler(
    app: App, client: TestClient, handler: Callable[[Context, Writer], Awaitable[None]]
) -> None:
    app.get("/stream", handler)
    async with client.stream("GET", "/stream") as stream:
        assert client.tracer.get_span(stream.span_id) is None
        assert client.tracer.has_open_spans()
    assert stream.disconnect.done()
    span = client.tracer.get_span(stream.span_id)
    assert span is not None
    assert span.ok


async def test_a_test_can_disconnect_while_it_looks_on(app: App, client: TestClient) -> None:
    app.get("/stream", wait_for_disconnect)
    async with client.stream("GET", "/stream") as stream:
        stream.disconnect.set_result(None)
        with pytest.raises(RuntimeError, match="the client left"):
            await stream.body()
        await client.tracer.until(lambda: not client.tracer.has_open_spans())


async def test_a_failing_test_leaves_its_stream_too(app: App, client: TestClient) -> None:
    app.get("/stream", wait_alive)
    with pytest.raises(ValueError, match="of the test"):
        async with client.stream("GET", "/stream"):
            raise ValueError("of the test")
    assert not client.tracer.has_open_spans()


async def test_a_stubborn_handler_is_cancelled(app: App) -> None:
    ended: list[str] = []

    async def handler(_c: Context, w: Writer) -> None:
        w.write_headers(200)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    app.get("/stream", handler)
    async with TestClient(app, request_timeout=0.05) as client:
        async with client.stream("GET", "/stream"):
            pass
        assert ended == ["cancelled"]


# Streams that fail


async def test_a_connection_closed_before_the_head_is_an_error(
    app: App, client: TestClient
) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.abort()

    app.get("/stream", handler)
    with pytest.raises(RuntimeError, match="before the head"):
        async with client.stream("GET", "/stream"):
            pytest.fail("entered")


async def test_a_connection_closed_inside_the_body_is_an_error_after_what_came(
    app: App, client: TestClient
) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.write(b"half")
        raise ValueError("mid-stream")

    app.get("/stream", handler)
    async with client.stream("GET", "/stream") as stream:
        pieces = stream.iter_bytes()
        assert await anext(pieces) == b"half"
        for _ in range(2):
            with pytest.raises(RuntimeError, match="inside the body"):
                await anext(pieces)


async def test_a_whole_answer_can_be_read_as_a_stream(app: App, client: TestClient) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        responses.text(w, "whole")

    app.get("/stream", handler)
    async with client.stream("GET", "/stream") as stream:
        assert await stream.body() == b"whole"
    async with client.stream("HEAD", "/stream") as stream:
        assert (stream.headers.get("content-length"), await stream.body()) == ("5", b"")


async def test_the_limit_covers_the_body(app: App, client: TestClient) -> None:
    app.get("/stream", wait_for_disconnect)
    async with client.stream("GET", "/stream", timeout=0.02) as stream:
        with pytest.raises(TimeoutError, match=r"not answered to its end within 0\.02 s"):
            await stream.body()
        await asyncio.wait([stream.disconnect])


async def test_the_limit_covers_the_head(app: App, client: TestClient) -> None:
    async def handler(c: Context, _w: Writer) -> None:
        await c.disconnect

    app.get("/stream", handler)
    with pytest.raises(TimeoutError):
        async with client.stream("GET", "/stream", timeout=0.02):
            pytest.fail("entered")
    assert not client.tracer.has_open_spans()
