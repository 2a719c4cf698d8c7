"""The stream opens once and then writes each event whole."""

from collections.abc import Callable
from typing import Any

import pytest
from stario.datastar import SSE, events
from stario.exceptions import StarioError, StarioRuntime

HEAD = [
    ("content-type", "text/event-stream"),
    ("cache-control", "no-cache"),
    ("x-accel-buffering", "no"),
]


def test_nothing_is_sent_before_the_first_event(sse: SSE, writer: Any) -> None:
    assert (writer.status_code, writer.writes, writer.headers.items()) == (None, [], [])
    assert repr(sse).startswith("<SSE not open on ")


def test_open_sends_the_head_at_once(sse: SSE, writer: Any) -> None:
    sse.open()
    assert writer.status_code == 200
    assert writer.headers.items() == HEAD
    assert writer.writes == []


def test_open_twice_is_open(sse: SSE, writer: Any) -> None:
    sse.open()
    sse.open()
    sse.ping()
    assert writer.writes == [b": \n\n"]


def test_the_first_event_opens_the_stream(sse: SSE, writer: Any) -> None:
    sse.patch_elements("<p>")
    assert (writer.status_code, writer.headers.items()) == (200, HEAD)
    assert writer.writes == [b"event: datastar-patch-elements\ndata: elements <p>\n\n"]


def test_each_method_writes_its_event_in_one_piece(sse: SSE, writer: Any) -> None:
    again: dict[str, Any] = {"event_id": "7", "retry": 2000}
    patch: dict[str, Any] = {
        "mode": "inner",
        "selector": "#l",
        "namespace": "svg",
        "view_transition": True,
        "view_transition_selector": "#v",
    }
    sse.patch_elements("<p>", **patch, **again)
    sse.patch_signals({"a": 1}, only_if_missing=True, **again)
    sse.remove("#x", view_transition=True, **again)
    sse.navigate("/x", **again)
    sse.execute_script("f()", auto_remove=False, attributes={"nonce": "n"}, **again)
    sse.ping("x")
    assert writer.writes == [
        events.patch_elements("<p>", **patch, **again),
        events.patch_signals({"a": 1}, only_if_missing=True, **again),
        events.remove("#x", view_transition=True, **again),
        events.navigate("/x", **again),
        events.execute_script("f()", auto_remove=False, attributes={"nonce": "n"}, **again),
        events.comment("x"),
    ]


def test_a_bad_event_does_not_open_the_stream(sse: SSE, writer: Any) -> None:
    with pytest.raises(StarioError):
        sse.remove("#x\n")
    assert not writer.started


def test_a_stream_that_another_opened_goes_on(writer: Any, stream_on: Callable[..., SSE]) -> None:
    writer.headers.set("content-type", "Text/Event-Stream; charset=utf-8")
    writer.write_headers(200)
    stream_on(writer).ping()
    assert writer.writes == [b": \n\n"]


SENDS: list[Callable[[SSE], None]] = [
    lambda sse: sse.open(),
    lambda sse: sse.ping(),
    lambda sse: sse.patch_elements("x"),
    lambda sse: sse.patch_signals({}),
    lambda sse: sse.remove("#x"),
    lambda sse: sse.navigate("/"),
    lambda sse: sse.execute_script("x"),
]


@pytest.mark.parametrize("send", SENDS)
@pytest.mark.parametrize("content_type", ["text/html", "text/event-streams", ""])
def test_a_response_of_another_kind_cannot_become_a_stream(
    sse: SSE, writer: Any, send: Callable[[SSE], None], content_type: str
) -> None:
    if content_type:
        writer.headers.set("content-type", content_type)
    writer.write_headers(200)
    with pytest.raises(StarioRuntime, match="something else"):
        send(sse)
    assert writer.writes == []


@pytest.mark.parametrize("send", SENDS)
@pytest.mark.parametrize("opened", [True, False])
def test_no_event_follows_the_end(
    sse: SSE, writer: Any, send: Callable[[SSE], None], opened: bool
) -> None:
    if opened:
        sse.open()
    writer.end()
    with pytest.raises(StarioRuntime):
        send(sse)
    assert writer.writes == []


def test_an_idle_stream_pings_every_15_seconds(sse: SSE, writer: Any) -> None:
    assert writer.beats == []
    sse.patch_elements("x")
    sse.patch_elements("x")
    assert writer.beats == [(events.comment(), 15.0)]


@pytest.mark.parametrize("ping", [1, 0.5, None])
def test_the_seconds_of_the_ping_can_be_set(
    writer: Any, stream_on: Callable[..., SSE], ping: float | None
) -> None:
    stream_on(writer, ping=ping).open()
    assert writer.beats == [(b": \n\n", ping)]


BAD_PINGS: list[Any] = [0, -1, True, False, float("nan"), float("inf"), "15", 1j]


@pytest.mark.parametrize("ping", BAD_PINGS)
def test_a_ping_that_is_no_time_is_refused(
    writer: Any, stream_on: Callable[..., SSE], ping: Any
) -> None:
    with pytest.raises(StarioError, match="seconds above 0"):
        stream_on(writer, ping=ping)
    assert not writer.started
