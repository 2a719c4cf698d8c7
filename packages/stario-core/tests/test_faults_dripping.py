"""Clients that send a byte now and then: closed in time with the default settings, in made-up time.

The clock of the server is moved by hand, so that twelve seconds pass at once.
"""

import asyncio
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses

if TYPE_CHECKING:
    from conftest import Wire, WireFactory
    from stario import Context, Writer
    from stario.http.context import Handler

CONNECTIONS = 50
SECONDS = 12
TICK = 0.5

HEADS = {
    "nothing": b"",
    "request line": b"GET / HT",
    "headers": b"GET / HTTP/1.1\r\nHost: a\r\nx: ",
    "second request": b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /",
}
BODIES = {
    "declared": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", b"y"),
    "one-byte chunks": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\ny\r\n",
    ),
    "one chunk": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"y",
    ),
    "chunk extension": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"y",
    ),
}


async def read(c: "Context", w: "Writer") -> None:
    responses.text(w, str(len(await c.req.body())))


async def stream(c: "Context", w: "Writer") -> None:
    size = 0
    async for piece in c.req.stream():
        size += len(piece)
    responses.text(w, str(size))


async def ignore(_c: "Context", w: "Writer") -> None:
    responses.text(w, "early")


def connected(site: "WireFactory", begin: bytes) -> "list[Wire]":
    site.endpoint.clock.close()
    wires = [site.connect() for _ in range(CONNECTIONS)]
    for wire in wires:
        if begin:
            wire.feed(begin)
    return wires


async def let_pass(site: "WireFactory", seconds: float) -> None:
    """Move the clock tick by tick, and let the loop do what is due."""
    endpoint = site.endpoint
    clock = endpoint.clock
    for _ in range(int(seconds / TICK)):
        clock.now += TICK
        clock.idle_deadline += TICK
        for connection in list(endpoint.connections):
            connection.check(clock.now)
        for _ in range(5):
            await asyncio.sleep(0)


async def drip(site: "WireFactory", wires: "list[Wire]", drop: bytes, seconds: int) -> None:
    """Send a little each second on every connection that is still open."""
    for _ in range(seconds):
        for wire in wires:
            if drop and not wire.closed and wire.transport.reading:
                wire.feed(drop)
        await let_pass(site, 1)


@pytest.mark.parametrize("begin", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("drop", [b"", b"y"], ids=["silent", "dripping"])
async def test_heads_that_drip_are_closed_in_time(
    site: "WireFactory", begin: bytes, drop: bytes
) -> None:
    """A byte now and then buys no time."""
    site.app.get("/", ignore)
    wires = connected(site, begin)
    await drip(site, wires, drop if begin else b"", SECONDS)
    assert [wire.closed for wire in wires] == [True] * CONNECTIONS
    await let_pass(site, 3)
    assert not site.endpoint.connections


@pytest.mark.parametrize("handler", [read, stream, ignore])
@pytest.mark.parametrize(("begin", "drop"), BODIES.values(), ids=BODIES)
async def test_bodies_that_drip_are_closed_in_time(
    site: "WireFactory", begin: bytes, drop: bytes, handler: "Handler"
) -> None:
    """Who reads them answers 408, unless it answered before."""
    site.app.post("/", handler)
    wires = connected(site, begin)
    await drip(site, wires, drop, SECONDS)
    assert [wire.closed for wire in wires] == [True] * CONNECTIONS
    assert {wire.sent[:12] for wire in wires} <= {
        b"HTTP/1.1 200" if handler is ignore else b"HTTP/1.1 408"
    }
    await let_pass(site, 3)
    assert not site.endpoint.connections
    assert not site.endpoint.tasks


@pytest.mark.parametrize("handler", [read, stream])
async def test_a_body_that_comes_fast_enough_may_take_its_time(
    site: "WireFactory", handler: "Handler"
) -> None:
    """A phone in a tunnel is no attacker: 500 bytes a second are let be for two minutes."""
    site.app.post("/", handler)
    wires = connected(site, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
    await drip(site, wires, b"y" * 500, 120)
    assert {wire.sent[-5:] for wire in wires} == {b"60000"}


async def test_a_handler_that_is_slow_to_read_is_not_the_fault_of_its_client(
    site: "WireFactory",
) -> None:
    """While reading is paused, nobody counts what does not come."""
    gate = asyncio.Event()

    async def slow(c: "Context", w: "Writer") -> None:
        await gate.wait()
        await read(c, w)

    site.app.post("/", slow)
    wires = connected(site, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
    sent = 0
    while wires[-1].transport.reading:
        for wire in wires:
            wire.feed(b"y" * 10_000)
        sent += 10_000
    await let_pass(site, 120)
    assert not any(wire.closed for wire in wires)
    gate.set()
    await let_pass(site, 2 * TICK)
    for wire in wires:
        assert wire.transport.reading
        wire.feed(b"y" * (200_000 - sent))
    await let_pass(site, 2 * TICK)
    assert {wire.sent[-6:] for wire in wires} == {b"200000"}
