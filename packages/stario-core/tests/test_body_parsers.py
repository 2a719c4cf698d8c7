"""`req.stream()` carries a parser of another package: multipart, written here in forty lines.

It is what docs/explanation/bodies.md promises to such a parser: pieces with backpressure, room for
pushback, limits of its own, early ends, and a client that leaves.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from email.message import Message
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario.exceptions import ClientDisconnected, HttpException
from stario.http.bodies.body import HIGH_WATER

if TYPE_CHECKING:
    from conftest import Answer, WireFactory
    from stario import Context, Writer
    from stario.http.request import Request

    type ReadAnswers = Callable[..., list[Answer]]


class Pushback:
    """Pieces of a stream, of which a parser may put back what it did not need."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._kept = b""

    async def more(self) -> None:
        """Append the next piece to what is kept. Raises HttpException(400) at the end."""
        try:
            self._kept += await anext(self._pieces)
        except StopAsyncIteration:
            raise HttpException(400, "The multipart body ends too early.") from None

    async def until(self, mark: bytes, limit: int) -> bytes:
        """Return what stands before a mark, and take the mark. Raises HttpException(400)."""
        while (at := self._kept.find(mark)) < 0:
            if len(self._kept) > limit + len(mark):
                raise HttpException(400, "A part's head is too long.")
            await self.more()
        found, self._kept = self._kept[:at], self._kept[at + len(mark) :]
        return found

    async def pieces_until(self, mark: bytes) -> AsyncGenerator[bytes]:
        """Yield what stands before a mark, piece by piece, and take the mark."""
        while (at := self._kept.find(mark)) < 0:
            sure = len(self._kept) - len(mark) + 1  # the mark may have begun behind this
            if sure > 0:
                piece, self._kept = self._kept[:sure], self._kept[sure:]
                yield piece
            await self.more()
        piece, self._kept = self._kept[:at], self._kept[at + len(mark) :]
        if piece:
            yield piece


class Part:
    """One part: its name, and its content as it arrives."""

    def __init__(self, head: bytes, content: AsyncGenerator[bytes], limit: int) -> None:
        fields = Message()
        fields["content-disposition"] = head.decode("latin-1").partition(": ")[2]
        self.name = fields.get_param("name", header="content-disposition")
        self._content = content
        self._limit = limit

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        size = 0
        async for piece in self._content:
            size += len(piece)
            if size > self._limit:
                raise HttpException(413, f"The part {self.name!r} is too large.")
            yield piece


async def multipart(req: "Request", *, part_limit: int = 10**9) -> AsyncGenerator[Part]:
    """Yield the parts of a body, one at a time (RFC 7578)."""
    fields = Message()
    fields["content-type"] = req.headers.get("content-type") or ""
    boundary = fields.get_param("boundary")
    if fields.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise HttpException(415, "The body has to be multipart/form-data with a boundary.")
    mark = b"\r\n--" + boundary.encode()
    source = Pushback(req.stream(max_size=10**9))
    await source.until(mark[2:], 100)
    while await source.until(b"\r\n", 10) != b"--":
        head = await source.until(b"\r\n\r\n", 1000)
        content = source.pieces_until(mark)
        yield Part(head, content, part_limit)
        async for _ in content:  # what the handler did not read
            pass


def a_body(**parts: bytes) -> bytes:
    lines = [
        b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), content)
        for name, content in parts.items()
    ]
    return b"".join(lines) + b"--x--\r\n"


