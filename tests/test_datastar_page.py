"""One page with every free attribute and action, in a real Chromium with the real client.

Each test opens the page anew and asserts what the browser shows or what the server was asked. Time
is the browser's fake clock where a modifier waits.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Any, Protocol
from urllib.parse import parse_qsl

import pytest
import stario.responses as responses
from playwright.sync_api import Browser, Page, expect
from stario import App, Context, Writer
from stario.datastar import SSE, DatastarActions, DatastarAttributes, ModuleScript, at, data
from stario.datastar.page.pro import ProAttributes
from stario.markup import html as h

pytestmark = pytest.mark.browser

PATIENCE = 10.0  # seconds
METHODS = ("get", "post", "put", "patch", "delete")

# In every style that a signal can have; each must come back from the browser as it is.
NAMES = [
    "word",
    "snake_case",
    "snake_2_x",
    "camelCase",
    "camelURL",
    "PascalCase",
    "kebab-case",
    "dotted.snake_case",
    "dotted.camelCase",
    "dotted.deep.word",
    "_local",
    "_localCase",
    "_dotted.snake_case",
    "_dotted.PascalCase",
    "trailing_",
]


class ServePage(Protocol):
    def __call__(self, routes: Callable[[App], None]) -> str: ...


class OpenPage(Protocol):
    def __call__(self, url: str, prepare: Callable[[Page], object]) -> Page: ...


@dataclass
class Seen:
    """A request as the server saw it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def signals(self) -> Any:
        text = dict(self.query).get("datastar") or self.body.decode()
        return json.loads(text) if text else None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The query without the signals."""
        return [pair for pair in self.query if pair[0] != "datastar"]


@dataclass
class Site:
    """The app: it notes every request, and holds a stream open until it is told to let go."""

    url: str = ""
    seen: "SimpleQueue[Seen]" = field(default_factory=lambda: SimpleQueue[Seen]())
    left: "SimpleQueue[str]" = field(default_factory=lambda: SimpleQueue[str]())
    tries: dict[str, int] = field(default_factory=dict[str, int])
    open: int = 0

    def routes(self, app: App) -> None:
        app.get("/", self.home)
        for method in METHODS:
            app.handle(method.upper(), "/echo", self.echo)
        app.get("/hold/{name}", self.hold)
        app.get("/release", self.release)
        app.get("/morph", self.morph)
        app.get("/flaky/{name}", self.flaky)
        app.get("/cut/{name}", self.cut)
        self.released = asyncio.Event()

    def request(self) -> Seen:
        """The next request that the server saw."""
        return self.seen.get(timeout=PATIENCE)

    def wait_until_quiet(self) -> None:
        """Wait until no stream is open, and forget what was seen."""
        end = monotonic() + PATIENCE
        while self.open:
            assert monotonic() < end, f"{self.open} streams are still open"
            sleep(0.01)
        for queue in (self.seen, self.left):
            while not queue.empty():
                queue.get_nowait()

    async def home(self, c: Context, w: Writer) -> None:
        responses.html(w, page_view())

    async def echo(self, c: Context, w: Writer) -> None:
        await self.note(c)
        responses.empty(w, 204)

    async def note(self, c: Context) -> None:
        req = c.req
        query = parse_qsl(req.query_bytes.decode(), keep_blank_values=True)
        headers = {name: req.headers.get(name) or "" for name in ("x-a", "content-type")}
        self.seen.put(Seen(req.method, req.path, query, headers, await req.body()))

    async def hold(self, c: Context, w: Writer) -> None:
        """A stream that lasts until `/release`, or until the browser goes."""
        await self.note(c)
        sse = SSE(w)
        sse.patch_signals({"held": True})
        self.open += 1
        try:
            async with c.alive():
                await self.released.wait()
                sse.patch_signals({"held": False})
                return
            self.left.put(c.req.path)
        finally:
            self.open -= 1

    async def release(self, c: Context, w: Writer) -> None:
        self.released.set()
        self.released = asyncio.Event()
        responses.empty(w, 204)

    async def morph(self, c: Context, w: Writer) -> None:
        SSE(w).patch_elements(morph_view("new"))

    async def flaky(self, c: Context, w: Writer) -> None:
        """Fails twice with a 503."""
        await self.note(c)
        if self.count(c.req.path) < 3:
            responses.text(w, "not yet", 503)
        else:
            SSE(w).patch_signals({"log": "there"})

    async def cut(self, c: Context, w: Writer) -> None:
        """Cuts the stream the first time."""
        await self.note(c)
        tries = self.count(c.req.path)
        sse = SSE(w)
        sse.patch_signals({"tries": tries})
        if tries < 2:
            await asyncio.sleep(0.02)
            w.abort()

    def count(self, path: str) -> int:
        self.tries[path] = self.tries.get(path, 0) + 1
        return self.tries[path]


def section(name: str, *content: Any) -> Any:
    return h.Section({"id": name}, *content)


def button(name: str, *attributes: Any) -> Any:
    return h.Button({"id": name, "type": "button"}, *attributes, name)


def page_view() -> Any:
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Title("Every attribute"),
            h.Link({"rel": "icon", "href": "data:,"}),
            ModuleScript("/datastar.js"),
        ),
        h.Body(
            data.signals({"count": 1, "log": "", "user": {"name": "Ada"}, "_secret": "s"}),
            data.signals({"count": 99, "fresh": "new"}, if_missing=True),
            data.signal("late", "'was missing'", if_missing=True),
            shown_view(),
            names_view(),
            inputs_view(),
            listeners_view(),
            watchers_view(),
            morph_view("old"),
            actions_view(),
            requests_view(),
        ),
    )


def shown_view() -> Any:
    """What follows signals."""
    return section(
        "shown",
        data.signals({"on": False, "width": "10px", "a": 1, "b": 2}),
        data.computed("full_name", "$user.name + ' L.'"),
        data.computeds({"twice": "$count * 2", "user_size": "$user.name.length"}),
        h.P(
            {"id": "text"},
            data.text("`${$full_name}, ${$twice}, ${$user_size}, ${$fresh}, ${$late}`"),
        ),
        h.P({"id": "show"}, data.show("$on"), "here"),
        h.P(
            {"id": "class"},
            data.class_("is-on", "$on"),
            data.classes({"B__c": "$on", "off": "!$on"}),
        ),
        h.P(
            {"id": "style"},
            data.style("width", "$width"),
            data.styles({"--tone": "$on ? 'red' : 'blue'"}),
        ),
        h.P(
            {"id": "attr"},
            data.attr("title", "$user.name"),
            data.attrs(
                {"aria-busy": "$on", "aria-label": "'<' + $user.name", "hidden": "$on ? '' : null"}
            ),
        ),
        h.P({"id": "effect"}, data.effect("el.textContent = $a + ':' + " + at.peek("() => $b"))),
        h.P({"id": "ref"}, data.ref("_paragraph"), data.text("$_paragraph.id")),
        h.P({"id": "init"}, data.init("el.textContent = 'began'")),
        h.P({"id": "init-late"}, data.init("el.textContent = 'began'", delay="300ms")),
        h.P({"id": "init-moved"}, data.init("el.textContent = 'moved'", view_transition=True)),
        h.Pre({"id": "json"}, data.json_signals(include=["user"])),
        h.Pre(
            {"id": "terse"},
            data.json_signals(include=["user", "a"], exclude=["user.size"], terse=True),
        ),
        h.Div({"id": "ignore"}, data.ignore(), h.P(data.text("$count"), "as it was")),
        h.Div(
            {"id": "ignore-self"},
            data.ignore(self_only=True),
            data.attr("title", "$user.name"),
            h.P(data.text("$count"), "as it was"),
        ),
        button("add-a", data.on("click", "$a++")),
        button("add-b", data.on("click", "$b++")),
        button(
            "turn", data.on("click", "$on = true; $width = '20px'; $user.name = 'Bob'; $count++")
        ),
    )


def names_view() -> Any:
    """Each name as a key, as a value, and as a key with modifiers."""
    computed = [data.computed(f"of.{name}", "1") for name in NAMES]
    return section(
        "names",
        [h.I(data.signal(name, f"'{name}'")) for name in NAMES],
        [h.Input({"class": "value"}, data.bind(name)) for name in NAMES],
        [h.Input({"class": "key"}, data.bind(name, event="change")) for name in NAMES],
        [h.I(attribute) for attribute in computed],
        [h.I(data.ref(f"_refs.{name}"), data.indicator(f"_busy.{name}")) for name in NAMES],
        button("send-names", data.on("click", at.post("/echo", exclude=["_refs"]))),
    )


def inputs_view() -> Any:
    """Every kind of input."""
    options = [h.Option({"value": value}, value) for value in "abc"]
    return section(
        "inputs",
        data.signals(
            {"in": {"boxes": ["x"], "several": ["b"], "number": 1, "text": "é", "radio": "y"}}
        ),
        h.Input({"id": "text-input", "type": "text"}, data.bind("in.text")),
        h.Textarea({"id": "area"}, data.bind("in.area"), "first\nsecond"),
        h.Input({"id": "number", "type": "number"}, data.bind("in.number")),
        h.Input({"id": "box", "type": "checkbox"}, data.bind("in.box")),
        [h.Input({"type": "checkbox", "value": value}, data.bind("in.boxes")) for value in "xy"],
        [
            h.Input({"type": "radio", "name": "r", "value": value}, data.bind("in.radio"))
            for value in "xy"
        ],
        h.Select({"id": "one"}, data.bind("in.one"), options),
        h.Select({"id": "several", "multiple": True}, data.bind("in.several"), options),
        h.Input({"id": "file", "type": "file"}, data.bind("in.file")),
        h.Div(
            {"id": "editor", "contenteditable": True},
            data.bind("in.edited", prop="innerText", event="change.blur"),
        ),
        button("send-inputs", data.on("click", at.post("/echo", include=["in"]))),
    )


def log(word: str) -> str:
    return f"$log += '{word} '"


def listeners_view() -> Any:
    """Every modifier of `data.on`."""
    return section(
        "listeners",
        h.Output({"id": "log"}, data.text("$log")),
        button("once", data.on("click", log("once"), once=True)),
        h.A(
            {"id": "prevent", "href": "/elsewhere"},
            data.on("click", log("prevent"), prevent=True),
            "away",
        ),
        h.Div(
            data.on("click", log("never")), button("stop", data.on("click", log("stop"), stop=True))
        ),
        h.Div(
            data.on("click", log("first"), capture=True),
            button("capture", data.on("click", log("second"))),
        ),
        h.Div({"id": "passive"}, data.on("scrolled", "evt.preventDefault()", passive=True)),
        h.I(data.on("ring", log("window"), target="window")),
        h.I(data.on("ring", log("document"), target="document")),
        h.Div({"id": "outside"}, data.on("poke", log("outside"), target="outside"), h.B("inside")),
        h.I(
            {"id": "cases"},
            *[
                data.on("myEvent", log("kebab")),
                data.on("myEvent", log("camel"), case="camel"),
                data.on("MyEvent", log("pascal"), case="pascal"),
                data.on("my_event", log("snake"), case="snake"),
                data.on("ns:event", log("colon")),
            ],
        ),
        button("moved", data.on("click", log("moved"), view_transition=True)),
        button("delay", data.on("click", log("delay"), delay=0.3)),
        button("debounce", data.on("click", log("debounce"), debounce="300ms")),
        button("both", data.on("click", log("both"), debounce=("300ms", "leading"))),
        button(
            "leading", data.on("click", log("leading"), debounce=("300ms", "leading", "notrailing"))
        ),
        button("throttle", data.on("click", log("throttle"), throttle="300ms")),
        button(
            "trailing",
            data.on("click", log("trailing"), throttle=("300ms", "noleading", "trailing")),
        ),
        h.Form(
            {"id": "form"}, data.on("submit", log("submit")), h.Button({"id": "submit"}, "submit")
        ),
        button("clear", data.on("click", "$log = ''")),
    )


def watchers_view() -> Any:
    """What runs by itself."""
    tall: Any = {"style": {"height": "1500px"}}
    return section(
        "watchers",
        data.signals({"ticks": 0, "led": 0, "patched": "", "views": ""}),
        h.I({"id": "ticks"}, data.on_interval("$ticks++", duration=0.5), data.text("$ticks")),
        h.I({"id": "led"}, data.on_interval("$led++", leading=True, duration=2), data.text("$led")),
        h.Output(
            {"id": "patched"},
            data.on_signal_patch(
                "$patched += JSON.stringify(patch)", include=["user"], exclude=["user.x"]
            ),
            data.text("$patched"),
        ),
        h.I(data.on_signal_patch("$user.slow = 'y'", include=["user.fast"], debounce="100ms")),
        button("patch", data.on("click", "$user.name = 'Cy'; $user.x = 1; $username = 'no'")),
        button("patch-fast", data.on("click", "$user.fast = 'x'")),
        h.Div(tall),
        h.Div(
            {"id": "seen", "style": {"height": "100px"}},
            data.on_intersect("$views += 'in '"),
            h.I(data.on_intersect("$views += 'once '", once=True)),
        ),
        h.Div(
            {"style": {"height": "100px"}}, data.on_intersect("$views += 'half '", threshold="half")
        ),
        h.Div(
            {"style": {"height": "100px"}}, data.on_intersect("$views += 'full '", threshold="full")
        ),
        h.Div(
            {"style": {"height": "100px"}}, data.on_intersect("$views += 'tenth '", threshold=0.1)
        ),
        h.Div(
            {"id": "left", "style": {"height": "100px"}},
            data.on_intersect("$views += 'out '", exit=True),
        ),
        h.Div(tall),
        h.Output({"id": "views"}, data.text("$views")),
    )


def morph_view(text: str) -> Any:
    """What a patch may not touch."""
    return section(
        "morph",
        h.P({"id": "plain"}, text),
        h.P({"id": "kept"}, data.ignore_morph(), text),
        h.Details(
            {"id": "details", "class": text},
            data.preserve_attr(["open", "class"]),
            h.Summary(text),
            text,
        ),
        button("do-morph", data.on("click", at.get("/morph"))),
    )


def actions_view() -> Any:
    """Actions without a request."""
    flags: Any = {
        "flag": False,
        "flagged": False,
        "box": {"a": False, "b": True},
        "boxed": {"a": False},
    }
    return section(
        "actions",
        data.signals({**flags, "deep": {"flag": False}}),
        button("toggle", data.on("click", at.toggle_all(include=["flag", "box"]))),
        button(
            "set", data.on("click", at.set_all("true", include=["box", "deep"], exclude=["box.b"]))
        ),
        h.Pre({"id": "flags"}, data.json_signals(include="^(flag|box|deep)", terse=True)),
    )


def requests_view() -> Any:
    """Actions that make a request, with every option."""
    some = {"include": ["user", "count"]}
    return section(
        "requests",
        data.signals(
            {
                "held": False,
                "tries": 0,
                "ended": 0,
                "username": "not sent",
                "query": "a&b=c d+é#/?\"'",
                "list": ["x,", "y"],
            }
        ),
        [
            button(f"do-{name}", data.on("click", getattr(at, name)("/echo", **some)))
            for name in METHODS
        ],
        button("default-filter", data.on("click", at.post("/echo"))),
        button(
            "exclude",
            data.on("click", at.post("/echo", include=["user", "_secret"], exclude=["user.size"])),
        ),
        button(
            "headers",
            data.on(
                "click",
                at.post("/echo", headers={"X-A": 'it\'s "$count"'}),
            ),
        ),
        button(
            "payload",
            data.on(
                "click",
                at.put(
                    "/echo",
                    payload={"el": "el.id", "n": "$count + 1", "z": None, "l": [1, "$user.name"]},
                ),
            ),
        ),
        button(
            "query",
            data.on(
                "click",
                at.get(
                    "/echo?p=1#top",
                    {"q": "$query", "l": ["$user.name", "fixed $", "$list"], "price": "$5"},
                    include=["none"],
                ),
            ),
        ),
        button("literal", data.on("click", at.get("/echo?q=%24query", include=["none"]))),
        h.Form(
            {"id": "one-form"},
            h.Input({"name": "a", "value": "1 2"}),
            h.Input({"name": "a", "value": "é"}),
            button("closest-form", data.on("click", at.post("/echo", content_type="form"))),
        ),
        h.Form(
            {"id": "parts", "enctype": "multipart/form-data"},
            h.Input({"name": "b", "value": "2"}),
            h.Input({"name": "need", "id": "need", "required": True}),
        ),
        button(
            "selected", data.on("click", at.post("/echo", content_type="form", selector="#parts"))
        ),
        button(
            "in-query", data.on("click", at.get("/echo", content_type="form", selector="#one-form"))
        ),
        button("hold", data.indicator("busy"), data.on("click", at.get("/hold/a"))),
        h.Output({"id": "busy"}, data.text("$busy ? 'busy' : 'idle'")),
        h.Output(
            {"id": "ended"},
            data.on("datastar-fetch", "$ended += evt.detail.type == 'finished'", target="document"),
            data.text("$ended"),
        ),
        h.Output({"id": "held"}, data.text("$held")),
        button("release", data.on("click", at.get("/release", request_cancellation="disabled"))),
        button("hold-both", data.on("click", at.get("/hold/b", request_cancellation="disabled"))),
        h.Div(
            {"id": "nest"},
            button(
                "hold-cleanup", data.on("click", at.get("/hold/c", request_cancellation="cleanup"))
            ),
        ),
        button("hold-hidden", data.on("click", at.get("/hold/d", open_when_hidden=True))),
        h.Output({"id": "tries"}, data.text("$tries")),
        button(
            "cut",
            data.on(
                "click",
                at.get(
                    "/cut/a",
                    retry_interval_ms=20,
                    retry_scaler=1.0,
                    retry_max_wait_ms=50,
                    retry_max_count=5,
                ),
            ),
        ),
        button("flaky", data.on("click", at.get("/flaky/a", retry="error", retry_interval_ms=20))),
        button("flaky-auto", data.on("click", at.get("/flaky/b"))),
        button("flaky-never", data.on("click", at.get("/flaky/c", retry="never"))),
    )


@pytest.fixture(scope="module")
def site(serve: ServePage) -> Site:
    site = Site()
    site.url = serve(site.routes)
    return site


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Page:
    """A tab that loads the page again for each test, which takes less time than a new one."""
    return chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()


@pytest.fixture
def page(site: Site, tab: Page, listen: Callable[[Page], None]) -> Iterator[Page]:
    """The page, after the client has begun."""
    tab.goto(site.url)
    listen(tab)
    expect(tab.locator("#init")).to_have_text("began")
    yield tab
    tab.goto("about:blank")
    site.wait_until_quiet()


@pytest.fixture
def frozen(site: Site, open_page: OpenPage) -> Iterator[Page]:
    """The page, with its clock at a standstill 100 ms after it began."""

    def freeze(page: Page) -> None:
        page.clock.install(time=0)
        page.clock.pause_at(100)

    page = open_page(site.url, freeze)
    page.clock.run_for(100)
    expect(page.locator("#init")).to_have_text("began")
    yield page
    site.wait_until_quiet()


def text(page: Page, name: str) -> str:
    return page.locator(f"#{name}").text_content() or ""


def click(page: Page, *names: str) -> None:
    for name in names:
        page.locator(f"#{name}").dispatch_event("click")


def logged(page: Page, *names: str) -> str:
    """What the page logs when these are clicked, one after the other."""
    click(page, "clear", *names)
    return text(page, "log").strip()


def test_every_free_attribute_is_on_the_page() -> None:
    """`data-nonce` is newer than the client that this page loads."""
    free = {name for name in vars(DatastarAttributes) if not name.startswith("_")} - {"nonce"}
    assert free.isdisjoint(vars(ProAttributes))
    source = Path(__file__).read_text("utf-8")
    assert {name for name in free if f"data.{name}(" not in source} == set()


def test_every_free_action_is_on_the_page() -> None:
    """The free client has no `@clipboard`, `@intl` and `@fit`; `@query` is newer than ours."""
    actions = {name for name in vars(DatastarActions) if not name.startswith("_")}
    free = actions - {"clipboard", "intl", "fit", "query", *METHODS}
    source = Path(__file__).read_text("utf-8")
    assert {name for name in free if f"at.{name}(" not in source} == set()


class TestShown:
    """What follows signals: text, show, class, style, attr, effect, ref, init, json_signals."""

    def test_expressions_are_shown(self, page: Page) -> None:
        expect(page.locator("#text")).to_have_text("Ada L., 2, 3, new, was missing")
        expect(page.locator("#show")).to_be_hidden()
        expect(page.locator("#class")).to_have_class("off")
        expect(page.locator("#style")).to_have_css("width", "10px")
        expect(page.locator("#style")).to_have_css("--tone", "blue")
        expect(page.locator("#attr")).to_have_attribute("title", "Ada")
        expect(page.locator("#attr")).to_have_attribute("aria-label", "<Ada")
        assert page.locator("#attr").get_attribute("hidden") is None
        expect(page.locator("#ref")).to_have_text("ref")

    def test_they_follow_their_signals(self, page: Page) -> None:
        click(page, "turn")
        expect(page.locator("#text")).to_have_text("Bob L., 4, 3, new, was missing")
        expect(page.locator("#show")).to_be_visible()
        expect(page.locator("#class")).to_have_class("is-on B__c")
        expect(page.locator("#style")).to_have_css("width", "20px")
        expect(page.locator("#style")).to_have_css("--tone", "red")
        expect(page.locator("#attr")).to_have_attribute("aria-busy", "")
        expect(page.locator("#attr")).to_have_attribute("hidden", "")

    def test_a_peek_is_no_subscription(self, page: Page) -> None:
        effect = page.locator("#effect")
        expect(effect).to_have_text("1:2")
        click(page, "add-b")
        expect(effect).to_have_text("1:2")
        click(page, "add-a")
        expect(effect).to_have_text("2:3")

    def test_init_runs_once_and_after_its_delay(self, frozen: Page) -> None:
        assert text(frozen, "init-late") == ""
        frozen.clock.run_for(201)
        expect(frozen.locator("#init-late")).to_have_text("began")
        expect(frozen.locator("#init-moved")).to_have_text("moved")

    def test_signals_are_shown_as_json(self, page: Page) -> None:
        assert json.loads(text(page, "json")) == {"user": {"name": "Ada"}}
        assert text(page, "json").startswith("{\n")
        assert json.loads(text(page, "terse")) == {"user": {"name": "Ada"}, "a": 1}
        assert "\n" not in text(page, "terse")

    def test_ignored_elements_stay_as_they_were(self, page: Page) -> None:
        expect(page.locator("#ignore p")).to_have_text("as it was")
        expect(page.locator("#ignore-self p")).to_have_text("1")
        assert page.locator("#ignore-self").get_attribute("title") is None


def nested(pairs: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in pairs.items():
        *branches, leaf = name.split(".")
        node = tree
        for branch in branches:
            node = node.setdefault(branch, {})
        node[leaf] = value
    return tree


class TestNames:
    """A name is the same in Python, in the browser and on the server."""

    def test_each_style_comes_back_unchanged(self, site: Site, page: Page) -> None:
        click(page, "send-names")
        signals = site.request().signals
        expected = nested({name: name for name in NAMES})
        assert {name: signals.get(name) for name in expected} == expected
        assert signals["of"] == nested(dict.fromkeys(NAMES, 1))
        assert signals["_busy"] == nested(dict.fromkeys(NAMES, False))

    @pytest.mark.parametrize("kind", ["value", "key"])
    def test_an_input_is_bound_to_each(self, site: Site, page: Page, kind: str) -> None:
        for number, _ in enumerate(NAMES):
            bound = page.locator(f"input.{kind}").nth(number)
            bound.evaluate(f"el => {{ el.value = 'new {number}'; }}")
            bound.dispatch_event("input")
            bound.dispatch_event("change")
        click(page, "send-names")
        signals = site.request().signals
        expected = nested({name: f"new {number}" for number, name in enumerate(NAMES)})
        assert {name: signals.get(name) for name in expected} == expected


class TestInputs:
    """`data.bind`, on every kind of input."""

    def test_inputs_show_their_signals(self, page: Page) -> None:
        expect(page.locator("#text-input")).to_have_value("é")
        expect(page.locator("#number")).to_have_value("1")
        expect(page.locator("#inputs input[type=checkbox][value=x]")).to_be_checked()
        expect(page.locator("#inputs input[type=radio][value=y]")).to_be_checked()
        expect(page.locator("#several")).to_have_values(["b"])

    def test_signals_begin_with_what_inputs_hold(self, site: Site, page: Page) -> None:
        click(page, "send-inputs")
        assert site.request().signals["in"] == {
            "boxes": ["x", ""],
            "several": ["b"],
            "number": 1,
            "text": "é",
            "radio": "y",
            "area": "first\nsecond",
            "box": False,
            "one": "a",
            "edited": "",
        }

    def test_what_people_enter_goes_to_the_server(self, site: Site, page: Page) -> None:
        page.locator("#text-input").fill('it\'s "<b>"')
        page.locator("#area").fill("a\nb")
        page.locator("#number").fill("2.5")
        page.locator("#box").check()
        page.locator("#inputs input[type=checkbox][value=y]").check()
        page.locator("#inputs input[type=radio][value=x]").check()
        page.locator("#one").select_option("c")
        page.locator("#several").select_option(["a", "c"])
        page.locator("#editor").fill("typed")
        page.locator("#editor").blur()
        file: Any = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hi"}
        page.locator("#file").set_input_files(file)
        expect(page.locator("#text-input")).to_have_value('it\'s "<b>"')
        click(page, "send-inputs")
        assert site.request().signals["in"] == {
            "boxes": ["x", "y"],
            "several": ["a", "c"],
            "number": 2.5,
            "text": 'it\'s "<b>"',
            "radio": "x",
            "area": "a\nb",
            "box": True,
            "one": "c",
            "edited": "typed",
            "file": [{"name": "a.txt", "contents": "aGk=", "mime": "text/plain"}],
        }


class TestOn:
    """`data.on`, with each modifier."""

    def test_once_is_once(self, page: Page) -> None:
        assert logged(page, "once", "once") == "once"

    def test_prevent_stays_on_the_page(self, site: Site, page: Page) -> None:
        page.locator("#prevent").click()
        expect(page.locator("#log")).to_have_text("prevent ")
        assert page.url.rstrip("/") == site.url.rstrip("/")

    def test_stop_keeps_the_event_from_the_parent(self, page: Page) -> None:
        assert logged(page, "stop") == "stop"

    def test_capture_comes_before_the_child(self, page: Page) -> None:
        assert logged(page, "capture") == "first second"

    def test_a_passive_listener_cannot_prevent(self, page: Page, complaints: list[str]) -> None:
        dispatch = """el => {
            const event = new Event('scrolled', {cancelable: true});
            el.dispatchEvent(event);
            return event.defaultPrevented;
        }"""
        assert page.locator("#passive").evaluate(dispatch) is False
        assert ["passive event listener" in text for text in complaints] == [True]
        complaints.clear()

    def test_window_and_document_are_listened_to(self, page: Page) -> None:
        click(page, "clear")
        page.evaluate("window.dispatchEvent(new Event('ring'))")
        expect(page.locator("#log")).to_have_text("window ")
        page.evaluate("document.dispatchEvent(new Event('ring'))")
        expect(page.locator("#log")).to_have_text("window document ")

    def test_outside_is_everywhere_else(self, page: Page) -> None:
        click(page, "clear")
        page.locator("#outside b").dispatch_event("poke", {"bubbles": True})
        expect(page.locator("#log")).to_have_text("")
        page.locator("#shown").dispatch_event("poke", {"bubbles": True})
        expect(page.locator("#log")).to_have_text("outside ")

    def test_an_event_keeps_its_case(self, page: Page) -> None:
        click(page, "clear")
        for event in ("my-event", "myEvent", "MyEvent", "my_event", "ns:event"):
            page.locator("#cases").dispatch_event(event)
        expect(page.locator("#log")).to_have_text("kebab camel pascal snake colon ")

    def test_a_view_transition_is_around_it(self, page: Page) -> None:
        begun = """() => {
            const begin = document.startViewTransition.bind(document);
            window.begun = 0;
            document.startViewTransition = change => { window.begun++; return begin(change); };
        }"""
        page.evaluate(begun)
        click(page, "clear", "moved")
        expect(page.locator("#log")).to_have_text("moved ")
        assert page.evaluate("window.begun") == 1

    def test_time_is_taken(self, frozen: Page) -> None:
        """Two clicks, one after the other: what is logged at once, and what 300 ms later."""
        for name, at_once, later in (
            ("delay", "", "delay delay"),
            ("debounce", "", "debounce"),
            ("both", "both", "both both"),
            ("leading", "leading", "leading"),
            ("throttle", "throttle", "throttle"),
            ("trailing", "", "trailing"),
        ):
            assert logged(frozen, name, name) == at_once
            frozen.clock.run_for(299)
            assert text(frozen, "log").strip() == at_once
            frozen.clock.run_for(2)
            assert text(frozen, "log").strip() == later

    def test_a_throttle_lets_through_again(self, frozen: Page) -> None:
        click(frozen, "clear", "throttle", "throttle")
        frozen.clock.run_for(301)
        click(frozen, "throttle")
        assert text(frozen, "log") == "throttle throttle "

    def test_a_submit_does_not_leave_the_page(self, site: Site, page: Page) -> None:
        page.locator("#submit").click()
        expect(page.locator("#log")).to_have_text("submit ")
        assert page.url.rstrip("/") == site.url.rstrip("/")


class TestWatchers:
    """`on_interval`, `on_signal_patch`, `on_intersect`."""

    def test_an_interval_comes_again_and_again(self, frozen: Page) -> None:
        """A leading one begins at once."""
        assert [text(frozen, "ticks"), text(frozen, "led")] == ["0", "1"]
        frozen.clock.run_for(2_000)
        assert [text(frozen, "ticks"), text(frozen, "led")] == ["4", "2"]

    def test_a_patch_of_signals_is_seen_through_the_filter(self, page: Page) -> None:
        expect(page.locator("#patched")).to_have_text("")
        click(page, "patch")
        expect(page.locator("#patched")).to_have_text('{"user":{"name":"Cy"}}')

    def test_a_debounced_patch_comes_later(self, frozen: Page) -> None:
        click(frozen, "patch-fast")
        frozen.clock.run_for(99)
        assert "slow" not in text(frozen, "json")
        frozen.clock.run_for(2)
        assert json.loads(text(frozen, "json"))["user"]["slow"] == "y"

    def test_elements_tell_when_they_are_in_view(self, page: Page) -> None:
        """An element that begins out of view has left it, says the client."""
        views = page.locator("#views")
        expect(views).to_have_text("out ")
        for name, words in (("seen", ("in", "once")), ("left", ("half", "full", "tenth"))):
            page.locator(f"#{name}").scroll_into_view_if_needed()
            for word in words:
                expect(views).to_contain_text(word)
        page.evaluate("window.scrollTo(0, 0)")
        expect(views).to_have_text(re.compile("out .*out "))
        page.locator("#seen").scroll_into_view_if_needed()
        expect(views).to_have_text(re.compile("in .*in "))
        assert text(page, "views").split().count("once") == 1


class TestMorph:
    def test_a_patch_leaves_what_it_is_told_to_leave(self, page: Page) -> None:
        page.evaluate("document.querySelector('#details').open = true")
        click(page, "do-morph")
        expect(page.locator("#plain")).to_have_text("new")
        expect(page.locator("#kept")).to_have_text("old")
        expect(page.locator("#details")).to_have_attribute("open", "")
        expect(page.locator("#details")).to_have_class("old")
        expect(page.locator("#details summary")).to_have_text("new")


class TestActions:
    """`set_all` and `toggle_all`: a name is that signal and what lies below it, nothing else."""

    def flags(self, page: Page) -> Any:
        return json.loads(text(page, "flags"))

    def test_toggle_all_finds_names_and_their_children_only(self, page: Page) -> None:
        click(page, "toggle")
        assert self.flags(page) == {
            "flag": True,
            "flagged": False,
            "box": {"a": True, "b": False},
            "boxed": {"a": False},
            "deep": {"flag": False},
        }

    def test_set_all_sets_names_and_their_children_only(self, page: Page) -> None:
        click(page, "set")
        assert self.flags(page) == {
            "flag": False,
            "flagged": False,
            "box": {"a": True, "b": True},
            "boxed": {"a": False},
            "deep": {"flag": True},
        }


class TestRequests:
    """The actions that make a request, with every option."""

    def test_each_method_carries_the_signals(self, site: Site, page: Page) -> None:
        for method in METHODS:
            click(page, f"do-{method}")
            seen = site.request()
            assert seen.method == method.upper()
            assert seen.signals == {"user": {"name": "Ada"}, "count": 1}
            assert bool(seen.body) == (method not in ("get", "delete"))

    def test_by_default_signals_with_an_underscore_stay(self, site: Site, page: Page) -> None:
        click(page, "default-filter")
        signals = site.request().signals
        assert signals["count"] == 1
        assert [name for name in signals if name.startswith("_")] == []

    def test_an_exclusion_replaces_the_default(self, site: Site, page: Page) -> None:
        click(page, "exclude")
        assert site.request().signals == {"user": {"name": "Ada"}, "_secret": "s"}

    def test_headers_are_text(self, site: Site, page: Page) -> None:
        click(page, "headers")
        assert site.request().headers["x-a"] == 'it\'s "$count"'

    def test_a_payload_replaces_the_signals(self, site: Site, page: Page) -> None:
        click(page, "payload")
        assert site.request().signals == {"el": "payload", "n": 2, "z": None, "l": [1, "Ada"]}

    def test_a_query_value_that_is_a_signal_is_read_and_encoded(
        self, site: Site, page: Page
    ) -> None:
        click(page, "query")
        expected = [
            ("p", "1"),
            ("q", "a&b=c d+é#/?\"'"),
            ("l", "Ada"),
            ("l", "fixed $"),
            ("l", "x,,y"),
            ("price", "$5"),
        ]
        assert site.request().fields == expected

    def test_text_that_looks_like_a_signal_is_sent_from_the_url(
        self, site: Site, page: Page
    ) -> None:
        click(page, "literal")
        assert site.request().fields == [("q", "$query")]

    def test_the_closest_form_is_sent(self, site: Site, page: Page) -> None:
        click(page, "closest-form")
        seen = site.request()
        assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qsl(seen.body.decode()) == [("a", "1 2"), ("a", "é")]

    def test_a_form_is_sent_in_the_query_of_a_get(self, site: Site, page: Page) -> None:
        click(page, "in-query")
        assert site.request().query == [("a", "1 2"), ("a", "é")]

    def test_a_selected_form_is_sent_when_it_is_valid(self, site: Site, page: Page) -> None:
        click(page, "selected")
        page.locator("#need").fill("given")
        click(page, "selected")
        seen = site.request()
        assert seen.headers["content-type"].startswith("multipart/form-data")
        assert b"given" in seen.body
        assert site.seen.empty()

    def test_an_indicator_is_on_while_a_request_is_under_way(self, site: Site, page: Page) -> None:
        busy = page.locator("#busy")
        expect(busy).to_have_text("idle")
        click(page, "hold")
        expect(busy).to_have_text("busy")
        expect(page.locator("#held")).to_have_text("true")
        click(page, "release")
        expect(page.locator("#held")).to_have_text("false")
        expect(busy).to_have_text("idle")

    def test_a_second_request_cancels_the_first(self, site: Site, page: Page) -> None:
        click(page, "hold")
        expect(page.locator("#held")).to_have_text("true")
        click(page, "hold")
        assert site.left.get(timeout=PATIENCE) == "/hold/a"
        assert [site.request().path, site.request().path] == ["/hold/a", "/hold/a"]

    def test_requests_run_side_by_side_without_cancellation(self, site: Site, page: Page) -> None:
        click(page, "hold-both", "hold-both")
        site.request()
        site.request()
        assert site.left.empty()
        click(page, "release")
        expect(page.locator("#held")).to_have_text("false")

    def test_a_request_ends_with_its_element(self, site: Site, page: Page) -> None:
        click(page, "hold-cleanup")
        expect(page.locator("#held")).to_have_text("true")
        page.evaluate("document.querySelector('#nest').remove()")
        assert site.left.get(timeout=PATIENCE) == "/hold/c"

    def test_a_stream_ends_while_the_page_is_hidden(self, site: Site, page: Page) -> None:
        click(page, "hold")
        expect(page.locator("#held")).to_have_text("true")
        self.hide(page, True)
        assert site.left.get(timeout=PATIENCE) == "/hold/a"
        self.hide(page, False)
        assert [site.request().path, site.request().path] == ["/hold/a", "/hold/a"]

    def test_a_stream_can_stay_open_while_the_page_is_hidden(self, site: Site, page: Page) -> None:
        click(page, "hold-hidden")
        expect(page.locator("#held")).to_have_text("true")
        self.hide(page, True)
        click(page, "release")
        expect(page.locator("#held")).to_have_text("false")
        assert site.left.empty()

    def hide(self, page: Page, hidden: bool) -> None:
        said = json.dumps(hidden)
        page.evaluate(
            f"Object.defineProperty(document, 'hidden', {{configurable: true, value: {said}}});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )

    def test_a_cut_stream_is_asked_for_again(
        self, site: Site, page: Page, complaints: list[str]
    ) -> None:
        click(page, "cut")
        expect(page.locator("#tries")).to_have_text("2")
        assert any("retrying in 20ms" in text for text in complaints)
        complaints.clear()

    @pytest.mark.parametrize("name", ["flaky-auto", "flaky-never"])
    def test_an_error_is_left_alone_by_default(
        self, site: Site, page: Page, complaints: list[str], name: str
    ) -> None:
        click(page, name)
        expect(page.locator("#ended")).to_have_text("1")
        assert [site.request().method, site.seen.empty()] == ["GET", True]
        assert ["503" in text for text in complaints] == [True]
        complaints.clear()

    def test_an_error_is_tried_again_where_that_is_wanted(
        self, site: Site, page: Page, complaints: list[str]
    ) -> None:
        click(page, "clear", "flaky")
        expect(page.locator("#log")).to_have_text("there")
        assert len(complaints) == 2
        complaints.clear()
