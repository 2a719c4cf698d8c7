"""`live_server`, the fixture of stario-testing, with what it is for: a real Chromium.

The tests ask for it as users do: the plugin brings it, and a fixture `bootstrap` says of which app.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import stario.responses as responses
from playwright.sync_api import Page, expect
from stario import App, Context, Relay, Span, Writer
from stario.datastar import SSE, ModuleScript, at, data
from stario.http.bootstrap import Bootstrap
from stario.markup import html as h
from stario.testing.live import LiveServer

pytestmark = pytest.mark.browser

MS = 10_000


def count_view(count: int):
    return h.Output({"id": "count"}, count)


@pytest.fixture
def steps() -> list[str]:
    """What the bootstrap did."""
    return []


@pytest.fixture
def bootstrap(client_file: Path, steps: list[str]) -> Bootstrap:
    """A counter that all pages share, and an action that fails."""
    script = client_file.read_bytes()

    async def bootstrap(app: App, span: Span):
        relay = Relay[None]()
        count = 0

        async def home(c: Context, w: Writer) -> None:
            head = h.Head(h.Link({"rel": "icon", "href": "data:,"}), ModuleScript("/datastar.js"))
            body = h.Body(
                data.init(at.get("/feed")),
                count_view(count),
                h.Button({"id": "raise"}, data.on("click", at.post("/raise")), "Raise"),
                h.Button({"id": "fail"}, data.on("click", at.post("/fail")), "Fail"),
            )
            responses.html(w, h.HtmlDocument(head, body))

        async def client(c: Context, w: Writer) -> None:
            w.respond(script, b"text/javascript")

        async def feed(c: Context, w: Writer) -> None:
            sse = SSE(w)
            async with sse.loop(c, relay.subscribe("count", latest=True)) as changes:
                async for _ in changes:
                    sse.patch_elements(count_view(count))

        async def raise_count(c: Context, w: Writer) -> None:
            nonlocal count
            count += 1
            relay.publish("count", None)
            responses.empty(w)

        async def fail(c: Context, w: Writer) -> None:
            raise LookupError("no such shelf")

        app.get("/", home)
        app.get("/datastar.js", client)
        app.get("/feed", feed)
        app.post("/raise", raise_count)
        app.post("/fail", fail)
        steps.append("startup")
        yield
        await asyncio.sleep(0)
        steps.append("teardown")

    return bootstrap


def test_a_click_on_one_page_shows_on_another(
    live_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    """It serves while the test blocks in Playwright, and nothing failed."""
    ada, bob = open_page(live_server.url), open_page(live_server.url)
    for page in (ada, bob):
        expect(page.locator("#count")).to_have_text("0")
    for expected in ("1", "2"):
        ada.locator("#raise").click()
        expect(bob.locator("#count")).to_have_text(expected, timeout=MS)
    assert live_server.failures == []


def test_every_test_has_a_server_of_its_own(
    live_server: LiveServer, open_page: Callable[..., Page]
) -> None:
    """What another test counted is not there."""
    page = open_page(live_server.url)
    expect(page.locator("#count")).to_have_text("0")


def test_what_failed_behind_the_browser_is_told_to_the_test(
    live_server: LiveServer, open_page: Callable[..., Page], complaints: list[str]
) -> None:
    """The page gets a 500."""
    page = open_page(live_server.url)
    with page.expect_response("**/fail") as answer:
        page.locator("#fail").click()
    assert answer.value.status == 500
    [failure] = live_server.failures
    assert failure.startswith("POST /fail [failed: no such shelf]")
    assert "LookupError: no such shelf" in failure
    page.close()
    complaints.clear()


def test_a_server_stops_in_order_while_a_page_holds_its_stream(
    live_server: LiveServer,
    open_page: Callable[..., Page],
    complaints: list[str],
    steps: list[str],
) -> None:
    """The teardown runs, nobody listens any more, and stopping is no failure."""
    page = open_page(live_server.url)
    page.locator("#raise").click()
    expect(page.locator("#count")).to_have_text("1", timeout=MS)
    assert steps == ["startup"]
    live_server.stop()
    assert steps == ["startup", "teardown"]
    assert live_server.failures == []
    with page.expect_event("requestfailed"):
        page.locator("#raise").click()
    page.close()
    complaints.clear()
