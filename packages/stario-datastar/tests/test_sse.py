"""The stream opens once and then writes each event whole."""

from collections.abc import Callable
from typing import Any

import pytest
from stario.datastar import SSE, events
from stario.exceptions import StarioError, StarioRuntime
from stario.http.shared import SharedBytes

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


def test_send_writes_the_very_event_so_that_streams_can_share_it(sse: SSE, writer: Any) -> None:
    event = events.patch_elements("<p>")
    sse.send(event)
    sse.send(event)
    assert writer.headers.items() == HEAD
    assert [sent is event for sent in writer.writes] == [True, True]


def test_what_the_other_methods_send_is_private_to_the_stream(sse: SSE, writer: Any) -> None:
    sse.patch_elements("<p>")
    sse.patch_signals({"a": 1})
    sse.remove("#x")
    sse.navigate("/x")
    sse.execute_script("f()")
    assert {type(sent) for sent in writer.writes} == {bytes}


def test_all_streams_share_one_ping(writer: Any, stream_on: Callable[[Any], SSE]) -> None:
    for _ in range(2):
        stream_on(writer).ping()
    first, second = writer.writes
    assert isinstance(first, SharedBytes)
    assert first is second


@pytest.mark.parametrize(
    "value", [b"event: x\n\n", SharedBytes(b"data: x\n\n"), "<p>", None, 1, []]
)
def test_send_refuses_what_is_no_event(sse: SSE, writer: Any, value: Any) -> None:
    with pytest.raises(StarioError, match=r"made by stario\.datastar\.events, not") as refused:
        sse.send(value)
    assert type(value).__name__ in str(refused.value)
    assert not writer.started


def test_an_event_says_what_it_is() -> None:
    assert repr(events.comment("x")) == "<Event b': x\\n\\n'>"


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
    lambda sse: sse.send(events.remove("#x")),
]


@pytest.mark.parametrize("send", SENDS)
@pytest.mark.parametrize("content_type", ["text/html", "text/event-streams", ""])
def test_a_response_of_another_kind_cannot_become_a_stream(
    sse: SSE, writer: Any, send: Callable[[SSE], None], content_type: str
) -> None:
    if content_type:
        writer.headers.set("content-type", content_type)
    writer.write_headers(200)
    with pytest.raises(StarioRuntime, match="something other"):
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


@pytest.mark.parametrize("given", [None, "w", SSE])
def test_what_is_no_writer_is_refused(stream_on: Callable[..., SSE], given: Any) -> None:
    """A handler has a context too, and both have short names."""
    with pytest.raises(StarioError, match="takes the writer of the response"):
        stream_on(given)


BAD_PINGS: list[Any] = [0, -1, True, False, float("nan"), float("inf"), "15", 1j]


@pytest.mark.parametrize("ping", BAD_PINGS)
def test_a_ping_that_is_no_time_is_refused(
    writer: Any, stream_on: Callable[..., SSE], ping: Any
) -> None:
    with pytest.raises(StarioError, match="seconds above 0"):
        stream_on(writer, ping=ping)
    assert not writer.started
