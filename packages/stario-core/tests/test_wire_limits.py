"""What never ends takes no memory: it is refused, and the connection closed, after the limit."""

import asyncio
import re
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario.http.config import RequestPolicy
from stario.http.connection.protocol import HttpProtocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import SeenTracer, Wire, WireFactory
    from stario import App, Context, Writer

MEGABYTE = 1024 * 1024
PIECE = 64 * 1024
PIECES = 1024  # 64 MB
CHUNKED = b"POST /drain HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"


def repeated(text: bytes) -> bytes:
    """Return a piece of the length of a read, so that none is a part of another."""
    return (text * (PIECE // len(text) + 1))[:PIECE]


async def drain(c: "Context", w: "Writer") -> None:
    size = 0
    async for piece in c.req.stream(max_size=100 * MEGABYTE):
        size += len(piece)
    responses.text(w, str(size))


async def flood(wire: "Wire", piece: bytes) -> tuple[int, int]:
    """Send a piece again and again until the server closes; return bytes taken and peak memory."""
    tracemalloc.start()
    try:
        for number in range(PIECES):
            if wire.closed:
                return number * PIECE, tracemalloc.get_traced_memory()[1]
            wire.feed(piece)
            await asyncio.sleep(0)
    finally:
        tracemalloc.stop()
    raise AssertionError("64 MB were taken.")


@pytest.mark.parametrize(
    ("start", "more", "status"),
    [
        (HEAD + b"X: ", b"a", 431),
        (HEAD + b"X:", b" ", 431),
        (HEAD, b"a", 431),
        (HEAD, b"a: b\r\n", 431),
        (HEAD, b"a:\r\n", 431),
        (b"GET /", b"a", 431),
        (b"GET /?", b"a", 431),
        (b"GET http://", b"a", 431),
        (b"", b"\r\n", 431),
        (b"", b"A", 400),
        (CHUNKED + b"1;", b"a", 400),
        (CHUNKED + b'1;a="', b"b", 400),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"a", 400),
        (CHUNKED + b"1\r\na\r\n0\r\na: ", b"b", 400),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"a: b\r\n", 431),
        (CHUNKED, b"0", 400),
    ],
    ids=[
        *("value", "white space", "name", "fields", "empty fields", "path", "query", "authority"),
        *("empty lines", "method", "extension", "quoted extension", "trailer name"),
        *("trailer value", "trailers", "chunk size"),
    ],
)
async def test_what_does_not_end_is_refused_and_not_kept(
    site: "WireFactory", start: bytes, more: bytes, status: int
) -> None:
    """Less than 256 KiB are taken, and less than 1 MB of memory, of 64 MB that come."""
    site.app.post("/drain", drain)
    wire = site.connect()
    wire.feed(start) if start else None
    taken, memory = await flood(wire, repeated(more))
    assert wire.sent.startswith(b"HTTP/1.1 %d " % status)
    assert taken <= 4 * PIECE
    assert memory < MEGABYTE


