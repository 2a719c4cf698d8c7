"""Spans in a SQLite file: one row per span, event and link, in write-ahead mode.

A batch is one transaction, so a killed process loses at most what was not yet flushed and leaves a
sound file. A write that fails for the file's sake (locked, full, read-only) is offered again; a row
that SQLite can never take is given up alone.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep

from stario.env import bad_setting, read_float, read_int, read_path
from stario.exceptions import StarioError
from stario.telemetry.buffered import BufferedTracer, require_positive
from stario.telemetry.formatters import JsonFormatter, clean
from stario.telemetry.inserts import Row
from stario.telemetry.open_spans import OpenSpans, remove
from stario.telemetry.places import Place
from stario.telemetry.policy import SpanPolicy, span_policy_from_env
from stario.telemetry.retention import Retention
from stario.telemetry.schema import EVENTS, LINKS, SPANS, connected, in_transaction
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.telemetry.write_ahead import WriteAhead

__all__ = ["SqliteTracer", "TraceFileError", "sqlite_tracer_from_env"]

# Workers start together, and only one of them can make the file.
_OPEN_SECONDS = 5.0
_OPEN_PAUSE = 0.02

# A span's row, those of its events, those of its links.
type _Rows = tuple[Row, Sequence[Row], Sequence[Row]]


class TraceFileError(StarioError, sqlite3.OperationalError):
    """The file cannot be opened as a trace database. It is a sqlite3.Error too."""


class SqliteTracer(BufferedTracer[_Rows]):
    """Writes every finished span into a SQLite file.

    `flush_interval` is in seconds; `max_pending_spans` bounds the queue. `max_spans` keeps about
    that many of the newest spans, `max_age` (seconds) those that ended no longer ago, `max_bytes`
    as many as the file has room for; its write-ahead file comes on top. A span that is open for
    longer than one flush interval has a row in `open_spans` until it ends. Entering raises
    TraceFileError when the file cannot be opened; the constructor raises ValueError for a number
    that is not positive or an empty path, and TypeError for what is no path.
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
        max_bytes: int | None = None,
        policy: SpanPolicy | None = None,
    ) -> None:
        _require_path(path)
        limits = {"max_spans": max_spans, "max_age": max_age, "max_bytes": max_bytes}
        for name, limit in limits.items():
            if limit is not None:
                require_positive(name, limit)
        require_positive("flush_interval", flush_interval)
        require_positive("max_pending_spans", max_pending_spans)
        self._open_spans = OpenSpans(min(flush_interval, 86_400.0), max_pending_spans)
        self._note = self._open_spans.created.append
        self._database = _Database(
            path,
            Retention(max_spans, max_age, max_bytes),
            self._open_spans,
            WriteAhead(path, max_bytes),
        )
        super().__init__(
            self._database,
            "sqlite",
            flush_interval=flush_interval,
            max_pending_spans=max_pending_spans,
            max_batch_spans=max_batch_spans,
            policy=policy,
        )

    def on_create(self, span: RecordingSpan) -> None:
        """Note a span, which gets a row if it stays open."""
        self._note(span)
        if self._idle:
            self._idle = False
            self._arrived.set()

    def _idle_seconds(self) -> float | None:
        self._open_spans.gather()
        return self._database.idle_seconds(self._flush_interval)

    def _after_writing(self) -> None:
        if self._unwritten or not (self._open_spans.gather() or self._database.is_due()):
            return
        try:
            if self._database.after_writing(all_ended_are_written=not self._pending):
                self._losses.writer_works()
        except Exception as error:
            self._losses.writer_failed(error, "trying again")


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
            max_bytes=read_int("STARIO_TRACERS_SQLITE_MAX_BYTES", None),
            policy=span_policy_from_env(),
        )
    except ValueError as error:
        raise bad_setting(error, "STARIO_TRACERS_SQLITE_*") from error