def post(body: bytes, content_type: str = "multipart/form-data; boundary=x") -> bytes:
    head = (
        "POST / HTTP/1.1\r\nHost: a\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def tell(c: "Context", w: "Writer") -> None:
    """Answer with the names and the contents of the parts."""
    parts = multipart(c.req, part_limit=200_000)
    told: list[responses.JsonValue] = [
        [str(part.name), (await whole(part)).decode("latin-1")] async for part in parts
    ]
    responses.json(w, told)


async def whole(part: Part) -> bytes:
    return b"".join([piece async for piece in part])


BODY = a_body(a=b"one", b=b"", c=b"\r\n--\r\n-", d=b"\r\n--\r\n\r\n--y\r\n")
TOLD = b'[["a","one"],["b",""],["c","\\r\\n--\\r\\n-"],["d","\\r\\n--\\r\\n\\r\\n--y\\r\\n"]]'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_parts_are_found_wherever_the_body_is_cut(
    site: "WireFactory", read_answers: "ReadAnswers", size: int
) -> None:
    site.app.post("/", tell)
    raw = post(BODY)
    wire = site.connect()
    for start in range(0, len(raw), size):
        wire.feed(raw[start : start + size])
        await asyncio.sleep(0)
    await wire.until(lambda: not wire.protocol.is_busy)
    [answer] = read_answers(wire.sent)
    assert answer.body == TOLD


async def test_a_chunked_body_that_waits_for_a_continue_is_read_too(site: "WireFactory") -> None:
    site.app.post("/", tell)
    wire = site.connect()
    head = post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    wire.feed(head.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    await wire.until(lambda: wire.sent == b"HTTP/1.1 100 Continue\r\n\r\n")
    for byte in BODY:
        wire.feed(b"1\r\n%c\r\n" % byte)
    assert (await wire.answer_to(b"0\r\n\r\n")).endswith(TOLD)


async def test_nothing_more_is_read_while_a_part_is_not_taken(site: "WireFactory") -> None:
    """A slow disk behind the parser holds the client back, part after part."""
    gate = asyncio.Semaphore(0)
    largest = 0

    async def slow(c: "Context", w: "Writer") -> None:
        nonlocal largest
        total = 0
        async for part in multipart(c.req):
            async for piece in part:
                await gate.acquire()
                total += len(piece)
                largest = max(largest, len(piece))
        responses.text(w, f"{total}")

    site.app.post("/", slow)
    raw = post(a_body(a=b"y" * 3_000_000, b=b"z" * 3_000_000))
    wire = site.connect()
    fed = 0
    paused = 0
    async with asyncio.timeout(10):
        while fed < len(raw):
            while wire.transport.reading and fed < len(raw):
                wire.feed(raw[fed : fed + 16_384])
                fed += 16_384
                await asyncio.sleep(0)
            if not wire.transport.reading:
                paused += 1
                body = wire.protocol._reader.body
                assert body is not None
                assert body._held <= HIGH_WATER + 16_384
                gate.release()
                await asyncio.sleep(0)
        while wire.protocol.is_busy:
            gate.release()
            await asyncio.sleep(0)
    assert wire.sent.endswith(b"\r\n\r\n6000000")
    assert paused > 50
    assert largest <= HIGH_WATER + 16_384 + 100


async def test_a_client_that_leaves_inside_a_part_ends_the_handler(site: "WireFactory") -> None:
    seen: list[object] = []

    async def read(c: "Context", _w: "Writer") -> None:
        try:
            async for part in multipart(c.req):
                seen.append(part.name)
                await whole(part)
        except ClientDisconnected:
            seen.append("left")
            raise

    site.app.post("/", read)
    wire = site.connect()
    wire.feed(post(a_body(a=b"y" * 100))[:-50])
    await wire.until(lambda: bool(seen))
    wire.leave()
    await wire.until(lambda: not site.endpoint.tasks)
    assert seen[-1] == "left"
    assert wire.sent == b""


async def test_a_limit_of_a_part_ends_the_request_early(site: "WireFactory") -> None:
    """The answer goes out before the rest is sent, and the connection does not get out of step."""
    site.app.post("/", tell)
    wire = site.connect()
    raw = post(a_body(a=b"y" * 5_000_000))
    wire.feed(raw[:400_000])
    await wire.until(lambda: b"413" in wire.sent)
    assert b"The part 'a' is too large." in wire.sent
    await wire.until(lambda: wire.closed)


async def test_a_handler_that_stops_early_keeps_a_small_connection(
    site: "WireFactory", read_answers: "ReadAnswers"
) -> None:
    async def first(c: "Context", w: "Writer") -> None:
        async with aclosing(multipart(c.req)) as parts:
            responses.text(w, str((await anext(parts)).name))

    site.app.post("/", first)
    answers = read_answers(await site.connect().answer_to(post(BODY) + post(BODY)))
    assert [answer.body for answer in answers] == [b"a", b"a"]


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: 0\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"\r\n"],
)
async def test_no_piece_is_empty(site: "WireFactory", framing: bytes) -> None:
    async def pieces(c: "Context", w: "Writer") -> None:
        responses.json(w, [len(piece) async for piece in c.req.stream()])

    site.app.post("/", pieces)
    sent = await site.connect().answer_to(b"POST / HTTP/1.1\r\nHost: a\r\n" + framing)
    assert sent.endswith(b"\r\n\r\n[]")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (post(BODY[:-6]), 400),
        (post(b""), 400),
        (post(b"no boundary at all"), 400),
        (post(b"--x\r\nContent-Disposition: " + b"y" * 5000), 400),
        (post(BODY, content_type="multipart/form-data"), 415),
        (post(BODY, content_type="text/plain"), 415),
    ],
)
async def test_a_body_that_is_none_is_refused(
    site: "WireFactory", read_answers: "ReadAnswers", raw: bytes, status: int
) -> None:
    site.app.post("/", tell)
    [answer] = read_answers(await site.connect().answer_to(raw))
    assert answer.status == status
