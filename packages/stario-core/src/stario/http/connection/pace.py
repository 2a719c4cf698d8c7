"""The least speed of a request body: who sends a byte now and then holds a handler for ever.

Counted are bytes on the wire since the body began, framing included, against the seconds in which
they could have come: not those in which we read nothing, nor those in which the client waits for
our `100 Continue`.
"""

from stario.http.bodies.body import Body

# Seconds until the rate is looked at, for a connection that starts slowly. Kestrel has the same
# five seconds, and 240 bytes a second, the default of `RequestPolicy.min_body_rate`.
_GRACE = 5.0


class Pace:
    """How fast one body comes. Made when it does not come at once."""

    __slots__ = ("_bytes", "_halted_at", "_since", "body")

    def __init__(self, body: Body, now: float) -> None:
        self.body = body
        self._bytes = 0
        self._since = now
        self._halted_at: float | None = None

    def count(self, size: int) -> None:
        """Count bytes that came."""
        self._bytes += size

    def halt(self, now: float) -> None:
        """Stop the watch: nothing can come."""
        if self._halted_at is None:
            self._halted_at = now

    def go_on(self, now: float) -> None:
        """Let the watch run again."""
        if self._halted_at is not None:
            self._since += now - self._halted_at
            self._halted_at = None

    def is_below(self, rate: int, now: float) -> bool:
        """Tell whether less than `rate` bytes a second came, on average, after the grace."""
        return self._halted_at is None and self._bytes < rate * (now - self._since - _GRACE)
