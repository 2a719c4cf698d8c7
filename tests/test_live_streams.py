"""What docs/explanation/live-streams.md promises, with the code that stands there."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pages
import pytest
import stario
import stario.testing
import workspace
from stario import Context, Writer
from stario.datastar import SSE

PAGE = workspace.ROOT / "docs" / "explanation" / "live-streams.md"
PATIENCE = 10.0  # seconds


@pytest.fixture
def names(tmp_path: Path) -> dict[str, Any]:
    """What the page defines."""
    return pages.run(pages.Page.read(PAGE), tmp_path)


@pytest.fixture
async def client(names: dict[str, Any]) -> AsyncGenerator[stario.testing.TestClient]:
    headers = {"accept-encoding": "identity"}
    async with stario.testing.TestClient(names["bootstrap"], headers=headers) as client:
        yield client
    for relay in (names["ROOMS"], names["TICKER"], names["CHAT"].relay):
        assert repr(relay) == "<Relay 0 active>"


async def shown(stream: AsyncIterator[dict[str, str]]) -> str:
    """Wait for the next event, and return the HTML in it."""
    async with asyncio.timeout(PATIENCE):
        return (await anext(stream))["data"].rpartition("elements ")[2]


async def test_a_room_shows_each_browser_its_own(
    client: stario.testing.TestClient, names: dict[str, Any]
) -> None:
    async with client.stream("GET", "/room/ada") as ada, client.stream("GET", "/room/bob") as bob:
        assert await shown(ada.iter_events()) == '<ul id="said"></ul>'
        assert await shown(bob.iter_events()) == '<ul id="said"></ul>'
        names["SAID"].append(("ada", "hello"))
        names["ROOMS"].publish("room.said", "hello")
        assert await shown(ada.iter_events()) == '<ul id="said"></ul>'
        assert await shown(bob.iter_events()) == '<ul id="said"><li>ada: hello</li></ul>'


async def test_a_ticker_shows_all_browsers_the_same(
    client: stario.testing.TestClient, names: dict[str, Any]
) -> None:
    names["set_price"]("tea", 3)
    tea = "<tr><td>tea</td><td>%d</td></tr>"
    async with client.stream("GET", "/ticker") as one, client.stream("GET", "/ticker") as two:
        for stream in (one, two):
            assert tea % 3 in await shown(stream.iter_events())
        names["set_price"]("tea", 4)
        for stream in (one, two):
            assert tea % 4 in await shown(stream.iter_events())


async def test_a_chat_replays_what_a_browser_missed(
    client: stario.testing.TestClient, names: dict[str, Any]
) -> None:
    async with client.stream("GET", "/chat") as stream:
        assert await shown(stream.iter_events()) == '<ol id="chat"></ol>'
        names["say"]("one")
        async with asyncio.timeout(PATIENCE):
            last = (await anext(stream.iter_events()))["id"]
    names["say"]("two")
    async with client.stream("GET", "/chat", headers={"last-event-id": last}) as stream:
        assert await shown(stream.iter_events()) == "<li>two</li>"
    for unknown in ("x", last.replace("-", "0-")):
        async with client.stream("GET", "/chat", headers={"last-event-id": unknown}) as stream:
            state = '<ol id="chat"><li>one</li><li>two</li></ol>'
            assert await shown(stream.iter_events()) == state


async def test_a_stream_of_the_test_client_pings_by_the_clock_of_the_server() -> None:
    app = stario.App()

    async def idle(c: Context, w: Writer) -> None:
        SSE(w, ping=0.01).open()
        await c.disconnect

    app.get("/", idle)
    headers = {"accept-encoding": "identity"}
    async with (
        stario.testing.TestClient(app, headers=headers) as client,
        client.stream("GET", "/") as stream,
        asyncio.timeout(PATIENCE),
    ):
        pieces = stream.iter_bytes()
        assert [await anext(pieces), await anext(pieces)] == [b": \n\n"] * 2


@pytest.mark.parametrize("path", ["/room/ada", "/ticker", "/chat"])
async def test_a_shutdown_ends_every_kind_of_stream_in_order(
    client: stario.testing.TestClient, path: str
) -> None:
    async with client.stream("GET", path) as stream, asyncio.timeout(PATIENCE):
        client.app.signal_shutdown()
        assert (await stream.body()).endswith(b"\n\n")
