"""A body has to come at a least speed (`min_body_rate`), measured while it can come."""

from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario.http.config import RequestPolicy

if TYPE_CHECKING:
    from conftest import Wire, WireFactory
    from stario import Context, Writer

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n"


async def read(c: "Context", w: "Writer") -> None:
    responses.text(w, str(len(await c.req.body())))


async def refuse(_c: "Context", w: "Writer") -> None:
    responses.text(w, "no", 403)


def later(site: "WireFactory", wire: "Wire", seconds: float) -> None:
    """Let the clock find that so much time has gone by."""
    site.endpoint.clock.now += seconds
    wire.protocol.check(site.endpoint.clock.now)


async def test_a_body_that_drips_is_a_408_for_its_reader(site: "WireFactory") -> None:
    """A byte a second never stalls for `body_timeout`, and still ends."""
    site.app.post("/", read)
    wire = site.connect()
    wire.feed(HEAD + b"\r\n")
    for _ in range(5):
        later(site, wire, 1)
        wire.feed(b"x")
    assert not wire.sent
    later(site, wire, 1)
    await wire.until(lambda: wire.closed)
    assert wire.sent.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive in time" in wire.sent


@pytest.mark.parametrize("rate", [240, 0])
async def test_a_body_that_keeps_up_has_all_the_time(site: "WireFactory", rate: int) -> None:
    """240 bytes a second for 60 seconds; without a rate a byte a second will do."""
    site.policy = RequestPolicy(min_body_rate=rate)
    site.app.post("/", read)
    wire = site.connect()
    wire.feed(HEAD + b"\r\n")
    for _ in range(60):
        later(site, wire, 1)
        wire.feed(b"x" * (rate or 1))
    assert not wire.closed
    assert not wire.sent


async def test_a_fast_start_pays_for_a_slow_end(site: "WireFactory") -> None:
    """The rate is an average: 9,600 bytes at once are good for 40 seconds and the grace."""
    site.app.post("/", read)
    wire = site.connect()
    wire.feed(HEAD + b"\r\n")
    wire.feed(b"x" * 9600)
    for _ in range(44):
        later(site, wire, 1)
        wire.feed(b"x")
    assert not wire.sent
    later(site, wire, 2)
    await wire.until(lambda: wire.closed)
    assert wire.sent.startswith(b"HTTP/1.1 408 ")


async def test_the_time_in_which_nobody_reads_does_not_count(site: "WireFactory") -> None:
    """The server stops reading at 64 KiB; the client can't send, so it is not late."""
    go_on = site.app.shutdown  # any future that the test completes

    async def read_late(c: "Context", w: "Writer") -> None:
        await go_on
        await read(c, w)

    site.app.post("/", read_late)
    wire = site.connect()
    wire.feed(HEAD + b"\r\n", b"x" * 16000, b"x" * 16000, b"x" * 16000, b"x" * 16000, b"x" * 16000)
    assert not wire.transport.reading
    later(site, wire, 1000)
    site.app.signal_shutdown()
    await wire.until(lambda: wire.transport.reading)
    wire.feed(b"x" * 10000)
    assert (await wire.answer_to(b"x" * 10000)).endswith(b"100000")


async def test_a_client_that_waits_for_100_continue_is_not_late(site: "WireFactory") -> None:
    """Its time begins with our answer (RFC 9110, 10.1.1)."""
    go_on = site.app.shutdown

    async def read_late(c: "Context", w: "Writer") -> None:
        await go_on
        await read(c, w)

    site.app.post("/", read_late)
    wire = site.connect()
    wire.feed(HEAD + b"Expect: 100-continue\r\n\r\n")
    later(site, wire, 1000)
    assert not wire.closed
    site.app.signal_shutdown()
    await wire.until(lambda: wire.sent == b"HTTP/1.1 100 Continue\r\n\r\n")
    later(site, wire, 4)
    assert not wire.closed
    later(site, wire, 2)
    await wire.until(lambda: wire.closed)
    assert b"HTTP/1.1 408 " in wire.sent


async def test_a_client_that_expects_100_and_sends_all_the_same_is_timed(
    site: "WireFactory",
) -> None:
    site.app.post("/", read)
    wire = site.connect()
    wire.feed(HEAD + b"Expect: 100-continue\r\n\r\nx")
    later(site, wire, 6)
    await wire.until(lambda: wire.closed)
    assert b"HTTP/1.1 408 " in wire.sent


async def test_an_unread_body_that_drips_while_it_is_skipped_ends(site: "WireFactory") -> None:
    """The answer is out, and nobody reads; the connection is not held open by a byte a second."""
    site.app.post("/", refuse)
    wire = site.connect()
    wire.feed(HEAD.replace(b"100000", b"1000") + b"\r\n")
    await wire.until(lambda: not wire.protocol.is_busy)
    for _ in range(5):
        later(site, wire, 1)
        wire.feed(b"x")
    assert wire.sent.startswith(b"HTTP/1.1 403 ")
    assert not wire.closed
    later(site, wire, 1)
    assert wire.closed


async def test_each_body_of_a_connection_has_its_own_time(site: "WireFactory") -> None:
    site.app.post("/", read)
    wire = site.connect()
    short = HEAD.replace(b"100000", b"4") + b"\r\n"
    for _ in range(5):
        wire.feed(short)
        later(site, wire, 4)
        await wire.answer_to(b"body")
    assert wire.sent.count(b"HTTP/1.1 200 OK") == 5
