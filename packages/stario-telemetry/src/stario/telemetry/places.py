"""A trace file that is removed, moved or replaced while it is open.

SQLite goes on with the file that it opened, wherever that is now, so nobody would find the spans.
Its write-ahead file stays behind under the old name, and must not be taken for that of the next.
"""

import contextlib
import os
import sqlite3
from pathlib import Path

_BESIDE = ("-wal", "-shm")

type Identity = tuple[int, int]


class Place:
    """A path, and the file that was opened there."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._file: Identity | None = None
        self._beside: list[Identity | None] = []

    def opened(self) -> None:
        """Remember what stands there now."""
        self._file = _identity(self._path)
        self._beside = [_identity(f"{self._path}{suffix}") for suffix in _BESIDE]

    def is_lost(self) -> bool:
        """Say whether something else stands there now, or nothing."""
        return _identity(self._path) != self._file

    def leave(self, connection: sqlite3.Connection) -> None:
        """Close the connection to a lost file, and let nothing of it stay under its name."""
        beside = [_identity(f"{self._path}{suffix}") for suffix in _BESIDE]
        are_ours = beside == self._beside and None not in beside
        try:
            if are_ours:
                # A file that was moved gets what its write-ahead file has.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error:
            pass  # it was replaced in place, or removed with its disk
        connection.close()
        for suffix, ours in zip(_BESIDE, self._beside, strict=True):
            # Another process may have made new ones meanwhile.
            if ours is not None and _identity(f"{self._path}{suffix}") == ours:
                _remove(f"{self._path}{suffix}")


def clear_for_new_file(path: str | Path) -> None:
    """Remove what a lost database left, where there is none."""
    if _identity(path) is None and str(path) != ":memory:":
        for suffix in _BESIDE:
            _remove(f"{path}{suffix}")


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        Path(path).unlink()


def _identity(path: str | Path) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - once per batch
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
