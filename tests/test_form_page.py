"""A form that is bound to a model, in a real Chromium: what is wrong has its sentence there.

What each kind of input sends is asserted too, since the reader of a model is made for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated, Any, Literal

import pytest
import stario.responses as responses
from playwright.sync_api import Locator, Page, expect
from stario import App, Context, Writer
from stario.datastar import (
    SSE,
    FileSignal,
    InvalidSignals,
    Limits,
    ModuleScript,
    Signal,
    Signals,
    at,
    data,
    file_bytes,
    read_signals,
)
from stario.markup import html as h

pytestmark = pytest.mark.browser

type Serve = Callable[[Callable[[App], None]], str]
type OpenPage = Callable[[str], Page]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Address:
    city: Annotated[str, Limits(min_length=1)] = ""


@dataclass
class Draft:
    title: Annotated[str, Limits(min_length=1, max_length=80)] = ""
    amount: Annotated[int, Limits(ge=0, le=10)] = 1
    guests: Annotated[int | None, Limits(ge=1)] = 2
    address: Address = field(default_factory=Address)
    _menu_open: bool = False

    def __post_init__(self) -> None:
        if self.title == "ten" and self.amount != 10:
            raise ValueError("Ten is ten.")


S = Signals(Draft)


def labelled(label: str, signal: Signal, *attributes: Any) -> Any:
    return h.P(
        h.Label(label, h.Input(data.bind(signal), *attributes)),
        h.Small({"id": f"{label}-error"}, data.text(signal.error), data.show(signal.error)),
    )


def form(*saved: Draft) -> Any:
    return h.Form(
        data.signals(S.defaults(*saved)),
        data.on("submit", at.post("/save")),
        labelled("title", S.title),
        labelled("amount", S.amount),
        labelled("guests", S.guests, {"type": "number"}),
        labelled("city", S.address.city),
        h.P({"id": "form-error"}, data.text(S.error), data.show(S.error)),
        h.P({"id": "menu"}, data.show(S["_menu_open"]), "menu"),
        h.P({"id": "many"}, data.show(f"{S.amount} > 3"), "many"),
        h.Button("Save"),
    )


@pytest.fixture
def saved() -> SimpleQueue[Any]:
    """What the handlers read."""
    return SimpleQueue()


@pytest.fixture
def url(serve: Serve, client_file: Path, saved: SimpleQueue[Any]) -> str:
    client = client_file.read_bytes()

    def page(body: Any) -> Any:
        icon = h.Link({"rel": "icon", "href": "data:,"})
        return h.HtmlDocument(h.Head(icon, ModuleScript("/client.js")), h.Body(body))

    async def home(c: Context, w: Writer) -> None:
        responses.html(w, page(form()))

    async def edit(c: Context, w: Writer) -> None:
        draft = Draft("it's <b>&\"", 7, None, Address("Oslo"), True)
        responses.html(w, page(form(draft)))

    async def save(c: Context, w: Writer) -> None:
        draft = await read_signals(c.req, Draft)
        if draft.title == "taken":
            raise InvalidSignals({S.title: "That title is taken."})
        saved.put(draft)
        SSE(w).patch_signals(S.defaults())

    async def caught(c: Context, w: Writer) -> None:
        try:
            saved.put(await read_signals(c.req, Inputs))
        except InvalidSignals as invalid:
            SSE(w).patch_signals(I.errors(invalid))
        else:
            SSE(w).patch_signals(I.errors())

    async def inputs(c: Context, w: Writer) -> None:
        responses.html(w, page(every_input()))

    async def script(c: Context, w: Writer) -> None:
        w.respond(client, b"text/javascript")

    def routes(app: App) -> None:
        app.get("/", home)
        app.get("/edit", edit)
        app.post("/save", save)
        app.get("/inputs", inputs)
        app.get("/caught", caught)
        app.get("/client.js", script)

    return serve(routes).rstrip("/")


def error_of(page: Page, label: str) -> Locator:
    return page.locator(f"#{label}-error")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def test_wrong_input_has_its_sentence_and_right_input_clears_it(
    open_page: OpenPage, url: str, saved: SimpleQueue[Any]
) -> None:
    page = open_page(f"{url}/")
    for label in ("title", "amount", "guests", "city", "form"):
        expect(error_of(page, label)).to_be_hidden()

    page.get_by_label("amount").fill("11")
    save(page)
    expect(error_of(page, "title")).to_have_text("Please fill this in.")
    expect(error_of(page, "amount")).to_have_text("Please use at most 10.")
    expect(error_of(page, "city")).to_have_text("Please fill this in.")
    expect(error_of(page, "guests")).to_be_hidden()

    page.get_by_label("title").fill("taken")
    page.get_by_label("city").fill("Oslo")
    save(page)
    expect(error_of(page, "amount")).to_be_visible()
    expect(error_of(page, "title")).to_be_hidden()
    expect(error_of(page, "city")).to_be_hidden()

    page.get_by_label("amount").fill("10")
    save(page)
    expect(error_of(page, "title")).to_have_text("That title is taken.")
    expect(error_of(page, "amount")).to_be_hidden()

    page.get_by_label("title").fill("free")
    save(page)
    expect(page.get_by_label("title")).to_have_value("")
    expect(error_of(page, "title")).to_be_hidden()
    assert saved.get(timeout=5) == Draft("free", 10, 2, Address("Oslo"))


def test_a_rule_about_the_whole_form_has_its_place(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}/")
    page.get_by_label("title").fill("ten")
    page.get_by_label("city").fill("Oslo")
    save(page)
    expect(error_of(page, "form")).to_have_text("Ten is ten.")
    page.get_by_label("amount").fill("10")
    save(page)
    expect(error_of(page, "form")).to_be_hidden()
    expect(page.get_by_label("title")).to_have_value("")


def test_a_saved_draft_is_edited_and_comes_back(
    open_page: OpenPage, url: str, saved: SimpleQueue[Any]
) -> None:
    page = open_page(f"{url}/edit")
    expect(page.get_by_label("title")).to_have_value("it's <b>&\"")
    expect(page.get_by_label("guests")).to_have_value("")
    expect(page.locator("#menu")).to_be_visible()
    expect(page.locator("#many")).to_be_visible()
    save(page)
    expect(page.locator("#menu")).to_be_hidden()
    expect(page.locator("#many")).to_be_hidden()
    assert saved.get(timeout=5) == Draft("it's <b>&\"", 7, None, Address("Oslo"))


def test_an_emptied_number_that_may_be_missing_is_none(
    open_page: OpenPage, url: str, saved: SimpleQueue[Any]
) -> None:
    """The client makes 0 of it where the signal was a number."""
    page = open_page(f"{url}/")
    page.get_by_label("title").fill("x")
    page.get_by_label("city").fill("Oslo")
    expect(page.get_by_label("guests")).to_have_value("2")
    page.get_by_label("guests").fill("")
    save(page)
    assert saved.get(timeout=5).guests is None


@dataclass
class Inputs:
    text: str = ""
    needed: Annotated[int, Limits(message="How many?")] = field(kw_only=True)
    spaces: int = 0
    slider: float = 5
    check: bool = False
    boxes: list[Literal["a", "b", "c"]] = field(default_factory=list[Literal["a", "b", "c"]])
    radio: Colour | None = None
    select: Literal[1, 2, 3] = 1
    several: set[Colour] = field(default_factory=set[Colour])
    day: date | None = None
    moment: datetime | None = None
    clock: time | None = None
    files: list[FileSignal] = field(default_factory=list[FileSignal])


I = Signals(Inputs)  # noqa: E741


def every_input() -> Any:
    def control(kind: str, signal: Signal, **attributes: str) -> Any:
        return h.Input({"id": signal.name, "type": kind} | attributes, data.bind(signal))

    def options(*values: object) -> Any:
        return [h.Option({"value": str(value)}, str(value)) for value in values]

    return h.Div(
        data.signals(I),
        h.Textarea({"id": "text"}, data.bind(I.text)),
        control("number", I.needed),
        control("text", I.spaces),
        control("range", I.slider, min="0", max="10", step="0.5"),
        control("checkbox", I.check),
        [control("checkbox", I.boxes, id=f"box-{value}", value=value) for value in "abc"],
        [control("radio", I.radio, id=one.value, value=one.value) for one in Colour],
        h.Select({"id": "select"}, data.bind(I.select), options(1, 2, 3)),
        h.Select({"id": "several", "multiple": True}, data.bind(I.several), options("red", "blue")),
        control("date", I.day),
        control("datetime-local", I.moment),
        control("time", I.clock),
        control("file", I.files),
        h.P({"id": "needed-error"}, data.text(I.needed.error)),
        h.Button(data.on("click", at.get("/caught")), "Save"),
    )


def test_what_every_input_sends_is_read(
    open_page: OpenPage, url: str, saved: SimpleQueue[Any]
) -> None:
    page = open_page(f"{url}/inputs")
    save(page)
    expect(error_of(page, "needed")).to_have_text("How many?")

    page.locator("#needed").fill("3")
    save(page)
    expect(error_of(page, "needed")).to_have_text("")
    assert saved.get(timeout=5) == Inputs(needed=3)

    page.locator("#text").fill("two\nlines")
    page.locator("#spaces").fill(" 7 ")
    page.locator("#slider").fill("2.5")
    page.locator("#check").check()
    page.locator("#box-b").check()
    page.locator("#blue").check()
    page.locator("#select").select_option("3")
    page.locator("#several").select_option(["red", "blue"])
    page.locator("#day").fill("2026-01-31")
    page.locator("#moment").fill("2026-01-31T12:30")
    page.locator("#clock").fill("12:30")
    page.locator("#files").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hi\xff"}
    )
    save(page)
    found: Inputs = saved.get(timeout=5)
    assert file_bytes(found.files[0]) == b"hi\xff"
    assert found == Inputs(
        text="two\nlines",
        needed=3,
        spaces=7,
        slider=2.5,
        check=True,
        boxes=["b"],
        radio=Colour.BLUE,
        select=3,
        several={Colour.RED, Colour.BLUE},
        day=date(2026, 1, 31),
        moment=datetime(2026, 1, 31, 12, 30),
        clock=time(12, 30),
        files=[FileSignal(name="a.txt", contents="aGn/", mime="text/plain")],
    )
