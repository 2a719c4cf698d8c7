"""One coarse clock per server: what is late, and what time a head carries.

There is no timer per request. Every tick looks at each connection once and renews the `date` line;
so a timeout comes up to one tick late, which is a quarter of the shortest one at most.
"""

import asyncio
from collections.abc import Callable
from email.utils import formatdate

from stario.http.sending.kept import KeptAnswers
from stario.http.wire import status_line

_LONGEST_TICK = 0.5  # the date line has seconds
_SHORTEST_TICK = 0.005
_MOST_CACHED_HEADS = 256


class Clock:
    """Ticks on the running loop until it is closed."""

    def __init__(
        self, shortest_timeout: float, idle_timeout: float, on_tick: Callable[[float], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._interval = max(_SHORTEST_TICK, min(_LONGEST_TICK, shortest_timeout / 4))
        self._idle_timeout = idle_timeout
        self._on_tick = on_tick
        self.now = self._loop.time()
        # When a connection that falls idle now is to be closed.
        self.idle_deadline = self.now + idle_timeout
        self._date = ""
        self._status_heads: dict[int, bytes] = {}
        # Heads of plain answers, up to the digits of their content-length, by content type.
        self.plain_heads: dict[bytes, bytes] = {}
        self.kept = KeptAnswers()
        self._renew_date()
        self._timer = self._loop.call_later(self._interval, self._tick)

    def close(self) -> None:
        """Stop ticking."""
        self._timer.cancel()

    def status_head(self, status: int) -> bytes:
        """Return the status line and the date line."""
        head = self._status_heads.get(status)
        if head is None:
            head = status_line(status) + b"date: " + self._date.encode("ascii") + b"\r\n"
            self._status_heads[status] = head
        return head

    def plain_head(self, content_type: bytes) -> bytes:
        """Return the head of a 200 up to the digits of its content-length, and keep it a while."""
        head = b"%bcontent-type: %b\r\ncontent-length: " % (self.status_head(200), content_type)
        if len(self.plain_heads) < _MOST_CACHED_HEADS:
            self.plain_heads[content_type] = head
        return head

    def _tick(self) -> None:
        self.now = self._loop.time()
        self.idle_deadline = self.now + self._idle_timeout
        self._timer = self._loop.call_later(self._interval, self._tick)
        self._renew_date()
        self._on_tick(self.now)

    def _renew_date(self) -> None:
        date = formatdate(usegmt=True)
        if date != self._date:
            self._date = date
            self._status_heads.clear()
            self.plain_heads.clear()
            self.kept.clear()
