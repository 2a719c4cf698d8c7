"""The life of a span: created, started, ended once, and deaf afterwards."""

from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

import pytest
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import (
    MAX_EVENTS,
    MAX_LINKS,
    RecordedEvent,
    RecordedLink,
    RecordingSpan,
)
from stario.tracing import NOOP_TRACER, NoOpSpan, ProxySpan

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)


def opened(tracer: RecordingTracer, name: str = "x") -> RecordingSpan:
    span = tracer.create(name)
    span.start()
    return span


def test_the_constructors_arguments_are_attributes() -> None:
    event = RecordedEvent(3, "e")
    link = RecordedLink("l", TWO)
    span = RecordingSpan(ONE, NOOP_TRACER, TWO, THREE, "n", 5, 9, "bad", {"k": 1}, [event], [link])
    assert (span.id, span.tracer, span.trace_id, span.parent_id) == (ONE, NOOP_TRACER, TWO, THREE)
    assert (span.name, span.start_ns, span.end_ns, span.error) == ("n", 5, 9, "bad")
    assert (span.attributes, span.events, span.links) == ({"k": 1}, [event], [link])
    assert (event.attributes, event.body, link.attributes) == (None, None, None)


@pytest.mark.parametrize(
    ("start", "end", "error", "state"),
    [
        (None, None, None, (False, False, False, False, None)),
        (5, None, None, (True, True, False, False, None)),
        (5, None, "x", (True, True, False, True, None)),
        (5, 9, None, (True, False, True, False, 4)),
        (5, 9, "", (True, False, True, True, 4)),
    ],
)
def test_the_state_follows_from_start_end_and_error(
    start: int | None, end: int | None, error: str | None, state: tuple[Any, ...]
) -> None:
    span = RecordingSpan(ONE, NOOP_TRACER, ONE, None, "n", start, end, error)
    assert state == (
        span.started,
        span.in_progress,
        span.finished,
        span.failed,
        span.duration_ns,
    )


@pytest.mark.parametrize(
    "name",
    ["id", "trace_id", "parent_id", "started", "in_progress", "finished", "failed", "duration_ns"],
)
def test_what_follows_from_other_things_is_read_only(name: str) -> None:
    span = RecordingSpan(ONE, NOOP_TRACER, ONE, None, "n")
    with pytest.raises(AttributeError):
        setattr(span, name, None)


def test_a_root_is_its_own_trace_and_a_child_has_its_parents(keeping: RecordingTracer) -> None:
    root = opened(keeping)
    child = root.step("child")
    assert (root.trace_id, root.parent_id) == (root.id, None)
    assert (child.trace_id, child.parent_id) == (root.id, root.id)
    child.start()
    grandchild = child.step("grandchild")
    assert (grandchild.trace_id, grandchild.parent_id) == (root.id, child.id)
    assert root.id.version == 7
    assert root.id < child.id < grandchild.id


def test_a_foreign_parent_gives_its_ids(keeping: RecordingTracer) -> None:
    for parent in (NoOpSpan(ONE, TWO, None), ProxySpan(NoOpSpan(ONE, TWO, None))):
        child = keeping.create("child", parent=parent)
        assert (child.trace_id, child.parent_id) == (TWO, ONE)


def test_a_new_trace_is_a_root_without_a_link(keeping: RecordingTracer) -> None:
    other = opened(keeping).new_trace("other", {"k": 1})
    assert isinstance(other, RecordingSpan)
    assert (other.trace_id, other.parent_id, other.links) == (other.id, None, [])
    assert not other.started


def test_creating_before_the_tracer_is_entered_is_an_error(not_entered: RecordingTracer) -> None:
    with pytest.raises(RuntimeError, match="before it is entered"):
        not_entered.create("x")


def test_attributes_are_taken_before_the_start_and_copied(keeping: RecordingTracer) -> None:
    given = {"a": 1}
    span = keeping.create("x", MappingProxyType(given))
    given["a"] = 2
    span.attr("b", 2)
    span["c"] = 3
    span.attrs({"d": 4})
    assert span.attributes == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_start_counts_once(keeping: RecordingTracer) -> None:
    span = opened(keeping)
    first = span.start_ns
    span.start()
    assert span.start_ns == first


def test_ending_before_the_start_is_an_error(keeping: RecordingTracer) -> None:
    with pytest.raises(RuntimeError, match="before it was started"):
        keeping.create("x").end()


def test_ending_twice_hands_the_span_over_once(keeping: Any) -> None:
    span = opened(keeping)
    span.end()
    first = span.end_ns
    span.end()
    assert keeping.ended == [span]
    assert span.end_ns == first


def test_a_clock_that_was_set_back_makes_no_negative_duration(keeping: RecordingTracer) -> None:
    span = keeping.create("x")
    span.start_ns = 2**62
    span.end()
    assert span.duration_ns == 0


def test_a_finished_span_hears_nothing(keeping: RecordingTracer) -> None:
    span = opened(keeping)
    span.end()
    span.attr("a", 1)
    span.attrs({"a": 1})
    span["a"] = 1
    span.event("e")
    span.exception(ValueError())
    span.link("l", ONE)
    span.rename("y")
    span.fail("m")
    assert (span.name, span.error, span.attributes, span.events, span.links) == (
        ("x", None, {}, [], [])
    )


