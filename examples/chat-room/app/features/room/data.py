"""Rooms and what was said in them. A room keeps its newest messages."""

import secrets
import time
from sqlite3 import Connection, IntegrityError

from app.features.people.models import Person, default_name
from app.features.room.models import Message, Room

SCHEMA = """
CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL UNIQUE
) WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id TEXT NOT NULL REFERENCES rooms (id),
    author_id TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at REAL NOT NULL
);
CREATE INDEX messages_of_room ON messages (room_id, id);
INSERT INTO rooms VALUES ('welcome', 'Welcome', 'welcome')
"""


class NameTaken(Exception):
    """There is a room of this name."""


class TooManyRooms(Exception):
    """There are as many rooms as there may be."""


def create_room(connection: Connection, name: str, most: int) -> Room:
    """Add a room. Raises NameTaken, whatever the case of the letters, and TooManyRooms."""
    (count,) = connection.execute("SELECT count(*) FROM rooms").fetchone()
    if count >= most:
        raise TooManyRooms
    room = Room(secrets.token_hex(6), name)
    try:
        connection.execute("INSERT INTO rooms VALUES (?, ?, ?)", (room.id, name, name.casefold()))
    except IntegrityError:
        raise NameTaken from None
    return room


def find_room(connection: Connection, room_id: str) -> Room | None:
    row = connection.execute("SELECT id, name FROM rooms WHERE id = ?", (room_id,)).fetchone()
    return None if row is None else Room(*row)


def add_message(
    connection: Connection, room_id: str, author_id: str, text: str, history: int
) -> None:
    """Add a message to a room, and drop those before the newest `history` ones."""
    connection.execute(
        "INSERT INTO messages (room_id, author_id, text, sent_at) VALUES (?, ?, ?, ?)",
        (room_id, author_id, text, time.time()),
    )
    connection.execute(
        "DELETE FROM messages WHERE room_id = ? AND id <="
        " (SELECT id FROM messages WHERE room_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (room_id, room_id, history),
    )


def last_messages(connection: Connection, room_id: str, history: int) -> list[Message]:
    """Return the newest messages of a room, the newest last."""
    rows = connection.execute(
        "SELECT messages.id, author_id, name, text, sent_at FROM messages"
        " LEFT JOIN people ON people.id = author_id"
        " WHERE room_id = ? ORDER BY messages.id DESC LIMIT ?",
        (room_id, history),
    ).fetchall()
    return [
        Message(number, Person(author, name or default_name(author)), text, sent_at)
        for number, author, name, text, sent_at in reversed(rows)
    ]
