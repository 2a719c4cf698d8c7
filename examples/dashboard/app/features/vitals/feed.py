"""The last samples, and the one event that all viewers get of them.

An event keeps its bytes, and what they are compressed to: a sample is rendered, framed and
compressed once, whoever watches, and nobody keeps a copy.
"""

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager

from stario import Relay
from stario.datastar import Event, events

from app.features.vitals.models import KEPT, Sample
from app.features.vitals.views import board_view

SAMPLED = "vitals.sampled"  # the subject that every stream listens to


class Feed:
    """What the sampler adds to and the streams follow."""

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=KEPT)
        self.relay = Relay[Event]()
        self.viewers = 0
        self.newest = events.patch_elements(board_view(self.samples))

    def add(self, sample: Sample) -> None:
        """Keep a sample, and send it to everybody."""
        self.samples.append(sample)
        self.newest = events.patch_elements(board_view(self.samples))
        self.relay.publish(SAMPLED, self.newest)

    @contextmanager
    def viewed(self) -> Generator[None]:
        """Count a viewer as long as the block lasts."""
        self.viewers += 1
        try:
            yield
        finally:
            self.viewers -= 1
