"""What is measured."""

from dataclasses import dataclass

KEPT = 90
"""Samples that are kept and shown."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The process at one moment, and since the sample before."""

    number: int
    """Counts up from 1."""
    orders: int
    """A minute; made up, where a shop would count its own."""
    viewers: int
    """Open streams."""
    delivered: float
    """Events a second, over all streams."""
    cpu: float
    """Percent of one core."""
    lag: float
    """Milliseconds that the event loop was late."""
    memory: float | None
    """Resident megabytes; None where the system does not tell."""
