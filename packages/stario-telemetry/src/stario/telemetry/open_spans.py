"""Rows for spans that are still open, so that a killed process shows what it was doing.

A span that ends within one flush interval never gets here. One that stays open gets a row, which is
brought up to date while the span changes, and goes in the transaction that writes the finished
span. The rows of a process that died stay, and belong to a row of `processes` that has gone silent.

Tracked spans are held weakly: one that the application forgot goes as if it had never been.
"""

import os
import socket
import sqlite3
from collections import OrderedDict, deque
from collections.abc import Iterable
from time import monotonic, time_ns
from typing import Any
from weakref import ReferenceType, ref

from stario.telemetry.formatters import JsonFormatter, clean
from stario.telemetry.ids import new_id
from stario.telemetry.inserts import Row
from stario.telemetry.schema import OPEN_SPANS, PROCESSES, SILENT_SECONDS, in_transaction
from stario.telemetry.spans import RecordedEvent, RecordingSpan, TracedSpan

# The open spans of a process that are looked after; more get rows as others end.
MAX_OPEN = 10_000
# The rows that a pass writes or compares: a few milliseconds of the writer's time.
_PER_PASS = 512
# How often rows are compared with their spans, and how often the process says that it lives.
REFRESH_SECONDS = 1.0
_BEAT_SECONDS = 5.0
# The newest events of an open span tell what it is at; all of them come with its end.
_EVENTS = 16
# The dead processes whose spans are kept: one that dies at every start must not fill the disk.
_DEAD_PROCESSES = 16

_REMOVE = "DELETE FROM open_spans WHERE span_id = ?"
_BEAT = "UPDATE processes SET seen_ns = ? WHERE id = ?"
_END = "UPDATE processes SET seen_ns = ?, end_ns = ? WHERE id = ?"
_FORGET = "DELETE FROM processes WHERE id = ?"
_BURY = "UPDATE processes SET end_ns = seen_ns WHERE id = ? AND end_ns IS NULL"
_OF_THIS_HOST = "SELECT id, pid FROM processes WHERE host = ? AND end_ns IS NULL"
_SURPLUS = (
    "SELECT id FROM processes WHERE end_ns IS NOT NULL OR seen_ns < ?"
    f" ORDER BY seen_ns DESC LIMIT -1 OFFSET {_DEAD_PROCESSES}"
)
_DAY_NS = 86_400 * 10**9
_SILENT_NS = 3 * SILENT_SECONDS * 10**9

# What may be read while the application changes it, and called without running its code.
_PLAIN = (str, int, float, bool, type(None))

# Tracers of this process: their rows are no dead process's, though they have its number.
_alive: set[bytes] = set()


