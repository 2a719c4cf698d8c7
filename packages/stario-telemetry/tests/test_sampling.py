"""Which traces are written: a share of them, what a caller decided, and those that fail."""

import io
import json
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from stario.exceptions import StarioError
from stario.propagation import RemoteParent
from stario.telemetry import SpanPolicy, propagate, span_policy_from_env, traceparent
from stario.telemetry.ids import new_id
from stario.telemetry.json import JsonTracer, json_tracer_from_env
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.sampling import WAITING_MAX, Sample
from stario.telemetry.sqlite import sqlite_tracer_from_env
from stario.tracing import NoOpSpan

TRACE, CALLER = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7


@pytest.fixture
def leaving_out(keeping: RecordingTracer) -> Any:
    """A tracer whose sample is empty; `ended` holds what is written all the same."""
    keeping.follow(SpanPolicy(sample=0))
    return keeping


@pytest.fixture
def muting(keeping: RecordingTracer) -> Any:
    keeping.follow(SpanPolicy(sample=0, sample_errors=False))
    return keeping


def names(tracer: Any) -> list[str]:
    return [span.name for span in tracer.ended]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("trace", [new_id, partial(Random(7).getrandbits, 128)])
def test_the_sample_is_the_share_that_it_says(share: float, trace: Any) -> None:
    """Whoever made the ids: our own count up, those of others are random."""
    sample = Sample(share, keeps_errors=True)
    taken = sum(sample.takes(trace()) for _ in range(10_000))
    assert abs(taken - share * 10_000) < 300


def test_processes_agree_on_a_trace_and_a_larger_share_keeps_all_of_a_smaller() -> None:
    small, large = (Sample(share, keeps_errors=True) for share in (0.2, 0.4))
    ids = [new_id() for _ in range(1_000)]
    assert [small.takes(n) for n in ids] == [Sample(0.2, keeps_errors=False).takes(n) for n in ids]
    assert all(large.takes(n) for n in ids if small.takes(n))


def test_all_spans_of_a_trace_share_its_fate(keeping: Any) -> None:
    keeping.follow(SpanPolicy(sample=0.5))
    for _ in range(100):
        with keeping.create("root") as root, root.step("child") as child, child.step("leaf"):
            pass
    assert 0 < len(keeping.ended) < 300
    assert len(keeping.ended) == 3 * names(keeping).count("root")


def test_a_trace_outside_the_sample_is_not_written(leaving_out: Any) -> None:
    with leaving_out.create("root") as root, root.step("child"):
        root.event("e")
    assert leaving_out.ended == []


def test_a_trace_outside_the_sample_is_written_when_it_fails(leaving_out: Any) -> None:
    """With what it recorded before, in the order of the ends."""
    with leaving_out.create("root") as root:
        with root.step("before", {"a": 1}) as before:
            before.event("e")
        with pytest.raises(ValueError, match="bad"), root.step("fails") as middle:
            raise ValueError("bad")
        with root.step("after"):
            pass
        assert names(leaving_out) == ["before", "fails", "after"]
    assert names(leaving_out) == ["before", "fails", "after", "root"]
    assert leaving_out.ended[0].attributes == {"a": 1}
    assert [event.name for event in leaving_out.ended[0].events] == ["e"]
    assert middle.error == "bad"


def test_a_root_that_fails_takes_its_children_along(leaving_out: Any) -> None:
    root = leaving_out.create("root")
    root.start()
    with root.step("child"):
        pass
    root.fail("bad")
    root.end()
    root.end()
    assert names(leaving_out) == ["child", "root"]


def test_a_child_that_ends_after_its_root_is_written_only_if_it_fails(leaving_out: Any) -> None:
    with leaving_out.create("root") as root:
        late, later = root.step("late"), root.step("later")
        late.start()
        later.start()
    late.end()
    later.fail("bad")
    later.end()
    assert names(leaving_out) == ["later"]


def test_a_failed_trace_leaves_the_next_one_alone(leaving_out: Any) -> None:
    with leaving_out.create("one") as one:
        one.fail("bad")
        with one.new_trace("two"):
            pass
    assert names(leaving_out) == ["one"]


def test_what_waits_is_bounded_and_what_it_lost_is_told(leaving_out: Any) -> None:
    """The latest are kept: they are nearest to what went wrong."""
    with leaving_out.create("root") as root:
        for number in range(WAITING_MAX + 5):
            with root.step(str(number)):
                pass
        root.fail("bad")
    assert len(leaving_out.ended) == WAITING_MAX + 1
    assert leaving_out.ended[0].name == "5"
    assert leaving_out.ended[-1].attributes == {"spans.dropped": 5}


