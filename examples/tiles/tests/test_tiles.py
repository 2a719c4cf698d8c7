"""The tiles example through its production bootstrap."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable

import pytest
from stario.testing import TestClient

type Painted = Callable[[str], dict[str, str]]

RED = {"colour": "red"}
NOT_A_COLOUR = "The signal `colour` is one of red, orange, yellow, green, teal, blue, purple, pink."


def signals(colour: str) -> dict[str, str]:
    """The query with which the Datastar client sends its signals in a GET."""
    return {"datastar": json.dumps({"colour": colour})}


async def next_board(events: AsyncIterator[dict[str, str]]) -> str:
    async with asyncio.timeout(5):
        event = await anext(events)
    assert event["event"] == "datastar-patch-elements"
    return event["data"]


def here(html: str) -> int:
    [count] = re.findall(r'<strong id="here">(\d+)</strong>', html)
    return int(count)


async def test_the_page_is_whole_and_loads_nothing_from_elsewhere(
    client: TestClient, painted: Painted
) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert painted(page.text) == {}
    assert "://" not in page.text
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(assets) == 3
    for asset in assets:
        answer = await client.get(asset)
        assert answer.status_code == 200
        assert not answer.history
        assert "immutable" in answer.headers.get("cache-control", "")


async def test_a_click_paints_and_the_same_click_wipes(
    client: TestClient, painted: Painted
) -> None:
    assert (await client.post("/click/17", json=RED)).status_code == 204
    assert painted((await client.get("/")).text) == {"2, 2": "red"}
    await client.post("/click/17", json={"colour": "blue"})
    assert painted((await client.get("/")).text) == {"2, 2": "blue"}
    await client.post("/click/17", json={"colour": "blue"})
    assert painted((await client.get("/")).text) == {}


async def test_a_stream_begins_with_the_board_and_goes_on_with_every_change(
    client: TestClient, painted: Painted
) -> None:
    await client.post("/click/0", json=RED)
    async with client.stream("GET", "/subscribe", params=signals("teal")) as stream:
        events = stream.iter_events()
        assert painted(await next_board(events)) == {"1, 1": "red"}
        await client.post("/click/191", json={"colour": "teal"})
        assert painted(await next_board(events)) == {"1, 1": "red", "12, 16": "teal"}


async def test_a_stream_sees_others_come_and_go(client: TestClient) -> None:
    async with client.stream("GET", "/subscribe", params=signals("red")) as stream:
        events = stream.iter_events()
        assert here(await next_board(events)) == 1
        async with client.stream("GET", "/subscribe", params=signals("red")):
            assert here(await next_board(events)) == 2
        assert here(await next_board(events)) == 1
    assert here((await client.get("/")).text) == 0


async def test_a_visitor_starts_with_the_colour_that_the_fewest_have(client: TestClient) -> None:
    async with client.stream("GET", "/subscribe", params=signals("red")) as stream:
        await next_board(stream.iter_events())
        assert """data-signals='{"colour":"orange"}'""" in (await client.get("/")).text
    assert """data-signals='{"colour":"red"}'""" in (await client.get("/")).text


@pytest.mark.parametrize(
    "tile", ["192", "-1", "1.5", "x", "01", "1_0", "%D9%A1", "9" * 5000, "0%2F1", "%20"]
)
async def test_a_tile_that_is_not_there_is_a_404(
    client: TestClient, painted: Painted, tile: str
) -> None:
    answer = await client.post(f"/click/{tile}", json=RED)
    assert (answer.status_code, answer.text) == (404, "There is no such tile: they are 0 to 191.")
    assert painted((await client.get("/")).text) == {}


@pytest.mark.parametrize(
    "body",
    [{}, {"colour": "black"}, {"colour": ""}, {"colour": None}, {"colour": 3}, {"colour": ["red"]}],
)
async def test_a_colour_that_is_none_is_a_400(
    client: TestClient, painted: Painted, body: dict[str, object]
) -> None:
    clicked = await client.post("/click/0", json=body)
    assert (clicked.status_code, clicked.text) == (400, NOT_A_COLOUR)
    opened = await client.get("/subscribe", params={"datastar": json.dumps(body)})
    assert (opened.status_code, opened.text) == (400, NOT_A_COLOUR)
    page = await client.get("/")
    assert (painted(page.text), here(page.text)) == ({}, 0)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"red"'])
async def test_signals_that_are_none_are_a_400(client: TestClient, body: bytes) -> None:
    answer = await client.post("/click/0", content=body)
    assert answer.status_code == 400


async def test_a_click_is_a_post(client: TestClient) -> None:
    answer = await client.get("/click/0")
    assert answer.status_code == 405
    assert answer.headers.get("allow") == "OPTIONS, POST"
