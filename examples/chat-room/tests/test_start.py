"""The start of the app: its settings, and the file that it finds."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from stario.exceptions import StarioError
from stario.http.bootstrap import Bootstrap
from stario.testing import TestClient


async def start(bootstrap: Bootstrap) -> None:
    async with TestClient(bootstrap) as client:
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("CHAT_HISTORY", "many", "a whole number"),
        ("CHAT_HISTORY", "0", "1 to 1000"),
        ("CHAT_HISTORY", "1001", "1 to 1000"),
        ("CHAT_MAX_ROOMS", "-1", "1 to 10000"),
        ("CHAT_LEAVE_AFTER", "-0.1", "0 to 60"),
        ("CHAT_LEAVE_AFTER", "nan", "a number"),
        ("CHAT_TYPING_FOR", "inf", "0.05 to 60"),
        ("CHAT_TYPING_FOR", "0", "0.05 to 60"),
        ("CHAT_DATABASE", "  ", "a path"),
    ],
)
async def test_a_wrong_setting_ends_the_start_with_its_name_and_what_it_takes(
    bootstrap: Bootstrap,
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    accepted: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StarioError, match=rf"(?s){name} is .* takes {accepted}"):
        await start(bootstrap)


async def test_a_start_makes_the_file_and_the_next_one_keeps_it(
    bootstrap: Bootstrap, database: Path
) -> None:
    await start(bootstrap)
    file = sqlite3.connect(database)
    assert file.execute("PRAGMA user_version").fetchone() == (2,)
    assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    file.execute("INSERT INTO rooms VALUES ('abc', 'Kept', 'kept')")
    file.commit()
    file.close()
    async with TestClient(bootstrap) as client:
        assert (await client.page("/rooms/abc")).text("h1") == "Kept"


async def test_a_file_of_a_newer_app_is_refused(bootstrap: Bootstrap, database: Path) -> None:
    file = sqlite3.connect(database)
    file.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(StarioError, match="has had 99 migrations, and this app knows 2"):
        await start(bootstrap)


def test_a_file_that_is_no_database_is_refused_and_left_alone(
    bootstrap: Bootstrap, database: Path
) -> None:
    diary = b"my diary, not a database" * 100
    database.write_bytes(diary)
    with pytest.raises(StarioError, match="cannot be opened: file is not a database"):
        asyncio.run(start(bootstrap))
    assert database.read_bytes() == diary


async def test_a_folder_that_is_not_there_is_named(
    bootstrap: Bootstrap, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_DATABASE", str(database.parent / "nowhere" / "chat.sqlite3"))
    with pytest.raises(StarioError, match=r"(?s)nowhere.*cannot be opened.*CHAT_DATABASE"):
        await start(bootstrap)


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    bootstrap: Bootstrap, database: Path
) -> None:
    """The first migration meets a table that is there already."""
    file = sqlite3.connect(database)
    file.execute("CREATE TABLE messages (mine TEXT)")
    file.close()
    with pytest.raises(StarioError, match="messages already exists"):
        await start(bootstrap)
    file = sqlite3.connect(database)
    tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert ("rooms",) not in tables
    assert ("people",) in tables
    assert file.execute("PRAGMA user_version").fetchone() == (1,)
    file.close()
