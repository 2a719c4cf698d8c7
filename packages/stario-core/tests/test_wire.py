"""Bytes in, bytes out: what the server makes of a request, good or bad (RFC 9110 and 9112)."""

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario.http.config import RequestPolicy
from stario.http.sending.prepared import Prepared

if TYPE_CHECKING:
    from conftest import WireFactory
    from stario import Context, Writer

GET = b"GET /hello HTTP/1.1\r\nHost: a.example\r\n\r\n"


async def hello(_c: "Context", w: "Writer") -> None:
    responses.text(w, "Hello")


async def echo(c: "Context", w: "Writer") -> None:
    responses.text(w, (await c.req.body()).decode())


async def show_path(c: "Context", w: "Writer") -> None:
    responses.json(w, [c.req.path, c.req.query_bytes.decode(), c.req.host])


def routes(site: "WireFactory") -> None:
    site.app.get("/hello", hello)
    site.app.post("/echo", echo)
    site.app.not_found("/", show_path)


def undated(answer: bytes) -> bytes:
    return re.sub(rb"date: [^\r]+\r\n", b"", answer)


async def test_a_whole_answer_has_date_type_and_length(site: "WireFactory") -> None:
    """The head is the status line, the date, then the fields, all names in lower case."""
    routes(site)
    answer = await site.connect().answer_to(GET)
    assert re.fullmatch(
        rb"HTTP/1\.1 200 OK\r\n"
        rb"date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n"
        rb"content-type: text/plain; charset=utf-8\r\ncontent-length: 5\r\n\r\nHello",
        answer,
    )


async def test_a_request_that_arrives_byte_by_byte_is_one_request(site: "WireFactory") -> None:
    """Framing does not depend on how the network cuts the bytes."""
    routes(site)
    wire = site.connect()
    request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
    answer = await wire.answer_to(*(request[i : i + 1] for i in range(len(request))))
    assert answer.endswith(b"content-length: 4\r\n\r\nbody")


async def test_pipelined_requests_are_answered_in_order(site: "WireFactory") -> None:
    """RFC 9112, 9.3.2."""
    routes(site)
    post = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"
    answer = await site.connect().answer_to(post + b"1" + GET + post + b"2")
    assert re.findall(rb"\r\n\r\n(1|Hello|2)", answer) == [b"1", b"Hello", b"2"]


async def test_a_flood_of_pipelined_requests_is_answered_whole(site: "WireFactory") -> None:
    """None is dropped, however many come in one read."""
    routes(site)
    wire = site.connect()
    wire.feed(GET * 3000)
    await wire.until(lambda: wire.sent.count(b"Hello") == 3000)
    assert not wire.closed


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b"0\r\n\r\n", b""),
        (b"4\r\nbody\r\n0\r\n\r\n", b"body"),
        (b"2\r\nbo\r\n2;ext=1\r\ndy\r\n0\r\n\r\n", b"body"),
        (b"4\r\nbody\r\n0\r\nx-trailer: 1\r\n\r\n", b"body"),
    ],
    ids=["empty", "one", "extension", "trailer"],
)
async def test_a_chunked_body_is_read(site: "WireFactory", body: bytes, sent: bytes) -> None:
    """RFC 9112, 7.1."""
    routes(site)
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire = site.connect()
    answer = await wire.answer_to(head + body + GET)
    assert b"\r\n\r\n" + sent + b"HTTP/1.1 200" in answer
    assert answer.endswith(b"Hello")


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"/a", '["/a","","h"]'),
        (b"/a?b=c?d", '["/a","b=c?d","h"]'),
        (b"//a", '["//a","","h"]'),
        (b"/a%20b", '["/a b","","h"]'),
        (b"/a%2fb%2Fc", '["/a%2Fb%2Fc","","h"]'),
        (b"/%C3%A9", '["/é","","h"]'),
        (b"/a/../b", '["/a/../b","","h"]'),
        (b"http://other.example/a?b", '["/a","b","h"]'),
        (b"http://other.example", '["/","","h"]'),
    ],
)
async def test_a_target_is_split_and_decoded(site: "WireFactory", target: bytes, seen: str) -> None:
    """RFC 9112, 3.2: the path of absolute-form counts, its host does not."""
    routes(site)
    answer = await site.connect().answer_to(b"GET %b HTTP/1.1\r\nHost: H:80\r\n\r\n" % target)
    assert answer.endswith(seen.encode())


