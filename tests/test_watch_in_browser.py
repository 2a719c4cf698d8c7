"""Open pages under `stario watch`, in a real Chromium: a save shows without a hand on it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import IO, Protocol

import pytest
from playwright.sync_api import Page, expect
from ports import free_port

pytestmark = pytest.mark.browser

PATIENCE = 20.0  # seconds, for slow machines
MS = PATIENCE * 1000

# What the console says about a server that is away, or about an answer that is meant to be a 500.
MEANT = re.compile(r"net::ERR_|Failed to load resource|Datastar failed to reach|Failed to fetch")

APP = """
import asyncio
from pathlib import Path

import stario.responses as responses
from stario import App, AssetManifest, Context, Span, StaticAssets, Writer
from stario.datastar import SSE, ModuleScript, at, data
from stario.markup import html as h

STATIC = Path(__file__).parent / "static"


def document(assets, *body, datastar=True, heading="first"):
    return h.HtmlDocument(
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Title("watched"),
            h.Link({"rel": "icon", "href": "data:,"}),
            h.Link({"rel": "stylesheet", "href": assets.href("site.css")}),
            ModuleScript(assets.href("datastar.js")) if datastar else None,
        ),
        h.Body(
            h.H1(heading),
            h.Input({"id": "typed", "name": "typed"}),
            h.Input({"id": "secret", "type": "password"}),
            h.Div({"style": "height: 3000px"}),
            *body,
        ),
    )


async def bootstrap(app: App, span: Span):
    assets = AssetManifest(STATIC)
    StaticAssets(assets).register(app)

    async def live(c: Context, w: Writer) -> None:
        responses.html(w, document(
            assets,
            h.Main(
                data.signals({"count": 0}),
                data.init(at.get("/stream")),
                h.Button({"id": "more"}, data.on("click", "$count++"), "more"),
                h.Button({"id": "fail"}, data.on("click", at.post("/fail")), "fail"),
                h.Output({"id": "count"}, data.text("$count")),
                h.P({"id": "streamed"}),
            ),
        ))

    async def stream(c: Context, w: Writer) -> None:
        with_stream = SSE(w)
        with_stream.patch_elements(h.P({"id": "streamed"}, "stream one"))
        async with c.alive():
            await c.disconnect

    async def plain(c: Context, w: Writer) -> None:
        responses.html(w, document(assets, datastar=False))

    async def strict(c: Context, w: Writer) -> None:
        w.headers.set(
            "content-security-policy",
            "default-src 'none'; script-src 'nonce-abc'; connect-src 'self'; style-src 'self'"
            " 'unsafe-inline'; img-src data:",
        )
        responses.html(w, document(assets, datastar=False))

    async def fail(c: Context, w: Writer) -> None:
        raise LookupError("<b>no such shelf</b>")

    app.post("/fail", fail)
    app.get("/", live)
    app.get("/stream", stream)
    app.get("/plain", plain)
    app.get("/strict", strict)
    yield
