"""The board through its production bootstrap; the fixture `client` comes with stario-testing."""

import re

import pytest
from stario.testing import TestClient


async def test_the_page_is_whole_and_so_are_its_files(client: TestClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert '<strong id="count">0</strong>' in page.text
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(assets) == 3
    for asset in assets:
        assert (await client.get(asset)).status_code == 200


async def test_a_note_shows_on_every_open_page(client: TestClient) -> None:
    ada, bob = await client.page("/"), await client.page("/")
    async with ada.stream(), bob.stream():
        ada.fill("#text", "Hello, Bob")
        await ada.click("#pin")
        await bob.until(lambda page: page.text("#note-1") == "Hello, Bob")
        await ada.until(lambda page: page.text("#count") == "1")
        assert ada.signals["text"] == ""


async def test_a_stream_begins_with_the_board_as_it_is(client: TestClient) -> None:
    await client.post("/notes", json={"text": "first"})
    async with client.sse("/subscribe") as events:
        assert '<li id="note-1">first</li>' in ((await events.next()).elements or "")
        await client.post("/notes", json={"text": "second"})
        assert '<li id="note-2">second</li>' in ((await events.next()).elements or "")


async def test_what_somebody_writes_stays_text(client: TestClient) -> None:
    await client.post("/notes", json={"text": "<script>alert(1)</script>"})
    assert (await client.page("/")).text("#note-1") == "<script>alert(1)</script>"


@pytest.mark.parametrize("text", ["", " \n", "x" * 201])
async def test_the_form_says_what_is_wrong_with_a_note(client: TestClient, text: str) -> None:
    page = await client.page("/")
    page.fill("#text", text)
    await page.click("#pin")
    assert page.text("#problem") == "A note has 1 to 200 characters."
    assert page.signals["text"] == text
    assert (await client.page("/")).text("#count") == "0"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"text": ["a"]}', b"\xff"])
async def test_what_no_page_would_send_is_refused(client: TestClient, body: bytes) -> None:
    answer = await client.post("/notes", content=body)
    assert answer.status_code == 400
    assert (await client.page("/")).text("#count") == "0"
