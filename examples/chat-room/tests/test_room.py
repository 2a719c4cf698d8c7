"""A room through the production bootstrap: what is said, who is there, who types."""

import json
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from stario.http.bootstrap import Bootstrap
from stario.testing import TestClient
from stario.testing.page.page import Page

type Another = Callable[[], AbstractAsyncContextManager[TestClient]]

ROOM = "/rooms/welcome"
DATASTAR = {"datastar-request": "true"}
EVIL = "</li><script>alert(1)</script><img src=x onerror=alert(1)> $_lost @post('/x') \"'&"


@asynccontextmanager
async def open_room(client: TestClient, url: str = ROOM) -> AsyncGenerator[Page]:
    """A page of the room whose stream is on: it shows that its visitor is there."""
    page = await client.page(url)
    me = page.text("#me bdi")
    async with page.stream():
        await page.until(lambda page: me in here(page))
        yield page


def here(page: Page) -> list[str]:
    return [one.text for one in page.all("#here bdi")]


def said(page: Page) -> list[str]:
    return [one.text for one in page.all(".message .text")]


async def say(client: TestClient, text: str, url: str = ROOM) -> None:
    answer = await client.post(f"{url}/send", json={"text": text}, headers=DATASTAR)
    assert answer.status_code == 200
    assert '"text":""' in answer.text


async def rename(client: TestClient, name: str) -> None:
    answer = await client.post("/people/me/name", json={"name": name}, headers=DATASTAR)
    assert answer.status_code == 200


async def test_the_page_is_whole_before_any_script_and_loads_nothing_from_elsewhere(
    client: TestClient,
) -> None:
    await rename(client, "Ada")
    await say(client, "Hello")
    page = await client.page(ROOM)
    assert said(page) == ["Hello"]
    assert page.text(".by bdi") == "Ada"
    assert page.text("h1") == "Welcome"
    html = page.response.text
    assert "://" not in html
    for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', html):
        answer = await client.get(asset)
        assert answer.status_code == 200
        assert "immutable" in answer.headers.get("cache-control", "")


async def test_two_people_see_what_each_other_says(client: TestClient, another: Another) -> None:
    async with another() as other, open_room(client) as ada, open_room(other) as bob:
        await say(client, "Hello")
        await bob.until(lambda page: said(page) == ["Hello"])
        await say(other, "Hi!\r\n\r\n\r\n\r\nHow are you?  ")
        for person in (ada, bob):
            await person.until(lambda page: said(page) == ["Hello", "Hi! How are you?"])
        assert "Hi!\n\nHow are you?</p>" in ada.html("#messages")
        assert [one.attrs["class"] for one in ada.all(".message")] == ["message mine", "message"]
        assert [one.attrs["class"] for one in bob.all(".message")] == ["message", "message mine"]
        assert ada.complaints == bob.complaints == []


async def test_messages_of_one_person_that_follow_each_other_stand_together(
    client: TestClient,
) -> None:
    await say(client, "One")
    await say(client, "Two")
    page = await client.page(ROOM)
    assert [one.attrs["class"] for one in page.all(".message")] == [
        "message mine",
        "message mine follows",
    ]


async def test_what_is_said_in_one_room_is_not_heard_in_another(client: TestClient) -> None:
    created = await client.post("/rooms", data={"title": "Quiet"}, follow_redirects=False)
    quiet = created.headers.get("location", "")
    async with open_room(client, quiet) as page:
        await say(client, "Loud")
        await say(client, "Soft", quiet)
        await page.until(lambda page: said(page) == ["Soft"])


async def test_a_stream_begins_with_what_was_said_while_it_was_not_there(
    client: TestClient, another: Another
) -> None:
    page = await client.page(ROOM)
    assert said(page) == []
    async with another() as other:
        await say(other, "You missed this")
        async with page.stream():
            await page.until(lambda page: said(page) == ["You missed this"])
        await say(other, "And this")
        async with page.stream():
            await page.until(lambda page: said(page) == ["You missed this", "And this"])


async def test_a_room_keeps_the_newest_messages_and_drops_the_others(
    client: TestClient, database: Path
) -> None:
    for number in range(8):
        await say(client, str(number))
    assert said(await client.page(ROOM)) == ["3", "4", "5", "6", "7"]
    with sqlite3.connect(database) as file:
        assert file.execute("SELECT count(*) FROM messages").fetchone() == (5,)
    file.close()


async def test_messages_and_names_survive_a_restart(bootstrap: Bootstrap, database: Path) -> None:
    async with TestClient(bootstrap) as client:
        await client.get("/")
        await rename(client, "Ada")
        await say(client, "Still here?")
        cookies = client.cookies.copy()
    async with TestClient(bootstrap, cookies=cookies) as client:
        page = await client.page(ROOM)
        assert said(page) == ["Still here?"]
        assert page.text(".by bdi") == page.text("#me bdi") == "Ada"
        assert here(page) == []


