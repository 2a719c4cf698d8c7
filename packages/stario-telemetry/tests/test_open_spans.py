"""Rows of spans that are still open, and what a dead process leaves."""

import gc
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from stario.telemetry import open_spans as open_spans_module
from stario.telemetry.sqlite import SqliteTracer

WAIT = 10.0


def rows(path: Path, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, parameters).fetchall()


def names(path: Path, table: str = "open_spans") -> list[str]:
    return [name for (name,) in rows(path, f"SELECT name FROM {table} ORDER BY start_ns")]


def until(holds: Callable[[], bool]) -> None:
    deadline = monotonic() + WAIT
    while not holds():
        assert monotonic() < deadline, "it never came true"
        sleep(0.01)


@contextmanager
def tracing(path: Path, flush_interval: float = 0.02, **options: Any) -> Generator[SqliteTracer]:
    with SqliteTracer(path, flush_interval=flush_interval, **options) as tracer:
        yield tracer


def test_an_open_span_has_a_row_until_it_ends(path: Path) -> None:
    with tracing(path) as tracer:
        span = tracer.create("GET /live", {"request.path": "/live"})
        span.start()
        child = tracer.create("load", parent=span)
        child.start()
        child.event("asked", {"rows": 3}, body="SELECT 1")
        until(lambda: names(path) == ["GET /live", "load"])
        query = "SELECT span_id, trace_id, parent_id, start_ns, attrs_json FROM open_spans"
        one, two = rows(path, query + " ORDER BY span_id")
        assert one == (
            span.id.bytes,
            span.id.bytes,
            None,
            span.start_ns,
            '{"request.path":"/live"}',
        )
        assert two == (child.id.bytes, span.id.bytes, span.id.bytes, child.start_ns, None)
        (told,) = rows(path, "SELECT events_json FROM open_spans WHERE name = 'load'")
        (event,) = json.loads(told[0])
        assert event.pop("time_ns") == child.events[0].time_ns
        assert event == {"name": "asked", "attributes": {"rows": 3}, "body": "SELECT 1"}
        child.end()
        until(lambda: names(path) == ["GET /live"])
        span.end()
        until(lambda: names(path) == [])
        assert rows(path, "SELECT count(*) FROM spans") == [(2,)]
    assert rows(path, "SELECT count(*) FROM processes") == [(0,)]


def test_a_span_that_ends_within_an_interval_never_touches_the_table(path: Path) -> None:
    with tracing(path, flush_interval=0.3, max_batch_spans=8) as tracer:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute(
                "CREATE TRIGGER never BEFORE INSERT ON open_spans"
                " BEGIN SELECT RAISE(ABORT, 'touched'); END"
            )
        for _ in range(100):
            with tracer.create("short") as span:
                span.event("e")
    assert tracer.stats().writer_error_count == 0
    assert rows(path, "SELECT count(*) FROM spans") == [(100,)]


def test_a_row_follows_its_span(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_spans_module, "REFRESH_SECONDS", 0.02)
    with tracing(path) as tracer:
        span = tracer.create("POST")
        span.start()
        until(lambda: names(path) == ["POST"])
        span.rename("POST /import")
        for number in range(30):
            span.event(str(number))
        span.fail("too many")
        span["rows"] = 5

        def told() -> bool:
            query = "SELECT name, error, attrs_json, events_json FROM open_spans"
            name, error, attrs, events = rows(path, query)[0]
            newest = [event["name"] for event in json.loads(events or "[]")]
            return (name, error, attrs) == ("POST /import", "too many", '{"rows":5}') and (
                newest == [str(number) for number in range(14, 30)]
            )

        until(told)
        span.end()


def test_values_that_run_code_are_not_asked_from_another_thread(path: Path) -> None:
    asked_in: list[int] = []

    class Lazy:
        def __str__(self) -> str:
            asked_in.append(threading.get_ident())
            return "asked"

    with tracing(path) as tracer:
        span = tracer.create("x", {"lazy": Lazy(), "list": [1]})
        span.start()
        until(lambda: names(path) == ["x"])
        query = "SELECT attrs_json FROM open_spans"
        assert rows(path, query) == [('{"lazy":"<Lazy>","list":"<list>"}',)]
        span.end()
    assert set(asked_in) == {threading.get_ident()}
    assert rows(path, "SELECT attrs_json FROM spans") == [('{"lazy":"asked","list":[1]}',)]


@pytest.mark.parametrize("started", [True, False])
def test_a_span_that_the_application_forgot_goes(path: Path, started: bool) -> None:
    with tracing(path) as tracer:
        forgotten = tracer.create("forgotten")
        kept = tracer.create("kept")
        if started:
            forgotten.start()
        kept.start()
        if started:
            until(lambda: names(path) == ["forgotten", "kept"])
        del forgotten
        gc.collect()
        with tracer.create("another"):
            pass
        until(lambda: names(path) == ["kept"])
        kept.end()


def test_a_finished_span_that_found_no_room_leaves_no_open_row(path: Path) -> None:
    with tracing(path) as tracer:
        span = tracer.create("dropped")
        span.start()
        until(lambda: names(path) == ["dropped"])
        room, tracer._room = tracer._room, 0
        span.end()
        tracer._room = room
        assert tracer.stats().dropped_spans == 1
        until(lambda: names(path) == [])


