"""The lobby through the production bootstrap: rooms, counts, and those who rename themselves."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from stario.testing import TestClient
from stario.testing.page.page import Page

type Another = Callable[[], AbstractAsyncContextManager[TestClient]]

DATASTAR = {"datastar-request": "true"}
EVIL = "</h2><script>alert(1)</script> \"'& $title"


def rooms(page: Page) -> list[str]:
    return [one.text for one in page.all("#rooms h2")]


def counts(page: Page) -> list[str]:
    return [one.text for one in page.all("#rooms .count")]


async def create(client: TestClient, title: str) -> str:
    """Create a room as a browser without scripts does, and return its URL."""
    answer = await client.post("/rooms", data={"title": title}, follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers.get("location", "")


async def test_a_fresh_lobby_has_a_room_to_begin_in(client: TestClient) -> None:
    page = await client.page("/")
    assert rooms(page) == ["Welcome"]
    assert counts(page) == ["empty"]
    assert page.attr("#rooms a", "href") == "/rooms/welcome"


async def test_a_new_room_is_seen_by_all_and_opens_for_who_made_it(
    client: TestClient, another: Another
) -> None:
    async with another() as other:
        ada, bob = await client.page("/"), await other.page("/")
        async with bob.stream():
            ada.fill("#title", "  Tea \n and  cake ")
            await ada.submit(".create")
            await bob.until(lambda page: "Tea and cake" in rooms(page))
        [url] = ada.navigations
        assert (await other.get(url)).status_code == 200
        assert url == bob.all("#rooms a")[rooms(bob).index("Tea and cake")].attrs["href"]


async def test_the_counts_follow_who_comes_and_goes(client: TestClient, another: Another) -> None:
    page = await client.page("/")
    async with another() as other, page.stream():
        async with other.sse("/rooms/welcome/subscribe"), other.sse("/rooms/welcome/subscribe"):
            await page.until(lambda page: counts(page) == ["1 person"])
            async with client.sse("/rooms/welcome/subscribe"):
                await page.until(lambda page: counts(page) == ["2 people"])
        await page.until(lambda page: counts(page) == ["empty"])


async def test_the_room_in_which_something_was_said_last_is_the_first(client: TestClient) -> None:
    tea = await create(client, "Tea")
    page = await client.page("/")
    assert rooms(page) == ["Tea", "Welcome"]
    async with page.stream():
        await client.post("/rooms/welcome/send", json={"text": "Hello"})
        await page.until(lambda page: rooms(page) == ["Welcome", "Tea"])
        assert page.text("#rooms .last").endswith("Hello")
        await client.post(f"{tea}/send", json={"text": "Milk?"})
        await page.until(lambda page: rooms(page) == ["Tea", "Welcome"])


async def test_a_rename_is_seen_in_all_pages_of_the_person_and_by_others(
    client: TestClient, another: Another
) -> None:
    await client.post("/rooms/welcome/send", json={"text": "Hello"})
    async with another() as other:
        lobby, room = await client.page("/"), await client.page("/rooms/welcome")
        bob = await other.page("/rooms/welcome")
        async with lobby.stream(), room.stream(), bob.stream():
            lobby.fill("#name", "Ada")
            await lobby.submit(".renaming form")
            assert lobby.signals["name"] == "Ada"
            assert lobby.signals["_renaming"] is False
            for page in (lobby, room):
                await page.until(lambda page: page.text("#me bdi") == "Ada")
            await bob.until(lambda page: page.text(".by bdi") == "Ada")
            await bob.until(lambda page: "Ada" in [one.text for one in page.all("#here bdi")])
        assert bob.text("#me bdi") != "Ada"


async def test_who_has_no_name_gets_one_that_stays(client: TestClient, another: Another) -> None:
    name = (await client.page("/")).text("#me bdi")
    assert len(name.split()) == 2
    assert (await client.page("/rooms/welcome")).text("#me bdi") == name
    async with another() as other:
        assert list(other.cookies.values()) != list(client.cookies.values())


# What a browser should not send


@pytest.mark.parametrize("title", ["", "   ", "\n", "\u200b", "\x07"])
async def test_a_room_without_a_name_is_refused_at_the_form(client: TestClient, title: str) -> None:
    page = await client.page("/")
    page.fill("#title", title)
    await page.submit(".create")
    assert page.text(".create .error") == "Please give the room a name."
    assert page.navigations == []
    assert rooms(await client.page("/")) == ["Welcome"]


async def test_a_name_that_is_too_long_is_refused_at_its_form(client: TestClient) -> None:
    page = await client.page("/")
    page.fill("#title", "x" * 61)
    page.fill("#name", "x" * 33)
    await page.submit(".create")
    await page.submit(".renaming form")
    assert page.text(".create .error") == "Please use at most 60 characters."
    assert page.text(".renaming .error") == "Please use at most 32 characters."
    assert page.signals["title"] == "x" * 61


@pytest.mark.parametrize("title", ["welcome", "WELCOME", " Welcome "])
async def test_a_room_of_the_same_name_is_refused(client: TestClient, title: str) -> None:
    page = await client.page("/")
    page.fill("#title", title)
    await page.submit(".create")
    assert page.text(".create .error") == "There is a room of this name."


async def test_there_are_no_more_rooms_than_are_configured(
    client: TestClient, database: Path
) -> None:
    for title in "abc":
        await create(client, title)
    answer = await client.post("/rooms", data={"title": "d"}, headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert "There are 4 rooms already" in answer.text
    with sqlite3.connect(database) as file:
        assert file.execute("SELECT count(*) FROM rooms").fetchone() == (4,)
    file.close()


async def test_markup_in_the_name_of_a_room_stays_text(client: TestClient) -> None:
    url = await create(client, EVIL)
    lobby, room = await client.page("/"), await client.page(url)
    assert EVIL in rooms(lobby)
    assert room.text("h1") == EVIL
    assert room.text("title") == f"{EVIL} · Chat"
    for page in (lobby, room):
        assert len(page.all("script")) == 1


@pytest.mark.parametrize("name", ["'); DROP TABLE rooms; --", "\\", '" OR 1=1', "%00", "🦋" * 32])
async def test_odd_names_are_names(client: TestClient, name: str) -> None:
    await client.post("/people/me/name", json={"name": name})
    page = await client.page("/")
    assert page.text("#me bdi") == name
    assert rooms(page) == ["Welcome"]


@pytest.mark.parametrize("name", ["", "  ", "\u2060", "\x1b", "a\x00b"])
async def test_a_person_without_a_name_keeps_the_old_one(client: TestClient, name: str) -> None:
    await client.post("/people/me/name", json={"name": "Ada"})
    answer = await client.post("/people/me/name", json={"name": name})
    assert answer.status_code == 400
    assert (await client.page("/")).text("#me bdi") == "Ada"


# Who acts


ACTIONS: list[tuple[str, str, dict[str, str] | None]] = [
    ("POST", "/rooms", {"title": "x"}),
    ("POST", "/people/me/name", {"name": "x"}),
    ("POST", "/rooms/welcome/send", {"text": "x"}),
    ("POST", "/rooms/welcome/typing", {}),
    ("GET", "/rooms/welcome/subscribe", None),
    ("GET", "/subscribe", None),
]


@pytest.mark.parametrize(("method", "url", "signals"), ACTIONS)
@pytest.mark.parametrize("cookie", [None, "", "x", "A" * 32, "0" * 31, "0" * 4000, "../../etc"])
async def test_who_has_opened_no_page_cannot_act(
    client: TestClient, method: str, url: str, signals: object, cookie: str | None
) -> None:
    client.cookies.clear()
    cookies = {} if cookie is None else {"chat_person": cookie}
    answer = await client.request(method, url, json=signals, cookies=cookies)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert rooms(await client.page("/")) == ["Welcome"]


@pytest.mark.parametrize(("method", "url", "signals"), ACTIONS)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_what_another_site_sends_is_refused(
    client: TestClient, method: str, url: str, signals: object, site: str
) -> None:
    answer = await client.request(method, url, json=signals, headers={"sec-fetch-site": site})
    assert answer.status_code == 403
    assert rooms(await client.page("/")) == ["Welcome"]


async def test_the_cookie_is_a_secret_that_no_page_shows(
    client: TestClient, another: Another
) -> None:
    secret = client.cookies["chat_person"]
    await client.post("/rooms/welcome/send", json={"text": "Hello"})
    async with another() as other, client.sse("/rooms/welcome/subscribe"):
        for url in ("/", "/rooms/welcome"):
            assert secret not in (await client.get(url)).text
            assert secret not in (await other.get(url)).text


@pytest.mark.parametrize(("scheme", "is_secure"), [("http", False), ("https", True)])
async def test_the_cookie_is_for_this_site_and_for_no_script(
    client: TestClient, scheme: str, is_secure: bool
) -> None:
    client.cookies.clear()
    answer = await client.get(f"{scheme}://testserver/")
    line = answer.headers.get("set-cookie", "")
    assert "HttpOnly" in line
    assert "SameSite=lax" in line
    assert ("Secure" in line) is is_secure
    assert answer.headers.get("cache-control") == "no-store"
