"""What a trace file keeps: so many spans, or those that ended within so many seconds.

Old spans go now and then, oldest end first, in slices that are one short transaction each, with
their events and links. A pass rests in proportion to what it took, so it stays a small part of the
writer's time however large the file is.
"""

import sqlite3
from time import monotonic, time_ns

# A slice is one transaction: other writers and the queue wait no longer than for so many spans.
_SLICE = 2_000
# Passes are this many seconds apart at least, and this many times as far as the last one took.
_REST_SECONDS = 1.0
_REST_FACTOR = 50.0
# Leaving the tracer prunes for at most so long; the next one goes on.
_FINISH_SECONDS = 1.0

_OLDER_THAN = "SELECT span_id, trace_id FROM spans WHERE end_ns < ? LIMIT ?"
_OLDEST = "SELECT span_id, trace_id FROM spans ORDER BY end_ns, span_id LIMIT ?"

_DELETE_EVENTS = (
    "DELETE FROM span_events WHERE trace_id IN (SELECT trace_id FROM doomed)"
    " AND span_id IN (SELECT span_id FROM doomed)"
)
_DELETE_LINKS = "DELETE FROM span_links WHERE span_id IN (SELECT span_id FROM doomed)"
_DELETE_SPANS = "DELETE FROM spans WHERE span_id IN (SELECT span_id FROM doomed)"


class Retention:
    """Decides which spans go, and when. Without limits it does nothing."""

    def __init__(self, max_spans: int | None, max_age: float | None) -> None:
        self._max_spans = max_spans
        self._max_age = max_age
        self._is_on = max_spans is not None or max_age is not None
        self._next_pass = 0.0

    def begin(self) -> None:
        """Let the first batch prune what an earlier process left."""
        self._next_pass = 0.0

    def added(self, connection: sqlite3.Connection) -> None:
        """Prune, when a pass is due after a batch."""
        started = monotonic()
        if self._is_on and started >= self._next_pass:
            self._prune(connection, started + _FINISH_SECONDS)
            now = monotonic()
            self._next_pass = now + max(_REST_SECONDS, _REST_FACTOR * (now - started))

    def finish(self, connection: sqlite3.Connection) -> None:
        """Prune for the last time."""
        if self._is_on:
            self._prune(connection, monotonic() + _FINISH_SECONDS)

    def _prune(self, connection: sqlite3.Connection, deadline: float) -> None:
        if self._max_age is not None:
            oldest_end = time_ns() - int(min(self._max_age, 1e9) * 1e9)
            while _delete(connection, _OLDER_THAN, (oldest_end, _SLICE)) == _SLICE:
                if monotonic() > deadline:
                    return
        while self._max_spans is not None and monotonic() <= deadline:
            excess = _count(connection) - self._max_spans
            if excess <= 0:
                return
            _delete(connection, _OLDEST, (min(excess, _SLICE),))


def _count(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT count(*) FROM spans").fetchone()[0]


def _delete(connection: sqlite3.Connection, which: str, parameters: tuple[int, ...]) -> int:
    """Delete the spans that `which` selects, with what belongs to them; return how many."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"CREATE TEMP TABLE doomed AS {which}", parameters)
        connection.execute(_DELETE_EVENTS)
        connection.execute(_DELETE_LINKS)
        deleted = connection.execute(_DELETE_SPANS).rowcount
        connection.execute("DROP TABLE doomed")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return deleted
