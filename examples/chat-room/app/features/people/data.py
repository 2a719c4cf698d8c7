"""The names that people chose. Who chose none has one all the same, so only these are stored."""

import time
from collections.abc import Collection
from sqlite3 import Connection

from app.features.people.models import Person, default_name

SCHEMA = """
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    renamed_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX people_renamed ON people (renamed_at)
"""

# Anybody can be as many people as he likes. Who is forgotten has his first name again.
_MOST = 10_000


def find_people(connection: Connection, ids: Collection[str]) -> dict[str, Person]:
    """Return these people by their ids; there is no id without a person."""
    holes = ", ".join("?" * len(ids))
    rows = connection.execute(f"SELECT id, name FROM people WHERE id IN ({holes})", tuple(ids))
    chosen: dict[str, str] = dict(rows)
    return {one: Person(one, chosen.get(one) or default_name(one)) for one in ids}


def find_person(connection: Connection, person_id: str) -> Person:
    return find_people(connection, (person_id,))[person_id]


def rename(connection: Connection, person_id: str, name: str) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO people VALUES (?, ?, ?)", (person_id, name, time.time())
    )
    connection.execute(
        "DELETE FROM people WHERE renamed_at <"
        " (SELECT renamed_at FROM people ORDER BY renamed_at DESC LIMIT 1 OFFSET ?)",
        (_MOST - 1,),
    )
