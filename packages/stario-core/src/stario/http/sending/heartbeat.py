"""A heartbeat keeps an idle stream open: a few bytes where nothing was sent for a while.

The clock of the server asks at every tick whether one is due. A write costs nothing more for it,
since the count of what was sent tells that there was one. A client that has not taken what was sent
before gets no beat, or it would look alive to the write timeout.
"""

from math import inf

from stario.exceptions import StarioError
from stario.markup.errors import shown


class Heartbeat:
    """What is sent on one response, and when it is due."""

    __slots__ = ("_due", "_every", "_sent", "data")

    def __init__(self, data: bytes, every: float) -> None:
        self.data = data
        self._every = every
        self._sent = -1  # so that the time begins at the first tick
        self._due = inf

    def is_due(self, now: float, sent: int, unsent: int) -> bool:
        """Tell whether nothing was sent for `every` seconds, and nothing waits for the client."""
        if sent != self._sent or unsent:
            self.begin(now, sent)
            return False
        return now >= self._due

    def begin(self, now: float, sent: int) -> None:
        """Let the time begin anew."""
        self._sent = sent
        self._due = now + self._every


def checked_seconds(every: object) -> float:
    """Return the seconds between two beats, or raise StarioError."""
    if isinstance(every, (int, float)) and not isinstance(every, bool) and 0 < every < inf:
        return every
    raise not_an_interval(every)


def not_an_interval(every: object) -> StarioError:
    return StarioError(
        f"A heartbeat needs a number of seconds above 0, not {shown(every)}.",
        help_text="15 seconds keep a stream open through every usual proxy.",
        example="w.heartbeat(b': \\n\\n', every=15)",
    )


def nothing_to_send(data: object) -> StarioError:
    return StarioError(
        f"A heartbeat sends bytes that are not empty, not {shown(data)}.",
        help_text="Send what the reader of the stream skips: a comment, or an empty line.",
    )
