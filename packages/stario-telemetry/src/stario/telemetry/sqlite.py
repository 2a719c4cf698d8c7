"""Spans in a SQLite file: one row per span, event and link, in write-ahead mode.

A batch is one transaction, so a killed process loses at most what was not yet flushed and leaves a
sound file. A write that fails for the file's sake (locked, full, read-only) is offered again; a row
that SQLite can never take is given up alone.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stario.env import bad_setting, read_float, read_int, read_path
from stario.exceptions import StarioError
from stario.telemetry.buffered import BufferedTracer, require_positive
from stario.telemetry.formatters import JsonFormatter, clean
from stario.telemetry.inserts import Insert, Row
from stario.telemetry.policy import SpanPolicy, span_policy_from_env
from stario.telemetry.retention import Retention
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan

__all__ = ["SqliteTracer", "TraceFileError", "sqlite_tracer_from_env"]

# Seconds that one statement waits for another process's lock, before the batch is kept for later.
_BUSY_SECONDS = 0.5
# A checkpoint cuts the write-ahead file back to this, whatever a long reader let it grow to.
_WAL_BYTES = 16 * 1024 * 1024

_TABLES = (
    """spans (span_id BLOB PRIMARY KEY, trace_id BLOB NOT NULL, parent_id BLOB,
  name TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL, status TEXT NOT NULL, error TEXT, attrs_json TEXT) WITHOUT ROWID""",
    """span_events (id INTEGER PRIMARY KEY, span_id BLOB NOT NULL, trace_id BLOB NOT NULL,
  time_ns INTEGER NOT NULL, name TEXT NOT NULL, attrs_json TEXT, body TEXT)""",
    """span_links (id INTEGER PRIMARY KEY, span_id BLOB NOT NULL, trace_id BLOB NOT NULL,
  target_span_id BLOB NOT NULL, name TEXT NOT NULL, attrs_json TEXT)""",
)

_INDEXES = (
    "spans_trace_id_idx ON spans(trace_id)",
    "spans_error_end_ns_idx ON spans(end_ns) WHERE status = 'error'",
    "span_events_name_time_ns_idx ON span_events(name, time_ns)",
    "span_events_trace_id_idx ON span_events(trace_id)",
    "span_links_span_id_idx ON span_links(span_id)",
    "span_links_target_span_id_idx ON span_links(target_span_id)",
    "span_links_trace_id_idx ON span_links(trace_id)",
)

# A span that is offered twice (a commit whose answer was lost) stays as it is.
# A span that is offered twice stays as it is: the answer to its commit may have been lost.
_SPANS = Insert("INSERT OR IGNORE INTO spans", 10)
_EVENTS = Insert("INSERT INTO span_events (span_id, trace_id, time_ns, name, attrs_json, body)", 6)
_LINKS = Insert("INSERT INTO span_links (span_id, trace_id, target_span_id, name, attrs_json)", 5)

# A span's row, those of its events, those of its links.
type _Rows = tuple[Row, Sequence[Row], Sequence[Row]]


class TraceFileError(StarioError, sqlite3.OperationalError):
    """The file cannot be opened as a trace database. Whoever catches sqlite3.Error gets it too."""


class SqliteTracer(BufferedTracer[_Rows]):
    """Writes every finished span into a SQLite file.

    `flush_interval` is in seconds; `max_pending_spans` bounds the queue. `max_spans` keeps about
    that many of the newest spans, `max_age` (seconds) those that ended no longer ago. Entering
    raises TraceFileError when the file cannot be opened; the constructor raises ValueError for a
    number that is not positive.
    """

    def __init__(
        self,
        path: str | Path = "stario-traces.sqlite3",
        *,
        flush_interval: float = 0.25,
        max_pending_spans: int = 65536,
        max_batch_spans: int = 1024,
        max_spans: int | None = None,
        max_age: float | None = None,
        policy: SpanPolicy | None = None,
    ) -> None:
        if max_spans is not None:
            require_positive("max_spans", max_spans)
        if max_age is not None:
            require_positive("max_age", max_age)
        super().__init__(
            _Database(path, Retention(max_spans, max_age)),
            "sqlite",
            flush_interval=flush_interval,
            max_pending_spans=max_pending_spans,
            max_batch_spans=max_batch_spans,
            policy=policy,
        )


def sqlite_tracer_from_env() -> SqliteTracer:
    """Build a SqliteTracer from `STARIO_TRACERS_SQLITE*`. Raises StarioError for a bad value."""
    try:
        return SqliteTracer(
            read_path("STARIO_TRACERS_SQLITE", Path("stario-traces.sqlite3")),
            flush_interval=read_float("STARIO_TRACERS_SQLITE_FLUSH_INTERVAL", 0.25),
            max_pending_spans=read_int("STARIO_TRACERS_SQLITE_MAX_PENDING_SPANS", 65536),
            max_batch_spans=read_int("STARIO_TRACERS_SQLITE_MAX_BATCH_SPANS", 1024),
            max_spans=read_int("STARIO_TRACERS_SQLITE_MAX_SPANS", None),
            max_age=read_float("STARIO_TRACERS_SQLITE_MAX_AGE", None),
            policy=span_policy_from_env(),
        )
    except ValueError as error:
        raise bad_setting(error, "STARIO_TRACERS_SQLITE_*") from error


class _Database:
    """The file. Opened where the tracer is entered, then used by the writer thread alone."""

    retries = True

    def __init__(self, path: str | Path, retention: Retention) -> None:
        self.formatter = JsonFormatter()
        self._path = path
        self._retention = retention
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        try:
            self._connection = _connected(self._path)
        except (sqlite3.Error, OSError, ValueError) as error:
            raise unusable(self._path, error) from error
        self._retention.begin()

    def encode(self, span: RecordingSpan) -> _Rows:
        own, trace = span.id_number.to_bytes(16), span.trace_number.to_bytes(16)
        parent = span.parent_number
        start, end = span.start_ns or 0, span.end_ns or 0
        return (
            (
                own,
                trace,
                None if parent is None else parent.to_bytes(16),
                _text(span.name),
                start,
                end,
                end - start,
                "ok" if span.error is None else "error",
                None if span.error is None else _text(span.error),
                self.formatter.text(span.attributes) if span.attributes else None,
            ),
            self._event_rows(own, trace, span.events) if span.events else (),
            self._link_rows(own, trace, span.links) if span.links else (),
        )

    def _event_rows(self, own: bytes, trace: bytes, events: list[RecordedEvent]) -> list[Row]:
        return [
            (own, trace, e.time_ns, _text(e.name), self._attrs(e.attributes), _body(e.body))
            for e in events
        ]

    def _link_rows(self, own: bytes, trace: bytes, links: list[RecordedLink]) -> list[Row]:
        return [
            (own, trace, link.span_id.bytes, _text(link.name), self._attrs(link.attributes))
            for link in links
        ]

    def write(self, batch: list[_Rows]) -> int:
        connection = self._connection or self._reconnect()
        try:
            refused = _insert(connection, batch)
            self._retention.added(connection)
        except sqlite3.Error as error:
            if not _is_locked(error):
                self._disconnect()
            raise
        return refused

    def close(self) -> None:
        if self._connection is not None:
            try:
                self._retention.finish(self._connection)
            finally:
                self._disconnect()

    def _attrs(self, attributes: dict[str, Any] | None) -> str | None:
        return self.formatter.text(attributes) if attributes else None

    def _reconnect(self) -> sqlite3.Connection:
        # The file may have been moved, or its disk emptied: a new connection finds what is there.
        self._connection = connection = _connected(self._path)
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _insert(connection: sqlite3.Connection, batch: list[_Rows]) -> int:
    """Write the batch in one transaction, and return how many spans SQLite cannot take."""
    try:
        _insert_all(connection, batch)
    except sqlite3.OperationalError:
        raise
    except (sqlite3.Error, OverflowError, ValueError, TypeError):
        return sum(not _insert_one(connection, rows) for rows in batch)
    return 0


def _insert_one(connection: sqlite3.Connection, rows: _Rows) -> bool:
    try:
        _insert_all(connection, [rows])
    except sqlite3.OperationalError:
        raise
    except (sqlite3.Error, OverflowError, ValueError, TypeError):
        return False
    return True


def _insert_all(connection: sqlite3.Connection, batch: list[_Rows]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        _SPANS.run(connection, [rows[0] for rows in batch])
        _EVENTS.run(connection, [row for rows in batch for row in rows[1]])
        _LINKS.run(connection, [row for rows in batch for row in rows[2]])
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _connected(path: str | Path) -> sqlite3.Connection:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL keeps the file sound through a power cut; only the last commits can go.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("BEGIN IMMEDIATE")
    for table in _TABLES:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
    for index in _INDEXES:
        connection.execute(f"CREATE INDEX IF NOT EXISTS {index}")
    connection.execute("COMMIT")
    _require_columns(connection)


def _require_columns(connection: sqlite3.Connection) -> None:
    """Fail now, not at the first span, when the tables are somebody else's."""
    for insert in (_SPANS, _EVENTS, _LINKS):
        insert.check(connection)


def _is_locked(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _text(value: object) -> str:
    return clean(value if type(value) is str else str(value))


def _body(body: str | None) -> str | None:
    return None if body is None else clean(body)


def unusable(path: str | Path, error: Exception) -> TraceFileError:
    return TraceFileError(
        f"The trace file {str(path)!r} cannot be opened: {error}",
        context={"path": str(path)},
        help_text="Name a file in a writable directory, or a SQLite file that a tracer made.",
    )
