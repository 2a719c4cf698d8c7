"""The JSON tracer: the lines byte for byte, and the queue and thread that it shares with SQLite."""

import io
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast
from uuid import UUID

import pytest
from stario.exceptions import StarioError
from stario.telemetry.json import JsonTracer, json_tracer_from_env
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.tracing import NOOP_SPAN, TelemetryStats

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
WAIT = 10.0


class Gate(io.StringIO):
    """An output whose writes wait until it is opened, and which tells when they came."""

    def __init__(self, *, is_open: bool = False) -> None:
        super().__init__()
        self.opened, self.reached, self.flushed = Event(), Event(), Event()
        if is_open:
            self.opened.set()

    def write(self, text: str, /) -> int:
        self.reached.set()
        assert self.opened.wait(WAIT)
        return super().write(text)

    def flush(self) -> None:
        self.flushed.set()


class Failing(io.StringIO):
    """An output that fails as often as it is told to, after half a line."""

    failures = 1

    def write(self, text: str, /) -> int:
        if self.failures:
            self.failures -= 1
            super().write(text[:10])
            raise OSError(28, "No space left\n[stario] forged")
        return super().write(text)


def lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().split("\n") if line]


def end_one(tracer: JsonTracer, name: str = "x", **attributes: Any) -> None:
    with tracer.create(name, attributes):
        pass


def test_a_small_span_is_one_line_with_the_keys_in_order() -> None:
    output = io.StringIO()
    with JsonTracer(output) as tracer:
        tracer.on_end(RecordingSpan(ONE, tracer, ONE, None, "GET /é", 5, 9))
    assert output.getvalue() == (
        '{"span_id":"00000000-0000-0000-0000-000000000001",'
        '"trace_id":"00000000-0000-0000-0000-000000000001",'
        '"name":"GET /é","start_ns":5,"end_ns":9,"duration_ns":4,"status":"ok"}\n'
    )


def test_a_full_span_has_every_key_in_order() -> None:
    output = io.StringIO()
    events = [RecordedEvent(6, "e", {"k": 1}, "body"), RecordedEvent(7, "f")]
    links = [RecordedLink("l", THREE, {"k": 1}), RecordedLink("m", THREE)]
    with JsonTracer(output) as tracer:
        span = RecordingSpan(TWO, tracer, ONE, ONE, "n", 5, 9, "bad", {"a": 1}, events, links)
        tracer.on_end(span)
    assert output.getvalue() == (
        '{"span_id":"00000000-0000-0000-0000-000000000002",'
        '"trace_id":"00000000-0000-0000-0000-000000000001",'
        '"name":"n","start_ns":5,"end_ns":9,"duration_ns":4,"status":"error",'
        '"parent_id":"00000000-0000-0000-0000-000000000001","error":"bad",'
        '"attributes":{"a":1},'
        '"events":[{"time_ns":6,"name":"e","attributes":{"k":1},"body":"body"},'
        '{"time_ns":7,"name":"f"}],'
        '"links":[{"name":"l","span_id":"00000000-0000-0000-0000-000000000003",'
        '"attributes":{"k":1}},'
        '{"name":"m","span_id":"00000000-0000-0000-0000-000000000003"}]}\n'
    )


def test_a_request_path_forges_no_line_and_no_control_byte() -> None:
    output = io.StringIO()
    with JsonTracer(output) as tracer:
        end_one(tracer, 'GET\n{"span_id":1}\x1b[2J\u202e', path="/\x9b\u2028\udcff")
    assert len(output.getvalue().splitlines()) == 1
    assert output.getvalue().rstrip("\n").isprintable()


def test_values_are_written_as_they_were_when_the_span_ended() -> None:
    """A list that the application goes on changing is encoded at once."""
    output = Gate()
    with JsonTracer(output, flush_interval=0.001) as tracer:
        items = [1]
        span = tracer.create("x", {"items": items})
        span.start()
        span.event("e", {"items": items})
        span.end()
        items.append(2)
        output.opened.set()
    (line,) = lines(output)
    assert line["attributes"] == {"items": [1]}
    assert line["events"][0]["attributes"] == {"items": [1]}


