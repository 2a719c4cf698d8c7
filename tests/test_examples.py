"""The small examples in a real Chromium, each served as its README says.

With STARIO_SCREENSHOTS=1 the pictures in the READMEs are taken anew.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import ports
import pytest
import workspace
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import OpenPage

pytestmark = pytest.mark.browser

IMAGES = workspace.ROOT / "docs" / "images"
LARGEST = 150_000  # bytes of a picture
PHONE = {"width": 390, "height": 844}
BACK_MS = 20_000  # the client waits longer from try to try; the rest is for slow machines

# What the console says about a server that is away, in Chromium's and in Datastar's words.
AWAY = re.compile(r"net::ERR_|Datastar failed to reach|network error|Failed to fetch")


class Start(Protocol):
    """Serve an example as a process, and return its address."""

    def __call__(self, example: str, target: str, port: int | None = None) -> str: ...


type Running = list[subprocess.Popen[str]]


@pytest.fixture
def running() -> Iterator[Running]:
    running: Running = []
    yield running
    for process in running:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def start(running: Running) -> Start:
    def start(example: str, target: str, port: int | None = None) -> str:
        port = port or ports.free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "stario.cli", "serve", target],
            cwd=workspace.ROOT / "examples" / example,
            env=os.environ | {"STARIO_PORT": str(port), "STARIO_TRACER": "noop"},
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stderr is not None
        assert any("listening on" in line for line in process.stderr)
        return f"http://127.0.0.1:{port}/"

    return start


def picture(page: Page, name: str) -> None:
    if os.environ.get("STARIO_SCREENSHOTS"):
        path = IMAGES / f"{name}.png"
        page.screenshot(path=path, animations="disabled")
        assert path.stat().st_size < LARGEST


def test_hello_world_greets_without_a_request_and_counts_with_one(
    start: Start, open_page: "OpenPage"
) -> None:
    asked: list[str] = []
    page = open_page(
        start("hello-world", "main:bootstrap"),
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


def test_a_phone_shows_all_of_hello_world(start: Start, open_page: "OpenPage") -> None:
    page = open_page(start("hello-world", "main:bootstrap"), viewport=PHONE)
    expect(page.locator("#add")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_dashboard_moves_and_two_viewers_get_the_same_bytes(
    start: Start, open_page: "OpenPage", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_INTERVAL", "0.2")
    url = start("dashboard", "app.main:bootstrap")
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


@pytest.mark.parametrize("end", [subprocess.Popen[str].terminate, subprocess.Popen[str].kill])
def test_the_dashboard_says_when_its_server_is_away_and_goes_on_with_the_next(
    end: Callable[[subprocess.Popen[str]], None],
    start: Start,
    running: Running,
    open_page: "OpenPage",
    complaints: list[str],
) -> None:
    port = ports.free_port()
    page = open_page(start("dashboard", "app.main:bootstrap", port))
    expect(page.locator("#viewers")).to_have_text("1")
    expect(page.locator("#away")).to_be_hidden()
    page.evaluate("window.neverReloaded = true")

    [server] = running
    end(server)
    server.communicate(timeout=20)
    expect(page.locator("#away")).to_be_visible(timeout=BACK_MS)

    start("dashboard", "app.main:bootstrap", port)
    expect(page.locator("#away")).to_be_hidden(timeout=BACK_MS)
    expect(page.locator("#viewers")).to_have_text("1")
    assert page.evaluate("window.neverReloaded") is True
    complaints[:] = [text for text in complaints if not AWAY.search(text)]


def test_the_dashboard_has_room_on_a_desk_and_on_a_phone(
    start: Start, open_page: "OpenPage", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_INTERVAL", "0.05")
    url = start("dashboard", "app.main:bootstrap")
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
