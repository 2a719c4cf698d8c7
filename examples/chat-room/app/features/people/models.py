"""A person: an id, and a name that anybody may change for himself."""

from dataclasses import dataclass
from functools import lru_cache

_MANNERS = """
Brave Bright Calm Clever Curious Daring Dreamy Eager Early Gentle Happy Honest
Jolly Kind Lively Lucky Mellow Merry Noble Patient Playful Quick Quiet Witty
"""
_ANIMALS = """
Badger Beaver Bison Crane Dolphin Falcon Ferret Finch Gecko Hare Heron Ibex
Jackdaw Koala Lemur Lynx Marten Newt Otter Panda Puffin Raven Robin Seal
"""


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str

    @property
    def hue(self) -> int:
        """The colour of this person, in degrees."""
        return int(self.id[-4:], 16) % 360

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[0].isalnum()] or [self.name]
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


@lru_cache(maxsize=1024)
def default_name(person_id: str) -> str:
    """Return the name of somebody who has chosen none; it is always the same."""
    number = int(person_id[:8], 16)
    manners, animals = _MANNERS.split(), _ANIMALS.split()
    manner, animal = divmod(number % (len(manners) * len(animals)), len(animals))
    return f"{manners[manner]} {animals[animal]}"
