"""The small examples in a real Chromium, each served as its README says.

With STARIO_SCREENSHOTS=1 the pictures in the READMEs are taken anew.
"""

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
import workspace
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import OpenPage, ServeExample

pytestmark = pytest.mark.browser

IMAGES = workspace.ROOT / "docs" / "images"
LARGEST = 150_000  # bytes of a picture
PHONE = {"width": 390, "height": 844}
BACK_MS = 20_000  # the client waits longer from try to try; the rest is for slow machines


def picture(page: Page, name: str) -> None:
    if os.environ.get("STARIO_SCREENSHOTS"):
        path = IMAGES / f"{name}.png"
        page.screenshot(path=path, animations="disabled")
        assert path.stat().st_size < LARGEST


def test_hello_world_greets_without_a_request_and_counts_with_one(
    serve_example: "ServeExample", open_page: "OpenPage"
) -> None:
    asked: list[str] = []
    page = open_page(
        serve_example("hello-world", "main:bootstrap").url,
        lambda page: page.on("request", lambda request: asked.append(request.method)),
        color_scheme="light",
    )
    expect(page.locator("#greeting")).to_have_text("Hello, world")
    page.get_by_label("Who are you?").fill("Ada <b>")
    expect(page.locator("#greeting")).to_have_text("Hello, Ada <b>")
    for _ in range(12):
        page.locator("#larger").click()
    expect(page.locator("#add")).to_have_text("Add 10")
    assert "POST" not in asked
    for number in ("10", "20", "30", "40"):
        page.locator("#add").click()
        expect(page.locator("#count")).to_have_text(number)
    assert asked.count("POST") == 4
    page.get_by_label("Who are you?").fill("Ada")
    page.set_viewport_size({"width": 1000, "height": 480})
    picture(page, "hello-world")
    page.reload()
    expect(page.locator("#count")).to_have_text("40")


def test_a_phone_shows_all_of_hello_world(
    serve_example: "ServeExample", open_page: "OpenPage"
) -> None:
    page = open_page(serve_example("hello-world", "main:bootstrap").url, viewport=PHONE)
    expect(page.locator("#add")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_dashboard_moves_and_two_viewers_get_the_same_bytes(
    serve_example: "ServeExample", open_page: "OpenPage"
) -> None:
    url = serve_example("dashboard", "app.main:bootstrap", DASHBOARD_INTERVAL="0.2").url
    ada, bob = open_page(url, color_scheme="light"), open_page(url)
    for page in (ada, bob):
        expect(page.locator("#viewers")).to_have_text("2")
        page.evaluate(
            """window.boards = {};
            new MutationObserver(() => {
                const board = document.getElementById("board");
                window.boards[board.dataset.sample] = board.outerHTML;
            }).observe(document.body, {subtree: true, childList: true, attributes: true,
                                       characterData: true});"""
        )
    for page in (ada, bob):
        page.wait_for_function("Object.keys(window.boards).length >= 4")
    seen = [page.evaluate("window.boards") for page in (ada, bob)]
    same = seen[0].keys() & seen[1].keys()
    assert len(same) >= 3
    for number in same:
        assert seen[0][number] == seen[1][number]


@pytest.mark.usefixtures("server_may_be_away")
@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL])
def test_the_dashboard_says_when_its_server_is_away_and_goes_on_with_the_next(
    with_signal: signal.Signals, serve_example: "ServeExample", open_page: "OpenPage"
) -> None:
    server = serve_example("dashboard", "app.main:bootstrap")
    page = open_page(server.url)
    expect(page.locator("#viewers")).to_have_text("1")
    expect(page.locator("#away")).to_be_hidden()
    page.evaluate("window.neverReloaded = true")

    server.stop(with_signal)
    expect(page.locator("#away")).to_be_visible(timeout=BACK_MS)

    server.start()
    expect(page.locator("#away")).to_be_hidden(timeout=BACK_MS)
    expect(page.locator("#viewers")).to_have_text("1")
    assert page.evaluate("window.neverReloaded") is True


def test_the_dashboard_has_room_on_a_desk_and_on_a_phone(
    serve_example: "ServeExample", open_page: "OpenPage"
) -> None:
    url = serve_example("dashboard", "app.main:bootstrap", DASHBOARD_INTERVAL="0.05").url
    for name, size, scheme in (
        ("dashboard", {"width": 1200, "height": 700}, "light"),
        ("dashboard-phone", PHONE, "dark"),
    ):
        page = open_page(url, viewport=size, color_scheme=scheme)
        expect(page.locator("#board")).to_have_attribute(
            "data-sample", re.compile(r"\d{3,}"), timeout=20_000
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        picture(page, name)