def test_without_errors_nothing_is_recorded_at_all(muting: Any) -> None:
    with muting.create("root", {"a": 1}) as root, root.step("child") as child:
        child["b"] = 2
        child.attrs({"c": 3})
        child.event("e")
        child.link("l", root.id)
        child.rename("other")
        child.exception(ValueError())
        child.fail("bad")
        assert (child.name, child.events, child.links, child.failed) == ("child", [], [], False)
        assert (child.trace_id, child.parent_id) == (root.id, root.id)
    assert muting.ended == []
    assert root.finished
    with pytest.raises(RuntimeError, match="before it was started"):
        muting.create("x").end()
    with pytest.raises(RuntimeError, match="is not open"):
        child.step("x")


@pytest.mark.parametrize("errors", [True, False])
def test_a_span_outside_the_sample_tells_those_that_it_calls(keeping: Any, errors: bool) -> None:
    keeping.follow(SpanPolicy(sample=0, sample_errors=errors))
    with keeping.create("root") as root, root.step("child") as child:
        for span in (root, child):
            assert traceparent(span) == f"00-{root.trace_id.hex}-{span.id.hex[16:]}-00"
    keeping.follow(SpanPolicy())
    assert traceparent(keeping.create("root")).endswith("-01")


@pytest.mark.parametrize(
    ("share", "flags", "written"), [(1, 1, 1), (1, 0, 1), (0, 1, 1), (0, 0, 0), (0.999, 0, 0)]
)
def test_a_caller_decides_where_there_is_a_sample(
    keeping: Any, share: float, flags: int, written: int
) -> None:
    """Where all is kept anyway, what a caller does not keep is kept too."""
    keeping.follow(SpanPolicy(sample=share))
    parent = RemoteParent(CALLER, TRACE, flags, "a=1")
    with keeping.create("GET", {"k": 1}, parent=parent) as root, root.step("child") as child:
        assert root.trace_id.int == child.trace_id.int == TRACE
        assert root.parent_id is None
        assert child.parent_id == root.id
        assert propagate(child) == {
            "traceparent": f"00-{TRACE:032x}-{child.id.hex[16:]}-{flags:02x}",
            "tracestate": "a=1",
        }
    assert len(keeping.ended) == 2 * written
    if written:
        assert root.attributes == {"k": 1, "trace.parent": "00f067aa0ba902b7"}


def test_a_callers_trace_is_written_when_it_fails_here(leaving_out: Any) -> None:
    parent = RemoteParent(CALLER, TRACE, 0)
    with leaving_out.create("GET", parent=parent) as root:
        root.fail("bad")
    assert names(leaving_out) == ["GET"]


def test_below_a_foreign_span_its_trace_decides(keeping: Any) -> None:
    keeping.follow(SpanPolicy(sample=0.5))
    sample = Sample(0.5, keeps_errors=True)
    for trace in range(1, 50):
        parent = NoOpSpan(UUID(int=7), UUID(int=trace), None)
        with keeping.create("child", parent=parent):
            pass
        assert (len(keeping.ended) == 1) is sample.takes(trace)
        keeping.ended.clear()


def test_a_json_tracer_writes_only_the_sample_and_what_fails() -> None:
    out = io.StringIO()
    with JsonTracer(out, policy=SpanPolicy(sample=0)) as tracer:
        for number in range(10):
            with tracer.create(str(number)) as span:
                if number == 7:
                    span.fail("bad")
    assert [json.loads(line)["name"] for line in out.getvalue().splitlines()] == ["7"]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), float("inf"), "0.1", None])
def test_a_share_is_between_0_and_1(share: Any) -> None:
    with pytest.raises(ValueError, match="sample must be a share from 0 to 1"):
        SpanPolicy(sample=share)


@pytest.mark.parametrize("names", ["password", None, (1,), 5])
def test_names_to_hide_are_a_tuple(names: Any) -> None:
    with pytest.raises(ValueError, match="redact must be a tuple"):
        SpanPolicy(redact=names)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert span_policy_from_env() == SpanPolicy()
    monkeypatch.setenv("STARIO_TRACERS_SAMPLE", "0.25")
    monkeypatch.setenv("STARIO_TRACERS_SAMPLE_ERRORS", "off")
    monkeypatch.setenv("STARIO_TRACERS_REDACT", "iban, card.*")
    expected = SpanPolicy(sample=0.25, sample_errors=False, redact=("iban", "card.*"))
    assert span_policy_from_env() == expected


@pytest.mark.parametrize(
    ("name", "value"), [("SAMPLE", "2"), ("SAMPLE", "much"), ("SAMPLE_ERRORS", "perhaps")]
)
@pytest.mark.parametrize("make", [json_tracer_from_env, sqlite_tracer_from_env])
def test_a_bad_environment_is_an_error(
    monkeypatch: pytest.MonkeyPatch, make: Any, name: str, value: str
) -> None:
    monkeypatch.setenv(f"STARIO_TRACERS_{name}", value)
    with pytest.raises(StarioError):
        make()