def test_standard_output_is_the_default_and_looked_up_on_entering(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracer = JsonTracer()
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    with tracer:
        end_one(tracer)
    assert len(lines(output)) == 1


def test_an_output_without_unicode_gets_escapes() -> None:
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding="ascii")
    with JsonTracer(output) as tracer:
        end_one(tracer, "日本")
    assert b'"name":"\\u65e5\\u672c"' in raw.getvalue()
    output.detach()


def test_the_writer_is_a_daemon_thread_that_ends_with_the_tracer() -> None:
    def named() -> list[Thread]:
        return [t for t in threading.enumerate() if t.name == "stario-json-tracer"]

    with JsonTracer(io.StringIO()):
        (thread,) = named()
        assert thread.daemon
    assert named() == []


def test_spans_are_written_while_the_tracer_is_open() -> None:
    """Without a full batch and without leaving: after one flush interval."""
    output = Gate(is_open=True)
    with JsonTracer(output, flush_interval=0.001) as tracer:
        for _ in range(3):
            output.flushed.clear()
            end_one(tracer)
            assert output.flushed.wait(WAIT)
    assert len(lines(output)) == 3


def test_a_full_batch_does_not_wait_for_the_interval() -> None:
    output = Gate(is_open=True)
    with JsonTracer(output, flush_interval=3_600, max_batch_spans=2) as tracer:
        end_one(tracer)
        end_one(tracer)
        assert output.reached.wait(WAIT)


@pytest.mark.parametrize("interval", [3_600.0, float("inf")])
def test_leaving_cuts_the_interval_short_and_writes_what_is_pending(interval: float) -> None:
    output = io.StringIO()
    with JsonTracer(output, flush_interval=interval, max_batch_spans=7) as tracer:
        for number in range(50):
            end_one(tracer, str(number))
    assert [line["name"] for line in lines(output)] == [str(n) for n in range(50)]


def test_without_flush_each_the_output_is_flushed_at_the_end_only() -> None:
    output = Gate(is_open=True)
    with JsonTracer(output, flush_each=False, flush_interval=0.001) as tracer:
        end_one(tracer)
        assert output.reached.wait(WAIT)
        assert not output.flushed.is_set()
    assert output.flushed.is_set()


@pytest.mark.parametrize(
    ("lost", "said"), [(1, "dropped 1 span, 1 in all"), (7, "dropped 7 spans, 7 in all")]
)
def test_what_does_not_fit_is_dropped_counted_and_said(
    capsys: pytest.CaptureFixture[str], lost: int, said: str
) -> None:
    output = Gate()
    with JsonTracer(output, flush_interval=0.001, max_pending_spans=5, max_batch_spans=1) as tracer:
        end_one(tracer, "blocks the writer")
        assert output.reached.wait(WAIT)
        for number in range(5 + lost):
            end_one(tracer, str(number))
        assert tracer.stats() == TelemetryStats(dropped_spans=lost)
        output.opened.set()
    assert [line["name"] for line in lines(output)[1:]] == ["0", "1", "2", "3", "4"]
    assert capsys.readouterr().err == f"[stario] json tracer: {said}\n"


def test_a_span_that_ends_after_its_tracer_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    output = io.StringIO()
    with JsonTracer(output) as tracer:
        late = tracer.create("late")
        late.start()
    late.end()
    end_one(tracer, "created late too")
    assert output.getvalue() == ""
    assert tracer.stats().dropped_spans == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("[stario] json tracer: a span ended after the tracer")


