"""`debug_inspector` in a real Chromium: it shows what happens, it stays, it keeps to itself."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, Protocol

import pytest
import stario.responses as responses
from playwright.sync_api import FloatRect, Locator, Page, expect
from stario import App, Context, Writer
from stario.datastar import SSE, ModuleScript, at, data, read_signals
from stario.debug import debug_inspector
from stario.markup import html as h

pytestmark = pytest.mark.browser

HOSTILE = (
    "* { all: unset !important; font-size: 40px !important } div { display: none !important }"
    "pre, header, ul, ol { display: none !important; color: red !important; position: static }"
)
POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'; img-src data:"


class OpenPage(Protocol):
    def __call__(self, url: str, **options: Any) -> Page: ...


class Site:
    """A page with an inspector, and requests of every kind."""

    def __init__(self) -> None:
        self.cuts = 0
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def routes(self, app: App) -> None:
        app.get("/", self.home)
        app.get("/hostile.css", self.style)
        for name in ("morph", "stream", "cut", "error", "append", "end"):
            app.get(f"/{name}", getattr(self, name))
        self.ended = asyncio.Event()

    async def home(self, c: Context, w: Writer) -> None:
        w.headers.set("content-security-policy", POLICY + "; style-src 'self'")
        head = h.Head(
            h.Link({"rel": "icon", "href": "data:,"}),
            h.Link({"rel": "stylesheet", "href": "/hostile.css"})
            if "hostile" in c.req.query
            else None,
            ModuleScript("/datastar.js"),
        )
        responses.html(w, h.HtmlDocument(head, body_view("old")))

    async def style(self, c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/css")
        w.write_headers(200).write(HOSTILE.encode()).end()

    async def note(self, c: Context) -> None:
        self.asked.append((c.req.path, await read_signals(c.req)))

    async def morph(self, c: Context, w: Writer) -> None:
        await self.note(c)
        SSE(w).patch_elements(body_view("new"))

    async def append(self, c: Context, w: Writer) -> None:
        SSE(w).patch_elements(h.Li("é" * 600), mode="append", selector="#list")

    async def stream(self, c: Context, w: Writer) -> None:
        sse = SSE(w)
        sse.patch_signals({"count": 5})
        async with c.alive():
            await self.ended.wait()

    async def end(self, c: Context, w: Writer) -> None:
        self.ended.set()
        self.ended = asyncio.Event()
        responses.empty(w)

    async def cut(self, c: Context, w: Writer) -> None:
        self.cuts += 1
        SSE(w).patch_signals({"count": 6})
        if self.cuts % 2:
            await asyncio.sleep(0.02)
            w.abort()

    async def error(self, c: Context, w: Writer) -> None:
        responses.text(w, "no", 500)


def body_view(text: str) -> Any:
    def button(name: str, action: str) -> Any:
        return h.Button({"id": name}, data.on("click", action), name)

    return h.Body(
        data.signals({"count": 1, "user": {"name": "Ada"}, "_local": 2}, if_missing=True),
        data.on("keydown", "$keys = 1", target="window"),
        debug_inspector("top-left"),
        h.H1({"id": "title"}, text),
        h.Ul({"id": "list"}),
        button("add", "$count++"),
        *(
            button(name, at.get(f"/{name}"))
            for name in ("morph", "stream", "error", "append", "end")
        ),
        button("cut", at.get("/cut", retry_interval_ms=20)),
    )


class Panel:
    """The inspector in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.host = page.locator("#__stario_debug_inspector")
        self.pre = self.host.locator("pre")
        expect(self.find("header")).to_be_visible()

    def find(self, what: str) -> Locator:
        return self.host.locator(what)

    def click(self, name: str) -> None:
        self.page.locator(f"#{name}").dispatch_event("click")

    def box(self) -> FloatRect:
        box = self.host.bounding_box()
        assert box is not None
        return box

    def drag(self, x: int, y: int) -> FloatRect:
        """Drag the title by so much, and return where the panel is then."""
        box = self.box()
        mouse = self.page.mouse
        mouse.move(box["x"] + 40, box["y"] + 10)
        mouse.down()
        mouse.move(box["x"] + 40 + x, box["y"] + 10 + y, steps=4)
        mouse.up()
        mouse.move(0, 0)
        return self.box()


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.fixture(scope="module")
def url(site: Site, serve: Callable[[Callable[[App], None]], str]) -> str:
    return serve(site.routes)


@pytest.fixture
def panel(url: str, open_page: OpenPage) -> Panel:
    return Panel(open_page(url))


def test_it_shows_the_signals_as_they_change(panel: Panel) -> None:
    expect(panel.pre).to_be_visible()
    shown = json.loads(panel.pre.text_content() or "")
    assert shown == {"count": 1, "user": {"name": "Ada"}, "_local": 2}
    panel.click("add")
    expect(panel.pre).to_contain_text('"count": 2')
    expect(panel.find(".log li").last).to_contain_text("changed")


