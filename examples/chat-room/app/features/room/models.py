"""What a room is made of: what was said is kept, who is there now is not."""

from dataclasses import dataclass

from app.features.people.models import Person


@dataclass(frozen=True, slots=True)
class Room:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    author: Person
    text: str
    sent_at: float  # Unix seconds


@dataclass(frozen=True, slots=True)
class Company:
    """Who is in a room now, and what they do."""

    here: tuple[Person, ...]
    typing: tuple[Person, ...]
    came: tuple[Person, ...]
    left: tuple[Person, ...]