class _Database:
    """The file. Opened where the tracer is entered, then used by the writer thread alone."""

    retries = True

    def __init__(
        self,
        path: str | Path,
        retention: Retention,
        open_spans: OpenSpans,
        write_ahead: WriteAhead,
    ) -> None:
        self.formatter = JsonFormatter()
        self.open_spans = open_spans
        self._path = path
        self._retention = retention
        self._write_ahead = write_ahead
        self._connection: sqlite3.Connection | None = None
        self._place = Place(path)
        self._failed_before = False

    def open(self) -> None:
        try:
            self._connection = connection = _connected_when_free(self._path)
            self._place.opened()
            self.open_spans.begin(connection)
        except (sqlite3.Error, OSError, ValueError) as error:
            self._disconnect()
            raise unusable(self._path, error) from error
        self._failed_before = False
        self._retention.begin()

    def encode(self, span: RecordingSpan) -> _Rows:
        number, parent, error = span.id_number, span.parent_number, span.error
        own = number.to_bytes(16)
        trace = own if span.trace_number == number else span.trace_number.to_bytes(16)
        start, end = span.start_ns or 0, span.end_ns or 0
        attributes, events, links = span.attributes, span.events, span.links
        return (
            (
                own,
                trace,
                None if parent is None else parent.to_bytes(16),
                _text(span.name),
                start,
                end,
                end - start,
                "ok" if error is None else "error",
                None if error is None else _text(error),
                self.formatter.text(attributes) if attributes else None,
            ),
            self._event_rows(own, trace, events) if events else (),
            self._link_rows(own, trace, links) if links else (),
        )

    def _event_rows(self, own: bytes, trace: bytes, events: list[RecordedEvent]) -> list[Row]:
        text = self.formatter.text
        return [
            (
                own,
                trace,
                event.time_ns,
                _text(event.name),
                text(event.attributes) if event.attributes else None,
                None if event.body is None else clean(event.body),
            )
            for event in events
        ]

    def _link_rows(self, own: bytes, trace: bytes, links: list[RecordedLink]) -> list[Row]:
        text = self.formatter.text
        return [
            (
                own,
                trace,
                link.span_id.bytes,
                _text(link.name),
                text(link.attributes) if link.attributes else None,
            )
            for link in links
        ]

    def write(self, batch: list[_Rows]) -> int:
        try:
            connection = self._current()
            self._write_ahead.before_batch(connection)
            if self._failed_before:
                batch = _without_known(connection, batch)
            closed = self.open_spans.among(batch)
            refused = _insert(connection, batch, closed)
        except Exception as error:
            self._failed(error)
            raise
        self._failed_before = False
        self.open_spans.finished(closed)
        self._retention.added(len(batch))
        return refused

    def after_writing(self, *, all_ended_are_written: bool) -> bool:
        """Bring the rows of open spans up to date, and prune; say whether anything was written."""
        try:
            connection = self._current()
            written = self.open_spans.update(
                connection, all_ended_are_written=all_ended_are_written
            )
            self._retention.prune(connection)
        except Exception as error:
            self._failed(error)
            raise
        return written

    def is_due(self) -> bool:
        return self._retention.is_due()

    def idle_seconds(self, flush_interval: float) -> float | None:
        waits = (self.open_spans.idle_seconds(flush_interval), self._retention.idle_seconds())
        return min((seconds for seconds in waits if seconds is not None), default=None)

    def close(self) -> None:
        if self._connection is not None:
            try:
                self.open_spans.finish(self._connection)
                self._retention.finish(self._connection)
            finally:
                self._disconnect()

    def _current(self) -> sqlite3.Connection:
        """Return the connection, a new one if the file is gone, or another stands in its place.

        SQLite itself would go on writing to the removed one, which nobody can read.
        """
        if self._connection is not None and self._place.is_lost():
            lost, self._connection = self._connection, None
            self._place.leave(lost)
        if self._connection is not None:
            return self._connection
        self._connection = connection = connected(self._path)
        self._place.opened()
        self.open_spans.reconnected(connection)
        return connection

    def _failed(self, error: Exception) -> None:
        self._failed_before = True
        if not isinstance(error, sqlite3.Error) or not _is_locked(error):
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _require_path(path: object) -> None:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or a Path, not {path!r}.")
    if path == "":  # SQLite would write to a file that nobody can open
        raise ValueError("path must name a file, not be empty.")


def _connected_when_free(path: str | Path) -> sqlite3.Connection:
    """Open the file; where others are making or locking it just now, wait a while."""
    deadline = monotonic() + _OPEN_SECONDS
    while True:
        try:
            return connected(path)
        except sqlite3.Error as error:
            if not _is_locked(error) or monotonic() > deadline:
                raise
        sleep(_OPEN_PAUSE)


def _insert(connection: sqlite3.Connection, batch: list[_Rows], closed: list[Row]) -> int:
    """Write the batch in one transaction, and return how many spans SQLite cannot take.

    `closed` are the keys of open spans that the batch brings to their end.
    """
    try:
        in_transaction(connection, _insert_all, batch, closed)
    except Exception as error:
        if _is_of_the_file(error):
            raise
        return _insert_one_by_one(connection, batch, closed)
    return 0


def _insert_one_by_one(
    connection: sqlite3.Connection, batch: list[_Rows], closed: list[Row]
) -> int:
    refused = 0
    for rows in batch:
        try:
            in_transaction(connection, _insert_all, [rows], closed)
        except Exception as error:
            if _is_of_the_file(error):
                raise
            refused += 1
    return refused


def _insert_all(connection: sqlite3.Connection, batch: list[_Rows], closed: list[Row]) -> None:
    SPANS.run(connection, [rows[0] for rows in batch])
    EVENTS.run(connection, [row for rows in batch for row in rows[1]])
    LINKS.run(connection, [row for rows in batch for row in rows[2]])
    remove(connection, closed)


def _without_known(connection: sqlite3.Connection, batch: list[_Rows]) -> list[_Rows]:
    """Leave out what is in the file already: the answer to its commit was lost."""
    known = "SELECT 1 FROM spans WHERE span_id = ?"
    return [rows for rows in batch if not connection.execute(known, rows[0][:1]).fetchone()]


def _is_of_the_file(error: Exception) -> bool:
    """Say whether a write failed for the file's sake, and not for what a row holds."""
    if type(error) is sqlite3.DatabaseError:  # it is corrupt, or no database any longer
        return True
    return isinstance(error, sqlite3.OperationalError | sqlite3.InternalError | MemoryError)


def _is_locked(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _text(value: object) -> str:
    if type(value) is not str:
        value = str(value)
    return value if value.isascii() else clean(value)


def unusable(path: str | Path, error: Exception) -> TraceFileError:
    return TraceFileError(
        f"The trace file {str(path)!r} cannot be opened: {error}",
        context={"path": str(path)},
        help_text="Name a file in a writable directory, or a SQLite file that a tracer made.",
    )
