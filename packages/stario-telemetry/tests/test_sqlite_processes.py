"""Several processes on one trace file, and what kill -9 takes from it."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pytest
from stario.telemetry import queries
from stario.telemetry.queries import Tail

FLUSH_SECONDS = 0.05

# Writes spans that are named `label/number`, says after each hundred how far it is and when that
# was, and goes on when it is answered. Told `end`, it leaves the tracer and says what was lost.
WRITER = """
import json, sys
from stario.telemetry.sqlite import SqliteTracer
path, label, flush = sys.argv[1:]
tracer = SqliteTracer(path, flush_interval=float(flush), max_pending_spans=1_000_000)
with tracer:
    number = 0
    while True:
        for _ in range(100):
            with tracer.create(f"{label}/{number}", {"n": number}) as span:
                span.event("e", {"n": number})
            number += 1
        print(number, span.end_ns, flush=True)
        if sys.stdin.readline() != "on\\n":
            break
stats = tracer.stats()
print(json.dumps([number, stats.dropped_spans, stats.serialization_error_count]), flush=True)
"""


class Writer:
    def __init__(self, process: "subprocess.Popen[str]", label: str) -> None:
        self.process = process
        self.label = label
        self.written = 0
        self.last_end_ns = 0

    def read(self) -> None:
        self.written, self.last_end_ns = map(int, self._line().split())

    def go_on(self) -> None:
        self._say("on")

    def end(self) -> list[int]:
        self._say("end")
        told = json.loads(self._line())
        self.process.wait(30)
        return told

    def _line(self) -> str:
        return cast("IO[str]", self.process.stdout).readline()

    def _say(self, word: str) -> None:
        stdin = cast("IO[str]", self.process.stdin)
        stdin.write(word + "\n")
        stdin.flush()


@contextmanager
def writing(path: Path, label: str) -> Generator[Writer]:
    command = [sys.executable, "-c", WRITER, str(path), label, str(FLUSH_SECONDS)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Writer(process, label)
        finally:
            process.kill()


def rows(path: Path, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        return connection.execute(query, parameters).fetchall()


def numbers(path: Path, label: str) -> list[int]:
    query = "SELECT CAST(substr(name, ?) AS INTEGER) AS n FROM spans WHERE name GLOB ? ORDER BY n"
    return [n for (n,) in rows(path, query, len(label) + 2, f"{label}/*")]


def test_processes_share_a_file_and_lose_nothing_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "traces.sqlite3"
    with ExitStack() as stack:
        writers = [stack.enter_context(writing(path, f"w{n}")) for n in range(4)]
        for writer in writers:
            writer.read()
        reader = stack.enter_context(closing(queries.connect(path)))
        tail = Tail(reader, since_ns=0, late_seconds=1e6)
        seen = [row["span_id"] for row in tail.read(10_000)]
        for _ in range(25):
            for writer in writers:
                writer.go_on()
            for writer in writers:
                writer.read()
            seen += [row["span_id"] for row in tail.read(10_000)]
        for writer in writers:
            written, *lost = writer.end()
            assert lost == [0, 0]
            assert numbers(path, writer.label) == list(range(written))
            assert "locked" not in cast("IO[str]", writer.process.stderr).read()
        seen += [row["span_id"] for row in tail.read(100_000)]
    assert len(seen) == len(set(seen)) == 4 * 2_600
    assert rows(path, "SELECT count(*) FROM span_events") == [(4 * 2_600,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_kill_loses_a_flush_interval_of_one_process_and_nothing_of_others(tmp_path: Path) -> None:
    path = tmp_path / "traces.sqlite3"
    with writing(path, "survivor") as survivor:
        survivor.read()
        for turn in range(6):
            label = f"killed{turn}"
            with writing(path, label) as victim:
                victim.read()
                for _ in range(5 + 7 * turn):
                    for writer in (victim, survivor):
                        writer.go_on()
                        writer.read()
                victim.process.send_signal(signal.SIGKILL)
                victim.process.wait(10)
            assert_a_prefix_is_left(path, victim)
        written, *lost = survivor.end()
        assert lost == [0, 0]
        assert numbers(path, "survivor") == list(range(written))
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    events = "SELECT count(*), count(DISTINCT span_id) FROM span_events"
    assert rows(path, events) == rows(path, "SELECT count(*), count(*) FROM spans")


def assert_a_prefix_is_left(path: Path, victim: Writer) -> None:
    left = numbers(path, victim.label)
    assert left == list(range(len(left)))
    newest = "SELECT max(end_ns) FROM spans WHERE name GLOB ?"
    newest_ns = rows(path, newest, f"{victim.label}/*")[0][0]
    if newest_ns is not None:  # it was killed before its first flush
        lost_seconds = (victim.last_end_ns - newest_ns) / 1e9
        assert lost_seconds < FLUSH_SECONDS + 1.0  # a second for a busy machine
