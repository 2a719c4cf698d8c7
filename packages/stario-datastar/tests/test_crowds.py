"""A thousand browsers over real sockets, one of which stalls."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest
from stario.datastar import SSE, Event, Replay, events
from stario.http.config import RequestPolicy
from stario.http.connection.protocol import HttpProtocol
from stario.http.process.drain import drain
from stario.relay import PubSub, Relay

if TYPE_CHECKING:
    from conftest import Site
    from stario import Context, Writer

CROWD = 1000
AT_ONCE = 50  # connections that are opened together, so that no backlog is too short
PATIENCE = 30.0  # seconds until what never comes fails its test
BIG = 20_000
# What a connection holds for a slow browser before `publish` leaves it out, and one event more.
HELD = 64 * 1024 + BIG + 200
_MARK = b"event: "


class Reader(asyncio.Protocol):
    """A browser that counts events and keeps the end of what it read."""

    def __init__(self) -> None:
        self.count = 0
        self.end = b""
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        begun = self.end[-len(_MARK) + 1 :]
        self.count += (begun + data).count(_MARK)
        self.end = (self.end + data)[-BIG - 200 :]

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True


class Crowd:
    """A server on a port, and its browsers."""

    def __init__(self, site: "Site", port: int) -> None:
        self.site = site
        self._port = port
        self.readers: list[Reader] = []

    async def join(self, target: str) -> Reader:
        loop = asyncio.get_running_loop()
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", self._port))
        _, reader = await loop.create_connection(Reader, sock=client)
        reader.transport.write(f"GET {target} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
        self.readers.append(reader)
        return reader

    async def grow(self, count: int) -> None:
        for _ in range(count // AT_ONCE):
            await asyncio.gather(*(self.join("/") for _ in range(AT_ONCE)))

    def unsent(self) -> int:
        """The bytes that wait for the browser that takes the least."""
        return max(connection.unsent for connection in self.site.endpoint.connections)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - sockets are read elsewhere
            await asyncio.sleep(0.002)


@asynccontextmanager
async def crowd(site: "Site", relay: PubSub[Event]) -> AsyncGenerator[Crowd]:
    async def handler(c: "Context", w: "Writer") -> None:
        subjects = ("small", "big") if "big" in c.req.query else ("small",)
        await SSE(w).follow(c, relay, *subjects, first=event("state"))

    site.serve(handler)
    listener = socket.socket()
    # What is accepted inherits this: a small buffer of the kernel, which is soon full.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    listener.bind(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: HttpProtocol(site.endpoint), sock=listener, backlog=CROWD
    )
    people = Crowd(site, listener.getsockname()[1])
    try:
        yield people
    finally:
        server.close()
        for reader in people.readers:
            reader.transport.abort()
        await until(lambda: not site.endpoint.connections and not site.endpoint.tasks)


def event(text: str) -> Event:
    return events.patch_signals({"a": text})


@pytest.mark.parametrize("kind", ["relay", "replay"])
async def test_one_that_stalls_among_a_thousand_costs_the_others_nothing(
    site: "Site", kind: str
) -> None:
    """Nor the memory of the server; and it gets the newest of all when it reads again."""
    relay = Relay[Event]()
    followed: PubSub[Event] = relay if kind == "relay" else Replay(relay)
    async with crowd(site, followed) as people:
        slow = await people.join("/?big")
        await people.grow(CROWD)
        await until(lambda: all(reader.count == 1 for reader in people.readers))
        slow.transport.pause_reading()
        for number in range(100):
            followed.publish("big", event(f"{number:>{BIG}}"))
            if number % 10 == 0:
                followed.publish("small", event(f"<{number}>"))
            await asyncio.sleep(0)
            assert people.unsent() <= HELD
        others = [reader for reader in people.readers if reader is not slow]
        await until(lambda: all(reader.count == 11 for reader in others))
        assert all(b"<90>" in reader.end for reader in others)
        assert slow.count < 20
        slow.transport.resume_reading()
        await until(lambda: b" 99" in slow.end)
        # The state, and a few on the way; then the newest, or with a replay every one.
        assert slow.count == 111 if kind == "replay" else slow.count < 60
    assert repr(relay) == "<Relay 0 active>"
    assert not site.app.lifelines


async def test_a_shutdown_ends_a_crowd_in_order_and_in_time(site: "Site") -> None:
    relay = Relay[Event]()
    async with crowd(site, relay) as people:
        await people.grow(200)
        await until(lambda: all(reader.count == 1 for reader in people.readers))
        relay.publish("small", event("last"))
        site.app.signal_shutdown()
        urgent = asyncio.get_running_loop().create_future()
        report = await asyncio.wait_for(drain(site.app, site.endpoint, PATIENCE, urgent), PATIENCE)
        assert (report.force_closed, report.cancelled_tasks) == (0, 0)
        await until(lambda: all(reader.closed for reader in people.readers))
        assert all(reader.end.endswith(b"\n\n\r\n0\r\n\r\n") for reader in people.readers)
        assert all(reader.count == 2 for reader in people.readers)
    assert repr(relay) == "<Relay 0 active>"


async def test_one_that_stalls_does_not_hold_up_the_shutdown(site: "Site") -> None:
    relay = Relay[Event]()
    async with crowd(site, relay) as people:
        slow = await people.join("/?big")
        await until(lambda: slow.count == 1)
        slow.transport.pause_reading()
        for number in range(20):
            relay.publish("big", event(f"{number:>{BIG}}"))
            await asyncio.sleep(0)
        assert people.unsent() > 0
        site.app.signal_shutdown()
        urgent = asyncio.get_running_loop().create_future()
        report = await asyncio.wait_for(drain(site.app, site.endpoint, 0.2, urgent), PATIENCE)
        assert (report.force_closed, report.cancelled_tasks) == (0, 0)
        assert not site.endpoint.tasks
    assert repr(relay) == "<Relay 0 active>"


async def test_one_that_takes_nothing_is_closed_by_the_write_timeout(site: "Site") -> None:
    """Although its stream pings."""
    site.policy = RequestPolicy(write_timeout=0.2)
    relay = Relay[Event]()

    async def handler(c: "Context", w: "Writer") -> None:
        await SSE(w, ping=0.01).follow(c, relay, "big")

    async with crowd(site, relay) as people:
        site.app.get("/pinged", handler)
        slow = await people.join("/pinged")
        await until(lambda: repr(relay) == "<Relay 0 active, 1 listening>")
        slow.transport.pause_reading()
        async with asyncio.timeout(PATIENCE):
            while site.endpoint.connections:
                relay.publish("big", event("x" * BIG))
                await asyncio.sleep(0.001)
    assert repr(relay) == "<Relay 0 active>"