def test_it_counts_patches_and_their_bytes(panel: Panel) -> None:
    panel.click("append")
    expect(panel.find(".facts")).to_contain_text("elements 1 \u00b7 signals 0 \u00b7 1.2 kB")
    row = panel.find(".log li").filter(has_text="append").filter(has_text="#list")
    expect(row).to_contain_text("1.2 kB")


def test_a_patch_without_a_selector_shows_its_element(panel: Panel) -> None:
    panel.click("morph")
    expect(panel.find(".log .elements + * + *")).to_have_text("outer body")


def test_it_shows_what_is_in_flight(panel: Panel) -> None:
    panel.click("stream")
    expect(panel.find(".requests")).to_contain_text("button#stream @get('/stream')")
    expect(panel.find(".requests")).to_contain_text("1 received")
    expect(panel.find(".facts")).to_contain_text("in flight 1")
    panel.click("end")
    expect(panel.find(".facts")).to_contain_text("in flight 0")
    expect(panel.find(".requests li")).to_have_count(0)


def test_it_shows_retries_and_errors(panel: Panel, complaints: list[str]) -> None:
    panel.click("cut")
    expect(panel.find(".log")).to_contain_text("retrying")
    # The cut may overtake the patch that was sent before it.
    expect(panel.find(".facts")).to_contain_text(re.compile("signals [12] .* retries 1"))
    panel.click("error")
    expect(panel.find(".log .error + * + *")).to_have_text("500 button#error @get('/error')")
    expect(panel.find(".facts")).to_contain_text("in flight 0")
    expect(panel.find(".facts")).to_contain_text("errors 1")
    complaints.clear()


def test_it_stays_where_it_was_dragged_when_the_whole_page_is_patched(panel: Panel) -> None:
    before = panel.box()
    moved = panel.drag(300, 120)
    assert moved["x"] == pytest.approx(before["x"] + 300, abs=2)
    assert moved["y"] == pytest.approx(before["y"] + 120, abs=2)
    panel.find("input").fill("user")
    panel.click("morph")
    expect(panel.page.locator("#title")).to_have_text("new")
    assert (panel.box()["x"], panel.box()["y"]) == (moved["x"], moved["y"])
    expect(panel.find("input")).to_have_value("user")
    assert json.loads(panel.pre.text_content() or "")["count"] == 1


def test_it_cannot_be_dragged_out_of_sight(panel: Panel) -> None:
    assert (panel.drag(-500, -500)["x"], panel.box()["y"]) == (0, 0)


def test_it_is_filtered_by_a_part_of_a_name(panel: Panel) -> None:
    panel.click("add")
    panel.find("input").fill("USER")
    expect(panel.find(".filtered")).to_have_text('{\n  "user": {\n    "name": "Ada"\n  }\n}')
    expect(panel.pre).to_be_hidden()
    expect(panel.find(".log li").filter(has_text="count", visible=True)).to_have_count(0)
    panel.find("input").fill("nothing")
    expect(panel.find(".filtered")).to_have_text("no such signal")
    panel.find("input").fill("count")
    panel.click("add")
    expect(panel.find(".filtered")).to_contain_text('"count": 3')
    panel.find("input").fill("")
    expect(panel.pre).to_be_visible()


def test_it_can_be_collapsed(panel: Panel) -> None:
    panel.find("button").click()
    expect(panel.pre).to_be_hidden()
    assert panel.box()["height"] < 50
    panel.find("button").click()
    expect(panel.pre).to_be_visible()


def test_the_page_hears_nothing_of_it_and_the_server_neither(site: Site, panel: Panel) -> None:
    site.asked.clear()
    panel.find("input").fill("user")
    panel.find("input").press("Enter")
    panel.click("morph")
    expect(panel.page.locator("#title")).to_have_text("new")
    assert site.asked == [("/morph", {"count": 1, "user": {"name": "Ada"}})]


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_styles_of_the_page_do_not_reach_it(
    url: str, open_page: OpenPage, color_scheme: str
) -> None:
    """And a policy without inline styles does not stop it."""
    plain = Panel(open_page(url, color_scheme=color_scheme))
    hostile = Panel(open_page(f"{url}/?hostile=1", color_scheme=color_scheme))
    for panel in (plain, hostile):
        expect(panel.pre).to_be_visible()
        expect(panel.pre).to_have_css("color", "rgb(228, 228, 231)")
        expect(panel.pre).to_have_css("font-size", "12px")
        expect(panel.find(".panel")).to_have_css("background-color", "rgb(24, 24, 27)")
        expect(panel.host).to_have_css("position", "fixed")
    assert plain.box() == hostile.box()


def test_many_events_do_not_fill_the_page(panel: Panel) -> None:
    panel.page.evaluate("""() => {
        for (let n = 0; n < 200; n++) {
            const argsRaw = {signals: `{"n":${n}}`};
            const detail = {type: 'datastar-patch-signals', el: document.body, argsRaw};
            document.dispatchEvent(new CustomEvent('datastar-fetch', {detail}));
        }
    }""")
    expect(panel.find(".facts")).to_contain_text("signals 200")
    assert panel.find(".log li").count() == 40
    expect(panel.find(".log li").filter(has_text='{"n":199}')).to_be_visible()
