"""What a trace file keeps: so many spans, so many bytes, or what ended within so many seconds.

Spans are deleted in the order of their end, with their events and links, in slices that are one
short transaction each. A pass is short, and at least as long a pause follows it, so that the writer
keeps half of its time for batches; the next pass goes on. Freed pages are used again; too many of
them go back to the disk, where the file was made for it.
"""

import sqlite3
from time import monotonic, time_ns

from stario.telemetry.open_spans import remove_lost
from stario.telemetry.schema import in_transaction

# A slice is one transaction: other writers and the queue wait for no more spans than this.
_SLICE = 1_000
_VACUUM_PAGES = 256
# The longest pass: meanwhile spans wait in the queue.
_PASS_SECONDS = 0.1
# The pause after a pass that left nothing over.
_REST_SECONDS = 1.0
# How often age is looked at while no span comes.
_IDLE_SECONDS = 60.0
# The longest pass when the tracer is left; the next tracer goes on.
_FINISH_SECONDS = 1.0
# Counting reads a whole index: it comes when a hundredth of what may be kept was added, and after a
# pause of 50 times as long as the last count took.
_COUNT_PARTS = 100
_COUNT_REST = 50.0
# What is free beyond a quarter of the file, and beyond this, goes back to the disk.
_FREE_PART = 4
_FREE_BYTES = 16 * 1024 * 1024

_OLDER_THAN = "SELECT span_id, trace_id FROM spans WHERE end_ns < ? LIMIT ?"
_OLDEST = "SELECT span_id, trace_id FROM spans ORDER BY end_ns, span_id LIMIT ?"

_DOOMED = "CREATE TEMP TABLE IF NOT EXISTS doomed (span_id BLOB, trace_id BLOB)"
_DELETE_EVENTS = (
    "DELETE FROM span_events WHERE trace_id IN (SELECT trace_id FROM doomed)"
    " AND span_id IN (SELECT span_id FROM doomed)"
)
_DELETE_LINKS = "DELETE FROM span_links WHERE span_id IN (SELECT span_id FROM doomed)"
_DELETE_SPANS = "DELETE FROM spans WHERE span_id IN (SELECT span_id FROM doomed)"


class Retention:
    """Decides which spans go, and when. Without limits it does nothing."""

    def __init__(self, max_spans: int | None, max_age: float | None, max_bytes: int | None) -> None:
        self._max_spans = max_spans
        self._max_age = max_age
        self._max_bytes = max_bytes
        self._is_on = any(limit is not None for limit in (max_spans, max_age, max_bytes))
        self._next_pass = 0.0
        self._next_count = 0.0
        self._uncounted = 0
        self._excess = 0

    def begin(self) -> None:
        """Let the first batch prune what an earlier process left."""
        self._next_pass = self._next_count = 0.0
        self._uncounted = self._max_spans or 0

    def idle_seconds(self) -> float | None:
        """Return how long the writer may sleep without pruning: age comes without spans too."""
        return None if self._max_age is None else _IDLE_SECONDS

    def is_due(self) -> bool:
        """Say whether the limits are to be looked at."""
        return self._is_on and monotonic() >= self._next_pass

    def added(self, spans: int) -> None:
        """Note that the file has more spans."""
        self._uncounted += spans

    def prune(self, connection: sqlite3.Connection) -> None:
        """Prune, when a pass is due."""
        if not self.is_due():
            return
        started = monotonic()
        is_done = self._prune(connection, started + _PASS_SECONDS, exact=False)
        now = monotonic()
        self._next_pass = now + (_REST_SECONDS if is_done else now - started)

    def finish(self, connection: sqlite3.Connection) -> None:
        """Prune for the last time."""
        if self._is_on:
            self._prune(connection, monotonic() + _FINISH_SECONDS, exact=True)

    def _prune(self, connection: sqlite3.Connection, deadline: float, *, exact: bool) -> bool:
        """Delete until all limits hold or the time is up; say which."""
        return (
            self._prune_age(connection, deadline)
            and self._prune_spans(connection, deadline, exact)
            and self._prune_bytes(connection, deadline)
            and self._give_back(connection, deadline)
        )

    def _prune_age(self, connection: sqlite3.Connection, deadline: float) -> bool:
        if self._max_age is None:
            return True
        oldest_end = time_ns() - int(min(self._max_age, 1e9) * 1e9)
        in_transaction(connection, remove_lost, oldest_end)
        while _delete(connection, _OLDER_THAN, oldest_end, _SLICE) == _SLICE:
            if monotonic() > deadline:
                return False
        return True

    def _prune_spans(self, connection: sqlite3.Connection, deadline: float, exact: bool) -> bool:
        if self._max_spans is None:
            return True
        if self._excess <= 0:
            self._count(connection, self._max_spans, exact)
        while self._excess > 0:
            deleted = _delete(connection, _OLDEST, min(self._excess, _SLICE))
            self._excess = self._excess - deleted if deleted else 0
            if monotonic() > deadline:
                return self._excess <= 0
        return True

    def _count(self, connection: sqlite3.Connection, limit: int, exact: bool) -> None:
        started = monotonic()
        # Others write to the file too, so time alone is a reason as well.
        enough = self._uncounted * _COUNT_PARTS >= limit or started > self._next_count + 60
        if exact or (enough and started >= self._next_count):
            self._excess = _rows(connection) - limit
            now = monotonic()
            self._uncounted, self._next_count = 0, now + _COUNT_REST * (now - started)

    def _prune_bytes(self, connection: sqlite3.Connection, deadline: float) -> bool:
        if self._max_bytes is None:
            return True
        # What is freed here takes the next batches, so that the file itself does not grow.
        target = self._max_bytes - min(self._max_bytes // 8, _FREE_BYTES)
        while _used_bytes(connection) > target:
            if not _delete(connection, _OLDEST, _SLICE):
                return True
            if monotonic() > deadline:
                return False
        return True

    def _give_back(self, connection: sqlite3.Connection, deadline: float) -> bool:
        """Shorten the file while it is longer than allowed, or has much that is free."""
        while pages := self._surplus_pages(connection):
            # It works while it is read.
            connection.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()
            if monotonic() > deadline:
                return False
        return True

    def _surplus_pages(self, connection: sqlite3.Connection) -> int:
        if _pragma(connection, "auto_vacuum") != 2:
            return 0
        size = _pragma(connection, "page_size")
        pages, free = _pragma(connection, "page_count"), _pragma(connection, "freelist_count")
        spare = max(pages // _FREE_PART, _FREE_BYTES // size)
        surplus = free - spare
        if self._max_bytes is not None:
            surplus = max(surplus, min(free, pages - self._max_bytes // size))
        return max(0, min(surplus, _VACUUM_PAGES))


def _rows(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT count(*) FROM spans").fetchone()[0]


def _used_bytes(connection: sqlite3.Connection) -> int:
    used = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    return used * _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _delete(connection: sqlite3.Connection, which: str, *parameters: int) -> int:
    """Delete the spans that `which` selects, with what belongs to them; return how many."""
    connection.execute(_DOOMED)
    in_transaction(connection, _delete_slice, which, parameters)
    return connection.execute("DELETE FROM doomed").rowcount


def _delete_slice(connection: sqlite3.Connection, which: str, parameters: tuple[int, ...]) -> None:
    connection.execute("DELETE FROM doomed")
    connection.execute(f"INSERT INTO doomed {which}", parameters)
    connection.execute(_DELETE_EVENTS)
    connection.execute(_DELETE_LINKS)
    connection.execute(_DELETE_SPANS)
