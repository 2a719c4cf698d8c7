"""What can be set from outside: environment variables, read once when the app starts.

Each has a default that works on a laptop. A wrong one ends the start with a sentence.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from stario.env import bad_setting, read_float, read_int, read_path


@dataclass(frozen=True)
class Config:
    """The settings. Raises ValueError for a number outside its range."""

    database: Path = Path("chat.sqlite3")
    """CHAT_DATABASE: the SQLite file; its folder exists."""
    history: int = 200
    """CHAT_HISTORY: messages that a room keeps and shows, 1 to 1,000; one more drops the oldest."""
    max_rooms: int = 100
    """CHAT_MAX_ROOMS: 1 to 10,000."""
    leave_after: float = 3.0
    """CHAT_LEAVE_AFTER: seconds that a person without an open page still counts as here, so that a
    reload is no leave; 0 to 60."""
    typing_for: float = 5.0
    """CHAT_TYPING_FOR: seconds that a person counts as typing after a key; 0.05 to 60."""

    def __post_init__(self) -> None:
        require("CHAT_HISTORY", self.history, 1, 1_000)
        require("CHAT_MAX_ROOMS", self.max_rooms, 1, 10_000)
        require("CHAT_LEAVE_AFTER", self.leave_after, 0, 60)
        require("CHAT_TYPING_FOR", self.typing_for, 0.05, 60)

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment. Raises StarioError that names a bad variable and what it takes."""
        default = cls()
        try:
            return cls(
                database=read_path("CHAT_DATABASE", default.database),
                history=read_int("CHAT_HISTORY", default.history),
                max_rooms=read_int("CHAT_MAX_ROOMS", default.max_rooms),
                leave_after=read_float("CHAT_LEAVE_AFTER", default.leave_after),
                typing_for=read_float("CHAT_TYPING_FOR", default.typing_for),
            )
        except ValueError as error:
            raise bad_setting(error) from None


def require(name: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"{name} is {value}, but takes {lowest} to {highest}.")
