"""The dashboard through its production bootstrap."""

import re
from collections.abc import Callable

import pytest
from stario.exceptions import StarioError
from stario.http.bootstrap import Bootstrap
from stario.testing import SseEvent, TestClient

NUMBERS = re.compile(r'data-sample="(\d+)"')


def number(event: SseEvent) -> int:
    """Which sample an event shows."""
    found = NUMBERS.search(event.elements or "")
    assert found is not None
    return int(found[1])


async def test_the_page_is_whole_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = await client.page("/")
    assert page.text("h1") == "Dashboard"
    assert int(page.text("#orders")) > 0
    html = (await client.get("/")).text
    assert "://" not in html
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    assert len(assets) == 3
    for asset in assets:
        assert (await client.get(asset)).status_code == 200


async def test_a_stream_begins_with_the_newest_sample_and_goes_on_with_every_one(
    client: TestClient,
) -> None:
    async with client.sse("/subscribe") as events:
        first, second, third = [number(event) for event in await events.take(3)]
    assert first >= 1
    assert (second, third) == (first + 1, first + 2)


async def test_two_viewers_get_the_same_bytes_of_a_sample(client: TestClient) -> None:
    async with client.sse("/subscribe") as ada, client.sse("/subscribe") as bob:
        seen = {number(event): event.data for event in await ada.take(8)}
        same = [event for event in await bob.take(8) if number(event) in seen]
    assert len(same) >= 6
    for event in same:
        assert event.data == seen[number(event)]


async def test_viewers_are_counted_while_they_watch(client: TestClient) -> None:
    def shows(count: int) -> Callable[[SseEvent], bool]:
        return lambda event: f'id="viewers">{count}<' in (event.elements or "")

    async with client.sse("/subscribe") as ada:
        await ada.until(shows(1))
        async with client.sse("/subscribe"):
            await ada.until(shows(2))
        await ada.until(shows(1))


async def test_the_chart_moves_on_without_anybody_watching(client: TestClient) -> None:
    async with client.sse("/subscribe") as events:
        before = number(await events.next())
    async with client.sse("/subscribe") as events:
        await events.until(lambda event: number(event) >= before + 5)


async def test_a_board_has_a_bound(client: TestClient) -> None:
    async with client.sse("/subscribe") as events:
        event = await events.until(lambda event: number(event) > 100, timeout=30)
    points = re.findall(r'class="line" points="([^"]+)"', event.elements or "")
    assert [len(line.split()) for line in points] == [90] * 6


@pytest.mark.parametrize("value", ["0", "-1", "61", "soon", "nan"])
async def test_an_interval_out_of_range_ends_the_start_with_a_sentence(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("DASHBOARD_INTERVAL", value)
    with pytest.raises(StarioError, match="DASHBOARD_INTERVAL"):
        async with TestClient(bootstrap):
            pass


async def test_other_methods_and_paths_are_refused(client: TestClient) -> None:
    assert (await client.post("/subscribe")).status_code == 405
    assert (await client.get("/subscribe/more")).status_code == 404