def test_open_rows_are_bounded_and_places_are_given_away_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_spans_module, "MAX_OPEN", 3)
    monkeypatch.setattr(open_spans_module, "_PER_PASS", 2)
    with tracing(path) as tracer:
        spans = [tracer.create(str(number)) for number in range(5)]
        for span in spans:
            span.start()
        until(lambda: names(path) == ["0", "1", "2"])
        spans[0].end()
        until(lambda: names(path) == ["1", "2"])
        late = tracer.create("late")
        late.start()
        until(lambda: names(path) == ["1", "2", "late"])
        for span in [*spans, late]:
            span.end()
    assert names(path) == []
    assert rows(path, "SELECT count(*) FROM spans") == [(6,)]


def test_the_view_unites_what_is_open_and_what_ended(path: Path) -> None:
    with tracing(path) as tracer:
        span = tracer.create("open")
        span.start()
        with span.step("ended"):
            pass
        until(lambda: names(path, "all_spans") == ["open", "ended"])
        query = "SELECT status, end_ns IS NULL, duration_ns > 0 FROM all_spans ORDER BY start_ns"
        assert rows(path, query) == [("open", 1, 1), ("ok", 0, 1)]
        query = "SELECT count(*) FROM all_spans WHERE trace_id = ?"
        assert rows(path, query, span.trace_id.bytes) == [(2,)]
        lasted = "SELECT duration_ns FROM unfinished_spans"
        (before,) = rows(path, lasted)
        until(lambda: rows(path, lasted)[0] > before)  # it goes on without being written again
        span.end()


def test_a_span_that_never_ends_is_lost_when_its_tracer_is_left(path: Path) -> None:
    with tracing(path, flush_interval=60.0) as tracer:
        span = tracer.create("never ends")
        span.start()
    assert rows(path, "SELECT name, status FROM all_spans") == [("never ends", "lost")]


def test_a_locked_file_only_delays_the_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stario.telemetry.schema.BUSY_SECONDS", 0.001)
    monkeypatch.setattr(open_spans_module, "REFRESH_SECONDS", 0.02)
    with tracing(path) as tracer:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            span = tracer.create("waits")
            span.start()
            until(lambda: tracer.stats().writer_error_count > 1)
        until(lambda: names(path) == ["waits"])
        span.end()
    assert names(path) == []
    assert tracer.stats().dropped_spans == 0


KILLED = """
import sys
from stario.telemetry.sqlite import SqliteTracer
with SqliteTracer(sys.argv[1], flush_interval=0.02) as tracer:
    with tracer.create("GET /export", {"request.path": "/export"}) as span:
        with span.step("SELECT orders") as step:
            step.event("cursor open")
            sys.stdin.readline()
"""


def killed(path: Path) -> int:
    with subprocess.Popen([sys.executable, "-c", KILLED, path], stdin=subprocess.PIPE) as child:
        before = set(open_ids(path))
        until(lambda: len(set(open_ids(path)) - before) == 2)
        child.kill()
    return child.pid


def open_ids(path: Path) -> list[bytes]:
    try:
        return [span_id for (span_id,) in rows(path, "SELECT span_id FROM open_spans")]
    except sqlite3.OperationalError:
        return []  # it has not made the table yet


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_process_shows_what_it_was_doing(path: Path) -> None:
    pid = killed(path)
    query = "SELECT name, status FROM all_spans ORDER BY start_ns"
    with tracing(path):  # whoever opens the file next sees that the process is no more
        assert rows(path, query) == [("GET /export", "lost"), ("SELECT orders", "lost")]
        assert rows(path, "SELECT pid FROM processes WHERE end_ns IS NOT NULL") == [(pid,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_process_that_is_silent_for_long_is_taken_for_dead(path: Path) -> None:
    killed(path)
    silent = "UPDATE processes SET host = 'another', seen_ns = seen_ns - 30000000000"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        assert {status for _, status in status_rows(path)} == {"open"}
        other.execute(silent)
    assert {status for _, status in status_rows(path)} == {"lost"}


def status_rows(path: Path) -> list[tuple[Any, ...]]:
    return rows(path, "SELECT name, status FROM all_spans")


def test_only_so_many_dead_processes_are_kept(path: Path) -> None:
    with tracing(path), closing(sqlite3.connect(path, isolation_level=None)) as other:
        for number in range(40):
            key = number.to_bytes(16)
            dead = (key, 1, "another host", number, number, number)
            other.execute("INSERT INTO processes VALUES (?, ?, ?, ?, ?, ?)", dead)
            lost = (key, key, key, None, str(number), number, number, None, None, None)
            other.execute("INSERT INTO open_spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", lost)
    with tracing(path):
        assert names(path) == [str(number) for number in range(24, 40)]
    with tracing(path, max_age=3600.0) as tracer:
        with tracer.create("x"):
            pass
        until(lambda: names(path) == [])


def test_a_process_with_my_number_is_dead_and_one_of_another_host_is_not(path: Path) -> None:
    with tracing(path) as first:
        span = first.create("mine")
        span.start()
        until(lambda: names(path) == ["mine"])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            (me,) = rows(path, "SELECT host, pid, start_ns, seen_ns FROM processes")
            assert me[1] == os.getpid()
            for number, host in enumerate((me[0], "another")):
                row = (number.to_bytes(16), me[1], host, *me[2:], None)
                other.execute("INSERT INTO processes VALUES (?, ?, ?, ?, ?, ?)", row)
        with tracing(path):
            dead = rows(path, "SELECT host FROM processes WHERE end_ns IS NOT NULL")
            assert dead == [(me[0],)]
        span.end()
