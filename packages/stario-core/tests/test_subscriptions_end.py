"""No subscription outlives its handler, in whichever way the handler ends."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario import HttpException, Relay

if TYPE_CHECKING:
    from conftest import Wire, WireFactory
    from stario import Context, Handler, Writer

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def relay() -> Relay[str]:
    return Relay()


def active(relay: Relay[str]) -> int:
    return int(repr(relay).split()[1])


async def serve(site: "WireFactory", handler: "Handler") -> "Wire":
    """Send a request, and let the handler come to its first wait."""
    site.app.get("/", handler)
    wire = site.connect()
    wire.feed(GET)
    await asyncio.sleep(0)
    return wire


async def ended(relay: Relay[str], wire: "Wire") -> None:
    await wire.until(lambda: not wire.protocol.is_busy)
    assert active(relay) == 0


async def read(relay: Relay[str]) -> None:
    async with relay.subscribe("a") as sub:
        await sub.receive()


async def feed(relay: Relay[str]) -> AsyncIterator[str]:
    async with relay.subscribe("a") as sub:
        async for _, text in sub:
            yield text


def live(relay: Relay[str], *, latest: bool = False) -> "Handler":
    """A handler that sends what comes for as long as the client is there."""

    async def handler(c: "Context", w: "Writer") -> None:
        async with relay.subscribe("a.*", f"user.{id(c)}", latest=latest) as sub:
            async for _, text in c.alive(sub):
                w.write(text.encode())

    return handler


async def test_a_handler_that_returns(site: "WireFactory", relay: Relay[str]) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async with relay.subscribe("a", "b.*", "c.*"):
            assert active(relay) == 1
            responses.text(w, "done")

    await ended(relay, await serve(site, handler))


@pytest.mark.parametrize("error", [ZeroDivisionError(), HttpException(404), SystemError()])
async def test_a_handler_that_raises(
    site: "WireFactory", relay: Relay[str], error: Exception
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async with relay.subscribe("a"):
            await asyncio.sleep(0)
            raise error

    await ended(relay, await serve(site, handler))


async def test_a_handler_that_is_cancelled(site: "WireFactory", relay: Relay[str]) -> None:
    tasks: list[asyncio.Task[None] | None] = []

    async def handler(c: "Context", w: "Writer") -> None:
        tasks.append(asyncio.current_task())
        await read(relay)

    wire = await serve(site, handler)
    assert active(relay) == 1
    [task] = tasks
    assert task is not None
    task.cancel()
    await ended(relay, wire)


@pytest.mark.parametrize("latest", [False, True])
async def test_a_stream_whose_client_leaves(
    site: "WireFactory", relay: Relay[str], latest: bool
) -> None:
    wire = await serve(site, live(relay, latest=latest))
    relay.publish("a.b", "x")
    await wire.until(lambda: b"x" in wire.sent)
    wire.leave()
    await ended(relay, wire)


async def test_a_stream_that_looks_at_no_client_ends_with_the_next_message(
    site: "WireFactory", relay: Relay[str]
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async with relay.subscribe("a") as sub:
            while True:
                w.write((await sub.receive())[1].encode())

    wire = await serve(site, handler)
    wire.leave()
    relay.publish("a", "x")
    await ended(relay, wire)


async def test_a_stream_when_the_app_stops(site: "WireFactory", relay: Relay[str]) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async with c.alive():
            await read(relay)
        w.write(b"over")

    wire = await serve(site, handler)
    assert active(relay) == 1
    site.app.signal_shutdown()
    await ended(relay, wire)
    assert b"over" in wire.sent


async def test_a_generator_that_is_left_in_the_middle(
    site: "WireFactory", relay: Relay[str]
) -> None:
    """Nobody closes it: the loop does when it is collected."""

    async def handler(c: "Context", w: "Writer") -> None:
        async for text in feed(relay):
            responses.text(w, text)
            break

    wire = await serve(site, handler)
    relay.publish("a", "x")
    await wire.until(lambda: not wire.protocol.is_busy)
    gc.collect()
    await wire.until(lambda: active(relay) == 0)


async def test_a_generator_that_is_left_with_alive_around_it(
    site: "WireFactory", relay: Relay[str]
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async for text in c.alive(feed(relay)):
            w.write(text.encode())

    wire = await serve(site, handler)
    relay.publish("a", "x")
    await wire.until(lambda: b"x" in wire.sent)
    wire.leave()
    await ended(relay, wire)


async def test_a_subscription_that_was_never_entered(
    site: "WireFactory", relay: Relay[str]
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        relay.subscribe("a")
        responses.text(w, "done")

    await ended(relay, await serve(site, handler))


async def test_a_reader_in_a_task_of_the_handler(site: "WireFactory", relay: Relay[str]) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async with c.alive(), asyncio.TaskGroup() as group:
            group.create_task(read(relay))
            group.create_task(read(relay))

    wire = await serve(site, handler)
    await asyncio.sleep(0)
    assert active(relay) == 2
    wire.leave()
    await ended(relay, wire)


async def test_a_crowd_that_comes_and_goes_leaves_nothing(
    site: "WireFactory", relay: Relay[str]
) -> None:
    site.app.get("/", live(relay))
    for _ in range(5):
        wires = [site.connect() for _ in range(100)]
        for wire in wires:
            wire.feed(GET)
        relay.publish("a.b", "x")
        assert active(relay) == 100
        for wire in wires:
            wire.leave()
        for wire in wires:
            await wire.until(lambda wire=wire: not wire.protocol.is_busy)
    assert not relay._inboxes.exact
    assert not relay._inboxes.below