class OpenSpans:
    """The open spans of one tracer. `created` is filled on the request's path; the rest belongs to
    the writer thread."""

    def __init__(self, flush_interval: float, max_created: int) -> None:
        self.created: deque[RecordingSpan] = deque(maxlen=max_created)
        self._formatter = JsonFormatter()  # its failures are counted when the span ends
        self._interval_ns = int(flush_interval * 1e9)
        self._waiting: list[ReferenceType[RecordingSpan]] = []
        self._shown: OrderedDict[bytes, _Shown] = OrderedDict()
        self._process = b""
        self._start_ns = 0
        self._is_registered = False
        self._next_refresh = 0.0
        self._next_beat = 0.0

    def begin(self, connection: sqlite3.Connection) -> None:
        """Take a new name, and see which processes of this machine are dead."""
        self._process = new_id().to_bytes(16)
        self._start_ns = time_ns()
        _alive.add(self._process)
        self.created.clear()
        self.reconnected(connection)

    def reconnected(self, connection: sqlite3.Connection) -> None:
        """Write every row again: the file may be a new one."""
        self._waiting += [shown.span for shown in self._shown.values()]
        self._shown.clear()
        self._is_registered = False
        in_transaction(connection, _bury_the_dead)

    def gather(self) -> bool:
        """Take what was created since; say whether any span is open."""
        created = self.created
        for _ in range(len(created)):
            span = created.popleft()
            # Other kinds stay out of the file, or are not known to stay.
            if type(span) is not TracedSpan or span.end_ns is not None:
                continue
            if len(self._waiting) + len(self._shown) < MAX_OPEN:
                self._waiting.append(ref(span))
        return bool(self._waiting or self._shown)

    def among(self, batch: Iterable[tuple[Row, Any, Any]]) -> list[Row]:
        """Return the keys of the rows that go with this batch of finished spans."""
        shown = self._shown
        return [(rows[0][0],) for rows in batch if rows[0][0] in shown] if shown else []

    def finished(self, keys: list[Row]) -> None:
        """Forget the rows that were deleted."""
        for (key,) in keys:
            self._shown.pop(key, None)

    def idle_seconds(self, flush_interval: float) -> float | None:
        """Return how long the writer may sleep, None for as long as nothing happens."""
        if self._waiting:
            return flush_interval
        return REFRESH_SECONDS if self._shown else None

    def update(self, connection: sqlite3.Connection, *, all_ended_are_written: bool) -> bool:
        """Write, refresh and remove rows; say whether anything was written."""
        now = monotonic()
        gone = self._gone(all_ended_are_written)
        rows = self._due(time_ns() - self._interval_ns)
        if now >= self._next_refresh:
            self._next_refresh = now + REFRESH_SECONDS
            rows += self._changed(_PER_PASS - len(rows))
        beats = bool(self._shown) and now >= self._next_beat
        if not (gone or rows or beats):
            return False
        self._store(connection, gone, rows)
        self._next_beat = now + _BEAT_SECONDS
        return True

    def finish(self, connection: sqlite3.Connection) -> None:
        """Say that the process is over, and leave the rows of what never ended."""
        self.gather()
        gone = self._gone(True)
        rows = self._due(time_ns())
        if gone or rows or self._is_registered:
            self._store(connection, gone, rows)
            now = time_ns()
            if self._shown:
                connection.execute(_END, (now, now, self._process))
            else:
                connection.execute(_FORGET, (self._process,))
        self.forget()

    def forget(self) -> None:
        """Hold no span any longer."""
        _alive.discard(self._process)
        self._waiting.clear()
        self._shown.clear()
        self._is_registered = False

    def _gone(self, all_ended_are_written: bool) -> list[Row]:
        """Return the rows whose spans will not take them away: forgotten ones, dropped ones."""
        gone: list[Row] = []
        for key, shown in self._shown.items():
            span = shown.span()
            if span is None or (span.end_ns is not None and all_ended_are_written):
                gone.append((key,))
        return gone

    def _due(self, latest_start_ns: int) -> list[Row]:
        """Return first rows of the spans that started before, and track them as shown."""
        rows: list[Row] = []
        waiting: list[ReferenceType[RecordingSpan]] = []
        for reference in self._waiting:
            span = reference()
            if span is None or span.end_ns is not None:
                continue
            start = span.start_ns
            if start is None or start > latest_start_ns or len(rows) >= _PER_PASS:
                waiting.append(reference)
                continue
            row = self._row(span)
            self._shown[row[0]] = _Shown(reference, row)
            rows.append(row)
        self._waiting = waiting
        return rows

    def _changed(self, limit: int) -> list[Row]:
        """Return new rows for the spans that changed, of those that were looked at longest ago."""
        rows: list[Row] = []
        for key in list(self._shown)[: max(limit, 0)]:
            shown = self._shown[key]
            self._shown.move_to_end(key)
            span = shown.span()
            if span is not None and span.end_ns is None:
                row = self._row(span)
                if shown.renew(row):
                    rows.append(row)
        return rows

    def _row(self, span: RecordingSpan) -> Row:
        parent, error = span.parent_number, span.error
        return (
            span.id_number.to_bytes(16),
            self._process,
            span.trace_number.to_bytes(16),
            None if parent is None else parent.to_bytes(16),
            _name(span.name),
            span.start_ns or 0,
            time_ns(),
            None if error is None else _name(error),
            self._attrs(span.attributes),
            self._events(span.events),
        )

    def _attrs(self, attributes: dict[str, Any] | None) -> str | None:
        return self._formatter.text(_shown_values(attributes)) if attributes else None

    def _events(self, events: list[RecordedEvent]) -> str | None:
        if not events:
            return None
        return self._formatter.text([_shown_event(event) for event in events[-_EVENTS:]])

    def _store(self, connection: sqlite3.Connection, gone: list[Row], rows: list[Row]) -> None:
        try:
            in_transaction(connection, self._write, gone, rows)
        except BaseException:
            for row in rows:
                self._shown[row[0]].unsaid()
            raise
        self._is_registered = True
        self.finished(gone)

    def _write(self, connection: sqlite3.Connection, gone: list[Row], rows: list[Row]) -> None:
        now = time_ns()
        if self._is_registered:
            connection.execute(_BEAT, (now, self._process))
        else:
            me = (self._process, os.getpid(), socket.gethostname(), self._start_ns, now, None)
            PROCESSES.run(connection, [me])
        OPEN_SPANS.run(connection, rows)
        remove(connection, gone)


