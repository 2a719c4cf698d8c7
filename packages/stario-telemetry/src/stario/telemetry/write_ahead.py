"""The write-ahead file of a trace file, kept from growing for ever.

SQLite starts it anew when all of it is in the database and nobody reads it. Among writers that
never rest that moment does not come by itself, so it is made now and then. A reader that keeps its
transaction open cannot be made to end; where the file has a limit, writing waits for it.
"""

import os
import sqlite3
from pathlib import Path
from time import monotonic

from stario.telemetry import schema

_TOO_LONG_BYTES = 2 * schema.WAL_BYTES
_STUCK_BYTES = 4 * schema.WAL_BYTES
# Others cannot write meanwhile: it waits shortly for readers, and rests long.
_WAIT_MS = 50
_REST_SECONDS = 1.0
_REST_FACTOR = 20.0


class WriteAhead:
    """The write-ahead file beside `path`; `max_bytes` is what the database may take, if limited."""

    def __init__(self, path: str | Path, max_bytes: int | None) -> None:
        self._path = f"{path}-wal"
        self._max_bytes = max_bytes
        self._next_try = 0.0

    def before_batch(self, connection: sqlite3.Connection) -> None:
        """Cut the file back when it is too long. Raises sqlite3.OperationalError when it stays so
        and would let the whole grow beyond its limit."""
        if self._size() <= _TOO_LONG_BYTES:
            return
        if (started := monotonic()) >= self._next_try:
            _cut_back(connection)
            now = monotonic()
            self._next_try = now + max(_REST_SECONDS, _REST_FACTOR * (now - started))
        if self._max_bytes is not None and self._size() > self._max_bytes + _STUCK_BYTES:
            raise is_stuck(self._path)

    def _size(self) -> int:
        try:
            return os.stat(self._path).st_size  # noqa: PTH116 - once per batch
        except OSError:
            return 0


def _cut_back(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(schema.BUSY_SECONDS * 1000)}")


def is_stuck(path: str) -> sqlite3.OperationalError:
    return sqlite3.OperationalError(
        f"{path!r} cannot be used again: a reader keeps its transaction open"
    )
