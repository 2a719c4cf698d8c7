"""The chat room in a real Chromium: people who see each other, and a server that crashes.

The app runs as a process of its own, since a crash is part of the test. With STARIO_SCREENSHOTS=1
the pictures in the README are taken anew.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import workspace
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from conftest import Example, OpenPage, ServeExample

pytestmark = pytest.mark.browser

IMAGES = workspace.ROOT / "docs" / "images"
BACK_MS = 15_000  # a page tries again at most 4 s after the last time; the rest is for slow ones
LEFT_MS = 15_000
ROOM = "rooms/welcome"


@pytest.fixture
def server(serve_example: "ServeExample", tmp_path: Path) -> "Example":
    return serve_example(
        "chat-room",
        "app.main:bootstrap",
        CHAT_DATABASE=str(tmp_path / "chat.sqlite3"),
        CHAT_LEAVE_AFTER="0.2",
        CHAT_TYPING_FOR="2",
    )


type Enter = Callable[..., Page]


@pytest.fixture
def enter(server: "Example", open_page: "OpenPage") -> Enter:
    """Open the room as somebody new, with this name. No console may complain."""

    def enter(name: str, **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"} | options
        page = open_page(server.url + ROOM, **options)
        rename(page, name)
        expect(people(page).filter(has_text=name)).to_have_count(1)
        return page

    return enter


def rename(page: Page, name: str) -> None:
    page.locator(".renaming summary").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#me bdi")).to_have_text(name)
    expect(page.get_by_label("Your name")).to_be_hidden()


def people(page: Page) -> Locator:
    return page.locator("#here li")


def say(page: Page, text: str) -> None:
    box = page.get_by_label("Message", exact=True)
    box.fill(text)
    box.press("Enter")
    expect(box).to_have_value("")


def hears(page: Page, *texts: str) -> None:
    expect(page.locator(".message .text")).to_have_text(list(texts), timeout=BACK_MS)


def test_two_people_see_each_others_messages_typing_and_presence(enter: Enter) -> None:
    ada, bob = enter("Ada"), enter("Bob")
    expect(people(ada)).to_have_count(2)
    expect(people(bob)).to_have_count(2)
    say(ada, "Hello")
    hears(bob, "Hello")
    expect(bob.locator(".message .by bdi")).to_have_text("Ada")

    bob.get_by_label("Message", exact=True).press_sequentially("Hi Ada")
    expect(ada.locator("#doing")).to_contain_text("is typing…")
    expect(bob.locator("#doing")).not_to_contain_text("typing")
    expect(ada.locator("#doing")).not_to_contain_text("typing", timeout=LEFT_MS)  # he thinks
    bob.get_by_label("Message", exact=True).press("Enter")
    hears(ada, "Hello", "Hi Ada")
    hears(bob, "Hello", "Hi Ada")

    rename(bob, "Robert")
    expect(people(ada).filter(has_text="Robert")).to_have_count(1)
    expect(ada.locator(".message .by bdi").last).to_have_text("Robert")

    bob.close()
    expect(people(ada)).to_have_count(1, timeout=LEFT_MS)
    expect(ada.locator("#doing")).to_contain_text("left")


def test_a_second_tab_is_the_same_person(enter: Enter, server: "Example") -> None:
    ada, bob = enter("Ada"), enter("Bob")
    second = bob.context.new_page()
    second.goto(server.url + ROOM)
    expect(people(second)).to_have_count(2)
    expect(second.locator("#me bdi")).to_have_text("Bob")
    say(second, "From my other tab")
    hears(ada, "From my other tab")
    second.close()
    say(bob, "And from this one")
    hears(ada, "From my other tab", "And from this one")
    expect(people(ada)).to_have_count(2)


def test_a_line_break_is_a_line_break_and_markup_is_text(enter: Enter) -> None:
    ada, bob = enter("<b>Ada</b>"), enter("Bob")
    box = ada.get_by_label("Message", exact=True)
    box.fill("<img src=x onerror=alert(1)>")
    box.press("Shift+Enter")
    box.press_sequentially("$_lost = true")
    box.press("Enter")
    expect(bob.locator(".message .text")).to_have_js_property(
        "textContent", "<img src=x onerror=alert(1)>\n$_lost = true"
    )
    expect(bob.locator(".lost")).to_be_hidden()


def test_what_is_wrong_stands_at_the_form_and_goes_away(enter: Enter) -> None:
    page = enter("Ada")
    box = page.get_by_label("Message", exact=True)
    box.fill("   ")
    box.press("Enter")
    expect(page.locator(".composer .error")).to_have_text("Please write something.")
    say(page, "Something")
    expect(page.locator(".composer .error")).to_be_hidden()


def test_the_newest_message_is_in_sight_unless_one_reads_older_ones(enter: Enter) -> None:
    ada, bob = enter("Ada"), enter("Bob")
    for number in range(15):
        say(ada, f"Line {number}\nand more\nof it")
    expect(bob.get_by_text("Line 14")).to_be_in_viewport()
    bob.locator(".scroll").evaluate("el => el.scrollTop = -el.scrollHeight")
    expect(bob.get_by_text("Line 0")).to_be_in_viewport()
    say(ada, "Later")
    expect(bob.get_by_text("Later")).to_be_attached()
    expect(bob.get_by_text("Line 0")).to_be_in_viewport()
    expect(bob.get_by_text("Later")).not_to_be_in_viewport()
    say(bob, "Mine")
    expect(bob.get_by_text("Mine")).to_be_in_viewport()


@pytest.mark.usefixtures("server_may_be_away")
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
def test_after_a_restart_the_page_comes_back_with_everything(
    with_signal: signal.Signals, enter: Enter, server: "Example"
) -> None:
    ada, bob = enter("Ada"), enter("Bob")
    say(ada, "Before")
    hears(bob, "Before")
    draft = bob.get_by_label("Message", exact=True)
    draft.fill("I was just about to")
    for page in (ada, bob):
        page.evaluate("window.neverReloaded = true")

    server.stop(with_signal)
    expect(bob.locator(".lost")).to_be_visible(timeout=BACK_MS)
    server.start()

    expect(bob.locator(".lost")).to_be_hidden(timeout=BACK_MS)
    for page in (ada, bob):
        expect(people(page)).to_have_count(2, timeout=BACK_MS)
        hears(page, "Before")
    expect(draft).to_have_value("I was just about to")
    say(ada, "After")
    hears(bob, "Before", "After")
    for page in (ada, bob):
        assert page.evaluate("window.neverReloaded") is True


def test_without_javascript_a_room_is_read_and_written(enter: Enter, server: "Example") -> None:
    ada = enter("Ada")
    say(ada, "Hello")
    context = ada.context.browser
    assert context is not None
    plain = context.new_context(java_script_enabled=False)
    try:
        page = plain.new_page()
        page.goto(server.url)
        page.get_by_role("link", name="Welcome").click()
        hears(page, "Hello")
        page.get_by_label("Message", exact=True).fill("Hello from long ago")
        page.get_by_role("button", name="Send").click()
        hears(page, "Hello", "Hello from long ago")
        hears(ada, "Hello", "Hello from long ago")
    finally:
        plain.close()


def test_a_room_is_made_in_the_lobby_and_counted_there(enter: Enter, server: "Example") -> None:
    ada, bob = enter("Ada"), enter("Bob")
    bob.goto(server.url)
    expect(bob.locator("#room-welcome .count")).to_have_text("1 person")
    ada.goto(server.url)
    ada.get_by_label("A new room").fill("welcome")
    ada.get_by_role("button", name="New room").click()
    expect(ada.locator(".create .error")).to_have_text("There is a room of this name.")
    ada.get_by_label("A new room").fill("Tea & cake")
    ada.get_by_role("button", name="New room").click()
    expect(ada.locator("h1")).to_have_text("Tea & cake")
    expect(bob.locator("#rooms li").filter(has_text="Tea & cake")).to_contain_text("1 person")


def test_on_a_phone_nothing_is_wider_than_the_screen(enter: Enter, server: "Example") -> None:
    page = enter("Somebody with a rather long name", viewport={"width": 360, "height": 640})
    say(page, "W" * 500)
    say(page, "short")
    for url in (server.url + ROOM, server.url):
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.goto(server.url + ROOM)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("short")).to_be_in_viewport()


@pytest.mark.skipif(not os.environ.get("STARIO_SCREENSHOTS"), reason="takes the README's pictures")
def test_take_the_pictures(enter: Enter) -> None:
    ada = enter("Ada Lovelace", viewport={"width": 1100, "height": 720})
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 720}, "color_scheme": "dark"}
    bob = enter("Charles Babbage", **phone)
    grace = enter("Grace Hopper")
    say(ada, "Good morning! The mill is running, and the store has room for a thousand numbers.")
    say(ada, "Who wants to see it?")
    say(bob, "Me! Can it do Bernoulli numbers yet?")
    say(grace, "Found a moth in the relay this morning.\nTaped it into the log book.")
    say(ada, "Then we should call that a bug.")
    say(bob, "I'll bring tea.")
    expect(ada.locator("#doing")).to_have_text("", timeout=LEFT_MS)
    grace.get_by_label("Message", exact=True).press_sequentially("And some")
    for page, name in ((ada, "chat-room"), (bob, "chat-room-phone")):
        hears(page, *page.locator(".message .text").all_inner_texts())
        expect(page.locator("#doing")).to_contain_text("Grace Hopper")
        picture = IMAGES / f"{name}.png"
        page.screenshot(path=picture, animations="disabled")
        assert picture.stat().st_size < 150_000
