"""The notes. They live in memory, so a restart begins with an empty board: a database goes here."""

from collections import deque
from dataclasses import dataclass

KEPT = 50  # notes; the oldest goes when another one comes


@dataclass(frozen=True, slots=True)
class Note:
    number: int
    text: str


class Board:
    """The newest notes, the last one first, and how many there ever were."""

    def __init__(self) -> None:
        self.notes: deque[Note] = deque(maxlen=KEPT)
        self.count = 0

    def pin(self, text: str) -> None:
        self.count += 1
        self.notes.appendleft(Note(self.count, text))
