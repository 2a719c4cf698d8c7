# ruff: noqa: E501 (a patch is a line)
"""The page model of stario-testing beside Datastar's client in Chromium: the same after each patch."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any, cast

import pytest
from justhtml import JustHTML
from playwright.sync_api import Page as BrowserPage
from stario import App, Context, Writer
from stario.testing import TestClient

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Step:
    """One answer: what it is about, and its bytes."""

    claim: str
    body: str
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    status: int = 200


def elements(claim: str, html: str, **fields: str) -> Step:
    return Step(claim, elements_event(html, **fields))


def elements_event(html: str, **fields: str) -> str:
    lines = [f"data: {name} {value}" for name, value in fields.items()]
    lines += [f"data: elements {line}" for line in html.split("\n")] if html else []
    return "\n".join(["event: datastar-patch-elements", *lines, "", ""])


def signals(claim: str, patch: Any, *, only_if_missing: bool = False) -> Step:
    missing = "data: onlyIfMissing true\n" if only_if_missing else ""
    text = json.dumps(patch)
    return Step(claim, f"event: datastar-patch-signals\n{missing}data: signals {text}\n\n")


def random_morphs(count: int) -> list[Step]:
    """Trees with few names and few ids, so that much of each is in the next one, and elsewhere."""
    random = Random(20)

    def tree(depth: int, free: list[str]) -> str:
        parts: list[str] = []
        for _ in range(random.randint(0, 4)):
            if random.random() < 0.2:
                parts.append(random.choice(["text", "other ", "<!--c-->"]))
                continue
            name = random.choice(["div", "p", "section", "b"] if depth < 3 else ["b", "i"])
            if name in ("p", "b"):  # a block inside would end them
                name = {"p": "article", "b": "span"}[name]
            attributes = f' id="{free.pop()}"' if free and random.random() < 0.6 else ""
            if random.random() < 0.2:
                number = random.randint(0, 2)
                attributes += f' data-signals="{{random: {number}, depth{depth}: {number}}}"'
            if random.random() < 0.1:
                attributes += random.choice([" data-ignore-morph", ' data-preserve-attr="class"'])
            if random.random() < 0.3:
                attributes += f' class="{random.choice("xyz")}"'
            below = tree(depth + 1, free) if depth < 4 else "leaf"
            parts.append(f"<{name}{attributes}>{below}</{name}>")
        return "".join(parts)

    steps: list[Step] = []
    for number in range(count):
        free = [f"k{name}" for name in range(8)]
        random.shuffle(free)
        html = tree(0, free)
        if number % 3 == 0:
            step = elements(f"random, inner {number}", html, selector="#main", mode="inner")
        else:
            step = elements(f"random, outer {number}", f'<div id="main">{html}</div>')
        steps.append(step)
    return steps


FRAME = '<button id="go" data-on:click="@post(\'/step\')">go</button><pre id="signals" data-json-signals></pre>'

PAGE = f"""<!DOCTYPE html>
<html><head><title>steps</title><link rel="icon" href="data:,">
<script type="module" src="/datastar.js"></script></head>
<body data-signals="{{count: 3, 'user': {{name: &quot;Ada&quot;, tags: [1, 'x', null]}}, open: false, gone: null}}">
{FRAME}
<div id="keys" data-signals:foo-bar="1" data-signals:deep.in-side="'x'" data-signals:kept__ifmissing="5"
  data-signals:snake-me__case.snake="1" data-signals:kebab-me__case.kebab="2" data-signals:pas-cal__case.pascal="3"
  data-signals:count__ifmissing="9" data-signals="{{_local: {{a: 1}}, trailing: [1, 2,], hex: 0x10, exp: -1.5e2,}}"></div>
