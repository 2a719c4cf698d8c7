"""The SQLite tracer: the schema, the rows, and what happens to a file in trouble."""

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from stario.exceptions import StarioError
from stario.telemetry import sqlite as sqlite_module
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.telemetry.sqlite import SqliteTracer, sqlite_tracer_from_env
from stario.tracing import TelemetryStats

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
WAIT = 10.0

SCHEMA = """
CREATE TABLE spans (span_id BLOB PRIMARY KEY, trace_id BLOB NOT NULL, parent_id BLOB,
  name TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL, status TEXT NOT NULL, error TEXT, attrs_json TEXT) WITHOUT ROWID;
CREATE TABLE span_events (id INTEGER PRIMARY KEY, span_id BLOB NOT NULL, trace_id BLOB NOT NULL,
  time_ns INTEGER NOT NULL, name TEXT NOT NULL, attrs_json TEXT, body TEXT);
CREATE TABLE span_links (id INTEGER PRIMARY KEY, span_id BLOB NOT NULL, trace_id BLOB NOT NULL,
  target_span_id BLOB NOT NULL, name TEXT NOT NULL, attrs_json TEXT);
CREATE INDEX spans_trace_id_idx ON spans(trace_id);
CREATE INDEX spans_error_end_ns_idx ON spans(end_ns) WHERE status = 'error';
CREATE INDEX span_events_name_time_ns_idx ON span_events(name, time_ns);
CREATE INDEX span_events_trace_id_idx ON span_events(trace_id);
CREATE INDEX span_links_span_id_idx ON span_links(span_id);
CREATE INDEX span_links_target_span_id_idx ON span_links(target_span_id);
CREATE INDEX span_links_trace_id_idx ON span_links(trace_id);
"""


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def count(path: Path, table: str = "spans") -> int:
    return rows(path, f"SELECT count(*) FROM {table}")[0][0]


