"""What a trace file keeps: the limits hold, in the file and on the disk, and nothing waits long."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from stario.telemetry import retention as retention_module
from stario.telemetry.retention import Retention
from stario.telemetry.schema import EVENTS, LINKS, SPANS, connected, in_transaction
from stario.telemetry.sqlite import SqliteTracer

WAIT = 10.0
MB = 1_000_000


@pytest.fixture
def connection(path: Path) -> Generator[sqlite3.Connection]:
    with closing(connected(path)) as connection:
        yield connection


def until(holds: Callable[[], bool]) -> None:
    deadline = monotonic() + WAIT
    while not holds():
        assert monotonic() < deadline, "it never came true"
        sleep(0.01)


def fill(connection: sqlite3.Connection, first: int, last: int, size: int = 300) -> None:
    """Write spans that end at their number of seconds, each with an event and a link."""
    in_transaction(connection, insert, range(first, last), "x" * size)


def insert(connection: sqlite3.Connection, numbers: range, filler: str) -> None:
    keys = [number.to_bytes(16) for number in numbers]
    ends = [number * 10**9 for number in numbers]
    SPANS.run(
        connection,
        [
            (k, k, None, "n", e - 5, e, 5, "ok", None, filler)
            for k, e in zip(keys, ends, strict=True)
        ],
    )
    EVENTS.run(connection, [(k, k, e, "e", None, None) for k, e in zip(keys, ends, strict=True)])
    LINKS.run(connection, [(k, k, k, "l", None) for k in keys])


def value(connection: sqlite3.Connection, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def used_bytes(connection: sqlite3.Connection) -> int:
    pages = value(connection, "PRAGMA page_count") - value(connection, "PRAGMA freelist_count")
    return pages * value(connection, "PRAGMA page_size")


def size_on_disk(connection: sqlite3.Connection, path: Path) -> int:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path.stat().st_size


def assert_nothing_is_left_over(connection: sqlite3.Connection) -> None:
    spans = value(connection, "SELECT count(*) FROM spans")
    for table in ("span_events", "span_links"):
        known = "span_id IN (SELECT span_id FROM spans)"
        assert value(connection, f"SELECT count(*) FROM {table} WHERE {known}") == spans
        assert value(connection, f"SELECT count(*) FROM {table}") == spans


def test_max_bytes_bounds_the_file_while_it_is_written(
    path: Path, connection: sqlite3.Connection
) -> None:
    retention = Retention(None, None, 2 * MB)
    retention.begin()
    largest = 0
    for first in range(0, 40_000, 500):
        fill(connection, first, first + 500)
        retention.added(500)
        retention._next_pass = 0.0
        retention.prune(connection)
        largest = max(largest, size_on_disk(connection, path))
    assert largest < 2.4 * MB  # a batch more than allowed
    assert used_bytes(connection) < 2 * MB
    newest = value(connection, "SELECT max(end_ns) FROM spans")
    oldest = value(connection, "SELECT min(end_ns) FROM spans")
    assert newest == 39_999 * 10**9
    assert 39_999 - oldest // 10**9 + 1 == value(connection, "SELECT count(*) FROM spans") > 1_000
    assert_nothing_is_left_over(connection)


def test_a_limit_that_is_new_shortens_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stario.telemetry.retention._FINISH_SECONDS", WAIT)  # for a busy machine
    with closing(connected(path)) as connection:
        for first in range(0, 20_000, 1_000):
            fill(connection, first, first + 1_000)
        assert size_on_disk(connection, path) > 9 * MB
    with SqliteTracer(path, max_bytes=3 * MB):
        pass
    assert path.stat().st_size <= 3 * MB
    with closing(connected(path)) as connection:
        assert value(connection, "SELECT count(*) FROM spans") > 2_000
        assert value(connection, "PRAGMA integrity_check") == "ok"
        assert_nothing_is_left_over(connection)


def test_a_file_of_an_older_version_keeps_its_size_and_uses_it_again(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA auto_vacuum = NONE")
        old.execute("CREATE TABLE something (text)")
    with closing(connected(path)) as connection:
        retention = Retention(None, None, 2 * MB)
        fill(connection, 0, 8_000)
        before = size_on_disk(connection, path)
        assert retention._prune(connection, monotonic() + WAIT, exact=True)
        assert used_bytes(connection) < 2 * MB
        fill(connection, 10_000, 14_000)
        assert size_on_disk(connection, path) == before


def test_max_bytes_that_nothing_fits_in_keeps_nothing_and_ends(path: Path) -> None:
    with SqliteTracer(path, max_bytes=1) as tracer, tracer.create("x"):
        pass
    with closing(sqlite3.connect(path)) as connection:
        assert value(connection, "SELECT count(*) FROM spans") == 0


def test_deleted_spans_leave_at_most_a_part_of_the_file_empty(
    path: Path, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_module, "_FREE_BYTES", 100_000)
    fill(connection, 0, 10_000)
    before = size_on_disk(connection, path)
    retention = Retention(1_000, None, None)
    assert retention._prune(connection, monotonic() + WAIT, exact=True)
    assert size_on_disk(connection, path) < before / 5
    assert value(connection, "SELECT count(*) FROM spans") == 1_000


def test_a_pass_ends_in_time_and_the_next_one_goes_on(
    path: Path, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_module, "_SLICE", 10)
    monkeypatch.setattr(retention_module, "_PASS_SECONDS", 0.0)
    fill(connection, 0, 1_000)
    retention = Retention(950, None, None)
    retention.begin()
    left: list[int] = []
    while not left or left[-1] > 950:
        retention._next_pass = 0.0
        retention.prune(connection)
        left.append(value(connection, "SELECT count(*) FROM spans"))
    assert left == [990, 980, 970, 960, 950]
    assert not retention.is_due()


def test_counting_waits_until_enough_was_added(
    path: Path, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    original = retention_module._rows

    def rows(connection: sqlite3.Connection) -> int:
        counted.append(1)
        return original(connection)

    monkeypatch.setattr(retention_module, "_rows", rows)
    monkeypatch.setattr(retention_module, "_COUNT_REST", 0)
    retention = Retention(10_000, None, None)
    retention.begin()
    for first in range(0, 1_000, 10):
        fill(connection, first, first + 10)
        retention.added(10)
        retention._next_pass = 0.0
        retention.prune(connection)
    assert len(counted) == 10


def test_age_is_looked_at_while_no_span_comes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_module, "_IDLE_SECONDS", 0.02)
    monkeypatch.setattr(retention_module, "_REST_SECONDS", 0.0)
    with SqliteTracer(path, flush_interval=0.01, max_age=0.3) as tracer:
        with tracer.create("x"):
            pass
        with closing(sqlite3.connect(path)) as reader:
            until(lambda: value(reader, "SELECT count(*) FROM spans") == 1)
            until(lambda: value(reader, "SELECT count(*) FROM spans") == 0)


def test_a_limit_that_fails_writes_no_span_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sqlite3.Connection) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    with SqliteTracer(path, flush_interval=0.01, max_spans=5) as tracer:
        monkeypatch.setattr(retention_module, "_rows", fail)
        with tracer.create("x") as span:
            span.event("e")
        until(lambda: tracer.stats().writer_error_count > 0)
        monkeypatch.undo()
    assert tracer.stats().dropped_spans == 0
    with closing(sqlite3.connect(path)) as connection:
        assert value(connection, "SELECT count(*) FROM spans") == 1
        assert value(connection, "SELECT count(*) FROM span_events") == 1
