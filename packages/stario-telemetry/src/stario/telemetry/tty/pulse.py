"""How busy the application is: the line at the bottom of the view, while not all is shown whole."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from stario.telemetry.tty.durations import duration_text
from stario.telemetry.tty.forest import Tree
from stario.telemetry.tty.renderer import is_bad

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

    def text(self, open_roots: int, missed: int) -> str:
        """Return the line, such as `2,014/s  p50 1.2 ms  p99 8.0 ms  300 open  3 errors`."""
        durations = sorted(ns for _, beat in self._recent for ns in beat)
        parts = [f"{len(durations) / _SECONDS:,.0f}/s"]
        if durations:
            parts.append(f"p50 {duration_text(durations[len(durations) // 2])}")
            parts.append(f"p99 {duration_text(durations[len(durations) * 99 // 100])}")
        parts.append(f"{open_roots:,} open")
        errors = "error" if self._errors == 1 else "errors"
        counts = (self._errors, errors), (self._blocked, "× loop blocked"), (missed, "not shown")
        return "  ".join([*parts, *(f"{count:,} {what}" for count, what in counts if count)])
