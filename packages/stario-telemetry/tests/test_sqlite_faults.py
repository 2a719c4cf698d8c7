"""What becomes of the spans when the trace file is in trouble: full, gone, replaced, corrupt.

In every case spans are created and ended as before, the trouble is counted and said once, and
writing goes on where that is possible.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from stario.telemetry import places
from stario.telemetry.schema import WAL_BYTES
from stario.telemetry.sqlite import SqliteTracer, TraceFileError
from stario.tracing import TelemetryStats

WAIT = 10.0
NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "traces.sqlite3"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stario.telemetry.buffered._LONGEST_PAUSE", 0.05)
    monkeypatch.setattr("stario.telemetry.schema.BUSY_SECONDS", 0.01)
    monkeypatch.setattr("stario.telemetry.sqlite._OPEN_SECONDS", 0.1)


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def names(path: Path) -> list[str]:
    if not path.exists():
        return []
    try:
        return [name for (name,) in rows(path, "SELECT name FROM spans ORDER BY end_ns")]
    except sqlite3.Error:
        return []  # it has not been made yet


def until(holds: Callable[[], bool]) -> None:
    deadline = monotonic() + WAIT
    while not holds():
        assert monotonic() < deadline, "it never came true"
        sleep(0.01)


def end_one(tracer: SqliteTracer, name: str) -> None:
    with tracer.create(name) as span:
        span.event("e")


def tracing(path: Path, **options: Any) -> SqliteTracer:
    return SqliteTracer(path, flush_interval=0.01, **options)


def remove(path: Path) -> None:
    shutil.rmtree(path.parent)


def remove_the_file_alone(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("moved.sqlite3"))


def replace(path: Path) -> None:
    another = path.with_name("another.sqlite3")
    with SqliteTracer(another):
        pass
    another.replace(path)


def corrupt(path: Path) -> None:
    """Let the schema say what it cannot, and every connection read it again."""
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE spans (' WHERE name = 'spans'")
        (version,) = other.execute("PRAGMA schema_version").fetchone()
        other.execute(f"PRAGMA schema_version = {version + 1}")


unix_only = pytest.mark.skipif(os.name != "posix", reason="an open file cannot be removed")


@unix_only
@pytest.mark.parametrize("trouble", [remove, remove_the_file_alone, move, replace])
def test_a_file_that_is_gone_is_made_anew(trouble: Callable[[Path], None], path: Path) -> None:
    with tracing(path) as tracer:
        end_one(tracer, "before")
        until(lambda: names(path) == ["before"])
        trouble(path)
        # Nobody looks meanwhile: who opens the next file beside the old -wal mixes the two.
        end_one(tracer, "after")
    assert names(path) == ["after"]
    moved = path.with_name("moved.sqlite3")
    assert names(moved) == (["before"] if trouble is move else [])
    assert tracer.stats().dropped_spans == 0
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@unix_only
def test_an_open_span_is_shown_in_the_file_that_is_made_anew(path: Path) -> None:
    with tracing(path) as tracer:
        span = tracer.create("stream")
        span.start()
        until(lambda: rows(path, "SELECT name FROM open_spans") == [("stream",)])
        remove(path)
        end_one(tracer, "after")
        until(lambda: names(path) == ["after"])
        until(
            lambda: rows(path, "SELECT name, status FROM unfinished_spans") == [("stream", "open")]
        )
        span.end()
    assert names(path) == ["after", "stream"]
    assert rows(path, "SELECT name FROM open_spans") == []


@unix_only
def test_a_second_tracer_finds_the_file_that_the_first_made_anew(path: Path) -> None:
    with tracing(path) as one:
        with tracing(path) as two:
            end_one(two, "before")
            until(lambda: names(path) == ["before"])
            remove_the_file_alone(path)
            end_one(one, "first")
            until(lambda: names(path) == ["first"])
            end_one(two, "second")
        assert names(path) == ["first", "second"]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert one.stats().dropped_spans == two.stats().dropped_spans == 0


@unix_only
def test_nobody_removes_the_write_ahead_file_of_who_made_the_file_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is about to remove what the lost file left; just then the second wants to."""
    original, seconds = places._remove, list[float]()

    def the_second_comes_between(what: str) -> None:
        if not seconds:
            seconds.append(monotonic() + 0.3)
            end_one(two, "second")
            while names(path) != ["second"] and monotonic() < seconds[0]:
                sleep(0.01)
        original(what)

    with tracing(path) as one, tracing(path) as two:
        end_one(one, "before")
        until(lambda: names(path) == ["before"])
        monkeypatch.setattr(places, "_remove", the_second_comes_between)
        remove_the_file_alone(path)
        end_one(one, "first")
        until(lambda: sorted(names(path)) == ["first", "second"])
    assert sorted(names(path)) == ["first", "second"]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@unix_only
def test_a_corrupt_file_is_counted_and_said_once_until_it_is_removed(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracing(path, max_pending_spans=20, max_batch_spans=10) as tracer:
        end_one(tracer, "before")
        until(lambda: names(path) == ["before"])
        corrupt(path)
        end_one(tracer, "first")
        until(lambda: tracer.stats().writer_error_count >= 3)
        stats = tracer.stats()
        assert stats.serialization_error_count == stats.dropped_spans == 0
        for number in range(100):
            end_one(tracer, str(number))
        assert 0 < tracer.stats().dropped_spans <= 100
        remove(path)
        until(lambda: "first" in names(path))
    left = names(path)
    assert len(left) == 101 - tracer.stats().dropped_spans
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "cannot write" in line] == said[:1]
    assert said[0].startswith("[stario] sqlite tracer: cannot write, trying again: DatabaseError")
    assert said.count("[stario] sqlite tracer: writes again") == 1


