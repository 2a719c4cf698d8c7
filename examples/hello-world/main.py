"""A greeting that the browser writes by itself, and a number that the server keeps.

Signals are values in the page: the greeting needs no request. The number is the server's, so a
click asks it, and the answer patches one element.
"""

import asyncio
from pathlib import Path

import stario.responses as responses
from stario import App, AssetManifest, Context, HttpException, Span, StaticAssets, UrlPath, Writer
from stario.datastar import SSE, ModuleScript, at, data, read_signals
from stario.datastar.client import fetch_client
from stario.markup import HtmlElement
from stario.markup import html as h

STATIC = Path(__file__).parent / "static"
LARGEST_STEP = 10

HOME = UrlPath("/")
COUNT = UrlPath("/count")


def page_view(count: int, assets: AssetManifest) -> HtmlElement:
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Meta({"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            h.Title("Hello, world"),
            h.Link({"rel": "icon", "href": assets.href("icon.svg")}),
            h.Link({"rel": "stylesheet", "href": assets.href("css/hello.css")}),
            ModuleScript(assets.href("js/datastar.js")),
        ),
        h.Body(data.signals({"name": "", "step": 1}), h.Main(greeting_view(), counter_view(count))),
    )


def greeting_view() -> HtmlElement:
    """All of it happens in the browser."""
    return h.Section(
        h.H1(
            {"id": "greeting"}, data.text("'Hello, ' + ($name.trim() || 'world')"), "Hello, world"
        ),
        h.Label({"for": "name"}, "Who are you?"),
        h.Input({"id": "name", "maxlength": 40, "autocomplete": "off"}, data.bind("name")),
    )


def counter_view(count: int) -> HtmlElement:
    smaller = "$step = Math.max(1, $step - 1)"
    larger = f"$step = Math.min({LARGEST_STEP}, $step + 1)"
    return h.Section(
        h.H2("Everybody's number"),
        count_view(count),
        h.Div(
            {"class": "row"},
            h.Button(
                {"id": "smaller", "aria-label": "Smaller step"}, data.on("click", smaller), "−"
            ),
            h.Button(
                {"id": "add", "class": "main"},
                data.on("click", at.post(COUNT.href())),
                "Add ",
                h.Span(data.text("$step"), 1),
            ),
            h.Button({"id": "larger", "aria-label": "Larger step"}, data.on("click", larger), "+"),
        ),
    )


def count_view(count: int) -> HtmlElement:
    """The element that the server patches; its id says which one it is."""
    return h.Output({"id": "count"}, count)


async def asked_step(c: Context) -> int:
    match await read_signals(c.req):
        case {"step": int(step)} if 1 <= step <= LARGEST_STEP:
            return step
        case _:
            raise HttpException(400, f"The signal `step` is a number from 1 to {LARGEST_STEP}.")


async def bootstrap(app: App, span: Span):
    span.attr("app.name", "hello-world")
    # The browser's half of Datastar is not ours to commit: the first start gets and keeps it.
    await asyncio.to_thread(fetch_client, STATIC / "js")
    assets = AssetManifest(STATIC)
    StaticAssets(assets).register(app)

    count = 0

    async def home(_c: Context, w: Writer) -> None:
        responses.html(w, page_view(count, assets))

    async def add(c: Context, w: Writer) -> None:
        nonlocal count
        count += await asked_step(c)
        SSE(w).patch_elements(count_view(count))

    app.get(HOME, home)
    app.post(COUNT, add)
    yield
