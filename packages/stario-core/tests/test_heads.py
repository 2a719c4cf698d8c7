"""A request that is known by its bytes is the request that the parser made of them."""

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stario.http.config import RequestPolicy
from stario.http.connection import heads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import WireFactory
    from stario import Context, Writer

GET = b"GET /a?b=1 HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-one: 2\r\n\r\n"


@pytest.fixture(autouse=True)
def nothing_known() -> "Iterator[None]":
    heads.known_lines.clear()
    yield
    heads.known_lines.clear()


async def show(c: "Context", w: "Writer") -> None:
    req = c.req
    body = (await req.body()).decode("latin-1")
    seen = [req.method, req.path, req.query_bytes.decode(), req.host, body, req.headers.items()]
    responses.text(w, repr([*seen, req.raw_path, req.keep_alive]))


def bodies(sent: bytes) -> list[bytes]:
    return re.findall(rb"\r\n\r\n(\[.*?\])(?=HTTP/1\.1 |\Z)", sent)


async def test_the_same_request_comes_again_as_the_same_request(site: "WireFactory") -> None:
    """Its fields too: a name in two spellings keeps both lines, in order."""
    site.app.not_found("/", show)
    wire = site.connect()
    wire.feed(GET, GET, GET)
    first, second, third = bodies(await wire.answer_to())
    assert first == second == third
    assert b"('x-one', '1'), ('x-one', '2')" in first
    assert heads.known_lines.keys() == {b"GET /a?b=1 HTTP/1.1"}


async def test_a_handler_that_changes_the_headers_changes_those_of_its_request_only(
    site: "WireFactory",
) -> None:
    async def change(c: "Context", w: "Writer") -> None:
        c.req.headers.add("x-one", "3")
        responses.text(w, repr(c.req.headers.getlist("x-one")))

    site.app.not_found("/", change)
    wire = site.connect()
    wire.feed(GET, GET)
    assert wire.sent.count(b"['1', '2', '3']") == 2


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /a HTTP/1.0\r\nHost: a\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://a/a HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab",
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=[
        "version",
        "close",
        "empty-line",
        "absolute",
        "star",
        "two",
        "expect",
        "chunked",
        "long",
    ],
)
async def test_what_is_not_the_usual_request_is_not_remembered(
    site: "WireFactory", request_bytes: bytes
) -> None:
    site.app.not_found("/", show)
    await site.connect().answer_to(request_bytes)
    assert not heads.known_lines


async def test_a_known_line_with_other_fields_is_parsed(site: "WireFactory") -> None:
    """So a body behind a known line is a body."""
    site.app.not_found("/", show)
    wire = site.connect()
    with_body = GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n")
    wire.feed(GET, with_body)
    *_, last = bodies(await wire.answer_to(b"ok"))
    assert b"'ok'" in last


async def test_known_fields_behind_garbage_are_refused(site: "WireFactory") -> None:
    site.app.not_found("/", show)
    wire = site.connect()
    wire.feed(GET, GET.replace(b"GET /a", b"G\0T /a"))
    assert wire.sent.count(b"HTTP/1.1 200 OK") == 1
    assert b"HTTP/1.1 400 Bad Request" in wire.sent


async def test_a_limit_counts_for_what_another_server_knows(
    site: "WireFactory", new_site: "type[WireFactory]"
) -> None:
    """What is remembered is shared in a process; a stricter server still refuses."""
    site.app.not_found("/", show)
    line = b"GET /%b HTTP/1.1" % (b"a" * 200)
    fields = b"\r\nHost: a\r\nX: %b\r\n\r\n" % (b"x" * 100)
    await site.connect().answer_to(line + fields)
    assert line in heads.known_lines
    strict = new_site()
    strict.policy = RequestPolicy(max_header_bytes=256)
    try:
        wire = strict.connect()
        wire.feed(b"GET / HTTP/1.1" + fields, line + fields)
        assert b"HTTP/1.1 431 " in wire.sent
    finally:
        strict.close()


async def test_what_is_remembered_is_bounded(site: "WireFactory") -> None:
    site.app.not_found("/", show)
    wire = site.connect()
    for number in range(3000):
        wire.feed(b"GET /%d HTTP/1.1\r\nHost: a\r\nX: %d\r\n\r\n" % (number, number))
    assert len(heads.known_lines) <= 1024


async def test_a_body_that_comes_with_a_known_head_is_its_own(site: "WireFactory") -> None:
    """Even one that looks like the end of a head, or like a request."""
    site.app.not_found("/", show)
    wire = site.connect()
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
    wire.feed(head + b"abcd", head + b"\r\n\r\n", head + b"GET ")
    first, second, third = bodies(await wire.answer_to())
    assert b"'abcd'" in first
    assert rb"'\r\n\r\n'" in second
    assert b"'GET '" in third
    assert heads.known_lines.keys() == {b"POST /a HTTP/1.1"}


async def test_a_body_that_comes_later_or_in_part_is_waited_for(site: "WireFactory") -> None:
    site.app.not_found("/", show)
    wire = site.connect()
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
    wire.feed(head + b"abcd", head + b"ef", b"gh", head, b"ijkl", head + b"mnop" + head)
    *answers, last = bodies(await wire.answer_to(b"qrst"))
    assert [b"efgh" in answers[1], b"ijkl" in answers[2], b"mnop" in answers[3]] == [True] * 3
    assert b"qrst" in last


@pytest.mark.parametrize("size", [499, 500])
async def test_a_part_of_a_body_is_never_all_of_it(site: "WireFactory", size: int) -> None:
    """Wherever a body that is longer than its head is cut."""
    site.app.not_found("/", show)
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size
    for part in range(size):
        wire = site.connect()
        wire.feed(head + b"x" * size, head + b"y" * part)
        assert wire.sent.count(b"HTTP/1.1 200 OK") == 1, part
        assert b"y" * size in await wire.answer_to(b"y" * (size - part))


async def test_a_known_body_over_the_limit_is_a_413_for_its_reader(site: "WireFactory") -> None:
    site.policy = RequestPolicy(max_body_bytes=3)
    site.app.not_found("/", show)
    wire = site.connect()
    request = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"
    wire.feed(request, request)
    await wire.until(lambda: wire.sent.count(b"HTTP/1.1 413 ") == 2)


LINES = st.sampled_from(
    [b"GET /a HTTP/1.1", b"GET /a?b HTTP/1.1", b"POST /%20 HTTP/1.1", b"HEAD /a HTTP/1.1"]
)
FIELDS = st.sampled_from(
    [
        b"\r\nHost: a\r\n\r\n",
        b"\r\nHost: b\r\nX: y\r\n\r\n",
        b"\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        b"\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy",
        b"\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n",
        b"\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(LINES, FIELDS), max_size=8), st.booleans())
def test_reads_of_whole_requests_are_what_single_bytes_are(
    new_site: "type[WireFactory]", request_parts: list[tuple[bytes, bytes]], forget: bool
) -> None:
    """Whatever was remembered before, on this connection or another."""
    requests = [line + fields for line, fields in request_parts]

    async def compare() -> None:
        site = new_site()
        site.app.not_found("/", show)
        try:
            whole = site.connect()
            for request in requests:
                await whole.answer_to(request)
            if forget:
                heads.known_lines.clear()
            stream = b"".join(requests)
            single = site.connect()
            await single.answer_to(*(stream[i : i + 1] for i in range(len(stream))))
            assert bodies(whole.sent) == bodies(single.sent)
            assert len(bodies(whole.sent)) == sum(b"HEAD" not in one for one in requests)
        finally:
            site.close()

    asyncio.run(compare())