@pytest.mark.parametrize(
    ("start", "more", "status"),
    [
        (b"0\r\n", b"a", 431),
        (b"0\r\na: ", b"b", 431),
        (b"0\r\n", b"a: b\r\n", 431),
        (b"0\r\n", b"a: " + b"b" * 60_000 + b"\r\n", 431),
        (b"1;", b"a", 431),
    ],
    ids=["name", "value", "fields", "long fields", "extension"],
)
async def test_a_large_body_buys_no_large_trailers(
    site: "WireFactory", start: bytes, more: bytes, status: int
) -> None:
    """What a body may have of framing grows with it; one extension or the trailers do not."""
    site.app.post("/drain", drain)
    wire = site.connect()
    wire.feed(CHUNKED + b"%x\r\n" % (20 * MEGABYTE))
    for _ in range(20 * MEGABYTE // PIECE):
        wire.feed(bytes(PIECE))
        await asyncio.sleep(0)
    wire.feed(b"\r\n" + start)
    taken, memory = await flood(wire, repeated(more))
    assert wire.sent.startswith(b"HTTP/1.1 %d " % status)
    assert taken <= 4 * PIECE
    assert memory < MEGABYTE


async def test_trailers_have_the_limits_of_a_head(
    site: "WireFactory", add_mirror: "Callable[[App], None]"
) -> None:
    """Their number and their bytes; within them they are read and dropped."""
    site.policy = RequestPolicy(max_header_bytes=256, max_header_fields=3)
    add_mirror(site.app)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    statuses = [
        (await site.connect().answer_to(head + trailers + b"\r\n"))[9:12]
        for trailers in [
            b"a: b\r\n" * 3,
            b"a: b\r\n" * 4,
            b"a: " + b"b" * 255 + b"\r\n",
            b"a: " + b"b" * 256 + b"\r\n",
            (b"a: " + b"b" * 100 + b"\r\n") * 3,
        ]
    ]
    assert statuses == [b"200", b"431", b"200", b"431", b"431"]


async def test_the_number_of_fields_is_a_setting(
    site: "WireFactory", add_mirror: "Callable[[App], None]"
) -> None:
    site.policy = RequestPolicy(max_header_fields=2)
    add_mirror(site.app)
    good = await site.connect().answer_to(HEAD + b"X: a\r\n\r\n")
    bad = await site.connect().answer_to(HEAD + b"X: a\r\nX: b\r\n\r\n")
    assert good.endswith(b"\r\n\r\nGET / x=a")
    assert bad.startswith(b"HTTP/1.1 431 ")
    assert bad.endswith(b"more than 2 header fields.\n")


async def test_a_head_is_counted_however_it_comes(
    site: "WireFactory", add_mirror: "Callable[[App], None]"
) -> None:
    """At the limit it is read and one byte over it refused, alone or in a read with others."""
    site.policy = RequestPolicy(max_header_bytes=300)
    add_mirror(site.app)
    small = HEAD + b"\r\n"
    for size, status in [(300, b"200"), (301, b"431")]:
        value = b"a" * (size - 40 - len(b"/HostaX"))
        head = HEAD + b"X: " + value + b"\r\n\r\n"
        for before in [b"", small, small * 3]:
            for at in [1, len(head) // 2, len(head)]:
                answer = await site.connect().answer_to(before + head[:at], head[at:])
                statuses = re.findall(rb"HTTP/1.1 (\d+)", answer)
                assert statuses == [b"200"] * before.count(b"GET") + [status]


async def test_a_body_of_one_byte_chunks_is_read_whole(site: "WireFactory") -> None:
    """Framing of 5 bytes for each byte is what HTTP allows."""
    site.app.post("/drain", drain)
    wire = site.connect()
    wire.feed(CHUNKED, *[b"1\r\na\r\n" * 1000] * 100)
    answer = await wire.answer_to(b"0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n100000")


@pytest.mark.parametrize(
    ("request_bytes", "known"),
    [
        (b"PUT /a%20b?c HTTP/1.1\r\n\r\n", ("PUT", "/a b")),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nY: b\r\nX : b\r\n\r\n", ("GET", "/a")),
        (b"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", ("GET", "/a")),
        (b"GET /a HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * 200, ("GET", "/a")),
        (b"GET /a HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000, ("GET", "/a")),
        (b"GET http://a/b HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", ("GET", "/b")),
        (b"GET /%1b[31m HTTP/1.1\r\n\r\n", ("GET", "/%1b[31m")),
        (b"GET /%0aGET HTTP/1.1\r\n\r\n", ("GET", "/%0aGET")),
        (b"GET /%e2%80%ae HTTP/1.1\r\n\r\n", ("GET", "/%e2%80%ae")),
        (
            b"GET /ws%0a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
            ("GET", "/ws%0a"),
        ),
        (b"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", ("GET", None)),
        (b"GET /\x1b HTTP/1.1\r\nHost: a\r\n\r\n", None),
        (b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", ("GET", None)),
        (b"BROKEN\r\n\r\n", None),
        (b"GET /" + b"a" * 200_000, None),
    ],
)
async def test_the_span_of_a_refusal_names_the_request_where_its_first_line_was_good(
    site: "WireFactory",
    tracer: "SeenTracer",
    request_bytes: bytes,
    known: tuple[str, str | None] | None,
) -> None:
    """Without control characters, which a log would act upon."""
    wire = site.connect()
    await wire.answer_to(request_bytes)
    assert re.match(rb"HTTP/1.1 4(00|31) ", wire.sent)
    (span,) = tracer.spans
    status = int(wire.sent[9:12])
    method, path = known or (None, None)
    told = {"response.status_code": status, "request.method": method, "request.path": path}
    assert span.attributes == {name: value for name, value in told.items() if value is not None}
    assert span.failure
    assert span.failure.isprintable()
    assert isinstance(wire.protocol, HttpProtocol)


async def test_the_span_of_a_refusal_tells_nothing_of_the_request_before(
    site: "WireFactory", tracer: "SeenTracer", add_mirror: "Callable[[App], None]"
) -> None:
    add_mirror(site.app)
    await site.connect().answer_to(HEAD + b"\r\nBROKEN\r\n\r\n")
    assert tracer.spans[1].attributes == {"response.status_code": 400}
