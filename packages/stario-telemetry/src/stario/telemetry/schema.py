"""The tables, indexes and views of a trace file, and how a connection to it is made.

Whatever is missing is made, so a file of an older version gets what is new. `spans` is written once
per finished span; `open_spans` has a row for each span that has been open for a while, and belongs
to a row of `processes`; the view `all_spans` unites both.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate

from stario.telemetry.inserts import Insert
from stario.telemetry.places import cleared

# Seconds that one statement waits for another process's lock, before the batch is kept for later.
BUSY_SECONDS = 1.0
# A checkpoint cuts the write-ahead file back to this, whatever a long reader let it grow to.
WAL_BYTES = 16 * 1024 * 1024
# A process that shows open spans says so every few seconds; silent for so long, it is taken for
# dead. A reader on another machine has nothing else to go by.
SILENT_SECONDS = 20

TABLES = (
    """spans (span_id BLOB PRIMARY KEY, trace_id BLOB NOT NULL, parent_id BLOB,
  name TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL, status TEXT NOT NULL, error TEXT, attrs_json TEXT) WITHOUT ROWID""",
    """span_events (id INTEGER PRIMARY KEY, span_id BLOB NOT NULL, trace_id BLOB NOT NULL,
  time_ns INTEGER NOT NULL, name TEXT NOT NULL, attrs_json TEXT, body TEXT)""",
    """span_links (id INTEGER PRIMARY KEY, span_id BLOB NOT NULL, trace_id BLOB NOT NULL,
  target_span_id BLOB NOT NULL, name TEXT NOT NULL, attrs_json TEXT)""",
    """open_spans (span_id BLOB PRIMARY KEY, process_id BLOB NOT NULL, trace_id BLOB NOT NULL,
  parent_id BLOB, name TEXT NOT NULL, start_ns INTEGER NOT NULL, seen_ns INTEGER NOT NULL,
  error TEXT, attrs_json TEXT, events_json TEXT) WITHOUT ROWID""",
    """processes (id BLOB PRIMARY KEY, pid INTEGER NOT NULL, host TEXT NOT NULL,
  start_ns INTEGER NOT NULL, seen_ns INTEGER NOT NULL, end_ns INTEGER) WITHOUT ROWID""",
)

INDEXES = (
    "spans_trace_id_idx ON spans(trace_id)",
    "spans_error_end_ns_idx ON spans(end_ns) WHERE status = 'error'",
    "span_events_name_time_ns_idx ON span_events(name, time_ns)",
    "span_events_trace_id_idx ON span_events(trace_id)",
    "span_links_span_id_idx ON span_links(span_id)",
    "span_links_target_span_id_idx ON span_links(target_span_id)",
    "span_links_trace_id_idx ON span_links(trace_id)",
    # Newest, slowest and oldest spans and percentiles by name, from the index alone. Time-ordered,
    # so a span costs it half a microsecond.
    "spans_end_ns_idx ON spans(end_ns, name, duration_ns, status)",
    "open_spans_trace_id_idx ON open_spans(trace_id)",
    "open_spans_process_id_idx ON open_spans(process_id)",
)

_NOW_NS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000000"

_IS_OPEN = f"p.end_ns IS NULL AND p.seen_ns > {_NOW_NS} - {SILENT_SECONDS}000000000"

VIEWS = (
    f"""unfinished_spans AS
  SELECT o.span_id, o.trace_id, o.parent_id, o.name, o.start_ns,
    max(o.seen_ns, p.seen_ns, CASE WHEN {_IS_OPEN} THEN {_NOW_NS} ELSE 0 END) - o.start_ns
      AS duration_ns,
    CASE WHEN {_IS_OPEN} THEN 'open' ELSE 'lost' END AS status,
    o.error, o.attrs_json, o.events_json, p.pid, p.host, p.start_ns AS process_start_ns
  FROM open_spans AS o JOIN processes AS p ON p.id = o.process_id""",
    """all_spans AS
  SELECT span_id, trace_id, parent_id, name, start_ns, end_ns, duration_ns, status, error,
    attrs_json
  FROM spans
  UNION ALL
  SELECT span_id, trace_id, parent_id, name, start_ns, NULL, duration_ns, status, error,
    attrs_json
  FROM unfinished_spans""",
)

# A span that is offered twice stays as it is: the answer to its commit may have been lost.
SPANS = Insert("INSERT OR IGNORE INTO spans", 10)
EVENTS = Insert("INSERT INTO span_events (span_id, trace_id, time_ns, name, attrs_json, body)", 6)
LINKS = Insert("INSERT INTO span_links (span_id, trace_id, target_span_id, name, attrs_json)", 5)
OPEN_SPANS = Insert("INSERT OR REPLACE INTO open_spans", 10)
PROCESSES = Insert("INSERT OR REPLACE INTO processes", 6)


def connected(path: str | Path) -> sqlite3.Connection:
    """Open or make the file, with its directories. Raises sqlite3.Error, OSError, ValueError."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with cleared(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def in_transaction[**P](
    connection: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], None],
    *arguments: P.args,
    **options: P.kwargs,
) -> None:
    """Let `work` write in one transaction: all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        work(connection, *arguments, **options)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _prepare(connection: sqlite3.Connection) -> None:
    # Only a new file takes this. It lets deletions give pages back to the disk, a few at a time.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL keeps the file sound through a power cut; only the last commits can go.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    connection.execute("PRAGMA temp_store = MEMORY")
    in_transaction(connection, _make_what_is_missing)
    _require_columns(connection)


def _make_what_is_missing(connection: sqlite3.Connection) -> None:
    for table in TABLES:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
    for index in INDEXES:
        connection.execute(f"CREATE INDEX IF NOT EXISTS {index}")
    for view in VIEWS:
        connection.execute(f"CREATE VIEW IF NOT EXISTS {view}")


def _require_columns(connection: sqlite3.Connection) -> None:
    """Fail now, not at the first span, when the tables are somebody else's."""
    for insert in (SPANS, EVENTS, LINKS, OPEN_SPANS, PROCESSES):
        insert.check(connection)
