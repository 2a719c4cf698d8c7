"""What can be set from outside: environment variables, read once when the app starts."""

from dataclasses import dataclass
from typing import Self

from stario.env import bad_setting, read_float


@dataclass(frozen=True)
class Config:
    """The settings. Raises ValueError for a number outside its range."""

    interval: float = 1.0
    """DASHBOARD_INTERVAL: seconds between two samples, 0.02 to 60."""

    def __post_init__(self) -> None:
        if not 0.02 <= self.interval <= 60:
            raise ValueError(f"DASHBOARD_INTERVAL is {self.interval:g}, but takes 0.02 to 60.")

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment. Raises StarioError that names a bad variable and what it takes."""
        try:
            return cls(interval=read_float("DASHBOARD_INTERVAL", cls.interval))
        except ValueError as error:
            raise bad_setting(error) from None
