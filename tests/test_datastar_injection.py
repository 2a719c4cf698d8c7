"""Attacks on a page, in a real Chromium: none sets a signal, runs a script or adds an element.

Each attack is a message that somebody wrote and that everybody sees. Every test ends with the same
question to the page: is the message there as it was written, and is nothing else there.
"""

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest
import stario.responses as responses
from playwright.sync_api import Page, expect
from stario import App, Context, Writer
from stario.datastar import SSE, ModuleScript, at, data
from stario.datastar.format import string_literal
from stario.exceptions import StarioError
from stario.markup import html as h

pytestmark = pytest.mark.browser

EVENT = "event: datastar-patch-signals{end}data: signals {{evil: window.evil = 1}}{end}{end}"
MESSAGES = [
    *(
        f"hi{end}{end}{EVENT.format(end=end)}"
        for end in ("\r", "\n", "\r\n", "\u2028", "\v", "\x85")
    ),
    "hi\r\ndata: selector body\r\ndata: mode replace",
    "hi\rid: 1\rretry: 1",
    "<img src=x onerror='evil = 1'>",
    "<p data-init='window.evil = 1'>",
    "</p><script>evil = 1</script>",
    "</script><script>evil = 1</script>",
    "</SCRIPT\n><script>evil = 1</script>",
    "<!--<script>",
    "'; window.evil = 1; '",
    '"; window.evil = 1; "',
    "` + (window.evil = 1) + `",
    "${window.evil = 1}",
    '"}, "evil": 1, "x": {"',
    '\'}" data-init="window.evil = 1',
    "\\'; window.evil = 1; //",
    "$evil = 1",
    "@setAll(1)",
    "@in(x) @get('/evil')",
]


class OpenPage(Protocol):
    def __call__(self, url: str) -> Page: ...


class Site:
    """Shows one message in every way that there is."""

    message = ""

    def routes(self, app: App) -> None:
        app.get("/", self.home)
        app.get("/away", self.away)
        for name in ("elements", "signals", "run", "leave", "fields"):
            app.get(f"/{name}", getattr(self, name))

    async def home(self, c: Context, w: Writer) -> None:
        message = self.message
        head = h.Head(h.Link({"rel": "icon", "href": "data:,"}), ModuleScript("/datastar.js"))
        body = h.Body(
            data.signals({"first": message, "deep": {"x": message}, "sent": "", "ran": ""}),
            data.signal("literal", string_literal(message)),
            h.P({"id": "written", "title": message}, message),
            h.P({"id": "first"}, data.text("$first")),
            h.P({"id": "deep"}, data.text("$deep.x")),
            h.P({"id": "literal"}, data.text("$literal")),
            h.P({"id": "attr"}, data.attr("title", string_literal(message))),
            h.P({"id": "sent"}, data.text("$sent")),
            h.P({"id": "ran"}),
            h.P({"id": "patched"}),
            h.Pre({"id": "all"}, data.json_signals(terse=True)),
            *(
                h.Button({"id": f"do-{name}"}, data.on("click", at.get(f"/{name}")))
                for name in ("elements", "signals", "run", "leave", "fields")
            ),
        )
        responses.html(w, h.HtmlDocument(head, body))

    async def away(self, c: Context, w: Writer) -> None:
        head = h.Head(h.Link({"rel": "icon", "href": "data:,"}))
        got = h.Pre({"id": "got"}, c.req.query.get("m") or "")
        responses.html(w, h.HtmlDocument(head, h.Body(got)))

    async def elements(self, c: Context, w: Writer) -> None:
        SSE(w).patch_elements(h.P({"id": "patched", "title": self.message}, self.message))

    async def signals(self, c: Context, w: Writer) -> None:
        SSE(w).patch_signals({"sent": self.message})

    async def run(self, c: Context, w: Writer) -> None:
        text = string_literal(self.message)
        SSE(w).execute_script(f"document.querySelector('#ran').textContent = {text}")

    async def leave(self, c: Context, w: Writer) -> None:
        SSE(w).navigate(f"/away?m={self.message}")

    async def fields(self, c: Context, w: Writer) -> None:
        """What an application would pass on; each is refused before anything is sent."""
        sse = SSE(w)
        bad = f"x\r\n\r\n{EVENT.format(end=chr(13))}"
        calls: list[Callable[[], object]] = [
            lambda: sse.patch_elements("x", selector=bad),
            lambda: sse.patch_elements("x", view_transition=True, view_transition_selector=bad),
            lambda: sse.patch_signals({}, event_id=bad),
            lambda: sse.remove(bad),
            lambda: sse.ping(bad),
            lambda: sse.navigate("javascript:evil = 1"),
            lambda: data.attr('x" data-init="window.evil = 1', "1"),
            lambda: data.on("click' onclick='evil = 1", "1"),
            lambda: data.class_("a><script>evil = 1</script>", "1"),
        ]
        for call in calls:
            with pytest.raises(StarioError):
                call()
        sse.patch_signals({"sent": "all refused"})


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.fixture(scope="module")
def url(site: Site, serve: Callable[[Callable[[App], None]], str]) -> str:
    return serve(site.routes)


@pytest.fixture
def page(url: str, open_page: OpenPage) -> Page:
    return open_page(url)


def text(page: Page, name: str) -> Any:
    return page.evaluate("name => document.getElementById(name).textContent", name)


def title(page: Page, name: str) -> Any:
    return page.evaluate("name => document.getElementById(name).title", name)


def wait_for(page: Page, name: str, expected: str) -> None:
    page.wait_for_function(
        "([name, text]) => document.getElementById(name)?.textContent === text",
        arg=[name, expected],
        timeout=10_000,
    )


def as_html(message: str) -> str:
    """A parser of HTML, and a stream of events, have one line end."""
    return message.replace("\r\n", "\n").replace("\r", "\n")


def test_a_message_is_shown_and_does_nothing_else(site: Site, url: str, page: Page) -> None:
    for message in MESSAGES:
        site.message = message
        page.goto(url)
        expect(page.locator("#all")).to_contain_text("literal")
        for name in ("first", "deep", "literal"):
            assert text(page, name) == message
        assert title(page, "attr") == message
        assert text(page, "written") == title(page, "written") == as_html(message)
        for name in ("elements", "signals", "run"):
            page.locator(f"#do-{name}").click()
        wait_for(page, "sent", message)
        wait_for(page, "patched", as_html(message))
        wait_for(page, "ran", message)
        assert title(page, "patched") == as_html(message)
        assert page.evaluate("typeof window.evil") == "undefined"
        assert set(json.loads(text(page, "all"))) == {"first", "deep", "sent", "ran", "literal"}
        found = page.evaluate("[...document.body.children].map(el => el.localName).join(' ')")
        assert found == "p p p p p p p p pre button button button button button"


@pytest.mark.parametrize(
    "message", ["'; evil = 1; '", '";evil=1;"', "</script><script>evil = 1</script>", "' - evil()"]
)
def test_a_target_goes_where_it_says(site: Site, url: str, page: Page, message: str) -> None:
    site.message = message
    page.goto(url)
    page.locator("#do-leave").click()
    wait_for(page, "got", message)
    assert page.evaluate("typeof window.evil") == "undefined"


def test_fields_keys_and_targets_are_refused(site: Site, url: str, page: Page) -> None:
    site.message = ""
    page.goto(url)
    page.locator("#do-fields").click()
    wait_for(page, "sent", "all refused")
    assert page.evaluate("typeof window.evil") == "undefined"
