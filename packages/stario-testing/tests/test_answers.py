"""Answers come over the real protocol: framing, limits, errors and keep-alive are the server's."""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, HttpException, Writer
from stario.http.compression import CompressionConfig
from stario.testing import TestClient, TestResponse

type Ask = Callable[..., Awaitable[TestResponse]]


def answering(body: bytes, **headers: str) -> Callable[[Context, Writer], Awaitable[None]]:
    async def handler(_c: Context, w: Writer) -> None:
        for name, value in headers.items():
            w.headers.set(name.replace("_", "-"), value)
        w.end(body)

    return handler


async def test_a_response_is_what_the_wire_said(ask: Ask) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.headers.add("x-many", "1")
        w.headers.add("x-many", "2")
        responses.json(w, {"a": "é"}, 201)

    response = await ask(handler)
    assert (response.status_code, response.reason_phrase, response.ok) == (201, "Created", True)
    assert response.content == '{"a":"é"}'.encode()
    assert (response.text, response.json()) == ('{"a":"é"}', {"a": "é"})
    assert response.headers.getlist("x-many") == ["1", "2"]
    assert "date" in response.headers
    assert (response.url, response.history) == ("http://testserver/asked", [])
    assert repr(response) == "<TestResponse 201 Created, 10 bytes>"


@pytest.mark.parametrize(
    ("status", "ok"), [(200, True), (204, True), (399, True), (400, False), (503, False)]
)
async def test_raise_for_status_raises_from_400_on(ask: Ask, status: int, ok: bool) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.respond(b"the body", b"text/plain", status)

    response = await ask(handler, follow_redirects=False)
    assert response.ok is ok
    if ok:
        assert response.raise_for_status() is response
    else:
        with pytest.raises(RuntimeError, match=rf"^{status} .*http://testserver/asked: 'the body'"):
            response.raise_for_status()


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/plain; charset=latin-1", "Ã©"),
        ('text/plain; charset="utf-8"', "é"),
        ("text/plain", "é"),
        ("text/plain; charset=nonsense", "é"),
        ("", "é"),
    ],
)
async def test_text_is_read_in_its_charset(ask: Ask, content_type: str, text: str) -> None:
    response = await ask(answering("é".encode(), content_type=content_type))
    assert response.text == text


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_compressed_body_is_decoded(ask: Ask, coding: str, streamed: bool) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        if not streamed:
            w.respond(b"x" * 10_000, b"text/plain")
            return
        for _ in range(10):
            w.write(b"x" * 1_000)

    response = await ask(handler, headers={"accept-encoding": coding})
    assert response.headers.get("content-encoding") == coding
    assert response.content == b"x" * 10_000


async def test_nothing_is_compressed_unasked(ask: Ask) -> None:
    assert "content-encoding" not in (await ask(answering(b"x" * 10_000))).headers


async def test_compression_is_set_per_client(app: App) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.respond(b"x" * 10_000, b"text/plain")

    app.get("/", handler)
    config = CompressionConfig(brotli_level=-1, zstd_level=-1)
    async with TestClient(app, compression=config) as client:
        response = await client.get("/", headers={"accept-encoding": "br, zstd, gzip"})
    assert response.headers.get("content-encoding") == "gzip"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"a") + gzip.compress(b"b")),
        ("deflate", zlib.compress(b"ab")),
        ("deflate", zlib.compress(b"ab")[2:-4]),
        ("deflate, gzip", gzip.compress(zlib.compress(b"ab"))),
        ("Identity", b"ab"),
        (" GZIP ,identity", gzip.compress(b"ab")),
    ],
)
async def test_codings_are_undone_from_the_last(ask: Ask, coding: str, body: bytes) -> None:
    assert (await ask(answering(body, content_encoding=coding))).content == b"ab"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("compress", b"x"),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"cut")[:-4]),
        ("deflate", b"\xff\xff"),
        ("br", b"not brotli"),
        ("zstd", b"not zstd"),
    ],
)
async def test_a_body_that_cannot_be_decoded_is_an_error(
    ask: Ask, coding: str, body: bytes
) -> None:
    with pytest.raises(RuntimeError, match="cannot be decoded"):
        await ask(answering(body, content_encoding=coding))


# What the protocol answers by itself


@pytest.mark.parametrize(
    ("method", "url", "headers", "status"),
    [
        ("GET", "/%", {}, 400),
        ("GET", "/%ff", {}, 400),
        ("GET", "/%00", {}, 400),
        ("GET", "*", {}, 400),
        ("GET", "/", {"host": "a b"}, 400),
        ("POST", "/", {"content-length": "-1"}, 400),
        ("POST", "/", {"content-length": "5", "transfer-encoding": "chunked"}, 400),
        ("GET", "/", {"connection": "upgrade", "upgrade": "websocket"}, 400),
        ("GET", "/", {"x": "x" * 70_000}, 431),
        ("GET", "/nowhere", {}, 404),
        ("OPTIONS", "/echo", {}, 204),
        ("PROPFIND", "/echo", {}, 405),
    ],
)
async def test_the_servers_own_answers_reach_the_test(
    client: TestClient, method: str, url: str, headers: dict[str, str], status: int
) -> None:
    response = await client.request(method, url, headers=headers)
    assert response.status_code == status
    span = client.tracer.get_span(response.span_id)
    assert span is not None
    assert span.attributes["response.status_code"] == status