def test_a_failed_batch_is_dropped_said_once_and_its_line_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Half of the batch may be out, so offering it again could double it."""
    output = Failing()
    with JsonTracer(output, flush_interval=3_600, max_batch_spans=2) as tracer:
        output.failures = 2
        for number in range(6):
            end_one(tracer, str(number))
    stats = tracer.stats()
    assert (stats.dropped_spans, stats.writer_error_count) == (4, 2)
    assert stats.last_writer_error is not None
    assert "No space left" in stats.last_writer_error
    assert stats.last_writer_error_at_ns is not None
    assert [json.loads(x)["name"] for x in output.getvalue().split("\n")[2:] if x] == ["4", "5"]
    said = capsys.readouterr().err.splitlines()
    assert all(line.startswith("[stario] json tracer: ") for line in said)
    assert sum("cannot write" in line for line in said) == 1
    assert said[1].endswith("writes again")


def test_a_closed_output_never_reaches_the_application(capsys: pytest.CaptureFixture[str]) -> None:
    output = io.StringIO()
    output.close()
    with JsonTracer(output) as tracer:
        end_one(tracer)
    assert tracer.stats().dropped_spans == 1
    assert "[stario] json tracer: cannot write" in capsys.readouterr().err


def test_without_stderr_nothing_is_said_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with JsonTracer(Failing()) as tracer:
        end_one(tracer)
    assert tracer.stats().dropped_spans == 1


def test_values_that_had_to_be_given_up_are_counted() -> None:
    output = io.StringIO()
    with JsonTracer(output) as tracer:
        end_one(tracer, huge=10**5_000)
    assert tracer.stats() == TelemetryStats(serialization_error_count=1)
    assert lines(output)[0]["attributes"] == {"huge": "<int>"}


def test_a_foreign_span_is_not_recorded() -> None:
    output = io.StringIO()
    with JsonTracer(output) as tracer:
        tracer.on_end(NOOP_SPAN)
    assert output.getvalue() == ""


def test_threads_share_a_tracer_without_losing_a_span() -> None:
    output = io.StringIO()
    with JsonTracer(output, flush_interval=0.001, max_batch_spans=16) as tracer:
        threads = [Thread(target=lambda: [end_one(tracer) for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({line["span_id"] for line in lines(output)}) == 2_000


def test_entering_twice_is_an_error_and_entering_again_later_is_not() -> None:
    output = io.StringIO()
    tracer = JsonTracer(output)
    with tracer, pytest.raises(StarioError, match="entered already"):
        tracer.__enter__()
    with tracer:
        end_one(tracer)
    assert len(lines(output)) == 1


def test_leaving_without_entering_does_nothing() -> None:
    JsonTracer(io.StringIO()).__exit__(None, None, None)


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (lambda: JsonTracer(flush_interval=0), "flush_interval"),
        (lambda: JsonTracer(flush_interval=cast("Any", "1")), "flush_interval must be .* not '1'"),
        (lambda: JsonTracer(flush_interval=-0.1), "flush_interval"),
        (lambda: JsonTracer(flush_interval=float("nan")), "flush_interval"),
        (lambda: JsonTracer(max_pending_spans=0), "max_pending_spans"),
        (lambda: JsonTracer(max_batch_spans=-1), "max_batch_spans"),
        (lambda: JsonTracer(max_pending_spans=5, max_batch_spans=6), "at most max_pending_spans"),
    ],
)
def test_numbers_that_are_not_positive_are_refused(
    build: Callable[[], JsonTracer], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        build()


@pytest.mark.parametrize("name", ["FLUSH_INTERVAL", "MAX_PENDING_SPANS", "MAX_BATCH_SPANS"])
@pytest.mark.parametrize("text", ["x", "0", "-1"])
def test_bad_settings_are_stario_errors(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"STARIO_TRACERS_JSON_{name}", text)
    with pytest.raises(StarioError, match=name if text == "x" else name.lower()):
        json_tracer_from_env()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARIO_TRACERS_JSON_FLUSH_INTERVAL", "3600")
    monkeypatch.setenv("STARIO_TRACERS_JSON_MAX_PENDING_SPANS", "2")
    monkeypatch.setenv("STARIO_TRACERS_JSON_MAX_BATCH_SPANS", "2")
    output = Gate()
    monkeypatch.setattr(sys, "stdout", output)
    with json_tracer_from_env() as tracer:
        for _ in range(2):
            end_one(tracer)
        assert output.reached.wait(WAIT)  # two are a batch, which does not wait for the interval
        for _ in range(3):
            end_one(tracer)
        assert tracer.stats().dropped_spans == 1  # two may wait
        output.opened.set()
    assert len(lines(output)) == 4


@pytest.mark.parametrize("output", ["spans.json", Path("spans.json"), io.BytesIO()])
def test_an_output_that_takes_no_text_is_refused_at_once(output: Any) -> None:
    """Not at the first span, when all that is left is to drop it."""
    with pytest.raises(TypeError, match="output must be an open text file"):
        JsonTracer(output)
