"""The hello-world example through its production bootstrap."""

import re

import pytest
from stario.testing import TestClient

REFUSED = "The signal `step` is a number from 1 to 10."


async def test_the_page_is_whole_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = await client.get("/")
    assert ">Hello, world</h1>" in page.text
    assert '<output id="count">0</output>' in page.text
    assert "://" not in page.text
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(assets) == 3
    for asset in assets:
        assert (await client.get(asset)).status_code == 200


async def test_a_click_adds_the_step_and_patches_the_number(client: TestClient) -> None:
    page = await client.page("/")
    await page.click("#add")
    page.signals["step"] = 4
    await page.click("#add")
    assert page.text("#count") == "5"


async def test_the_number_is_that_of_everybody(client: TestClient) -> None:
    ada, bob = await client.page("/"), await client.page("/")
    await ada.click("#add")
    await bob.click("#add")
    assert bob.text("#count") == "2"
    assert (await client.page("/")).text("#count") == "2"


async def test_the_answer_is_one_patch_of_one_element(client: TestClient) -> None:
    answer = await client.post("/count", json={"step": 1})
    assert answer.headers.get("content-type") == "text/event-stream"
    assert answer.text == (
        'event: datastar-patch-elements\ndata: elements <output id="count">1</output>\n\n'
    )


@pytest.mark.parametrize("step", [0, 11, -1, 1.5, "1", None, [1], 10**400])
async def test_a_step_that_the_page_cannot_choose_changes_nothing(
    client: TestClient, step: object
) -> None:
    answer = await client.post("/count", json={"step": step})
    assert (answer.status_code, answer.text) == (400, REFUSED)
    assert (await client.page("/")).text("#count") == "0"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"{", b'{"step": NaN}', b"\xff"])
async def test_what_are_no_signals_changes_nothing(client: TestClient, body: bytes) -> None:
    answer = await client.post("/count", content=body)
    assert answer.status_code == 400
    assert (await client.page("/")).text("#count") == "0"


async def test_a_link_does_not_count(client: TestClient) -> None:
    answer = await client.get("/count")
    assert answer.status_code == 405
    assert answer.headers.get("allow") == "OPTIONS, POST"
