"""The questions to a trace file: their answers, and that none reads a table from end to end."""

import math
import re
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from stario.telemetry import queries
from stario.telemetry.ids import new_id
from stario.telemetry.queries import REQUESTS, Tail, connect, window
from stario.telemetry.retention import _OLDER_THAN, _OLDEST
from stario.telemetry.spans import RecordedEvent, RecordingSpan
from stario.telemetry.sqlite import SqliteTracer

PARAMETERS = window(60) | {"trace_id": b"x" * 16}
NS = 10**9

SEED = """
SELECT attrs_json ->> 'request.path', duration_ns / 1e6 AS ms
FROM spans WHERE attrs_json ->> 'request.path' IS NOT NULL
ORDER BY end_ns DESC LIMIT 20
"""


@pytest.fixture
def tracer(path: Path) -> Generator[SqliteTracer]:
    with SqliteTracer(path) as tracer:
        yield tracer


def span(
    tracer: SqliteTracer,
    name: str,
    end_s: float,
    duration_ns: int = 1,
    error: str | None = None,
    raised: tuple[str, ...] = (),
) -> UUID:
    own = UUID(int=new_id())
    end = int(end_s * NS)
    events = [RecordedEvent(end, "exception", {"exc.type": kind}) for kind in raised]
    tracer.on_end(
        RecordingSpan(own, tracer, own, None, name, end - duration_ns, end, error, {}, events)
    )
    return own


def ask(path: Path, query: str, **parameters: Any) -> list[dict[str, Any]]:
    with closing(connect(path)) as connection:
        return [dict(row) for row in connection.execute(query, PARAMETERS | parameters)]


def plan(path: Path, query: str, parameters: Any) -> list[str]:
    with closing(connect(path)) as connection:
        return [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + query, parameters)]


@pytest.mark.parametrize("name", sorted(queries.QUERIES))
def test_no_query_scans_a_table(name: str, tracer: SqliteTracer, path: Path) -> None:
    steps = plan(path, queries.QUERIES[name], PARAMETERS)
    tables = re.compile(r"SCAN (spans|s|span_events|e|span_links|p|processes)\b")
    assert [step for step in steps if tables.match(step)] == []
    assert any(step.startswith("SEARCH ") for step in steps)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("newest", "SEARCH spans USING INDEX spans_end_ns_idx"),
        ("percentiles", "SEARCH spans USING COVERING INDEX spans_end_ns_idx"),
        ("slowest", "SEARCH spans USING COVERING INDEX spans_end_ns_idx"),
        ("errors", "SEARCH s USING INDEX spans_error_end_ns_idx"),
        ("errors", "SEARCH e USING INDEX span_events_trace_id_idx"),
        ("trace", "SEARCH spans USING INDEX spans_trace_id_idx"),
        ("trace", "SEARCH o USING INDEX open_spans_trace_id_idx"),
    ],
)
def test_each_query_has_its_index(name: str, index: str, tracer: SqliteTracer, path: Path) -> None:
    assert [s for s in plan(path, queries.QUERIES[name], PARAMETERS) if s.startswith(index)]


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (SEED, ()),
        ("SELECT * FROM spans WHERE status = 'error' ORDER BY end_ns DESC LIMIT 20", ()),
        ("SELECT end_ns, span_id FROM spans WHERE end_ns >= 1 ORDER BY end_ns", ()),
        (_OLDER_THAN, (1, 10)),
        (_OLDEST, (10,)),
    ],
)
def test_what_asks_for_the_newest_or_oldest_walks_an_index(
    query: str, parameters: tuple[int, ...], tracer: SqliteTracer, path: Path
) -> None:
    first, *rest = plan(path, query, parameters)
    assert re.match(r"(SCAN|SEARCH) spans USING (COVERING )?INDEX spans_(error_)?end_ns_idx", first)
    assert "USE TEMP B-TREE FOR ORDER BY" not in rest


