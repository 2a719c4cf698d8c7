"""A real Chromium whose stream is cut: it comes back by itself, and gets what it missed.

The server runs in a thread of this process, so the test can cut connections and publish between.
"""

import asyncio
import re
from collections.abc import Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from playwright.sync_api import Page, expect
from stario import App, Context, Relay, Writer
from stario.datastar import SSE, Event, ModuleScript, Replay, at, data, events, last_event_id
from stario.markup import html as h

if TYPE_CHECKING:
    from conftest import OpenPage, Serve

pytestmark = pytest.mark.browser

KEPT = 10  # events
PATIENCE = 10.0  # seconds
# What the console says about a stream that was cut, in Chromium's and in Datastar's words.
CUT = re.compile(r"net::ERR_|Datastar failed to reach|network error|Failed to fetch")


class Live:
    """The app under test, and what the test does to it from another thread."""

    def __init__(self) -> None:
        self.history = Replay(Relay[Event](), size=KEPT)
        self.came_with: list[str | None] = []
        self.streams: set[Writer] = set()
        self.url = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    async def page(self, _c: Context, w: Writer) -> None:
        stream = at.get("/stream", retry_interval_ms=50, retry_max_wait_ms=100)
        responses.html(
            w,
            h.HtmlDocument(
                h.Head(h.Link({"rel": "icon", "href": "data:,"}), ModuleScript("/datastar.js")),
                h.Body(data.init(stream), h.Ol({"id": "log"})),
            ),
        )

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

    def routes(self, app: App) -> None:
        self._loop = asyncio.get_running_loop()
        app.get("/", self.page)
        app.get("/stream", self.stream)

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


@pytest.fixture
def live(serve: "Serve") -> Live:
    live = Live()
    live.url = serve(live.routes)
    return live


@pytest.fixture
def page(open_page: "OpenPage", live: Live, complaints: list[str]) -> Iterator[Page]:
    yield open_page(live.url)
    complaints[:] = [one for one in complaints if not CUT.search(one)]


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