<div data-signals__ifmissing="{{count: 100, fresh: true, user: {{name: 'Bob', age: 36}}}}"></div>
<div data-ignore><i data-signals="{{ignored: 1}}"></i></div>
<div data-ignore__self data-signals="{{self: 1}}"><i data-signals="{{below: 1}}"></i></div>
<form id="form">
  <input id="i1" data-bind:title value="hello"><input id="i2" data-bind="user.mail">
  <input id="i3" type="number" data-bind:amount value="2"><input id="i4" type="checkbox" data-bind:agree>
  <input id="i5" type="checkbox" data-bind:flag checked><textarea id="i6" data-bind:words>some text</textarea>
  <select id="i7" data-bind:choice><option value="a">A</option><option value="b" selected>B</option></select>
  <input id="i8" data-bind:count>
  <input id="i9" type="number" data-bind:empty-number>
</form>
<b data-indicator:busy></b>
<ul id="list"><li id="a">a</li><li id="b">b</li><li id="c">c</li></ul>
<div id="main"><p>one</p><p>two</p><span class="x">three</span></div>
<div id="keep" data-ignore-morph>kept <i>as it was</i></div>
<details id="details" open><summary>s</summary>text</details>
<svg id="svg" viewBox="0 0 10 10"><circle id="dot" r="1"></circle></svg>
<table><tbody id="rows"><tr id="r1"><td>1</td></tr></tbody></table>
<div id="out:side.x">escaped</div>
</body></html>"""

STEPS = [
    elements("outer by id", '<div id="main"><p>uno</p><p class="new">two</p></div>'),
    elements("the same again", '<div id="main"><p>uno</p><p class="new">two</p></div>'),
    elements("two at once", '<li id="a">A</li><li id="c" title="t">C</li>'),
    elements("an id that is not there", '<p id="nowhere">x</p>'),
    elements("no id at all", "<p>x</p>"),
    elements(
        "reordered with ids",
        '<ul id="list"><li id="c">C</li><li id="n">n</li><li id="a">A</li></ul>',
    ),
    elements("inner", "<p>1</p>text<p>2</p>", selector="#main", mode="inner"),
    elements("inner with nothing", "", selector="#main", mode="inner"),
    elements("append", "<p>last</p><p>very last</p>", selector="#main", mode="append"),
    elements("prepend", "<p>first</p>", selector="#main", mode="prepend"),
    elements("before", "<hr><hr>", selector="#main", mode="before"),
    elements("after", "<!-- c --><p>behind</p>", selector="#main", mode="after"),
    elements(
        "replace by selector",
        '<div id="main" class="replaced">r</div>',
        selector="#main",
        mode="replace",
    ),
    elements("replace by id", '<div id="main">again</div>', mode="replace"),
    elements("remove", "", selector="hr", mode="remove"),
    elements("remove what is not there", "", selector=".nobody", mode="remove"),
    elements("many targets", "<em>e</em>", selector="#list li", mode="append"),
    elements("outer with many targets", "<li>same</li>", selector="#list li"),
    elements("outer with a selector and two elements", "<p>x</p><p>y</p>", selector="#main"),
    elements(
        "after that, put back", '<div id="main"><p>one</p></div>', selector="#list", mode="after"
    ),
    elements("ignore-morph on both", '<div id="keep" data-ignore-morph>new</div>'),
    elements("ignore-morph on the old only", '<div id="keep">new</div>'),
    elements("ignore-morph below", '<div id="main"><p data-ignore-morph>one</p><b>b</b></div>'),
    elements(
        "ignore-morph below, on both",
        '<div id="main" class="m"><p data-ignore-morph>2</p><b>c</b></div>',
    ),
    elements(
        "preserve-attr",
        '<details id="details" data-preserve-attr="open class"><summary>t</summary>x</details>',
    ),
    elements(
        "preserve-attr that sets nothing",
        '<details id="details" class="c" data-preserve-attr="class"></details>',
    ),
    elements(
        "svg",
        '<circle id="dot" r="2"></circle><rect width="1"></rect>',
        selector="#svg",
        mode="inner",
        namespace="svg",
    ),
    elements("svg appended", '<path d="M0 0"/>', selector="#svg", mode="append", namespace="svg"),
    elements(
        "an svg as html", '<svg id="svg" viewBox="0 0 9 9"><circle id="dot" r="3"></circle></svg>'
    ),
    elements(
        "mathml", "<mrow><mi>x</mi></mrow>", selector="#main", mode="append", namespace="mathml"
    ),
    elements("a table row", '<tr id="r1"><td>one</td></tr>'),
    elements(
        "rows appended",
        '<tr id="r2"><td>2</td></tr>\n<tr id="r3"><td>3</td></tr>',
        selector="#rows",
        mode="append",
    ),
    elements("an escaped selector", "<b>found</b>", selector="#out\\:side\\.x", mode="inner"),
    elements("a template", '<div id="main"><template><p>t</p></template></div>'),
    elements("a template changes", '<div id="main"><template><p>u</p><i></i></template></div>'),
    elements(
        "new signals in elements", '<div id="main" data-signals="{fromPatch: 1, count: 4}">x</div>'
    ),
    signals("a signal is set", {"count": 10, "user": {"name": "Eve", "tags": None}}),
    elements(
        "the same attribute again sets nothing",
        '<div id="main" data-signals="{fromPatch: 1, count: 4}">y</div>',
    ),
    elements(
        "another value sets", '<div id="main" data-signals="{fromPatch: 2, count: 5}">y</div>'
    ),
    elements(
        "a replaced one sets",
        '<div id="main" data-signals="{fromPatch: 2, count: 6}">z</div>',
        mode="replace",
    ),
    elements(
        "missing only", '<div id="main" data-signals__ifmissing="{count: 7, other: 1}">z</div>'
    ),
    elements(
        "a key on a child", '<div id="main"><i data-signals:by-key="&quot;k&quot;"></i></div>'
    ),
    elements("null removes", '<div id="main" data-signals="{other: null}"></div>'),
    elements(
        "bound in a patch",
        '<div id="main"><input data-bind:added value="v"><input data-bind:count value="9"></div>',
    ),
    elements(
        "ignored in a patch", '<div id="main" data-ignore><i data-signals="{never: 1}"></i></div>'
    ),
    elements("ignored no more", '<div id="main"><i data-signals="{now: 1}"></i></div>'),
    signals("null removes a signal and a branch", {"foo": None, "fooBar": None, "deep": None}),
    signals(
        "missing only, nested",
        {"user": {"name": "Zoe", "city": "Wien"}, "x": {"y": {"z": 1}}},
        only_if_missing=True,
    ),
    signals("a branch becomes a value", {"user": 1}),
    signals("a value becomes a branch", {"user": {"name": "Ann"}}),
    signals("lists are replaced", {"trailing": [{"a": None}], "empty": {}, "none": []}),
    Step(
        "two events in one answer",
        elements_event('<p id="two">1</p>', selector="#main", mode="append")
        + elements_event('<p id="two">2</p>'),
    ),
    Step(
        "html with headers",
        "<p>h</p>",
        "text/html",
        {"datastar-selector": "#main", "datastar-mode": "append"},
    ),
    Step("html by id", '<p id="two">html</p>', "text/html; charset=utf-8"),
    Step("json", '{"json": 1, "count": null}', "application/json"),
    Step(
        "json, missing only",
        '{"json": 2, "more": 2}',
        "application/json",
        {"datastar-only-if-missing": "true"},
    ),
    Step("a 422 is ignored", '<p id="two">never</p>', "text/html", status=422),
    Step("an unknown event", "event: other\ndata: elements <p id=two>never</p>\n\n: ping\n\n"),
    elements(
        "a script that removes itself",
        '<script data-effect="el.remove()">window.ran = 1;</script>',
        selector="body",
        mode="append",
    ),
    elements(
        "a script that stays",
        '<script id="stays">window.stays = 1;</script>',
        selector="#main",
        mode="append",
    ),
    elements(
        "deep ids move",
        '<div id="main"><section><p id="d1">1</p></section><section><p id="d2">2</p></section></div>',
    ),
    elements(
        "and are found elsewhere",
        '<div id="main"><section><p id="d2">2</p><p id="d1">1</p></section><aside>x</aside></div>',
    ),
    elements(
        "and in another kind",
        '<div id="main"><aside><p id="d1">1</p></aside><section><div><p id="d2">2</p></div></section></div>',
    ),
    *random_morphs(120),
    elements("the head", "<head><title>new title</title></head>"),
    elements("the body", f'<body class="new">{FRAME}<main id="main">body</main></body>'),
    elements(
        "the whole page",
        f'<html lang="en"><head><title>whole</title></head><body data-signals="{{whole: 1}}">{FRAME}<p id="p">p</p></body></html>',
    ),
]

PATIENCE = 10.0  # seconds
SETTLING = 2.0
FINISHED = """
() => {
  window.finished = 0;
  document.addEventListener("datastar-fetch", ({ detail }) => {
    if (["finished", "error"].includes(detail.type)) window.finished += 1;
  });
}
"""
# Effects and observers run in microtasks; two frames later all of them are through.
SETTLED = """
() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const page = document.documentElement.cloneNode(true);
  const signals = page.querySelector("#signals").textContent;
  page.querySelector("#signals").textContent = "";
  done([page.outerHTML, signals]);
})))
"""


def routes() -> Callable[[App], None]:
    steps = iter(STEPS)

    async def page(_c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/html; charset=utf-8")
        w.write(PAGE.encode())

    async def step(_c: Context, w: Writer) -> None:
        wanted = next(steps)
        w.headers.set("content-type", wanted.content_type)
        for name, value in wanted.headers.items():
            w.headers.set(name, value)
        w.write_headers(wanted.status)
        w.write(wanted.body.encode())

    def register(app: App) -> None:
        app.get("/", page)
        app.post("/step", step)

    return register


ASKING = """<!DOCTYPE html>
<html><head><title>asking</title><link rel="icon" href="data:,">
<script type="module" src="/datastar.js"></script></head>
<body data-signals="{n: 1.0, half: 0.5, text: 'ä<&', list: [1, null], none: {}, _l: 1, deep: {_x: 1, y: {z: true}}}">
<pre id="signals" data-json-signals></pre>
BUTTONS
<form id="form" data-on:submit="@post('/told', {contentType: 'form'})">
  <input name="title" value="a b"><input type="checkbox" name="yes" checked><input type="checkbox" name="no">
  <input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>
  <select name="s"><option>one</option><option value="2" selected>two</option></select>
  <select name="m" multiple><option selected>x</option><option selected>y</option></select>
  <textarea name="t">some &lt; text</textarea><input name="off" disabled value="x"><input name="num" type="number">
  <input type="hidden" name="h" value="ü"><button id="b9" name="by" value="me">send</button>
