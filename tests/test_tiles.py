"""The tiles example in a real Chromium: two tabs that see each other, and a server that crashes.

The app runs as a process of its own, since a crash is part of the test. With STARIO_SCREENSHOTS=1
the picture in the README is taken anew.
"""

import json
import os
import re
import signal
import urllib.request
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import workspace
from playwright.sync_api import Browser, BrowserContext, Page, expect

if TYPE_CHECKING:
    from conftest import Example, ServeExample

pytestmark = pytest.mark.browser

PICTURE = workspace.ROOT / "docs" / "images" / "tiles.png"
PHONE_PICTURE = PICTURE.with_name("tiles-phone.png")
BACK_MS = 15_000  # a page tries again at most 4 s after the last time; the rest is for slow ones


@pytest.fixture
def server(serve_example: "ServeExample") -> "Example":
    return serve_example("tiles", "main:bootstrap")


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """One profile for all tabs of a test."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, color_scheme="light")
    yield context
    context.close()


type OpenTab = Callable[[], Page]


@pytest.fixture
def open_tab(browser: BrowserContext, server: "Example", listen: Callable[[Page], None]) -> OpenTab:
    """Open a tab whose stream is live: it has the counter of the visitors that it makes."""

    def open_tab() -> Page:
        page = browser.new_page()
        listen(page)
        page.goto(server.url)
        expect(page.locator("#here")).to_have_text(str(len(browser.pages)))
        return page

    return open_tab


def tile(page: Page, row: int, column: int, colour: str) -> None:
    """Wait until a tile is of this colour, by the name that is read aloud."""
    name = f"Row {row}, column {column}: {colour}"
    expect(page.get_by_role("button", name=name, exact=True)).to_be_visible(timeout=BACK_MS)


def click(page: Page, row: int, column: int) -> None:
    page.get_by_role("button", name=re.compile(f"^Row {row}, column {column}:")).click()


def test_what_one_tab_paints_the_other_one_shows(open_tab: OpenTab) -> None:
    """Each tab starts with a colour of its own, and can choose another."""
    ada, bob = open_tab(), open_tab()
    click(ada, 2, 3)
    tile(bob, 2, 3, "red")
    tile(ada, 2, 3, "red")
    expect(ada.locator(":focus")).to_have_accessible_name("Row 2, column 3: red")
    click(bob, 12, 16)
    tile(ada, 12, 16, "orange")
    bob.get_by_role("radio", name="purple").check()
    expect(ada.locator("#here")).to_have_text("2")
    click(bob, 2, 3)
    tile(ada, 2, 3, "purple")
    click(bob, 2, 3)
    tile(ada, 2, 3, "empty")
    bob.close()
    expect(ada.locator("#here")).to_have_text("1")


@pytest.mark.usefixtures("server_may_be_away")
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
def test_after_a_restart_the_page_comes_back_to_the_servers_truth(
    with_signal: signal.Signals, server: "Example", open_tab: OpenTab
) -> None:
    """The board was in memory: the new one is empty, and the old page shows it without a reload."""
    ada, bob = open_tab(), open_tab()
    for page in (ada, bob):
        page.evaluate("window.neverReloaded = true")
    click(ada, 1, 1)
    tile(bob, 1, 1, "red")

    server.stop(with_signal)
    server.start()

    for page in (ada, bob):
        tile(page, 1, 1, "empty")
        expect(page.locator("#here")).to_have_text("2", timeout=BACK_MS)
    click(bob, 3, 4)
    tile(ada, 3, 4, "orange")
    for page in (ada, bob):
        assert page.evaluate("window.neverReloaded") is True


def test_on_a_phone_the_whole_board_is_in_sight(open_tab: OpenTab) -> None:
    page = open_tab()
    page.set_viewport_size({"width": 360, "height": 640})
    box = page.locator(".tiles").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def paint(url: str, tile: int, colour: str) -> None:
    body = json.dumps({"colour": colour}).encode()
    asked = urllib.request.Request(f"{url}click/{tile}", body, method="POST")
    urllib.request.urlopen(asked, timeout=5).close()


DRAWING = """\
................
.yy........p.p..
yyyy......ppppp.
yyyy.......ppp..
.yy....r....p...
......rr........
.....rrr........
....rrrr.......g
.......o......gg
..oooooooooo.ggg
tttooooooootgggg
bbtbbbbtbbbtbbbb
"""
COLOURS = {name[0]: name for name in ("red", "orange", "yellow", "green", "teal", "blue", "pink")}


@pytest.mark.skipif("STARIO_SCREENSHOTS" not in os.environ, reason="STARIO_SCREENSHOTS is not set")
def test_the_pictures_of_the_readme_are_taken(server: "Example", open_tab: OpenTab) -> None:
    """Five people are there; the pictures are what the last one sees."""
    pages = [open_tab() for _ in range(5)]
    drawn = "".join(DRAWING.split())
    for number, letter in enumerate(drawn):
        if letter != ".":
            paint(server.url, number, COLOURS[letter])
    pages[-1].set_viewport_size({"width": 1040, "height": 820})
    expect(pages[-1].locator("#painted")).to_have_text(str(len(drawn) - drawn.count(".")))
    pages[-1].wait_for_timeout(500)  # for the colours to have faded in
    pages[-1].screenshot(path=PICTURE)
    pages[-1].set_viewport_size({"width": 390, "height": 590})
    pages[-1].screenshot(path=PHONE_PICTURE, animations="disabled")
    for picture in (PICTURE, PHONE_PICTURE):
        assert picture.stat().st_size < 200_000
