"""Secrets reach no span, and so no sink: by their names, wherever they are told."""

import io
import sqlite3
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from stario.http.headers import Headers
from stario.telemetry import SpanPolicy
from stario.telemetry.json import JsonTracer
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.redaction import HIDDEN, Redaction
from stario.telemetry.spans import RecordingSpan
from stario.telemetry.sqlite import SqliteTracer
from stario.telemetry.tty import TTYTracer

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "s3cr3t-v4lue"


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "Authorization",
        "http.request.header.authorization",
        "proxy-authorization",
        "cookie",
        "Set-Cookie",
        "request.cookies",
        "password",
        "user.password",
        "new_password",
        "newPassword",
        "db.passwd",
        "client_secret",
        "SECRET_KEY",
        "token",
        "accessToken",
        "csrf-token",
        "X-Api-Key",
        "apikey",
        "aws.access_key",
        "ssh.private_key",
        "x" * 300,
    ],
)
def test_a_name_hides_its_value(name: str) -> None:
    assert Redaction().shown(name, SECRET) == HIDDEN


@pytest.mark.parametrize(
    "name", ["request.path", "user.id", "tokens", "llm.tokens.total", "passwords.changed", "", 7]
)
def test_another_name_does_not(name: Any) -> None:
    assert Redaction().shown(name, SECRET) == SECRET


def test_names_are_added_and_the_others_stay() -> None:
    redaction = Redaction(("iban", "card.*", "*_ssn"))
    for name in ("iban", "user.IBAN", "card.number", "user.their-ssn", "password"):
        assert redaction.shown(name, SECRET) == HIDDEN
    assert redaction.shown("card", SECRET) == redaction.shown("my.card.number", SECRET) == SECRET


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": {"Cookie": SECRET}}, {"a": {"Cookie": HIDDEN}}),
        (MappingProxyType({"token": SECRET}), {"token": HIDDEN}),
        ([{"password": SECRET}, 1], [{"password": HIDDEN}, 1]),
        ([("cookie", SECRET), ("accept", "*/*")], [["cookie", HIDDEN], ("accept", "*/*")]),
        ({"a": [{"b": ({"secret": SECRET},)}]}, {"a": [{"b": [{"secret": HIDDEN}]}]}),
        ({1: {"token": SECRET}}, {1: {"token": HIDDEN}}),
    ],
)
def test_values_within_values_are_hidden(value: Any, shown: Any) -> None:
    assert Redaction().shown("data", value) == shown


def test_the_headers_of_a_request_are_shown_without_secrets() -> None:
    headers = Headers()
    headers.set("authorization", SECRET)
    headers.set("accept", "*/*")
    shown = Redaction().shown("headers", headers)
    assert shown == {"authorization": HIDDEN, "accept": "*/*"}
    assert headers.get("authorization") == SECRET


@pytest.mark.parametrize(
    "value", [{"a": 1}, [1, 2], (1, 2), ("password",), {"deep": [{"x": 1}]}, object(), {1, 2}, b"x"]
)
def test_what_holds_no_secret_stays_the_object_that_it_is(value: Any) -> None:
    assert Redaction().shown("data", value) is value


def test_a_circle_and_a_deep_value_come_to_an_end() -> None:
    circle: list[Any] = [{"password": SECRET}]
    circle.append(circle)
    assert SECRET not in str(Redaction().shown("data", circle)[0])
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert Redaction().shown("data", deep) is deep


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("url.query", f"page=2&token={SECRET}", f"page=2&token={HIDDEN}"),
        ("url.full", f"https://a/b?api%5Fkey={SECRET}#c", f"https://a/b?api%5Fkey={HIDDEN}#c"),
        ("http.url", f"https://me:{SECRET}@a/b", f"https://{HIDDEN}@a/b"),
        ("location", f"/?password={SECRET}", f"/?password={HIDDEN}"),
        ("url.query", "page=2&q=a=b", "page=2&q=a=b"),
        ("url.query", "", ""),
        ("title", f"token={SECRET}", f"token={SECRET}"),
    ],
)
def test_queries_are_shown_without_secrets(name: str, value: str, shown: str) -> None:
    assert Redaction().shown(name, value) == shown


def test_long_texts_cost_time_in_proportion() -> None:
    """A URL comes from a client: none may keep the handler busy for more than a moment."""
    redaction = Redaction()
    for text in ("a" * 200_000, "://" * 70_000, "a=" * 100_000, "&" * 200_000):
        began = time.thread_time()
        redaction.shown("url.full", text)
        redaction.shown(text, 1)
        assert time.thread_time() - began < 1


def test_what_is_remembered_is_bounded() -> None:
    redaction = Redaction()
    for number in range(20_000):
        redaction.shown(f"name-{number}", 1)
    assert len(redaction.harmless) <= 4096


def tell_everything(span: RecordingSpan) -> None:
    hidden = {"password": SECRET, "nested": {"cookie": SECRET}, "q": 1}
    span.attr("authorization", SECRET)
    span["token"] = SECRET
    span.attrs(hidden)
    span.event("asked", hidden)
    span.exception(ValueError("wrong"), hidden)
    span.link("other", UUID(int=1), hidden)


def test_every_way_to_tell_a_span_hides(keeping: RecordingTracer) -> None:
    span = keeping.create("x", {"password": SECRET, "headers": {"Cookie": SECRET}})
    span.start()
    tell_everything(span)
    assert span.attributes["password"] == span.attributes["token"] == HIDDEN
    told = [span.attributes, *(e.attributes for e in (*span.events, *span.links))]
    assert SECRET not in str(told)
    assert len(told) == 4


def test_a_value_that_gets_a_secret_later_shows_none_at_the_end(keeping: RecordingTracer) -> None:
    span = keeping.create("x")
    span.start()
    seen: dict[str, Any] = {"a": 1}
    span["data"] = seen
    span.event("e", {"data": seen})
    seen["password"] = SECRET
    span.end()
    assert span.attributes["data"] == {"a": 1, "password": HIDDEN}
    assert SECRET not in str(span.events)
    assert seen["password"] == SECRET


def test_no_sink_ever_gets_a_secret(tmp_path: Path) -> None:
    out, screen, file = io.StringIO(), io.StringIO(), tmp_path / "t.sqlite3"
    makers: list[Callable[[], RecordingTracer]] = [
        lambda: JsonTracer(out),
        lambda: SqliteTracer(file),
        lambda: TTYTracer(out=screen),
    ]
    for make in makers:
        with make() as tracer, tracer.create("x", {"client_secret": SECRET}) as span:
            assert isinstance(span, RecordingSpan)
            tell_everything(span)
    for text in (out.getvalue(), screen.getvalue()):
        assert HIDDEN in text
        assert SECRET not in text
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT count(*) FROM spans").fetchone() == (1,)
    connection.close()
    written = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    assert HIDDEN.encode() in written
    assert SECRET.encode() not in written


def test_a_tracer_hides_the_names_of_its_policy() -> None:
    out = io.StringIO()
    policy = SpanPolicy(redact=("iban",))
    with JsonTracer(out, policy=policy) as tracer, tracer.create("x", {"user.iban": SECRET}):
        pass
    assert SECRET not in out.getvalue()
