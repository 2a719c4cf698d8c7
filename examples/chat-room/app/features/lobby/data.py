"""The list of rooms. The tables are those of the features room and people."""

from collections.abc import Collection, Mapping
from sqlite3 import Connection

from app.features.lobby.models import Listing
from app.features.people.data import find_people
from app.features.people.models import Person, default_name
from app.features.room.models import Message, Room

_ROOMS = """
SELECT rooms.id, rooms.name, messages.id, author_id, people.name, text, sent_at
FROM rooms
LEFT JOIN messages ON messages.id = (SELECT max(id) FROM messages WHERE room_id = rooms.id)
LEFT JOIN people ON people.id = author_id
ORDER BY messages.id DESC, rooms.name
"""


def list_rooms(connection: Connection, here: Mapping[str, Collection[str]]) -> list[Listing]:
    """Return all rooms, those first in which something was said last. `here` has the ids of who is
    in them.
    """
    people = find_people(connection, {one for ids in here.values() for one in ids})
    listings: list[Listing] = []
    for room_id, name, number, author_id, author_name, text, sent_at in connection.execute(_ROOMS):
        last = None
        if number is not None:
            author = Person(author_id, author_name or default_name(author_id))
            last = Message(number, author, text, sent_at)
        inside = tuple(people[one] for one in here.get(room_id, ()))
        listings.append(Listing(Room(room_id, name), inside, last))
    return listings