# Who is here


async def test_a_person_is_here_as_long_as_a_stream_is_open(
    client: TestClient, another: Another
) -> None:
    async with another() as other, open_room(client) as ada:
        await rename(other, "Bob")
        async with open_room(other):
            await ada.until(lambda page: "Bob" in here(page))
            assert "Bob" in ada.text("#doing")
            assert "came in" in ada.text("#doing")
        await ada.until(lambda page: "Bob" not in here(page))
        assert "left" in ada.text("#doing")
        assert ada.text("#here strong") == "1"


async def test_two_tabs_of_one_person_are_one_person(client: TestClient, another: Another) -> None:
    async with another() as other, open_room(other) as bob, open_room(client) as first:
        assert len(here(first)) == 2
        async with open_room(client) as second:
            await say(client, "From both")
            await second.until(lambda page: said(page) == ["From both"])
            assert len(here(second)) == 2
        # Whoever leaves after the tab is gone after it, too.
        async with another() as third, open_room(third):
            await bob.until(lambda page: len(here(page)) == 3)
        await bob.until(lambda page: len(here(page)) == 2)
        assert first.text("#me bdi") in here(bob)


async def test_a_reload_is_no_leave(
    bootstrap: Bootstrap, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_LEAVE_AFTER", "60")
    async with TestClient(bootstrap) as client:
        await client.get("/")
        async with TestClient(client.app, owns_shutdown=False) as other:
            await other.get("/")
            await rename(other, "Bob")
            async with open_room(client) as ada:
                async with open_room(other):
                    await ada.until(lambda page: "Bob" in here(page))
                async with open_room(other):
                    await say(other, "Back again")
                    await ada.until(lambda page: said(page) == ["Back again"])
                    assert here(ada).count("Bob") == 1
                    assert "left" not in ada.text("#doing")


async def test_a_client_that_is_cut_off_in_the_middle_leaves_the_room(
    client: TestClient, another: Another
) -> None:
    async with (
        another() as other,
        open_room(client) as ada,
        other.stream("GET", f"{ROOM}/subscribe") as stream,
    ):
        await ada.until(lambda page: len(here(page)) == 2)
        stream.disconnect.set_result(None)
        await ada.until(lambda page: len(here(page)) == 1)


async def test_nothing_is_left_behind_by_those_who_left(
    bootstrap: Bootstrap, database: Path, no_leaks: None
) -> None:
    async with TestClient(bootstrap) as client:
        await client.get("/")
        for _ in range(3):
            async with open_room(client):
                await client.post(f"{ROOM}/typing", json={}, headers=DATASTAR)


# Typing


async def test_others_see_that_somebody_types_until_the_message_is_there(
    client: TestClient, another: Another
) -> None:
    async with another() as other, open_room(client) as ada:
        await rename(other, "Bob")
        async with open_room(other) as bob:
            assert (await bob.post(f"{ROOM}/typing", payload={})).status_code == 204
            await ada.until(lambda page: "Bob\u2069 is typing…" in page.text("#doing"))
            assert "typing" not in bob.text("#doing")
            await say(other, "Done")
            await ada.until(lambda page: "typing" not in page.text("#doing"))


async def test_who_stops_typing_is_not_shown_for_long(
    bootstrap: Bootstrap, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_TYPING_FOR", "0.1")
    async with TestClient(bootstrap) as client:
        await client.get("/")
        async with TestClient(client.app, owns_shutdown=False) as other:
            await other.get("/")
            async with open_room(client) as ada, open_room(other) as bob:
                await bob.post(f"{ROOM}/typing", payload={})
                await ada.until(lambda page: "typing" in page.text("#doing"))
                await ada.until(lambda page: "typing" not in page.text("#doing"))


async def test_who_is_not_in_the_room_cannot_be_seen_typing(
    client: TestClient, another: Another
) -> None:
    async with another() as other, open_room(client) as ada:
        answer = await other.post(f"{ROOM}/typing", json={}, headers=DATASTAR)
        assert answer.status_code == 204
        await say(other, "From outside")
        await ada.until(lambda page: said(page) == ["From outside"])
        assert "typing" not in ada.text("#doing")


async def test_a_crowd_that_types_is_counted(client: TestClient, another: Another) -> None:
    async with (
        another() as bob,
        another() as eve,
        another() as joe,
        another() as kim,
        open_room(client) as ada,
        open_room(bob),
        open_room(eve),
        open_room(joe),
        open_room(kim),
    ):
        for one in (bob, eve, joe, kim):
            await one.post(f"{ROOM}/typing", json={})
        await ada.until(lambda page: "and 2 others are typing…" in page.text("#doing"))


# What a browser should not send


async def test_markup_in_messages_and_names_stays_text(
    client: TestClient, another: Another
) -> None:
    name = "<script>alert(1)</script>"
    await rename(client, name)
    async with another() as other, open_room(other) as bob:
        await say(client, EVIL)
        await bob.until(lambda page: said(page) == [EVIL])
        assert bob.text(".by bdi") == name
        assert not bob.exists("#messages script")
        assert not bob.exists("#messages img")
        assert bob.scripts == []
        assert bob.complaints == []


@pytest.mark.parametrize("breaker", ["\r", "\r\n", "\n", "\u2028", "\x0b", "\x85"])
async def test_a_message_cannot_begin_an_event_of_its_own(
    client: TestClient, another: Another, breaker: str
) -> None:
    evil = f"x{breaker}{breaker}event: datastar-patch-signals{breaker}data: signals {{_lost: true}}"
    async with another() as other, open_room(other) as bob:
        await say(client, evil)
        await bob.until(lambda page: len(said(page)) == 1)
        assert "event: datastar-patch-signals" in said(bob)[0]
        assert bob.signals["_lost"] is False


@pytest.mark.parametrize("text", ["", " \n\t ", "\u200b\u200d", "\x01\x02", None, "\ufeff"])
async def test_a_message_without_anything_to_see_is_refused_at_the_form(
    client: TestClient, text: str | None
) -> None:
    page = await client.page(ROOM)
    page.signals["text"] = text
    answer = await page.post(f"{ROOM}/send")
    assert answer.status_code == 200
    assert page.signals["_errors"]["text"] != ""
    assert said(await client.page(ROOM)) == []


async def test_a_message_that_is_too_long_is_refused_and_kept_in_the_form(
    client: TestClient,
) -> None:
    page = await client.page(ROOM)
    page.fill("#text", "é" * 2001)
    await page.submit(".composer")
    assert page.text(".composer .error") == "Please use at most 2000 characters."
    assert page.signals["text"] == "é" * 2001
    page.fill("#text", "é" * 2000)
    await page.submit(".composer")
    assert page.text(".composer .error") == ""
    assert page.signals["text"] == ""
    assert said(await client.page(ROOM)) == ["é" * 2000]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"text": 5}', 400),
        (b'{"text": {"a": "b"}}', 400),
        (b'{"text": ["a"]}', 400),
        (b'{"text": "\\ud800"}', 400),
        (b'{"text": "a\\u0000b"}', 400),
        (b'{"text": ' + b"[" * 1000, 400),
        (json.dumps({"text": "x" * 70_000}).encode(), 413),
    ],
)
async def test_odd_signals_are_refused_and_nothing_is_said(
    client: TestClient, body: bytes, status: int
) -> None:
    answer = await client.post(f"{ROOM}/send", content=body)
    assert answer.status_code == status
    assert answer.failure is None
    assert said(await client.page(ROOM)) == []


