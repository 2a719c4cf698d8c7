"""A real Chromium whose stream is cut: it comes back by itself, and gets what it missed.

The server runs in a thread of this process, so the test can cut connections and publish between.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import programs
import pytest
import stario.responses as responses
from playwright.sync_api import Page, expect, sync_playwright
from stario import App, Context, Relay, Span, Writer
from stario.datastar import SSE, Event, ModuleScript, Replay, at, data, events, last_event_id
from stario.datastar.client import fetch_client
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.markup import html as h
from stario.tracing import NOOP_TRACER

pytestmark = pytest.mark.browser

KEPT = 10  # events
PATIENCE = 10.0  # seconds
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Live:
    """The app under test, and what the test does to it from another thread."""

    def __init__(self) -> None:
        self.client = fetch_client().read_bytes()
        self.history = Replay(Relay[Event](), size=KEPT)
        self.came_with: list[str | None] = []
        self.streams: set[Writer] = set()
        self.url = ""
        self._stop: Callable[[], object] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def page(self, _c: Context, w: Writer) -> None:
        stream = at.get("/stream", retry_interval_ms=50, retry_max_wait_ms=100)
        responses.html(
            w,
            h.HtmlDocument(
                h.Head(h.Link({"rel": "icon", "href": "data:,"}), ModuleScript("/client.js")),
                h.Body(data.init(stream), h.Ol({"id": "log"})),
            ),
        )

    async def script(self, _c: Context, w: Writer) -> None:
        w.respond(self.client, b"text/javascript")

    async def stream(self, c: Context, w: Writer) -> None:
        self.came_with.append(last_event_id(c.req))
        self.streams.add(w)
        try:
            await SSE(w).follow(
                c,
                self.history,
                "room.*",
                first=lambda: events.patch_elements('<ol id="log"><li>state</li></ol>'),
            )
        finally:
            self.streams.discard(w)

    async def bootstrap(self, app: App, span: Span) -> AsyncGenerator[None]:
        self._loop = loop = asyncio.get_running_loop()
        self._stop = lambda: loop.call_soon_threadsafe(app.signal_shutdown)
        app.get("/", self.page)
        app.get("/client.js", self.script)
        app.get("/stream", self.stream)
        yield

    def publish(self, *texts: str) -> None:
        for text in texts:
            line = events.patch_elements(f"<li>{text}</li>", mode="append", selector="#log")
            self.history.publish("room.said", line)

    def cut(self, *texts: str) -> None:
        """Cut every stream and publish, before any browser can be back."""

        def cut() -> None:
            for w in list(self.streams):
                w.abort()
            self.publish(*texts)
            done.put(None)

        assert self._loop is not None
        done: SimpleQueue[None] = SimpleQueue()
        self._loop.call_soon_threadsafe(cut)
        done.get(timeout=PATIENCE)

    def stop(self) -> None:
        self._stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def live() -> Iterator[Live]:
    live = Live()
    addresses: SimpleQueue[str] = SimpleQueue()
    server = Server(
        live.bootstrap,
        NOOP_TRACER,
        config=ServerConfig(port=free_port(), graceful_shutdown_timeout=1),
        on_listening=lambda found: addresses.put(found[0]),
    )
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        live.url = addresses.get(timeout=PATIENCE)
        yield live
    finally:
        live.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.fixture
def page(tmp_path: Path, live: Live) -> Iterator[Page]:
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, programs.BROWSERS)), None
    )
    with sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            if os.environ.get("CI"):
                pytest.fail("No Chromium was found; name it in CHROMIUM.")
            pytest.skip("No Chromium was found; name it in CHROMIUM.")
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=found, headless=True, args=ARGUMENTS
        )
        try:
            page = context.new_page()
            page.goto(live.url)
            yield page
        finally:
            context.close()


def shows(page: Page, *texts: str) -> None:
    expect(page.locator("#log li")).to_have_text(list(texts), timeout=PATIENCE * 1000)


def test_a_browser_whose_stream_was_cut_gets_what_it_missed_and_not_the_state_again(
    live: Live, page: Page
) -> None:
    shows(page, "state")
    live.publish("1", "2")
    shows(page, "state", "1", "2")
    page.evaluate("window.neverReloaded = true")

    live.cut("3", "4")
    shows(page, "state", "1", "2", "3", "4")
    live.publish("5")
    shows(page, "state", "1", "2", "3", "4", "5")

    live.cut()  # who missed nothing gets nothing
    live.publish("6")
    shows(page, "state", "1", "2", "3", "4", "5", "6")
    assert page.evaluate("window.neverReloaded") is True
    first, *again = live.came_with
    assert first is None
    assert [str(one).partition("-")[2] for one in again] == ["2", "5"]


def test_a_browser_that_missed_more_than_is_kept_gets_the_state(live: Live, page: Page) -> None:
    shows(page, "state")
    live.publish("1")
    shows(page, "state", "1")
    live.cut(*map(str, range(KEPT + 1)))
    shows(page, "state")
    live.publish("new")
    shows(page, "state", "new")