def end_one(tracer: SqliteTracer, name: str = "x", **attributes: Any) -> RecordingSpan:
    with tracer.create(name, attributes) as span:
        span.event("e", {"k": 1})
        span.link("l", ONE)
    return span


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Events that are set, one after the other, by each attempt of the writer."""
    attempts = [Event() for _ in range(200)]
    left = iter(attempts)
    original = sqlite_module._insert

    def noted(*args: Any) -> int:
        try:
            return original(*args)
        finally:
            next(left).set()

    monkeypatch.setattr(sqlite_module, "_insert", noted)
    return attempts


def test_the_schema_has_what_every_stario_4_wrote(path: Path) -> None:
    with SqliteTracer(path):
        pass
    found = {sql for (sql,) in rows(path, "SELECT sql FROM sqlite_master WHERE sql NOT NULL")}
    assert {s.strip() for s in SCHEMA.split(";") if s.strip()} <= found
    assert rows(path, "PRAGMA user_version") == [(0,)]
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_full_span_is_one_row_with_its_events_and_links(path: Path) -> None:
    events = [RecordedEvent(6, "e", {"k": "é"}, "body"), RecordedEvent(7, "f")]
    links = [RecordedLink("l", THREE, {"k": 1}), RecordedLink("m", THREE)]
    with SqliteTracer(path) as tracer:
        span = RecordingSpan(TWO, tracer, ONE, ONE, "n", 5, 9, "bad", {"a": 1}, events, links)
        tracer.on_end(span)
    one, two, three = ONE.bytes, TWO.bytes, THREE.bytes
    assert rows(path, "SELECT * FROM spans") == [
        (two, one, one, "n", 5, 9, 4, "error", "bad", '{"a":1}')
    ]
    assert rows(path, "SELECT * FROM span_events ORDER BY id") == [
        (1, two, one, 6, "e", '{"k":"é"}', "body"),
        (2, two, one, 7, "f", None, None),
    ]
    assert rows(path, "SELECT * FROM span_links ORDER BY id") == [
        (1, two, one, three, "l", '{"k":1}'),
        (2, two, one, three, "m", None),
    ]


def test_a_small_span_leaves_the_rest_null(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        tracer.on_end(RecordingSpan(ONE, tracer, ONE, None, "n", 5, 9))
    assert rows(path, "SELECT * FROM spans") == [
        (ONE.bytes, ONE.bytes, None, "n", 5, 9, 4, "ok", None, None)
    ]


def test_attributes_are_queried_as_json(path: Path) -> None:
    attributes = {"request.path": "/x", "bad": float("nan")}
    with SqliteTracer(path) as tracer, tracer.create("x", attributes):
        pass
    query = "SELECT attrs_json ->> '$.\"request.path\"', attrs_json ->> 'bad' FROM spans"
    assert rows(path, query) == [("/x", "nan")]


def test_parent_directories_are_made_and_an_older_file_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "traces.sqlite3"
    for _ in range(2):
        with SqliteTracer(str(path)) as tracer:
            end_one(tracer)
    assert count(path) == 2


@pytest.mark.parametrize("case", ["a directory", "below a file", "no database", "other tables"])
def test_a_file_that_cannot_be_opened_fails_on_entering(case: str, tmp_path: Path) -> None:
    path = tmp_path / "traces.sqlite3"
    if case == "a directory":
        path.mkdir()
    elif case == "below a file":
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / "traces.sqlite3"
    elif case == "no database":
        path.write_bytes(b"this is no database" * 100)
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE spans (something)")
    with pytest.raises(StarioError, match=r"traces\.sqlite3") as caught:
        SqliteTracer(path).__enter__()
    assert isinstance(caught.value, sqlite3.Error)
    assert not [t for t in threading.enumerate() if t.name == "stario-sqlite-tracer"]


def test_spans_reach_the_file_while_the_tracer_is_open(path: Path, writes: list[Event]) -> None:
    with SqliteTracer(path, flush_interval=0.001) as tracer:
        assert [t.daemon for t in threading.enumerate() if t.name == "stario-sqlite-tracer"] == [
            True
        ]
        end_one(tracer)
        assert writes[0].wait(WAIT)
        assert count(path) == 1


def test_a_locked_file_is_tried_again_until_it_is_free(
    path: Path,
    writes: list[Event],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("stario.telemetry.schema.BUSY_SECONDS", 0.001)
    tracer = SqliteTracer(path, flush_interval=0.001)
    with tracer, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        end_one(tracer)
        assert writes[2].wait(WAIT)
        stats = tracer.stats()
        assert stats.writer_error_count >= 2
        assert stats.last_writer_error == "OperationalError: database is locked"
        assert stats.dropped_spans == 0
    assert count(path) == count(path, "span_events") == count(path, "span_links") == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "[stario] sqlite tracer: cannot write, trying again: OperationalError: database is locked",
        "[stario] sqlite tracer: writes again",
    ]


def test_a_file_that_stays_locked_bounds_the_backlog_and_the_leaving(
    path: Path,
    writes: list[Event],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("stario.telemetry.schema.BUSY_SECONDS", 0.001)
    monkeypatch.setattr("stario.telemetry.buffered._CLOSE_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        with SqliteTracer(
            path, flush_interval=0.001, max_pending_spans=5, max_batch_spans=1
        ) as tracer:
            other.execute("BEGIN IMMEDIATE")
            end_one(tracer)
            assert writes[0].wait(WAIT)
            for _ in range(20):
                end_one(tracer)
            assert tracer.stats().dropped_spans == 15
        assert tracer.stats().dropped_spans == 21
        other.execute("COMMIT")
    assert count(path) == 0
    assert "[stario] sqlite tracer: dropped" in capsys.readouterr().err


def test_a_full_disk_loses_nothing_once_there_is_room(path: Path, writes: list[Event]) -> None:
    with SqliteTracer(path, flush_interval=0.001) as tracer:
        sink: Any = tracer._sink
        connection: sqlite3.Connection = sink._connection
        pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(200):
            end_one(tracer, filler="x" * 500)
        assert writes[1].wait(WAIT)
    assert "full" in str(tracer.stats().last_writer_error)
    assert tracer.stats().dropped_spans == 0
    assert count(path) == 200


@pytest.mark.parametrize("nanoseconds", [2**63, -(2**70)])
def test_a_row_that_sqlite_cannot_take_is_given_up_alone(path: Path, nanoseconds: int) -> None:
    with SqliteTracer(path) as tracer:
        end_one(tracer)
        tracer.on_end(RecordingSpan(TWO, tracer, TWO, None, "bad", 0, nanoseconds))
        end_one(tracer)
    assert tracer.stats() == TelemetryStats(dropped_spans=1, serialization_error_count=1)
    assert count(path) == 2


@pytest.mark.parametrize("plain", [True, False])
def test_a_span_that_cannot_be_told_is_given_up_alone(path: Path, plain: bool) -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError

    name: Any = Mute()
    with SqliteTracer(path) as tracer:
        with tracer.create(name, {"k": 1 if plain else [1]}):
            pass
        end_one(tracer)
    assert tracer.stats() == TelemetryStats(dropped_spans=1, serialization_error_count=1)
    assert count(path) == 1


def test_a_span_that_comes_twice_is_kept_once(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        span = end_one(tracer)
        tracer.on_end(span)
    assert count(path) == 1


def test_surrogates_and_names_of_other_types_are_stored(path: Path) -> None:
    with SqliteTracer(path) as tracer, tracer.create("\udcff") as span:
        span.event("\udcff", {"\udcff": "\udcff"}, body="\udcff")
        span.fail("\udcff")
    assert rows(path, "SELECT name, error FROM spans") == [("\ufffd", "\ufffd")]


def test_max_spans_keeps_the_newest_with_their_events_and_links(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        for number in range(20):
            end_one(tracer, str(number))
    with SqliteTracer(path, max_spans=3) as tracer:
        end_one(tracer, "last")
    assert rows(path, "SELECT name FROM spans ORDER BY end_ns") == [("18",), ("19",), ("last",)]
    for table in ("span_events", "span_links"):
        left = f"SELECT count(*), count(DISTINCT span_id) FROM {table}"
        assert rows(path, left + " WHERE span_id IN (SELECT span_id FROM spans)") == [(3, 3)]
        assert count(path, table) == 3


def test_max_age_deletes_what_ended_earlier(path: Path) -> None:
    with SqliteTracer(path, max_age=3_600) as tracer:
        old = tracer.create("old")
        old.start_ns = 1
        old.event("e")
        old.link("l", ONE)
        old.end_ns = 2
        tracer.on_end(old)
        end_one(tracer, "new")
    assert rows(path, "SELECT name FROM spans") == [("new",)]
    assert (count(path, "span_events"), count(path, "span_links")) == (1, 1)


def test_retention_works_in_slices_while_the_tracer_runs(
    path: Path, writes: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stario.telemetry.retention._SLICE", 4)
    monkeypatch.setattr("stario.telemetry.retention._REST_SECONDS", 0)
    monkeypatch.setattr("stario.telemetry.retention._COUNT_REST", 0)
    with SqliteTracer(path) as tracer:
        for _ in range(30):
            end_one(tracer)
    with SqliteTracer(path, flush_interval=0.001, max_spans=5) as tracer:
        end_one(tracer)
        assert writes[1].wait(WAIT)
        end_one(tracer)
        assert writes[2].wait(WAIT)  # the pass after the batch before is over
        assert count(path) <= 6
    assert count(path) == 5


def test_threads_share_a_tracer_without_losing_a_span(path: Path) -> None:
    with SqliteTracer(path, flush_interval=0.001, max_batch_spans=16) as tracer:
        threads = [Thread(target=lambda: [end_one(tracer) for _ in range(250)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (count(path), count(path, "span_events")) == (1_000, 1_000)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"flush_interval": 0}, "flush_interval"),
        ({"max_pending_spans": 0}, "max_pending_spans"),
        ({"max_batch_spans": 0}, "max_batch_spans"),
        ({"max_pending_spans": 1, "max_batch_spans": 2}, "at most"),
        ({"max_spans": 0}, "max_spans"),
        ({"max_age": 0.0}, "max_age"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"max_age": float("nan")}, "max_age"),
    ],
)
def test_numbers_that_are_not_positive_are_refused(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        SqliteTracer(**arguments)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (None, TypeError, "path must be a str or a Path, not None"),
        (b"traces.db", TypeError, "path must be a str or a Path, not b'traces.db'"),
        ("", ValueError, "path must name a file"),
    ],
)
def test_what_names_no_file_is_refused(given: Any, error: type[Exception], sentence: str) -> None:
    """SQLite takes an empty path for a file of its own, which nobody can open."""
    with pytest.raises(error, match=sentence):
        SqliteTracer(given)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", " "),
        ("_FLUSH_INTERVAL", "soon"),
        ("_MAX_PENDING_SPANS", "0"),
        ("_MAX_BATCH_SPANS", "1.5"),
        ("_MAX_SPANS", "0"),
        ("_MAX_AGE", "-1"),
        ("_MAX_BYTES", "1 GB"),
    ],
)
def test_bad_settings_are_stario_errors(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"STARIO_TRACERS_SQLITE{name}", text)
    with pytest.raises(StarioError, match=re.compile(name.lstrip("_"), re.IGNORECASE)):
        sqlite_tracer_from_env()


def test_settings_come_from_the_environment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARIO_TRACERS_SQLITE", str(path))
    monkeypatch.setenv("STARIO_TRACERS_SQLITE_MAX_SPANS", "2")
    monkeypatch.setenv("STARIO_TRACERS_SQLITE_MAX_AGE", "3600")
    monkeypatch.setenv("STARIO_TRACERS_SQLITE_MAX_BYTES", "1000000")
    with sqlite_tracer_from_env() as tracer:
        for _ in range(5):
            end_one(tracer)
    assert count(path) == 2


def test_the_default_file_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STARIO_TRACERS_SQLITE", raising=False)
    with sqlite_tracer_from_env():
        assert (tmp_path / "stario-traces.sqlite3").is_file()
