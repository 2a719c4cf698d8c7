"""The test tracer keeps every span; finished ones are found, open ones only tell what they know."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from stario.telemetry.spans import RecordingSpan
from stario.testing import TestTracer


@pytest.fixture
def tracer() -> TestTracer:
    tracer = TestTracer()
    with tracer:
        pass
    return tracer


def finished(tracer: TestTracer, name: str, parent: RecordingSpan | None = None) -> RecordingSpan:
    with tracer.create(name, parent=parent) as span:
        return span


def test_a_finished_span_reads_as_it_was_told(tracer: TestTracer) -> None:
    other = uuid4()
    with tracer.create("work", {"a": 1}) as span:
        span["b"] = [2]
        span.event("step", {"n": 1}, body="text")
        span.link("cause", other, {"why": "x"})
        span.rename("real work")
    found = tracer.get_span(span.id)
    assert found is not None
    assert (found.id, found.name, found.parent_id) == (span.id, "real work", None)
    assert found.attributes == {"a": 1, "b": [2]}
    assert (found.status, found.ok, found.error) == ("ok", True, None)
    assert found.duration_ns == found.end_ns - found.start_ns >= 0
    assert [(e.name, e.attributes, e.body) for e in found.events] == [("step", {"n": 1}, "text")]
    assert [(link.name, link.span_id, link.attributes) for link in found.links] == [
        ("cause", other, {"why": "x"})
    ]


def test_a_failure_is_an_error_with_its_event(tracer: TestTracer) -> None:
    span = tracer.create("work")
    with pytest.raises(ValueError, match="bad"), span:
        raise ValueError("bad")
    found = tracer.get_span(span.id)
    event = tracer.get_event(span.id, "exception")
    assert found is not None
    assert (found.status, found.ok, found.error) == ("error", False, "bad")
    assert event is not None
    assert event.attributes["exc.type"] == "ValueError"


def test_what_is_found_cannot_be_changed(tracer: TestTracer) -> None:
    found: Any = tracer.get_span(finished(tracer, "x").id)
    with pytest.raises(AttributeError):
        found.name = "y"
    with pytest.raises(TypeError):
        found.attributes["a"] = 1


def test_an_open_span_is_not_found_but_tells_what_it_knows(tracer: TestTracer) -> None:
    span = tracer.create("open")
    assert not tracer.has_open_spans()
    span.start()
    span.attr("a", 1)
    span.event("e")
    assert tracer.has_open_spans()
    assert (tracer.get_span(span.id), tracer.find_span("open")) == (None, None)
    assert tracer.has_attribute(span.id, "a", 1)
    assert tracer.has_event(span.id, "e")
    span.end()
    assert not tracer.has_open_spans()
    assert tracer.find_span("open") is not None


def test_the_first_of_a_name_by_start_is_found(tracer: TestTracer) -> None:
    late, early = tracer.create("x"), tracer.create("x")
    early.start_ns, late.start_ns = 1, 2
    late.end()
    early.end()
    found = tracer.find_span("x")
    assert found is not None
    assert found.id == early.id


def test_a_search_can_be_limited_to_a_tree(tracer: TestTracer) -> None:
    with tracer.create("GET /") as root:
        child = finished(tracer, "query", root)
        with root.step("render") as step:
            deep = finished(tracer, "query", tracer_span(step))
    other = finished(tracer, "query")

    def find(**limits: UUID) -> UUID | None:
        found = tracer.find_span("query", **limits)
        return None if found is None else found.id

    assert find() == find(root_id=root.id) == find(parent_id=root.id) == child.id
    assert find(root_id=step.id) == find(parent_id=step.id) == deep.id
    assert find(root_id=other.id) == other.id
    assert find(root_id=uuid4()) is find(parent_id=other.id) is None
    assert tracer.find_span("GET /", root_id=root.id) is not None


def tracer_span(span: Any) -> RecordingSpan:
    assert isinstance(span, RecordingSpan)
    return span


def test_events_are_found_by_name_and_index(tracer: TestTracer) -> None:
    with tracer.create("x") as span:
        for n in range(3):
            span.event("tick", {"n": n})
        span.event("tock")
    assert [event.name for event in tracer.get_events(span.id)] == ["tick"] * 3 + ["tock"]
    assert len(tracer.get_events(span.id, name="tick")) == 3
    picked = [tracer.get_event(span.id, "tick", index=at) for at in (0, 2, -1, 3, -4)]
    assert [event and event.attributes["n"] for event in picked] == [0, 2, 2, None, None]
    assert not tracer.has_event(span.id, "none")


@pytest.mark.parametrize(
    ("key", "value", "has"),
    [
        ("a", ..., True),
        ("a", None, True),
        ("a", 0, False),
        ("b", ..., False),
        ("b", None, False),
    ],
)
def test_an_attribute_is_there_with_any_value_or_with_one(
    tracer: TestTracer, key: str, value: Any, has: bool
) -> None:
    with tracer.create("x", {"a": None}) as span:
        pass
    assert tracer.has_attribute(span.id, key, value) is has


def test_an_unknown_span_has_nothing(tracer: TestTracer) -> None:
    nobody = uuid4()
    assert tracer.get_span(nobody) is None
    assert tracer.get_events(nobody) == ()
    assert tracer.get_event(nobody, "x") is None
    assert not tracer.has_event(nobody, "x")
    assert not tracer.has_attribute(nobody, "x")
    assert tracer.find_span("x") is None


def test_a_tracer_creates_nothing_before_it_is_entered() -> None:
    with pytest.raises(RuntimeError, match="entered"):
        TestTracer().create("x")


def test_a_tracer_may_be_entered_again_and_inside_itself() -> None:
    tracer = TestTracer()
    with tracer, tracer:
        finished(tracer, "one")
    with tracer:
        finished(tracer, "two")
    assert tracer.find_span("one") is not None
    assert tracer.find_span("two") is not None
    assert tracer.stats().dropped_spans == 0
    assert repr(tracer) == "<TestTracer 2 spans finished, 0 open>"