def test_the_query_of_the_documentation_finds_requests(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        with tracer.create("GET /", {"request.path": "/"}):
            pass
        with tracer.create("other"):
            pass
    with closing(connect(path)) as connection:
        dotted = connection.execute("""SELECT '{"a.b":1}' ->> 'a.b'""").fetchone()[0]
        if dotted is None:
            pytest.skip(f"SQLite {sqlite3.sqlite_version} takes the dot of 'a.b' for a path")
        assert [row[0] for row in connection.execute(SEED)] == ["/"]


def test_percentiles_are_the_nearest_rank_of_each_name(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        for duration in range(1, 101):
            span(tracer, "GET /a", 10, duration, "bad" if duration > 95 else None)
        span(tracer, "GET //host/b", 10, 7)
        span(tracer, "GET /late", 20)
        span(tracer, "GET /early", 9)
        span(tracer, "GET", 10)  # no route
        span(tracer, "SELECT /x".lower(), 10)
    asked = {"since_ns": 10 * NS, "until_ns": 11 * NS, "names": REQUESTS}
    columns = ("name", "count", "errors", "error_rate", "p50_ns", "p95_ns", "p99_ns", "max_ns")
    assert [tuple(row.values()) for row in ask(path, queries.PERCENTILES, **asked)] == [
        ("GET /a", 100, 5, 0.05, 50, 95, 99, 100),
        ("GET //host/b", 1, 0, 0.0, 7, 7, 7, 7),
    ]
    assert tuple(ask(path, queries.PERCENTILES, **asked)[0]) == columns


def test_errors_are_grouped_by_name_type_and_message(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        span(tracer, "a", 10, 1, "boom", ("KeyError", "ValueError"))
        newest = span(tracer, "a", 12, 1, "boom", ("ValueError",))
        span(tracer, "a", 10, 1, "boom", ("KeyError",))
        span(tracer, "a", 10, 1, "failed by hand")
        span(tracer, "a", 10, 1, None, ("ValueError",))  # caught
        span(tracer, "a", 99, 1, "boom", ("ValueError",))  # later
    found = ask(path, queries.ERRORS, since_ns=0, until_ns=50 * NS)
    assert found[0] == {
        "name": "a",
        "type": "ValueError",
        "message": "boom",
        "count": 2,
        "first_ns": 10 * NS,
        "last_ns": 12 * NS,
        "span_id": newest.bytes,
        "trace_id": newest.bytes,
    }
    rest = [(row["type"], row["message"], row["count"]) for row in found[1:]]
    assert sorted(rest, key=str) == [("KeyError", "boom", 1), (None, "failed by hand", 1)]


def test_the_slowest_and_the_newest_are_within_the_window(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        for end, duration in ((10, 5), (11, 9), (12, 7), (20, 99)):
            span(tracer, f"GET /{duration}", end, duration)
    asked = {"since_ns": 10 * NS, "until_ns": 20 * NS, "limit": 2}
    assert [row["duration_ns"] for row in ask(path, queries.SLOWEST, **asked)] == [9, 7]
    assert [row["duration_ns"] for row in ask(path, queries.NEWEST, **asked)] == [7, 9]


@pytest.mark.parametrize("seconds", [math.inf, 1e12])
def test_a_window_longer_than_time_is_all_that_there_is(path: Path, seconds: float) -> None:
    with SqliteTracer(path) as tracer:
        span(tracer, "long ago", 1)
    with closing(connect(path)) as connection:
        found = connection.execute(queries.NEWEST, queries.window(seconds)).fetchall()
    assert [row["name"] for row in found] == ["long ago"]


def test_a_trace_is_told_in_order_with_its_events_and_links(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        with tracer.create("root") as root:
            root.event("first")
            with root.step("child") as child:
                child.link("other", UUID(int=7))
        span(tracer, "another", 1)
    trace = root.trace_id.bytes
    assert [row["name"] for row in ask(path, queries.TRACE, trace_id=trace)] == ["root", "child"]
    assert [row["name"] for row in ask(path, queries.EVENTS, trace_id=trace)] == ["first"]
    (link,) = ask(path, queries.LINKS, trace_id=trace)
    assert link["target_span_id"] == UUID(int=7).bytes


def test_a_span_that_is_left_open_is_found_with_its_process(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        left = tracer.create("left open")
        left.start()
    (row,) = ask(path, queries.UNFINISHED)
    assert (row["name"], row["status"], row["start_ns"]) == ("left open", "lost", left.start_ns)
    assert row["pid"] > 0
    assert row["process_start_ns"] <= row["start_ns"]


def test_a_tail_gives_each_span_once_also_a_late_one(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        span(tracer, "before", 9)
        span(tracer, "10", 10)
        span(tracer, "12", 12)
    with closing(connect(path)) as connection:
        tail = Tail(connection, since_ns=10 * NS, late_seconds=3)
        assert [row["name"] for row in tail.read()] == ["10", "12"]
        assert tail.read() == []
        with SqliteTracer(path) as tracer:
            span(tracer, "13", 13)
            span(tracer, "late", 11)
            span(tracer, "too late", 8)
        assert tail.read(limit=0) == []
        assert [row["name"] for row in tail.read(limit=1)] == ["late"]
        assert [row["name"] for row in tail.read(limit=1)] == ["13"]
        assert tail.read() == []


def test_a_tail_remembers_only_what_may_come_again(path: Path) -> None:
    with SqliteTracer(path) as tracer:
        for second in range(100):
            span(tracer, "x", second)
    with closing(connect(path)) as connection:
        tail = Tail(connection, since_ns=0, late_seconds=5)
        total = 0
        while found := tail.read(limit=7):
            total += len(found)
            assert len(tail._given) <= 7 + 6
    assert total == 100


def test_a_reader_cannot_write_and_makes_no_file(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="there is no trace file"):
        connect(path)
    assert not path.exists()
    with SqliteTracer(path):
        pass
    with (
        closing(connect(path)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM spans")


def test_a_path_with_odd_characters_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20é.sqlite3"
    with SqliteTracer(path), closing(connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM spans").fetchone()[0] == 0