async def test_head_is_get_without_its_body(ask: Ask) -> None:
    response = await ask(answering(b"12345"), "HEAD")
    assert (response.content, response.headers.get("content-length")) == (b"", "5")


async def test_an_unread_body_over_the_limit_is_a_413(ask: Ask) -> None:
    async def handler(c: Context, w: Writer) -> None:
        await c.req.body(max_size=10)

    response = await ask(handler, "POST", content=b"x" * 1_000_000)
    assert response.status_code == 413


async def test_a_large_body_is_streamed_as_the_handler_reads(ask: Ask) -> None:
    pieces: list[int] = []

    async def handler(c: Context, w: Writer) -> None:
        pieces.extend([len(piece) async for piece in c.req.stream()])
        responses.text(w, str(sum(pieces)))

    assert (await ask(handler, "POST", content=b"x" * 1_000_000)).text == "1000000"
    assert len(pieces) > 3


@pytest.mark.parametrize(("reads", "delivered"), [(True, b"body"), (False, b"")])
async def test_a_body_that_expects_100_waits_for_the_first_read(
    ask: Ask, reads: bool, delivered: bytes
) -> None:
    async def handler(c: Context, w: Writer) -> None:
        w.end(await c.req.body() if reads else b"")

    response = await ask(handler, "POST", content=b"body", headers={"expect": "100-continue"})
    assert (response.status_code, response.content) == (200, delivered)


# What handlers do wrong


async def test_a_handler_that_answers_nothing_becomes_a_500(client: TestClient, ask: Ask) -> None:
    async def handler(_c: Context, _w: Writer) -> None:
        pass

    response = await ask(handler)
    assert (response.status_code, response.text) == (500, "Internal Server Error")


async def test_an_exception_is_answered_and_not_raised_here(app: App, client: TestClient) -> None:
    async def handler(_c: Context, _w: Writer) -> None:
        raise ValueError("secret")

    app.get("/", handler)
    response = await client.get("/")
    span = client.tracer.get_span(response.span_id)
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert span is not None
    assert (span.ok, span.error) == (False, "secret")


async def test_an_http_exception_is_its_answer(ask: Ask) -> None:
    async def handler(_c: Context, _w: Writer) -> None:
        raise HttpException(418, "teapot")

    response = await ask(handler)
    assert (response.status_code, response.text) == (418, "teapot")


def leaving_mid_body(_c: Context, w: Writer) -> None:
    w.write(b"half")
    raise ValueError("late")


def declaring_too_much(_c: Context, w: Writer) -> None:
    w.headers.set("content-length", "10")
    w.write_headers(200).write(b"half")
    w.end()


def aborting(_c: Context, w: Writer) -> None:
    w.abort()


@pytest.mark.parametrize(
    ("act", "where"),
    [
        (leaving_mid_body, "inside the body"),
        (declaring_too_much, "inside the body"),
        (aborting, "before the head"),
    ],
)
async def test_an_answer_that_is_cut_is_an_error(
    ask: Ask, act: Callable[[Context, Writer], Any], where: str
) -> None:
    async def handler(c: Context, w: Writer) -> None:
        act(c, w)

    with pytest.raises(RuntimeError, match=rf"GET http://testserver/asked: .*closed {where}"):
        await ask(handler)


# Connections


async def test_requests_share_a_connection_while_it_lives(client: TestClient) -> None:
    first, second = await client.get("/echo"), await client.get("/echo")
    closed = await client.get("/echo", headers={"connection": "close"})
    fresh = await client.get("/echo")
    assert first.disconnect is second.disconnect is closed.disconnect
    assert (closed.disconnect.done(), fresh.disconnect.done()) == (True, False)


async def test_requests_at_once_have_connections_of_their_own(app: App, client: TestClient) -> None:
    meeting = asyncio.Barrier(10)

    async def handler(c: Context, w: Writer) -> None:
        async with asyncio.timeout(5), meeting:
            responses.text(w, c.req.query_bytes.decode())

    app.get("/", handler)
    answers = await asyncio.gather(*(client.get(f"/?{n}") for n in range(10)))
    assert [answer.text for answer in answers] == [str(n) for n in range(10)]
    assert len({answer.span_id for answer in answers}) == 10


async def test_a_response_can_be_disconnected(client: TestClient) -> None:
    first = await client.get("/echo")
    first.disconnect.set_result(None)
    second = await client.get("/echo")
    assert second.disconnect is not first.disconnect