"""
CSS = "h1 { color: rgb(1, 2, 3) }"


class Watched:
    """A project that is watched, and what was said about it."""

    def __init__(self, folder: Path, client: Path) -> None:
        self.folder = folder
        static = folder / "static"
        static.mkdir()
        shutil.copy(client, static / "datastar.js")
        self.write("static/site.css", CSS)
        self.write("main.py", APP)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._news = Condition()
        self.start()

    def start(self) -> None:
        self._lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stario.cli", "watch", "main:bootstrap"],
            cwd=self.folder,
            env=os.environ | {"STARIO_PORT": str(self.port), "STARIO_TRACER": "noop"},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        self._reader = Thread(target=self._read, args=(self._process.stderr,))
        self._reader.start()
        self.wait_for("listening")

    def write(self, name: str, text: str) -> None:
        fresh = self.folder / f"{name}~"
        fresh.write_text(text, "utf-8")
        fresh.replace(self.folder / name)

    def wait_for(self, text: str) -> None:
        deadline = monotonic() + PATIENCE
        with self._news:
            while not any(text in line for line in self._lines):
                assert self._news.wait(deadline - monotonic()), f"{text}: {self._lines}"
            self._lines.clear()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()


@pytest.fixture
def watched(tmp_path: Path, client_file: Path) -> Iterator[Watched]:
    project = Watched(tmp_path, client_file)
    yield project
    project.stop()


class Visit(Protocol):
    def __call__(self, path: str, prepare: Callable[[Page], object] | None = None) -> Page: ...


@pytest.fixture
def visit(
    watched: Watched,
    open_page: Callable[..., Page],
    complaints: list[str],
) -> Iterator[Visit]:
    """Open a page of the project that notes whether it was ever loaded anew."""

    def visit(path: str, prepare: Callable[[Page], object] | None = None) -> Page:
        page = open_page(watched.url + path, prepare)
        page.evaluate("window.neverReloaded = true")
        return page

    yield visit
    complaints[:] = [text for text in complaints if not MEANT.search(text)]


def was_reloaded(page: Page) -> bool:
    return page.evaluate("window.neverReloaded !== true")


def test_a_page_with_datastar_is_morphed_with_its_signals(watched: Watched, visit: Visit) -> None:
    """What was typed, the place and the signals stay; the stream is opened again."""
    page = visit("/")
    expect(page.locator("#streamed")).to_have_text("stream one")
    page.locator("#typed").fill("half a sent")
    for _ in range(3):
        page.locator("#more").click()
    page.evaluate("scrollTo(0, 700)")
    for number in ("second", "third"):
        watched.write(
            "main.py", APP.replace("first", number).replace("stream one", f"stream {number}")
        )
        expect(page.locator("h1")).to_have_text(number, timeout=MS)
        expect(page.locator("#streamed")).to_have_text(f"stream {number}", timeout=MS)
        expect(page.locator("#count")).to_have_text("3")
        expect(page.locator("#typed")).to_have_value("half a sent")
        assert page.evaluate("scrollY") == 700
    page.locator("#more").dispatch_event("click")
    expect(page.locator("#count")).to_have_text("4")
    assert not was_reloaded(page)


SAMPLE = """() => {
  window.colours = new Set();
  const look = () => {
    window.colours.add(getComputedStyle(document.querySelector("h1")).color);
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.mark.parametrize("path", ["/", "/plain"])
def test_a_style_sheet_is_swapped_without_a_flash(
    watched: Watched, visit: Visit, path: str
) -> None:
    """In every frame the heading has the old colour or the new one."""
    page = visit(path)
    page.evaluate(SAMPLE)
    for shade in (50, 60):
        watched.write("static/site.css", CSS.replace("1, 2, 3", f"{shade}, 2, 3"))
        expect(page.locator("h1")).to_have_css("color", f"rgb({shade}, 2, 3)", timeout=MS)
    expect(page.locator("link[rel=stylesheet]")).to_have_count(1)
    seen = page.evaluate("[...window.colours]")
    assert set(seen) == {"rgb(1, 2, 3)", "rgb(50, 2, 3)", "rgb(60, 2, 3)"}
    assert not was_reloaded(page)


@pytest.mark.parametrize("path", ["/plain", "/strict"])
def test_a_page_without_datastar_is_reloaded_where_it_was(
    watched: Watched, visit: Visit, path: str
) -> None:
    """The place and what was typed stay, a password does not; a policy with a nonce is kept."""
    page = visit(path)
    page.locator("#typed").fill("half a sentence")
    page.locator("#secret").fill("hunter2")
    page.locator("#typed").focus()
    page.evaluate("scrollTo(0, 700)")
    watched.write("main.py", APP.replace("first", "second"))
    expect(page.locator("h1")).to_have_text("second", timeout=MS)
    assert was_reloaded(page)
    expect(page.locator("#typed")).to_have_value("half a sentence")
    expect(page.locator("#typed")).to_be_focused()
    expect(page.locator("#secret")).to_have_value("")
    page.wait_for_function("scrollY === 700")
    assert "hunter2" not in page.evaluate("JSON.stringify({...sessionStorage})")


def test_an_import_error_is_on_top_of_the_page_until_it_is_repaired(
    watched: Watched, visit: Visit
) -> None:
    """An open page stays below the reason; a new one is the reason; both come back."""
    page = visit("/")
    page.locator("#more").click()
    watched.write("main.py", "import nowhere_to_be_found\n" + APP)
    expect(page.locator("[data-stario-reason]")).to_have_count(1, timeout=MS)
    other = visit("/plain")
    expect(other.locator("h1")).to_have_text("The app cannot start")
    expect(other.locator("pre")).to_contain_text("nowhere_to_be_found")
    watched.write("main.py", "raise LookupError('<b>no such shelf')\n" + APP)
    expect(other.locator("pre")).to_contain_text("<b>no such shelf", timeout=MS)
    watched.write("main.py", APP.replace("first", "repaired"))
    for one in (page, other):
        expect(one.locator("h1")).to_have_text("repaired", timeout=MS)
    expect(page.locator("[data-stario-reason]")).to_have_count(0)
    expect(page.locator("#count")).to_have_text("1")
    assert not was_reloaded(page)
    assert was_reloaded(other)


def test_a_page_does_not_hammer_a_server_that_is_away(watched: Watched, visit: Visit) -> None:
    """It asks less and less often, and finds the next one."""
    page = visit("/plain")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    watched.stop()
    page.wait_for_timeout(3000)
    assert 2 <= len(asked) <= 10
    watched.write("main.py", APP.replace("first", "second"))
    watched.start()
    expect(page.locator("h1")).to_have_text("second", timeout=MS)


def test_an_action_that_fails_shows_its_exception_on_top_of_the_page(
    watched: Watched, visit: Visit
) -> None:
    """In a frame in which nothing runs; there is one at a time, and it can be closed."""
    page = visit("/")
    for _ in range(2):
        page.locator("#fail").evaluate("e => e.click()")
        frame = page.frame_locator("[data-stario-reason] iframe")
        expect(frame.locator("h1")).to_have_text("LookupError: <b>no such shelf</b>")
        expect(frame.locator("mark").last).to_contain_text("raise LookupError")
    expect(page.locator("[data-stario-reason]")).to_have_count(1)
    page.locator("[data-stario-reason] button").click()
    expect(page.locator("[data-stario-reason]")).to_have_count(0)
    page.locator("#more").click()
    expect(page.locator("#count")).to_have_text("1")