def test_events_links_and_failures_need_a_start(keeping: RecordingTracer) -> None:
    span = keeping.create("x")
    span.event("e")
    span.exception(ValueError())
    span.link("l", ONE)
    span.fail("m")
    span.rename("y")
    assert (span.error, span.events, span.links) == (None, [], [])
    assert span.name == "y"


@pytest.mark.parametrize("finish", [False, True])
def test_only_an_open_span_has_steps(keeping: RecordingTracer, finish: bool) -> None:
    span = keeping.create("x")
    if finish:
        span.start()
        span.end()
    with pytest.raises(RuntimeError, match="is not open"):
        span.step("child")


def test_an_event_keeps_its_text_and_copies_its_attributes(keeping: RecordingTracer) -> None:
    span = opened(keeping)
    given = {"k": 1}
    span.event("e", given, body="text")
    given["k"] = 2
    span.event("f", {})
    assert span.events[0] == RecordedEvent(span.events[0].time_ns, "e", {"k": 1}, "text")
    assert (span.events[1].attributes, span.events[1].body) == (None, None)


@pytest.mark.parametrize("body", [1, b"bytes", ["x"], ValueError])
def test_an_event_body_of_another_type_is_refused(keeping: RecordingTracer, body: Any) -> None:
    with pytest.raises(TypeError, match=type(body).__name__):
        opened(keeping).event("e", body=body)


def test_an_exception_as_a_body_becomes_its_traceback(keeping: RecordingTracer) -> None:
    span = opened(keeping)
    span.event("e", body=ValueError("why"))
    assert span.events[0].body == "ValueError: why"


def test_an_exception_is_an_event_with_type_message_and_traceback(keeping: Any) -> None:
    span = opened(keeping)
    span.exception(ValueError("why"), {"k": 1})
    span.exception(ValueError("why"), body="told otherwise")
    first, second = span.events
    assert first.name == second.name == "exception"
    assert first.attributes == {"exc.type": "ValueError", "exc.message": "why", "k": 1}
    assert first.body == "ValueError: why"
    assert second.body == "told otherwise"
    assert not span.failed


def test_a_with_block_starts_and_ends(keeping: Any) -> None:
    with keeping.create("x") as span:
        assert span.in_progress
    assert keeping.ended == [span]
    assert not span.failed


def test_an_exception_in_a_with_block_is_recorded_fails_the_span_and_passes(keeping: Any) -> None:
    with pytest.raises(ValueError, match="why"), keeping.create("x") as span:
        raise ValueError("why")
    assert span.error == "why"
    assert [event.name for event in span.events] == ["exception"]
    assert "ValueError: why" in span.events[0].body
    assert keeping.ended == [span]


def test_an_exception_that_cannot_be_printed_still_ends_the_span(keeping: Any) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    with pytest.raises(Mute), keeping.create("x") as span:
        raise Mute
    assert span.finished
    assert "Mute" in span.error


def test_a_stream_that_tells_its_span_everything_stays_bounded(keeping: RecordingTracer) -> None:
    span = opened(keeping)
    for _ in range(MAX_EVENTS + 7):
        span.event("e")
    for _ in range(MAX_LINKS + 3):
        span.link("l", ONE)
    assert (len(span.events), len(span.links)) == (MAX_EVENTS, MAX_LINKS)
    assert span.attributes == {"events.dropped": 7, "links.dropped": 3}


@pytest.mark.parametrize(
    ("start", "end", "error", "text"),
    [
        (None, None, None, "<RecordingSpan 'x\\n' created>"),
        (1, None, None, "<RecordingSpan 'x\\n' open>"),
        (1, None, "e", "<RecordingSpan 'x\\n' failing>"),
        (1, 2, None, "<RecordingSpan 'x\\n' finished>"),
        (1, 2, "e", "<RecordingSpan 'x\\n' failed>"),
    ],
)
def test_the_repr_is_the_state(
    start: int | None, end: int | None, error: str | None, text: str
) -> None:
    assert repr(RecordingSpan(ONE, NOOP_TRACER, ONE, None, "x\n", start, end, error)) == text


@pytest.mark.parametrize("given", [KeyError("k"), None, 5])
def test_a_failure_is_told_as_text(keeping: RecordingTracer, given: Any) -> None:
    with keeping.create("x") as span, pytest.raises(TypeError, match=r"exception\(\) records"):
        span.fail(given)
    assert not span.failed


@pytest.mark.parametrize("given", ["0190", 5, ONE])
def test_a_parent_is_a_span(keeping: RecordingTracer, given: Any) -> None:
    with pytest.raises(TypeError, match="parent of a span is a span or None, not"):
        keeping.create("x", parent=given)


def test_a_policy_is_a_span_policy(keeping: RecordingTracer) -> None:
    with pytest.raises(TypeError, match=r"policy must be a SpanPolicy, not 0\.1"):
        keeping.follow(cast("Any", 0.1))


def test_a_link_to_what_is_no_id_is_refused_while_the_span_is_open(
    keeping: RecordingTracer,
) -> None:
    """Some outputs cannot write it, and the whole span would be lost."""
    given: Any = "0190"
    with keeping.create("x") as span, pytest.raises(TypeError, match="a UUID, not at str"):
        span.link("l", given)
    span.link("l", given)
    assert span.links == []
