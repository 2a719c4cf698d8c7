"""The warnings that a reader is too slow: one for a subscription, and few for a crowd.

A relay logs the first of its subscriptions at once. Others that follow within seconds are counted,
and logged together in one line when these are over.
"""

import asyncio
import logging
from threading import RLock
from time import monotonic

_SECONDS = 10.0

_log = logging.getLogger("stario.relay")


class Drops:
    """Logs for one relay which subscriptions dropped a message, from any thread."""

    __slots__ = ("_last", "_lock", "_more", "_quiet_until")

    def __init__(self) -> None:
        self._lock = RLock()  # reentrant: a signal handler may publish while its thread is in here
        self._quiet_until = 0.0
        self._more = 0
        self._last = ""

    def report(self, subscription: object, loop: asyncio.AbstractEventLoop) -> None:
        """Log a subscription, or count it and have its loop log the count later."""
        with self._lock:
            now = monotonic()
            if now < self._quiet_until:
                self._more += 1
                self._last = repr(subscription)
                if self._more == 1:
                    self._wake(loop, self._quiet_until - now)
                return
            self._quiet_until = now + _SECONDS
        _log.warning(
            "%s dropped its oldest message: its reader is slower than its publishers. "
            "Use latest=True where only the newest state matters, or a larger maxsize and "
            "max_bytes.",
            repr(subscription),
        )
        self.report_more()  # those whose loop closed before it could

    def report_more(self) -> None:
        """Log those that were counted."""
        with self._lock:
            more, self._more = self._more, 0
            last = self._last
        if more:
            _log.warning(
                "%d more subscriptions dropped their oldest message, the last of them %s.",
                more,
                last,
            )

    def _wake(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        try:
            loop.call_soon_threadsafe(loop.call_later, seconds, self.report_more)
        except RuntimeError:  # closed; the next warning includes them
            pass
