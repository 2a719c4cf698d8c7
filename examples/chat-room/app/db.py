"""SQLite on a thread of its own.

The policy: one connection, which only that thread touches. Statements run one after the other in
the order in which they were asked for, and the event loop waits for none of them. So no handler
blocks the others, no statement waits for another's lock, and a write is always a transaction. The
way to the thread and back is a tenth of a millisecond; to keep a message takes half of one.

A feature's `data.py` has plain functions that take a connection first:

    messages = await db.read(last_messages, room_id)
    await db.write(add_message, room_id, author_id, text)
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Concatenate

from stario.exceptions import StarioError

type Query[**P, T] = Callable[Concatenate[sqlite3.Connection, P], T]

# Seconds to wait while another program, such as a backup, holds the file.
_PATIENCE = 5.0


class Database:
    """Runs queries; `open_database` makes one."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def read[**P, T](self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a query finds."""
        return await self._run(lambda: query(self._connection, *args, **kwargs))

    async def write[**P, T](self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query in a transaction: if it raises, nothing of what it changed is kept."""
        return await self._run(
            lambda: in_transaction(
                self._connection, lambda: query(self._connection, *args, **kwargs)
            )
        )

    async def _run[T](self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


@asynccontextmanager
async def open_database(path: Path, migrations: Sequence[str]) -> AsyncGenerator[Database]:
    """Open a file, bring it up to date, and close it when the block ends.

    `migrations` are SQL scripts. The file knows how many of them it has had; so add new ones at the
    end, and leave the others as they are. Raises StarioError for a file that cannot be opened, or
    that has had more than there are.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite") as thread:
        connection = await loop.run_in_executor(thread, connected, path, migrations)
        try:
            yield Database(connection, thread)
        finally:
            await loop.run_in_executor(thread, connection.close)


def connected(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """Open a connection for the thread that calls this."""
    try:
        # Without an isolation level Python begins no transactions behind our back.
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    except sqlite3.Error as error:
        raise cannot_open(path, error) from error
    try:
        # A write-ahead log lets others read the file meanwhile. With it, NORMAL can lose the last
        # writes when the machine crashes, not when the app does, and never breaks the file.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path, migrations)
    except sqlite3.Error as error:
        connection.close()
        raise cannot_open(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    (had,) = connection.execute("PRAGMA user_version").fetchone()
    if had > len(migrations):
        raise from_the_future(path, had, len(migrations))
    for number, script in enumerate(migrations[had:], had + 1):
        in_transaction(connection, lambda: run_script(connection, script, number))  # noqa: B023


def run_script(connection: sqlite3.Connection, script: str, number: int) -> None:
    for statement in script.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {number}")


def in_transaction[T](connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors have ended it already
            connection.execute("ROLLBACK")
        raise
    return result


def cannot_open(path: Path, error: sqlite3.Error) -> StarioError:
    return StarioError(
        f"The database {str(path)!r} cannot be opened: {error}.",
        help_text="Set CHAT_DATABASE to an SQLite file in a folder that exists and can be written.",
    )


def from_the_future(path: Path, had: int, known: int) -> StarioError:
    return StarioError(
        f"The database {str(path)!r} has had {had} migrations, and this app knows {known}.",
        help_text="It was used by a newer version of the app. Run that one, or restore a backup.",
    )
