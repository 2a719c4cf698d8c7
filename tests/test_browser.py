"""The tiles example in a real Chromium: two tabs that see each other, and a server that crashes.

The app runs as a process of its own, since a crash is part of the test. With STARIO_SCREENSHOTS=1
the picture in the README is taken anew.
"""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest
import workspace
from playwright.sync_api import Browser, BrowserContext, Page, expect
from ports import free_port

pytestmark = pytest.mark.browser

TILES = workspace.ROOT / "examples" / "tiles"
PICTURE = workspace.ROOT / "docs" / "images" / "tiles.png"
PHONE_PICTURE = PICTURE.with_name("tiles-phone.png")
START_SECONDS = (
    90.0  # the first start gets the client; an installer without a network gives up late
)
BACK_MS = (
    15_000  # the page tries again at most 4 s after the last time; the rest is for slow machines
)

# What the console says about a server that is away, in Chromium's and in Datastar's words.
AWAY = re.compile(r"net::ERR_|Datastar failed to reach|network error|Failed to fetch")


class Server:
    """The example as a process that can be killed and started again at the same address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stario.cli", "serve", "main:bootstrap"],
            cwd=TILES,
            env=os.environ | {"STARIO_PORT": str(self.port), "STARIO_TRACER": "noop"},
        )
        end = monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, "the example ended instead of serving"
            assert monotonic() < end, f"the example does not answer after {START_SECONDS:g} s"
            sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(with_signal)
            self.process.wait(10)
            self.process = None

    def paint(self, tile: int, colour: str) -> None:
        url = f"{self.url}click/{tile}"
        body = json.dumps({"colour": colour}).encode()
        urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=5).close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """A profile of its own for each test."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, color_scheme="light")
    yield context
    context.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the pages said on their consoles, other than that the server was away."""
    return []


type OpenPage = Callable[[], Page]


@pytest.fixture
def open_page(browser: BrowserContext, server: Server, complaints: list[str]) -> OpenPage:
    """Open a tab whose stream is live: it has the counter of the visitors that it makes."""
    opened: list[Page] = []

    def open_page() -> Page:
        page = browser.new_page()
        opened.append(page)
        page.on("console", lambda message: note(message.type, message.text))
        page.on("pageerror", lambda error: note("error", str(error)))
        page.goto(server.url)
        expect(page.locator("#here")).to_have_text(str(len(opened)))
        return page

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not AWAY.search(text):
            complaints.append(text)

    return open_page


def tile(page: Page, row: int, column: int, colour: str) -> None:
    """Wait until a tile is of this colour, by the name that is read aloud."""
    name = f"Row {row}, column {column}: {colour}"
    expect(page.get_by_role("button", name=name, exact=True)).to_be_visible(timeout=BACK_MS)


def click(page: Page, row: int, column: int) -> None:
    page.get_by_role("button", name=re.compile(f"^Row {row}, column {column}:")).click()


def test_what_one_tab_paints_the_other_one_shows(
    open_page: OpenPage, complaints: list[str]
) -> None:
    """Each tab starts with a colour of its own, and can choose another."""
    ada, bob = open_page(), open_page()
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
    assert complaints == []


@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGTERM])
def test_after_a_restart_the_page_comes_back_to_the_servers_truth(
    with_signal: signal.Signals, server: Server, open_page: OpenPage, complaints: list[str]
) -> None:
    """The board was in memory: the new one is empty, and the old page shows it without a reload."""
    ada, bob = open_page(), open_page()
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
    assert complaints == []


def test_on_a_phone_the_whole_board_is_in_sight(open_page: OpenPage) -> None:
    page = open_page()
    page.set_viewport_size({"width": 360, "height": 640})
    box = page.locator(".tiles").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


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
def test_the_pictures_of_the_readme_are_taken(server: Server, open_page: OpenPage) -> None:
    """Five people are there; the pictures are what the last one sees."""
    pages = [open_page() for _ in range(5)]
    drawn = "".join(DRAWING.split())
    for number, letter in enumerate(drawn):
        if letter != ".":
            server.paint(number, COLOURS[letter])
    pages[-1].set_viewport_size({"width": 1040, "height": 820})
    expect(pages[-1].locator("#painted")).to_have_text(str(len(drawn) - drawn.count(".")))
    pages[-1].wait_for_timeout(500)  # for the colours to have faded in
    pages[-1].screenshot(path=PICTURE)
    pages[-1].set_viewport_size({"width": 390, "height": 590})
    pages[-1].screenshot(path=PHONE_PICTURE, animations="disabled")
    for picture in (PICTURE, PHONE_PICTURE):
        assert picture.stat().st_size < 200_000
