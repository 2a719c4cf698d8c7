"""A burst of spans waits in the queue; what cannot wait is dropped, counted and said."""

import io
import json
import sqlite3
from pathlib import Path
from threading import Event
from time import sleep

import pytest
from stario.telemetry.json import JsonTracer
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.sqlite import SqliteTracer

BURST = 50_000


def burst(tracer: RecordingTracer, spans: int) -> None:
    for number in range(spans):
        span = tracer.create("GET", {"number": number})
        span.start()
        span.end()


class Stuck(io.StringIO):
    """An output that takes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_go = Event(), Event()

    def write(self, text: str, /) -> int:
        self.asked.set()
        assert self.let_go.wait(30)
        return super().write(text)


def test_a_burst_is_written_to_sqlite_without_loss(tmp_path: Path) -> None:
    with SqliteTracer(tmp_path / "t.sqlite3") as tracer:
        burst(tracer, BURST)
    assert tracer.stats().dropped_spans == 0
    connection = sqlite3.connect(tmp_path / "t.sqlite3")
    assert connection.execute("SELECT count(*) FROM spans").fetchone() == (BURST,)
    connection.close()


def test_a_burst_waits_while_the_output_takes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    out = Stuck()
    with JsonTracer(out) as tracer:
        burst(tracer, 1)
        assert out.asked.wait(10)
        burst(tracer, BURST)
        out.let_go.set()
    assert tracer.stats().dropped_spans == 0
    numbers = [json.loads(line)["attributes"]["number"] for line in out.getvalue().splitlines()]
    assert numbers == [0, *range(BURST)]
    assert capfd.readouterr().err == ""


def test_what_the_queue_has_no_room_for_is_counted_and_said(
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = Stuck()
    with JsonTracer(out, max_pending_spans=1_000, max_batch_spans=10) as tracer:
        burst(tracer, 1)
        assert out.asked.wait(10)
        burst(tracer, 1_500)
        out.let_go.set()
    lost = tracer.stats().dropped_spans
    assert lost == 500
    assert len(out.getvalue().splitlines()) == 1_001
    assert "[stario] json tracer: dropped 500 spans, 500 in all" in capfd.readouterr().err


class Slow(io.StringIO):
    """An output that takes a while for each batch."""

    def write(self, text: str, /) -> int:
        sleep(0.02)
        return super().write(text)


def test_leaving_waits_as_long_as_batches_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stario.telemetry.buffered._CLOSE_SECONDS", 0.1)
    monkeypatch.setattr("stario.telemetry.buffered._HANG_SECONDS", 0.1)
    out = Slow()
    with JsonTracer(out, max_batch_spans=10) as tracer:
        burst(tracer, 250)
    assert tracer.stats().dropped_spans == 0
    assert len(out.getvalue().splitlines()) == 250


def test_leaving_takes_a_bounded_time_however_many_batches_are_taken(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stario.telemetry.buffered._CLOSE_SECONDS_IN_ALL", 0.1)
    out = Slow()
    with JsonTracer(out, max_batch_spans=10) as tracer:
        burst(tracer, 2_000)
    lost = tracer.stats().dropped_spans
    assert 0 < lost == 2_000 - len(out.getvalue().splitlines())
    assert f"[stario] json tracer: dropped {lost} spans, {lost} in all" in capfd.readouterr().err


def test_a_batch_that_hangs_is_given_up_and_counted_with_the_rest(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stario.telemetry.buffered._CLOSE_SECONDS", 0.05)
    monkeypatch.setattr("stario.telemetry.buffered._HANG_SECONDS", 0.05)
    out = Stuck()
    with JsonTracer(out) as tracer:
        burst(tracer, 1)
        assert out.asked.wait(10)
        burst(tracer, 20)
    assert tracer.stats().dropped_spans == 21
    assert "[stario] json tracer: dropped 21 spans, 21 in all" in capfd.readouterr().err
    out.let_go.set()