@pytest.mark.parametrize(
    "room",
    ["nowhere", "WELCOME", "..", "%2e%2e%2fwelcome", "x" * 3000, "*", "welcome'--"],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/subscribe"), ("POST", "/send"), ("POST", "/typing")]
)
async def test_an_unknown_room_is_a_404(
    client: TestClient, room: str, method: str, path: str
) -> None:
    answer = await client.request(method, f"/rooms/{room}{path}", headers=DATASTAR)
    assert answer.status_code == 404
    assert answer.failure is None


async def test_an_error_is_a_page_to_who_asked_for_one(client: TestClient) -> None:
    answer = await client.get("/rooms/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "<h1>There is no such room.</h1>" in answer.text
    answer = await client.get("/nowhere/at/all", headers={"accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert "<h1>There is nothing here.</h1>" in answer.text


async def test_without_javascript_a_form_says_it_and_leads_back(client: TestClient) -> None:
    answer = await client.post(f"{ROOM}/send", data={"text": "Plain"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers.get("location") == ROOM
    assert said(await client.page(ROOM)) == ["Plain"]
    answer = await client.post(
        f"{ROOM}/send", data={"text": "x" * 2001}, headers={"accept": "text/html"}
    )
    assert answer.status_code == 400
    assert "Please use at most 2000 characters." in answer.text


async def test_in_a_page_without_scripts_the_form_of_the_room_works(client: TestClient) -> None:
    page = await client.page(ROOM)
    form = page.one(".composer")
    assert (form.attrs["method"], form.attrs["action"]) == ("post", f"{ROOM}/send")
    assert page.attr("#text", "name") == "text"
