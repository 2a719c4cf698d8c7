"""How busy the application is: the line at the bottom of the view, while not all is shown whole."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from stario.telemetry.tty.durations import duration_text
from stario.telemetry.tty.forest import Tree
from stario.telemetry.tty.outcome import is_bad

_SECONDS = 1.0
# How long the line stays after the last time that something was left out.
_LINGER_SECONDS = 2.0
_BLOCKED = "loop.blocked"


class Pulse:
    """Counts finished roots; rates and percentiles are those of the last second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._recent: deque[tuple[float, list[int]]] = deque()
        self._until = 0.0
        self._errors = 0
        self._blocked = 0

    def beat(self, finished: list[Tree], *, all_shown: bool) -> None:
        """Take what ended since the last repaint; say whether the screen has room for all."""
        now = self._clock()
        if finished:
            self._recent.append((now, [tree.span.duration_ns or 0 for tree in finished]))
        while self._recent and self._recent[0][0] <= now - _SECONDS:
            self._recent.popleft()
        self._errors += sum(is_bad(tree.span) for tree in finished)
        self._blocked += sum(tree.span.name == _BLOCKED for tree in finished)
        if not all_shown:
            self._until = now + _LINGER_SECONDS

    @property
    def is_shown(self) -> bool:
        return self._clock() < self._until

    def text(self, open_roots: int, missed: int, width: int) -> str:
        """Return the line, such as `2,014/s  p50 1.2 ms  p99 8.0 ms  300 open  3 errors`.

        Where it is wider than `width` it has no percentiles, so that the errors are seen.
        """
        durations = sorted(ns for _, beat in self._recent for ns in beat)
        rate = f"{len(durations) / _SECONDS:,.0f}/s"
        percentiles = [
            f"p{percent} {duration_text(durations[len(durations) * percent // 100])}"
            for percent in (50, 99)
            if durations
        ]
        errors = "error" if self._errors == 1 else "errors"
        counts = (self._errors, errors), (self._blocked, "× loop blocked"), (missed, "not shown")
        rest = [f"{open_roots:,} open", *(f"{count:,} {what}" for count, what in counts if count)]
        whole = "  ".join([rate, *percentiles, *rest])
        return whole if len(whole) <= width else "  ".join([rate, *rest])
