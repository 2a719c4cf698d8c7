# ruff: noqa: E501 (HTML in lines of its own)
"""A page applies what the server sends as Datastar's client does, and acts as a person would."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.exceptions import StarioError
from stario.testing import TestClient
from stario.testing.page.literal import UNDEFINED, NotLiteral, read_literal
from stario.testing.page.page import Page
from stario.testing.page.signals import Signals, merge

HTML = """<!doctype html><body data-signals="{n: 1, _local: 2, user: {name: 'Ada', _token: 't'}}">
<p id="count">  one   <b>two</b></p><p data-text="$user.name">old</p><p id="flag" hidden></p>
<button id="raise" data-on:click__debounce.500ms="@post('/told', {headers: {'x-a': '1'}})">+</button>
<button id="more" data-on:click="$n++; @post('/told')">++</button>
<form id="form" data-on:submit="@post('/told', {contentType: 'form'})">
  <input name="title" data-bind:title value="old"><input type="checkbox" name="agree" value="yes">
  <select name="size"><option>S</option><option selected>M</option></select>
  <textarea name="words">some words</textarea><input name="off" disabled value="x">
  <button id="send" name="by" value="me">send</button>
</form>
<form id="plain" method="post" action="/login"><input name="name"><button id="login">in</button></form>
<a id="link" href="/other?x=1">other</a><i id="nothing"></i>
<div data-init="@get('/feed')"></div>
</body>"""


def answer(kind: str, body: str, status: int = 200) -> Callable[[Context, Writer], Any]:
    async def handler(_c: Context, w: Writer) -> None:
        w.headers.set("content-type", kind)
        w.write_headers(status)
        w.write(body.encode())

    return handler


def elements(html: str, *fields: str) -> str:
    lines = [f"data: {field}\n" for field in fields]
    return f"event: datastar-patch-elements\n{''.join(lines)}data: elements {html}\n\n"


def signals(patch: dict[str, Any]) -> str:
    return f"event: datastar-patch-signals\ndata: signals {json.dumps(patch)}\n\n"


async def told(c: Context, w: Writer) -> None:
    """Answer with what arrived as signals of the page."""
    seen: dict[str, Any] = {
        "method": c.req.method,
        "query": c.req.query.get("datastar") or c.req.query_bytes.decode(),
        "body": (await c.req.body()).decode(),
        "type": c.req.headers.get("content-type"),
        "fields": [c.req.headers.get(name) for name in ("datastar-request", "accept", "x-a")],
    }
    responses.json(w, {"seen": seen})


@pytest.fixture
async def page(app: App, client: TestClient) -> Page:
    app.get("/", answer("text/html; charset=utf-8", HTML))
    for register in (app.get, app.post, app.put, app.patch, app.delete):
        register("/told", told)
    return await client.page("/")


# Looking


async def test_a_page_knows_its_elements_and_signals(page: Page) -> None:
    assert page.text("#count") == "one two"
    assert page.attr("#flag", "hidden") == ""
    assert page.attr("#flag", "class") is None
    assert page.html("#count b") == "<b>two</b>"
    assert [one.text for one in page.all("button")] == ["+", "++", "send", "in"]
    assert page.exists("form > input")
    assert not page.exists("#gone")
    assert page.one("#count b").inner_html == "two"
    assert page.one("#link").attrs == {"id": "link", "href": "/other?x=1"}
    assert page.signals["user"]["name"] == "Ada"
    assert repr(page) == "<Page http://testserver/, 4 signals>"


async def test_a_text_that_is_a_plain_signal_is_shown(page: Page) -> None:
    assert page.text("[data-text]") == "Ada"
    page.signals["user"]["name"] = True
    assert page.text("[data-text]") == "true"


async def test_what_is_not_there_tells_what_is(page: Page) -> None:
    with pytest.raises(LookupError, match=r"No element for '#cuont'\. The ids are #count, #flag"):
        page.text("#cuont")
    with pytest.raises(KeyError, match="no signal 'm'; there are n, _local, user, title"):
        _ = page.signals["m"]


@pytest.mark.parametrize("selector", ["", "#", "p:hover-ed", "a["])
async def test_a_selector_that_is_none_is_refused(page: Page, selector: str) -> None:
    with pytest.raises(ValueError, match="is no CSS selector"):
        page.exists(selector)


async def test_an_answer_that_is_no_page_says_what_it_is(app: App, client: TestClient) -> None:
    app.get("/", answer("application/json", "{}"))
    with pytest.raises(RuntimeError, match="answered 200 with application/json, which is no page"):
        await client.page("/")


async def test_a_handler_that_fails_without_a_page_is_shown(app: App, client: TestClient) -> None:
    async def handler(_c: Context, _w: Writer) -> None:
        raise LookupError("no such room")

    app.get("/", handler)
    with pytest.raises(RuntimeError, match="answered 500") as failure:
        await client.page("/")
    assert "LookupError: no such room" in failure.value.__notes__[0]


async def test_an_error_page_is_a_page(app: App, client: TestClient) -> None:
    app.get("/", answer("text/html", "<h1>Gone</h1>", 410))
    page = await client.page("/")
    assert (page.response.status_code, page.text("h1")) == (410, "Gone")


# Requests


@pytest.mark.parametrize("method", ["get", "delete", "post", "put", "patch"])
async def test_signals_travel_as_the_client_sends_them(page: Page, method: str) -> None:
    await getattr(page, method)("/told")
    seen = page.signals["seen"]
    sent = seen["query"] if method in ("get", "delete") else seen["body"]
    assert json.loads(sent) == {"n": 1, "user": {"name": "Ada"}, "title": "old"}
    assert seen.get("type") == (None if method in ("get", "delete") else "application/json")
    accept = "text/event-stream, text/html, application/json"
    assert seen["fields"][:2] == ["true", accept]


async def test_a_payload_or_a_filter_says_what_is_sent(page: Page) -> None:
    await page.post("/told", payload={"a": None}, headers={"x-a": "2"})
    assert page.signals["seen"]["body"] == '{"a":null}'
    assert page.signals["seen"]["fields"][2] == "2"
    await page.post("/told", filter_signals={"include": "^n$"})
    assert page.signals["seen"]["body"] == '{"n":1}'
    await page.post("/told", filter_signals={"exclude": "^(seen|user)"})
    assert page.signals["seen"]["body"] == '{"n":1,"_local":2,"title":"old"}'


async def test_an_answer_is_applied_and_returned(app: App, page: Page) -> None:
    events = elements('<p id="count">3</p>') + signals({"n": 3, "user": None})
    app.post("/raise", answer("text/event-stream", events))
    response = await page.post("raise")
    assert response.status_code == 200
    assert page.text("#count") == "3"
    assert page.signals["n"] == 3
    assert "user" not in page.signals


async def test_what_a_redirect_leads_to_is_applied(app: App, page: Page) -> None:
    async def elsewhere(_c: Context, w: Writer) -> None:
        responses.redirect(w, "/html", 303)

    app.post("/raise", elsewhere)
    app.get("/html", answer("text/html", '<p id="count">there</p>'))
    await page.post("/raise")
    assert page.text("#count") == "there"
    assert page.url == "http://testserver/"


@pytest.mark.parametrize("status", [201, 204, 404, 422, 500])
async def test_nothing_but_a_200_is_applied(app: App, page: Page, status: int) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        if status == 204:
            responses.empty(w)
        else:
            responses.html(w, "never", status)

    app.post("/raise", handler)
    before = str(page)
    assert (await page.post("/raise")).status_code == status
    assert str(page) == before
    assert page.complaints == []


async def test_a_patch_without_a_target_is_a_complaint(app: App, page: Page) -> None:
    events = elements("<p id=a>") + elements("<p>", "selector .x") + elements("x", "mode append")
    app.post("/raise", answer("text/event-stream", events + elements("x", "mode sideways")))
    await page.post("/raise")
    assert page.complaints == [
        "no element with the id 'a' for <p>",
        "no element for the selector '.x'",
        "mode append needs a selector",
        "there is no mode 'sideways'",
    ]


async def test_scripts_are_recorded_and_not_run(app: App, page: Page) -> None:
    script = '<script data-effect="el.remove()">setTimeout(() => window.location = "/x\\u0026y");'
    events = elements(f"{script}</script>", "selector body", "mode append")
    app.post("/a", answer("text/event-stream", events))
    app.post("/b", answer("text/javascript", "location.assign('/b')"))
    await page.post("/a")
    await page.post("/b")
    assert page.navigations == ["/x&y", "/b"]
    assert page.scripts[0].startswith("setTimeout")
    assert not page.exists("body > script")


# Acting


async def test_a_click_does_its_plain_action(page: Page) -> None:
    await page.click("#raise")
    assert page.signals["seen"]["fields"][2] == "1"
    assert page.signals["seen"]["method"] == "POST"


async def test_a_click_that_is_more_than_one_action_says_what_to_call(page: Page) -> None:
    with pytest.raises(ValueError, match=r'more than one plain action: "\$n\+\+.*page\.post'):
        await page.click("#more")
    with pytest.raises(ValueError, match="'#nothing' has no data-on:click"):
        await page.click("#nothing")
    with pytest.raises(LookupError):
        await page.click("#gone")


async def test_a_form_sends_its_controls(page: Page) -> None:
    page.fill("[name=title]", "new")
    page.fill("[name=agree]", True)
    page.fill("[name=size]", "S")
    page.fill("textarea", "a <b>")
    assert page.signals["title"] == "new"
    await page.click("#send")
    seen = page.signals["seen"]
    assert seen["body"] == "title=new&agree=yes&size=S&words=a+%3Cb%3E&by=me"
    assert seen["type"] == "application/x-www-form-urlencoded"
    await page.submit("#form")
    assert page.signals["seen"]["body"].endswith("words=a+%3Cb%3E")


async def test_json_that_is_no_object_is_a_complaint(app: App, page: Page) -> None:
    app.post("/list", answer("application/json", "[1]"))
    before = dict(page.signals)
    assert (await page.post("/list")).json() == [1]
    assert page.complaints == ["signals are a JSON object, not [1]"]
    assert page.signals == before


CONTROLS = """<form id="f"><input name="text"><input name="many" type="checkbox" value="1">
<input name="one" type="radio" value="a" checked><input name="one" type="radio" value="b">
<select name="of"><option>x<option>y</select><select name="some" multiple><option>p<option>q</select>
</form>"""


@pytest.fixture
async def controls(app: App, client: TestClient) -> Page:
    app.get("/controls", answer("text/html", CONTROLS))
    return await client.page("/controls")


async def test_controls_are_filled_as_browsers_let_them(app: App, controls: Page) -> None:
    controls.fill("[name=text]", 5)
    controls.fill("[name=many]", True)
    controls.fill("[value=b]", True)
    controls.fill("[name=of]", "y")
    controls.fill("[name=some]", ["p", "q"])
    response = await controls.submit("#f")
    assert response.request.query_string == "text=5&many=1&one=b&of=y&some=p&some=q"


@pytest.mark.parametrize(
    ("selector", "value", "sentence"),
    [
        ("#f", "x", "'#f' is a <form>, which cannot be filled"),
        ("[name=many]", "yes", "is a checkbox: fill it with True or False, not 'yes'"),
        ("[name=one]", "b", "is a radio: fill it with True or False, not 'b'"),
        ("[name=of]", "z", "has no option 'z'; there are 'x', 'y'"),
        ("[name=some]", ["p", "z"], "has no option 'z'; there are 'p', 'q'"),
    ],
)
async def test_what_a_person_could_not_fill_in_is_refused(
    controls: Page, selector: str, value: Any, sentence: str
) -> None:
    before = controls.html()
    with pytest.raises(ValueError, match=sentence):
        controls.fill(selector, value)
    assert controls.html() == before


async def test_what_is_no_form_cannot_be_sent(page: Page) -> None:
    with pytest.raises(ValueError, match="'#count' is a <p>, and no form"):
        await page.submit("#count")
    with pytest.raises(ValueError, match="'#count' is a <p>, and no form"):
        await page.post("/told", form="#count")


@pytest.mark.parametrize("url", [None, b"/told"])
async def test_a_target_of_the_wrong_kind_is_refused(page: Page, url: Any) -> None:
    for request in (page.goto, page.post):
        with pytest.raises(StarioError, match="is no URL to request: it is of type"):
            await request(url)


async def test_arguments_of_the_wrong_kind_say_what_they_take(page: Page) -> None:
    with pytest.raises(StarioError, match="filter_signals= takes a mapping with include"):
        await page.post("/told", filter_signals="n")  # pyright: ignore[reportArgumentType]
    with pytest.raises(StarioError, match="above 0, not '1'"):
        await page.until(lambda _: True, timeout="1")  # pyright: ignore[reportArgumentType]


async def test_a_form_can_be_sent_with_other_fields(page: Page) -> None:
    await page.post("/told", form="#form", fields={"title": "x", "extra": "1"})
    assert page.signals["seen"]["body"] == "title=x&size=M&words=some+words&extra=1"
    await page.get("/told", form="#plain", fields={"name": "a&b"})
    assert page.signals["seen"]["query"] == "name=a%26b"


async def test_a_form_may_be_multipart(app: App, page: Page) -> None:
    app.get(
        "/m",
        answer(
            "text/html", '<form id="f" enctype="multipart/form-data"><input name="a" value="ü">'
        ),
    )
    await page.goto("/m")
    await page.post("/told", form="#f")
    seen = page.signals["seen"]
    assert seen["type"].startswith("multipart/form-data; boundary=stario-boundary-")
    assert 'name="a"\r\n\r\nü\r\n--stario-boundary-' in seen["body"]


async def test_a_plain_form_and_a_link_load_another_page(app: App, page: Page) -> None:
    async def login(c: Context, w: Writer) -> None:
        responses.html(w, (await c.req.body()).decode())

    app.post("/login", login)
    app.get("/other", answer("text/html", "<h1>other</h1>"))
    await page.click("#link")
    assert (page.url, page.text("h1"), dict(page.signals)) == (
        "http://testserver/other?x=1",
        "other",
        {},
    )
    await page.goto("/")
    page.fill("[name=name]", "Ada")
    await page.click("#login")
    assert page.html("body") == "<body>name=Ada</body>"


# Streams


async def test_a_stream_changes_the_page_as_it_comes(app: App, page: Page) -> None:
    go = asyncio.Event()

    async def feed(c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/event-stream")
        w.write(elements('<p id="count">2</p>').encode())
        await go.wait()
        w.write(elements('<p id="count">3</p>').encode() + signals({"late": 1}).encode())
        await c.disconnect

    app.get("/feed", feed)
    async with page.stream("/feed") as events:
        await page.until(lambda p: p.text("#count") == "2")
        go.set()
        await page.until(lambda p: p.signals["late"] == 1)
        assert page.text("#count") == "3"
        assert [event.event for event in events.seen][:1] == ["datastar-patch-elements"]


async def test_the_stream_of_data_init_needs_no_name(app: App, page: Page) -> None:
    app.get("/feed", answer("text/event-stream", signals({"n": 7})))
    async with page.stream():
        await page.until(lambda p: p.signals["n"] == 7)


async def test_a_wait_ends_and_shows_the_page(app: App, page: Page) -> None:
    async def feed(c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/event-stream")
        w.write(signals({"n": 2}).encode())
        await c.disconnect

    app.get("/feed", feed)
    async with page.stream("/feed"):
        wanted = (
            r'(?s)within 0\.05 s\. The last events: SseEvent.*Signals: {"n": 2.*Page: .*</html>'
        )
        with pytest.raises(TimeoutError, match=wanted):
            await page.until(lambda p: p.text("#gone") == "3", timeout=0.05)


async def test_a_wait_without_a_stream_does_not_wait(app: App, page: Page) -> None:
    await page.until(lambda p: p.exists("#count"))
    with pytest.raises(
        RuntimeError, match="not true of the page, and no stream is open to change it"
    ):
        await page.until(lambda p: False)
    app.get("/feed", answer("text/event-stream", ""))
    async with page.stream("/feed"):
        with pytest.raises(RuntimeError, match="no stream is open"):
            await page.until(lambda p: False)


async def test_a_broken_event_is_told_to_who_waits(app: App, page: Page) -> None:
    app.get("/feed", answer("text/event-stream", signals({}).replace("{}", "{oops")))
    with pytest.raises(ValueError, match="no JSON object"):
        async with page.stream("/feed"):
            await page.until(lambda p: False)


async def test_a_page_without_a_stream_says_so(app: App, client: TestClient) -> None:
    app.get("/", answer("text/html", "<p data-init='$n = 1'>"))
    page = await client.page("/")
    with pytest.raises(ValueError, match="opens no stream by a plain `data-init`"):
        async with page.stream():
            pass


# Literals and merge patches


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ("{a: 1, 'b-c': \"x\", 3: [true, null,], d: {e: -1.5e3}}", None),
        ("'it\\'s \\u0041\\x42\\n'", "it's AB\n"),
        ("`t`", "t"),
        ("0x10", 16),
        (".5", 0.5),
        ("({a: undefined})", {}),
        ("undefined", UNDEFINED),
        ("[undefined]", [None]),
        ("/* c */ 1; // d", 1),
    ],
)
def test_a_literal_is_read(text: str, value: Any) -> None:
    wanted = {"a": 1, "b-c": "x", "3": [True, None], "d": {"e": -1500}} if value is None else value
    assert read_literal(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "a", "1 + 1", "{a}", "{a: b()}", "'open", "`${x}`", "$x", "{", "[1", "'a\nb'", "[" * 300],
)
def test_an_expression_is_no_literal(text: str) -> None:
    with pytest.raises(NotLiteral):
        read_literal(text)


def test_a_merge_patch_keeps_sets_and_removes() -> None:
    found = Signals()
    merge(found, {"a": {"b": 1, "c": 2}, "d": [None]}, only_if_missing=False)
    merge(found, {"a": {"b": None, "e": 3}, "x": None}, only_if_missing=False)
    assert found == {"a": {"c": 2, "e": 3}, "d": [""]}
    merge(found, {"a": {"c": 9, "f": 4}, "d": None, "g": 5}, only_if_missing=True)
    assert found == {"a": {"c": 2, "e": 3, "f": 4}, "d": [""], "g": 5}


async def test_without_the_library_a_page_says_what_to_install(
    app: App, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.startswith("stario.testing.page")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "justhtml", None)
    with pytest.raises(ImportError, match=r"pip install 'stario-testing\[page\]'"):
        await client.page("/")