class _Shown:
    """An open span that has a row, and what the row says."""

    __slots__ = ("_said", "span")

    def __init__(self, span: ReferenceType[RecordingSpan], row: Row) -> None:
        self.span = span
        self._said: int | None = _content(row)

    def renew(self, row: Row) -> bool:
        """Say whether `row` says anything new, and take it as said."""
        before, self._said = self._said, _content(row)
        return self._said != before

    def unsaid(self) -> None:
        """Let the next comparison write the row, because this time it failed."""
        self._said = None


def remove(connection: sqlite3.Connection, keys: list[Row]) -> None:
    """Delete the rows of spans that ended, within the caller's transaction."""
    if keys:
        connection.executemany(_REMOVE, keys)


def remove_lost(connection: sqlite3.Connection, seen_before_ns: int) -> None:
    """Delete what processes left that are dead and were seen last before, in the caller's
    transaction."""
    which = "SELECT id FROM processes WHERE seen_ns < ?"
    _remove_processes(connection, which, min(seen_before_ns, time_ns() - _SILENT_NS))


def _bury_the_dead(connection: sqlite3.Connection) -> None:
    dead = [
        (key,)
        for key, pid in connection.execute(_OF_THIS_HOST, (socket.gethostname(),)).fetchall()
        if key not in _alive and _is_dead(pid)
    ]
    connection.executemany(_BURY, dead)
    _remove_processes(connection, _SURPLUS, time_ns() - _DAY_NS)


def _remove_processes(connection: sqlite3.Connection, which: str, parameter: int) -> None:
    keys = connection.execute(which, (parameter,)).fetchall()
    connection.executemany("DELETE FROM open_spans WHERE process_id = ?", keys)
    connection.executemany(_FORGET, keys)


def _is_dead(pid: int) -> bool:
    """Say whether a process of this machine is known to be over.

    In a container every start has the same number, so whoever else had mine is dead.
    """
    if pid == os.getpid():
        return True
    if os.name != "posix":
        return False  # there, asking would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _name(name: object) -> str:
    return clean(name) if type(name) is str else f"<{type(name).__name__}>"


def _shown_values(attributes: dict[str, Any]) -> dict[str, Any]:
    pairs = list(attributes.items())
    return {k: v if type(v) in _PLAIN else f"<{type(v).__name__}>" for k, v in pairs}


def _shown_event(event: RecordedEvent) -> dict[str, Any]:
    told: dict[str, Any] = {"time_ns": event.time_ns, "name": _name(event.name)}
    if event.attributes:
        told["attributes"] = _shown_values(event.attributes)
    if event.body is not None:
        told["body"] = event.body
    return told


def _content(row: Row) -> int:
    return hash((row[4], *row[7:]))
