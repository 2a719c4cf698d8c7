"""Signals that are wrong go back to their form as a 200, and to everybody else as a 400."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from stario import App, Context
from stario.datastar import InvalidSignals, Limits, Signals, data, read_signals
from stario.datastar.events import patch_signals
from stario.exceptions import HttpException, StarioError
from stario.http.request import Request
from stario.tracing import NOOP_SPAN

type MakeRequest = Callable[..., Request]
type Post = Callable[..., Awaitable[None]]


@dataclass
class Address:
    city: Annotated[str, Limits(max_length=5)] = ""


@dataclass
class Draft:
    title: Annotated[str, Limits(min_length=1)] = ""
    amount: int = 1
    address: Address = field(default_factory=Address)


S = Signals(Draft)
NO_ERRORS = {"_": "", "title": "", "amount": "", "address": {"_": "", "city": ""}}
WRONG = b'{"title":"","amount":"x","address":{"city":"x"}}'
SAID = {"title": "Please fill this in.", "amount": "Please enter a whole number."}


async def save(c: Any, w: Any) -> None:
    draft = await read_signals(c.req, Draft)
    if draft.title == "taken":
        raise InvalidSignals({S.title: "That title is taken."})
    if draft.title == "odd":
        raise InvalidSignals({"elsewhere.a": "Not there.", "elsewhere": "Nor here.", "": "No."})
    w.respond(b"saved", b"text/plain")


@pytest.fixture
def post(writer: Any, request_of: MakeRequest) -> Post:
    """Run a handler as an app does, up to its answer."""

    async def post(content: bytes, handler: Any = save, **fields: str) -> None:
        app = App()
        app.post("/", handler)
        req = request_of("POST", content=content, **fields)
        await app(Context(app, req, NOOP_SPAN, writer), writer)

    return post


def shown(writer: Any) -> Any:
    assert writer.status_code == 200
    assert writer.headers.get("content-type") == "application/json; charset=utf-8"
    assert writer.headers.get("cache-control") == "no-store"
    signals = json.loads(b"".join(writer.writes))
    assert list(signals) == ["_errors"]
    return signals["_errors"]


async def test_uncaught_they_go_back_to_the_form(post: Post, writer: Any) -> None:
    await post(WRONG, datastar_request="true")
    assert shown(writer) == NO_ERRORS | SAID


async def test_everybody_else_gets_a_400_with_the_sentences(post: Post, writer: Any) -> None:
    await post(WRONG)
    assert writer.status_code == 400
    assert b"".join(writer.writes) == (
        b"title: Please fill this in.\namount: Please enter a whole number."
    )


async def test_what_is_no_json_stays_a_400_for_all(post: Post, writer: Any) -> None:
    """No form of ours sends that, so there is no field to show it at."""
    await post(b"[", datastar_request="true")
    assert writer.status_code == 400


async def test_a_rule_of_the_application_clears_the_fields_that_are_right(
    post: Post, writer: Any
) -> None:
    await post(b'{"title":"taken"}', datastar_request="true")
    assert shown(writer) == NO_ERRORS | {"title": "That title is taken."}


async def test_a_rule_about_what_is_no_field_is_shown_where_it_says(
    post: Post, writer: Any
) -> None:
    await post(b'{"title":"odd"}', datastar_request="true")
    assert shown(writer) == {"elsewhere": {"a": "Not there.", "_": "Nor here."}, "_": "No."}


async def test_right_signals_are_answered_by_the_handler(post: Post, writer: Any) -> None:
    await post(b'{"title":"x"}', datastar_request="true")
    assert b"".join(writer.writes) == b"saved"


async def test_a_handler_may_answer_by_itself(post: Post, writer: Any) -> None:
    async def catches(c: Any, w: Any) -> None:
        try:
            await read_signals(c.req, S)
        except InvalidSignals as invalid:
            signals = S.errors(invalid) | {"sent": invalid.values["amount"]}
            w.respond(bytes(patch_signals(signals)), b"text/event-stream")

    await post(WRONG, catches, datastar_request="true")
    assert json.loads(writer.writes[0].decode().split("data: signals ")[1]) == {
        "_errors": NO_ERRORS | SAID,
        "sent": "x",
    }


async def test_an_application_that_answers_all_errors_can_leave_these_to_themselves(
    writer: Any, request_of: MakeRequest
) -> None:
    app = App()
    app.post("/", save)

    async def page(c: Context, w: Any, error: HttpException) -> None:
        if isinstance(error, InvalidSignals):
            error.answer(c, w)
        else:
            w.respond(b"<h1>Sorry</h1>", b"text/html", error.status_code)

    app.on_error(HttpException, page)
    req = request_of("POST", content=WRONG, datastar_request="true")
    await app(Context(app, req, NOOP_SPAN, writer), writer)
    assert shown(writer) == NO_ERRORS | SAID


def test_one_that_is_raised_outside_of_a_handler_patches_what_it_says() -> None:
    invalid = InvalidSignals({"address.city": "No.", "title": "Nor."})
    assert invalid.model is None
    assert invalid.patch() == {"_errors": {"address.city": "No.", "title": "Nor."}}
    assert str(invalid) == "400 address.city: No.\ntitle: Nor."
    assert InvalidSignals({"title": "No."}, model=S).patch() == {
        "_errors": NO_ERRORS | {"title": "No."}
    }


@pytest.mark.parametrize("errors", [{}, None, [], {"title": 1}, {"title": None}, "title"])
def test_errors_are_sentences_by_field(errors: Any) -> None:
    with pytest.raises(StarioError, match="fields to sentences, with at least one"):
        InvalidSignals(errors)


def test_a_model_that_is_a_class_is_refused_where_it_is_given_and_not_when_it_answers() -> None:
    model: Any = Draft
    with pytest.raises(StarioError, match=r"model=Signals\(Draft\)"):
        InvalidSignals({"title": "No."}, model=model)


@pytest.mark.parametrize("name", ["a b", "$title", "__proto__", "a.", 1])
def test_errors_have_names_of_signals(name: Any) -> None:
    with pytest.raises(StarioError, match="not the name of a signal"):
        InvalidSignals({name: "No."})


def test_a_sentence_cannot_leave_its_place() -> None:
    """Sentences of the application may quote what somebody sent."""
    bad = "</script>\r\n\r\nevent: datastar-patch-signals\ud800'\""
    event = bytes(patch_signals(S.errors({"title": bad})))
    assert event.count(b"\n") == 3
    page = data.signals({"_errors": {"title": "it's </p>"}}).rendered
    assert page == """ data-signals='{"_errors":{"title":"it&#39;s &lt;/p&gt;"}}'"""