@pytest.mark.parametrize(
    ("status", "request_bytes"),
    [
        (400, b"GARBAGE\r\n\r\n"),
        (400, b"get / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        (400, b"GET /% HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx"),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx"),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
        (
            400,
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"),
        (400, b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        (400, b"GET / HTTP/3.7\r\nHost: a\r\n\r\n"),
        (505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * 101 + b"\r\n"),
        (431, b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 70000 + b"\r\n\r\n"),
        (431, b"GET /" + b"y" * 90000),
    ],
)
async def test_a_malformed_request_is_refused_and_the_connection_closed(
    site: "WireFactory", status: int, request_bytes: bytes
) -> None:
    """The refusal has a length and says that the connection closes; no handler hangs."""
    routes(site)
    wire = site.connect()
    answer = await wire.answer_to(request_bytes)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close\r\n" in answer
    assert wire.closed


async def test_a_good_answer_goes_out_before_the_refusal_behind_it(site: "WireFactory") -> None:
    """A parse error after a good pipelined request never eats the good one's answer."""
    routes(site)
    wire = site.connect()
    answer = await wire.answer_to(GET + b"BROKEN\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"400"]
    assert wire.closed


async def test_bytes_after_a_refusal_are_ignored(site: "WireFactory") -> None:
    """A refused connection parses nothing more."""
    routes(site)
    wire = site.connect()
    answer = await wire.answer_to(b"BROKEN\r\n\r\n", GET)
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /hello HTTP/1.0\r\n\r\n",
        b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ],
)
async def test_the_connection_closes_after_the_answer_where_the_client_says_so(
    site: "WireFactory", request_bytes: bytes
) -> None:
    """RFC 9112, 9.6; HTTP/1.0 always closes."""
    routes(site)
    wire = site.connect()
    answer = await wire.answer_to(request_bytes)
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nHello")
    assert wire.closed


async def test_head_has_the_head_of_get_and_no_body(site: "WireFactory") -> None:
    """RFC 9110, 9.3.2."""
    routes(site)
    get = await site.connect().answer_to(GET)
    head = await site.connect().answer_to(GET.replace(b"GET", b"HEAD"))
    assert undated(head) == undated(get)[: -len(b"Hello")]


async def test_a_star_is_answered_for_options(site: "WireFactory") -> None:
    """RFC 9110, 9.3.7."""
    answer = await site.connect().answer_to(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    assert undated(answer) == b"HTTP/1.1 204 No Content\r\n\r\n"


async def test_leading_empty_lines_are_skipped(site: "WireFactory") -> None:
    """RFC 9112, 2.2."""
    routes(site)
    assert (await site.connect().answer_to(b"\r\n\r\n" + GET)).endswith(b"Hello")


async def test_a_single_letter_field_that_comes_twice_is_kept_twice(site: "WireFactory") -> None:
    """Two equal short values are two lines, not one."""

    async def lines(c: "Context", w: "Writer") -> None:
        responses.json(w, [*c.req.headers.getlist("x")])

    site.app.get("/", lines)
    answer = await site.connect().answer_to(b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 1\r\n\r\n")
    assert answer.endswith(b'["1","1"]')


class TestBodies:
    """Limits and flow on every way in."""

    async def test_a_declared_length_over_the_limit_is_refused_by_the_read(
        self, site: "WireFactory"
    ) -> None:
        """The handler runs; its read raises 413 before any byte of the body came."""
        site.policy = RequestPolicy(max_body_bytes=10)
        routes(site)
        wire = site.connect()
        answer = await wire.answer_to(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 413 Content Too Large\r\n")
        assert wire.closed

    async def test_a_chunked_body_over_the_limit_is_refused_by_the_read(
        self, site: "WireFactory"
    ) -> None:
        """A small unread rest is skipped, and the connection stays in step."""
        site.policy = RequestPolicy(max_body_bytes=10)
        routes(site)
        wire = site.connect()
        answer = await wire.answer_to(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10\r\n0123456789abcdef\r\n0\r\n\r\n" + GET,
        )
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"413", b"200"]

    async def test_a_handler_may_take_more_than_the_server_does(self, site: "WireFactory") -> None:
        """`max_size` replaces the server's limit for one read, upwards too."""

        async def large(c: "Context", w: "Writer") -> None:
            responses.text(w, str(len(await c.req.body(max_size=100))))

        site.policy = RequestPolicy(max_body_bytes=10)
        site.app.post("/", large)
        answer = await site.connect().answer_to(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n" + b"x" * 50
        )
        assert answer.endswith(b"50")

    async def test_100_continue_is_sent_at_the_first_read_only(self, site: "WireFactory") -> None:
        """RFC 9110, 10.1.1."""
        routes(site)
        wire = site.connect()
        wire.feed(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert wire.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
        answer = await wire.answer_to(b"ok")
        assert answer.endswith(b"\r\n\r\nok")

    async def test_a_handler_that_does_not_read_gets_no_100_continue(
        self, site: "WireFactory"
    ) -> None:
        """Without a 100 the client may keep the body to itself, so the connection closes."""

        async def refuse(_c: "Context", w: "Writer") -> None:
            responses.text(w, "no", 403)

        site.app.post("/", refuse)
        wire = site.connect()
        answer = await wire.answer_to(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 403")
        assert wire.closed

    async def test_an_unread_small_body_is_skipped(self, site: "WireFactory") -> None:
        """The next request on the connection is found behind it."""
        routes(site)
        wire = site.connect()
        answer = await wire.answer_to(
            b"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc", b"def" + GET
        )
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"405", b"200"]

    @pytest.mark.parametrize("size", [65_536, 65_537])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_a_head_says_that_an_unread_body_is_too_long_to_skip(
        self, site: "WireFactory", method: str, size: int
    ) -> None:
        """RFC 9112, 9.6: of whole answers, short or prepared, and exactly where it comes true."""
        prepared = Prepared(200, (("content-length", "2"),), b"ab")

        async def file(_c: "Context", w: "Writer") -> None:
            w.respond_prepared(prepared)

        site.app.get("/text", hello)
        site.app.get("/file", file)
        for path in ("/text", "/file"):
            wire = site.connect()
            head = f"{method} {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {size}\r\n\r\n"
            answer = await wire.answer_to(head.encode())
            assert (b"\r\nconnection: close\r\n" in answer) is wire.closed is (size > 65_536)

    async def test_a_stream_may_read_a_long_body_behind_its_head(self, site: "WireFactory") -> None:
        """So its head announces no close, and there is none."""

        async def echo(c: "Context", w: "Writer") -> None:
            w.write_headers(200)
            async for piece in c.req.stream():
                w.write(piece)
            w.end()

        site.app.post("/", echo)
        wire = site.connect()
        wire.feed(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
        answer = await wire.answer_to(b"x" * 100_000)
        assert b"connection: close" not in answer
        assert not wire.closed

    async def test_reading_pauses_while_nobody_takes_the_body(self, site: "WireFactory") -> None:
        """Unread bytes never pile up beyond 64 KiB and one read."""
        gate = asyncio.Event()
        sizes: list[int] = []

        async def slow(c: "Context", w: "Writer") -> None:
            await gate.wait()
            async for piece in c.req.stream():
                sizes.append(len(piece))  # noqa: PERF401 - each as it comes
            responses.empty(w)

        site.app.post("/", slow)
        wire = site.connect()
        wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
        wire.feed(b"x" * 100000)
        assert not wire.transport.reading
        gate.set()
        await wire.until(lambda: wire.transport.reading and sum(sizes) == 100000)
        answer = await wire.answer_to(b"x" * 100000)
        assert answer.startswith(b"HTTP/1.1 204")
        assert max(sizes) <= 96 * 1024

    @pytest.mark.parametrize("size", [60_000, 70_000, 130_000])
    async def test_behind_a_body_that_came_whole_and_was_not_read_the_next_request_is_read(
        self, site: "WireFactory", size: int
    ) -> None:
        """It pauses the reading while its handler works, which must not be for ever."""

        async def refuse(c: "Context", w: "Writer") -> None:
            await asyncio.sleep(0)
            await c.req.body(100)

        site.app.post("/", refuse)
        routes(site)
        wire = site.connect()
        head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode()
        await wire.answer_to(head + b"x" * size)
        assert wire.transport.reading
        answer = await wire.answer_to(GET)
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"413", b"200"]

    async def test_endless_chunk_extensions_are_refused(self, site: "WireFactory") -> None:
        """Framing without content is no way to keep a server busy."""
        routes(site)
        wire = site.connect()
        wire.feed(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        wire.feed(b"1;", *[b"a" * 1000] * 40)
        await wire.until(lambda: wire.closed)
        assert wire.sent.startswith(b"HTTP/1.1 400 ")
