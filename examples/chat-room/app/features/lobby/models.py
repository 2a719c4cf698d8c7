from dataclasses import dataclass

from app.features.people.models import Person
from app.features.room.models import Message, Room


@dataclass(frozen=True, slots=True)
class Listing:
    """A room as the lobby shows it."""

    room: Room
    here: tuple[Person, ...]
    last: Message | None