def test_a_commit_whose_answer_was_lost_is_not_written_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stario.telemetry import sqlite as module

    original, failures = module._insert, [1]

    def answer_lost(*arguments: Any) -> int:
        original(*arguments)
        if failures:
            failures.pop()
            raise sqlite3.OperationalError("disk I/O error")
        return 0

    monkeypatch.setattr(module, "_insert", answer_lost)
    with tracing(path) as tracer:
        end_one(tracer, "x")
    assert tracer.stats().writer_error_count == 1
    assert names(path) == ["x"]
    assert rows(path, "SELECT count(*) FROM span_events") == [(1,)]


LIMITED = """
import resource, sys
from time import monotonic, sleep
from stario.telemetry import buffered
from stario.telemetry.sqlite import SqliteTracer
buffered._LONGEST_PAUSE = 0.05
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
with SqliteTracer(sys.argv[1], flush_interval=0.01) as tracer:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    for number in range(3_000):
        with tracer.create(str(number), {"filler": "x" * 500}):
            pass
    deadline = monotonic() + 10
    while tracer.stats().writer_error_count < 3 and monotonic() < deadline:
        sleep(0.01)
    stats = tracer.stats()
    print(stats.writer_error_count >= 3, stats.dropped_spans, stats.last_writer_error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print(tracer.stats().dropped_spans)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_disk_that_is_full_for_a_while_loses_nothing(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path], capture_output=True, text=True, timeout=60
    )
    first, second = done.stdout.splitlines()
    assert first.startswith("True 0 OperationalError: ")
    assert second == "0"
    said = done.stderr.splitlines()
    assert [line for line in said if "cannot write, trying again" in line] == said[:1]
    assert said[1:] == ["[stario] sqlite tracer: writes again"]
    assert len(names(path)) == 3_000
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.fixture
def folder_of_nobody() -> Generator[Path]:
    """A folder of a user who is not root, who runs the test: root may write everything."""
    with tempfile.TemporaryDirectory(prefix="stario-") as name:
        if os.name != "posix":
            pytest.skip("needs POSIX permissions")
        if os.geteuid() != 0:
            yield Path(name)
            return
        os.chown(name, NOBODY, -1)
        os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


def test_a_file_that_may_not_be_written_fails_on_entering(folder_of_nobody: Path) -> None:
    path = folder_of_nobody / "traces.sqlite3"
    with SqliteTracer(path):
        pass
    path.chmod(0o444)
    with pytest.raises(TraceFileError, match="readonly"):
        SqliteTracer(path).__enter__()
    assert names(path) == []
    path.chmod(0o644)


def test_a_folder_that_may_not_be_written_fails_on_entering(folder_of_nobody: Path) -> None:
    folder_of_nobody.chmod(0o555)
    for path in ("traces.sqlite3", "below/traces.sqlite3"):
        with pytest.raises(TraceFileError, match=path):
            SqliteTracer(folder_of_nobody / path).__enter__()
    folder_of_nobody.chmod(0o755)


def test_a_folder_that_is_lost_and_cannot_be_made_is_waited_for(
    folder_of_nobody: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder_of_nobody / "below" / "traces.sqlite3"
    with tracing(path) as tracer:
        end_one(tracer, "before")
        until(lambda: names(path) == ["before"])
        remove(path)
        folder_of_nobody.chmod(0o555)
        end_one(tracer, "after")
        until(lambda: tracer.stats().writer_error_count >= 3)
        folder_of_nobody.chmod(0o755)
        until(lambda: names(path) == ["after"])
    assert tracer.stats().dropped_spans == 0
    assert "PermissionError" in str(tracer.stats().last_writer_error)
    said = capsys.readouterr().err.splitlines()
    assert ["cannot write" in line for line in said] == [True, False]


def test_a_file_that_is_locked_for_long_fails_on_entering(path: Path) -> None:
    with SqliteTracer(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TraceFileError, match="locked"):
            SqliteTracer(path).__enter__()


def test_a_reader_that_never_ends_cannot_make_the_file_grow_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stario.telemetry.write_ahead._TOO_LONG_BYTES", 400_000)
    monkeypatch.setattr("stario.telemetry.write_ahead._STUCK_BYTES", 500_000)
    wal = path.with_name(path.name + "-wal")
    with tracing(path, max_bytes=500_000, max_pending_spans=2_000) as tracer:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM spans").fetchone()

            def write_more() -> bool:
                for _ in range(100):
                    with tracer.create("x", {"filler": "x" * 500}):
                        pass
                return "a reader keeps" in str(tracer.stats().last_writer_error)

            until(write_more)
            assert wal.stat().st_size < 3_000_000 + WAL_BYTES
        end_one(tracer, "free again")
        until(lambda: "free again" in names(path))


def test_writers_that_never_rest_cut_the_write_ahead_file_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stario.telemetry.write_ahead._TOO_LONG_BYTES", 400_000)
    wal = path.with_name(path.name + "-wal")
    with tracing(path) as tracer:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM spans").fetchone()
            for _ in range(2_000):
                with tracer.create("x", {"filler": "x" * 500}):
                    pass
            until(lambda: wal.stat().st_size > 800_000)

        def write_more() -> bool:
            end_one(tracer, "more")
            return wal.stat().st_size < 200_000

        until(write_more)
    assert tracer.stats() == TelemetryStats()