</form></body></html>"""
ACTIONS = [
    *[f"@{method}('/told')" for method in ("get", "post", "put", "patch", "delete")],
    "@post('/told?a=1', {filterSignals: {include: /^(n|deep)/}})",
    "@post('/told', {filterSignals: {exclude: 'text|list'}})",
    "@get('/told', {payload: {own: [1]}, headers: {'x-own': 'yes'}})",
    "@get('/told', {contentType: 'form', selector: '#form'})",
]


def ask(asked: list[dict[str, Any]]) -> Callable[[App], None]:
    buttons = [
        f'<button id="b{n}" data-on:click="{one}"></button>' for n, one in enumerate(ACTIONS)
    ]

    async def page(_c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/html; charset=utf-8")
        w.write(ASKING.replace("BUTTONS", "".join(buttons)).encode())

    async def told(c: Context, w: Writer) -> None:
        names = ("datastar-request", "accept", "content-type", "x-own")
        query = dict(c.req.query.items())
        asked.append(
            {
                "method": c.req.method,
                "query": query | {"datastar": json.loads(query.get("datastar", "null"))},
                "body": (await c.req.body()).decode(),
                "fields": {name: c.req.headers.get(name) for name in names},
            }
        )
        w.headers.set("content-type", "text/event-stream")
        w.write(b": done\n\n")

    def register(app: App) -> None:
        app.get("/", page)
        for each in (app.get, app.post, app.put, app.patch, app.delete):
            each("/told", told)

    return register


def test_the_model_sends_what_the_client_sends(
    serve: Callable[[Callable[[App], None]], str],
    open_page: Callable[..., BrowserPage],
) -> None:
    by_model: list[dict[str, Any]] = []
    by_client: list[dict[str, Any]] = []

    async def in_the_model() -> None:
        app = App()
        ask(by_model)(app)
        async with TestClient(app) as client:
            page = await client.page("/")
            for number in range(len(ACTIONS) + 1):
                await page.click(f"#b{number}")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, in_the_model()).result(60)
    page = open_page(serve(ask(by_client)))
    page.wait_for_function("document.querySelector('#signals').textContent.includes('{')")
    page.evaluate(FINISHED)
    for number in range(len(ACTIONS) + 1):
        page.evaluate(f"document.querySelector('#b{number}').click()")
        page.wait_for_function(f"window.finished > {number}", timeout=PATIENCE * 1000)
    for ours, theirs in zip(by_model, by_client, strict=True):
        assert ours == theirs


type State = tuple[list[Any], Any]


def test_the_model_and_the_client_come_to_the_same(
    serve: Callable[[Callable[[App], None]], str],
    open_page: Callable[..., BrowserPage],
    complaints: list[str],
) -> None:
    with ThreadPoolExecutor(1) as pool:
        model = pool.submit(asyncio.run, in_the_model()).result(60)
    browser = in_chromium(open_page(serve(routes())), model)
    complaints.clear()  # of patches without a target, which the steps have too
    assert len(model) == len(browser) == len(STEPS) + 1
    different = [
        (step.claim, ours, theirs)
        for step, ours, theirs in zip(
            [Step("the page itself", ""), *STEPS], model, browser, strict=True
        )
        if ours != theirs
    ]
    assert different[:1] == []


async def in_the_model() -> list[State]:
    app = App()
    routes()(app)
    async with TestClient(app) as client:
        page = await client.page("/")
        found = [state(page.html("html"), dict(page.signals))]
        for _ in STEPS:
            await page.click("#go")
            found.append(state(page.html("html"), dict(page.signals)))
        return found


def in_chromium(page: BrowserPage, expected: list[State]) -> list[State]:
    page.wait_for_function("document.querySelector('#signals').textContent.includes('{')")
    page.evaluate(FINISHED)
    found = [seen(page, expected[0])]
    for number in range(len(STEPS)):
        page.evaluate("document.querySelector('#go').click()")
        page.wait_for_function(f"window.finished > {number}", timeout=PATIENCE * 1000)
        found.append(seen(page, expected[number + 1]))
    return found


def seen(page: BrowserPage, expected: State) -> State:
    """Return what the page comes to: the signals are shown a moment after they changed."""
    end = monotonic() + SETTLING
    while True:
        html, signals = page.evaluate(SETTLED)
        found = state(html, json.loads(signals))
        if found == expected or monotonic() > end:
            return found


def state(html: str, signals: Any) -> State:
    """Return what is compared: the tree with attributes in order of their names, and the signals.

    Branches without a signal are left out, as the client does when it sends them.
    """
    return shape(JustHTML(html, sanitize=False).root), pruned(json.loads(json.dumps(signals)))


def pruned(signals: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in signals.items():
        kept = pruned(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        if kept != {}:
            found[name] = kept
    return found


def shape(node: Any) -> list[Any]:
    if node.name in ("#text", "#comment"):
        return [node.name, node.data]
    inside = getattr(node, "template_content", None) or node
    given = cast("dict[str, str | None]", node.attrs or {})
    attributes = sorted((name, value or "") for name, value in given.items())
    return [node.name, attributes, *map(shape, inside.children or [])]
