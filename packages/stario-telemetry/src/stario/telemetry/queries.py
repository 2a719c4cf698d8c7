"""Questions to a trace file: one statement each, with named parameters, none of which reads a table
from end to end.

    connection = connect("stario-traces.sqlite3")
    connection.execute(PERCENTILES, window(3600) | {"names": REQUESTS})

Times are Unix nanoseconds. `:since_ns` and `:until_ns` are a window of ends, the first included and
the second not; `:names` is a GLOB pattern (case matters, `*` is everything); `:limit` counts rows.
A statement's columns have names, and `connect` lets rows be asked by them.
"""

import sqlite3
from pathlib import Path
from time import time_ns
from urllib.request import pathname2url

__all__ = [
    "ERRORS",
    "EVENTS",
    "LINKS",
    "NEWEST",
    "PERCENTILES",
    "QUERIES",
    "REQUESTS",
    "SLOWEST",
    "TRACE",
    "UNFINISHED",
    "Tail",
    "connect",
    "window",
]

# The spans of requests that found a route are named after it: `GET /users/{id}`.
REQUESTS = "[A-Z]* /*"
EVERYTHING = "*"

_IN_WINDOW = "end_ns >= :since_ns AND end_ns < :until_ns AND name GLOB :names"

# The newest spans, the newest first.
NEWEST = f"""
SELECT * FROM spans WHERE {_IN_WINDOW} ORDER BY end_ns DESC LIMIT :limit
"""

# One trace, for a waterfall: finished spans and unfinished ones, in order of their start.
TRACE = """
SELECT * FROM all_spans WHERE trace_id = :trace_id ORDER BY start_ns
"""

# What happened within one trace, and where it points.
EVENTS = """
SELECT * FROM span_events WHERE trace_id = :trace_id ORDER BY time_ns, id
"""
LINKS = """
SELECT * FROM span_links WHERE trace_id = :trace_id ORDER BY id
"""

# By name: how many, how many of them failed, and durations (nearest rank), most time in all first.
PERCENTILES = f"""
SELECT name, count(*) AS count, sum(failed) AS errors, avg(failed) AS error_rate,
  min(CASE WHEN part >= 0.50 THEN duration_ns END) AS p50_ns,
  min(CASE WHEN part >= 0.95 THEN duration_ns END) AS p95_ns,
  min(CASE WHEN part >= 0.99 THEN duration_ns END) AS p99_ns,
  max(duration_ns) AS max_ns
FROM (
  SELECT name, duration_ns, status = 'error' AS failed,
    cume_dist() OVER (PARTITION BY name ORDER BY duration_ns) AS part
  FROM spans WHERE {_IN_WINDOW}
)
GROUP BY name ORDER BY sum(duration_ns) DESC LIMIT :limit
"""

# Failures of the same name, type and message as one row, with the newest of them. The type is that
# of the span's last exception. The + keeps SQLite from an index of all exceptions there ever were.
ERRORS = f"""
SELECT name, type, message, count(*) AS count, min(end_ns) AS first_ns, max(end_ns) AS last_ns,
  span_id, trace_id
FROM (
  SELECT s.name, s.error AS message, s.end_ns, s.span_id, s.trace_id, (
    SELECT json_extract(e.attrs_json, '$."exc.type"') FROM span_events AS e
    WHERE e.trace_id = s.trace_id AND e.span_id = s.span_id AND +e.name = 'exception'
    ORDER BY e.id DESC LIMIT 1
  ) AS type
  FROM spans AS s WHERE s.status = 'error' AND {_IN_WINDOW}
)
GROUP BY name, type, message ORDER BY count DESC, last_ns DESC LIMIT :limit
"""

# The slowest, found in the index before their rows are read.
SLOWEST = f"""
SELECT s.* FROM (
  SELECT span_id FROM spans WHERE {_IN_WINDOW} ORDER BY duration_ns DESC LIMIT :limit
) AS slow JOIN spans AS s USING (span_id) ORDER BY s.duration_ns DESC
"""

# What is open now, and what was when its process died: `status` is open or lost. `duration_ns` is
# until now, or until its process was seen for the last time.
UNFINISHED = """
SELECT * FROM unfinished_spans ORDER BY start_ns LIMIT :limit
"""

QUERIES = {
    "newest": NEWEST,
    "trace": TRACE,
    "events": EVENTS,
    "links": LINKS,
    "percentiles": PERCENTILES,
    "errors": ERRORS,
    "slowest": SLOWEST,
    "unfinished": UNFINISHED,
}

_ENDED_SINCE = "SELECT end_ns, span_id FROM spans WHERE end_ns >= ? ORDER BY end_ns"
_ONE = "SELECT * FROM spans WHERE span_id = ?"
_AGES = 1e10  # seconds, before the clock began


def connect(path: str | Path) -> sqlite3.Connection:
    """Open a trace file for reading only, beside the processes that write it.

    Rows are `sqlite3.Row`. Raises sqlite3.OperationalError where there is no such file. End each
    read soon: while it lasts, the write-ahead file can only grow.
    """
    if not Path(path).is_file():
        raise no_trace_file(path)
    uri = f"file:{pathname2url(str(Path(path).absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def no_trace_file(path: str | Path) -> sqlite3.OperationalError:
    return sqlite3.OperationalError(f"there is no trace file {str(path)!r}")


def window(
    seconds: float, *, until_ns: int | None = None, names: str = EVERYTHING, limit: int = 100
) -> dict[str, int | str]:
    """Return the parameters for the last `seconds` before `until_ns`, which is now if None.

    `math.inf` is all that there is.
    """
    until = time_ns() if until_ns is None else until_ns
    return {
        "since_ns": max(until - int(min(seconds, _AGES) * 1e9), 0),
        "until_ns": until,
        "names": names,
        "limit": limit,
    }


class Tail:
    """The spans that arrive in a file, each once.

    Spans arrive a flush interval after their end, or later, and not in order where several
    processes write. So a read looks `late_seconds` back and leaves out what it gave before; what
    arrives later than that is not seen.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        since_ns: int | None = None,
        late_seconds: float = 5.0,
    ) -> None:
        self._connection = connection
        self._newest_ns = time_ns() if since_ns is None else since_ns
        self._since_ns = self._newest_ns
        self._late_ns = int(late_seconds * 1e9)
        self._given: dict[bytes, int] = {}

    def read(self, limit: int = 1_000) -> list[sqlite3.Row]:
        """Return up to `limit` spans that arrived since the last read, the oldest end first."""
        since = max(self._since_ns, self._newest_ns - self._late_ns)
        self._forget_before(since)
        fresh: list[tuple[int, bytes]] = []
        found = self._connection.execute(_ENDED_SINCE, (since,))
        for end_ns, span_id in found:
            if len(fresh) >= limit:
                break
            if span_id not in self._given:
                fresh.append((end_ns, span_id))
        found.close()
        return [row for end_ns, span_id in fresh if (row := self._take(end_ns, span_id))]

    def _take(self, end_ns: int, span_id: bytes) -> sqlite3.Row | None:
        self._given[span_id] = end_ns
        self._newest_ns = max(self._newest_ns, end_ns)
        return self._connection.execute(_ONE, (span_id,)).fetchone()

    def _forget_before(self, since: int) -> None:
        for span_id in [key for key, end_ns in self._given.items() if end_ns < since]:
            del self._given[span_id]
