"""A trace file that is removed, moved or replaced while it is open.

SQLite goes on with the file that it opened, wherever that is now, so nobody would find the spans.
Its write-ahead file stays behind under the old name, and must not be taken for that of the next.
Several processes notice at once, so each clears away and makes anew in its turn.
"""

import contextlib
import os
import sqlite3
from collections.abc import Generator
from pathlib import Path
from time import monotonic, sleep

_BESIDE = ("-wal", "-shm")

# Making a file takes milliseconds. Whoever waits longer counts it as a failure, and tries again.
_TURN_SECONDS = 5.0
_TURN_PAUSE = 0.005

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
        # While it is open, no other file can have the numbers of its files.
        with contextlib.closing(connection), _in_turn(self._path):
            beside = [_identity(f"{self._path}{suffix}") for suffix in _BESIDE]
            if beside == self._beside and None not in beside:
                # A file that was moved gets what its write-ahead file has. It fails for one that
                # was replaced in place, or removed with its disk.
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            for suffix, ours, found in zip(_BESIDE, self._beside, beside, strict=True):
                if ours is not None and found == ours:
                    _remove(f"{self._path}{suffix}")


@contextlib.contextmanager
def cleared(path: str | Path) -> Generator[None]:
    """Let the block open or make the file; before a new one, remove what a lost one left.

    Raises TimeoutError when another process takes too long with that.
    """
    if str(path) == ":memory:" or _identity(path) is not None:
        yield
        return
    with _in_turn(path):
        if _identity(path) is None:
            for suffix in _BESIDE:
                _remove(f"{path}{suffix}")
        yield


@contextlib.contextmanager
def _in_turn(path: str | Path) -> Generator[None]:
    """Keep other processes from clearing or making the same file, by a lock on its folder."""
    folder = _lockable(Path(path).parent)
    if folder is None:
        yield
        return
    try:
        _lock(folder, path)
        yield
    finally:
        os.close(folder)


def _lockable(folder: Path) -> int | None:
    if os.name != "posix":  # where a file that is open cannot be removed
        return None
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:  # it is gone, or may be used and not listed
        return None


def _lock(folder: int, path: str | Path) -> None:
    import fcntl

    deadline = monotonic() + _TURN_SECONDS
    while True:
        try:
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                raise not_our_turn(path) from None
        except OSError:  # a file system without locks
            return None
        sleep(_TURN_PAUSE)


def not_our_turn(path: str | Path) -> TimeoutError:
    return TimeoutError(f"another process has been making {str(path)!r} for {_TURN_SECONDS:g} s")


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        Path(path).unlink()


def _identity(path: str | Path) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - once per batch
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
