"""Which traces are kept: a share of them, those that a caller keeps, and those that fail.

The decision is the trace id's alone: processes with the same share agree on a trace, and those with
a larger share keep all that the others keep. A caller that sent its decision along is followed.

What a trace outside the sample records waits with it, bounded, until its local root ends. It is
written once one of its spans fails, and else forgotten, so that it costs no writing.
"""

from collections import deque
from typing import TYPE_CHECKING

from stario.propagation import SAMPLED
from stario.telemetry.spans import MutedSpan, TracedSpan, UnsampledSpan

if TYPE_CHECKING:
    from stario.telemetry.spans import RecordingSpan
    from stario.tracing import Tracer

_LOWER_HALF = (1 << 64) - 1
# Ids of one process count up: this spreads them evenly over 64 bits (Knuth, 6.4).
_SPREAD = 0x9E3779B97F4A7C15
# Spans that wait for the fate of their trace; of more, the latest are kept and the others counted.
WAITING_MAX = 1_000


class Sample:
    """A share of all traces, between 0 and 1."""

    def __init__(self, share: float, *, keeps_errors: bool) -> None:
        self._kind = UnsampledSpan if keeps_errors else MutedSpan
        self._below = int(share * (1 << 64))

    def takes(self, trace: int) -> bool:
        """Tell whether a trace belongs to the sample."""
        return (trace & _LOWER_HALF) * _SPREAD & _LOWER_HALF < self._below

    def left_out(self, root: int, flags: int = 0, state: str = "") -> "TraceContext":
        """Return what the spans of a trace outside the sample share."""
        return TraceContext(self._kind, root, flags & ~SAMPLED, state)


class TraceContext:
    """What the spans of one trace share where it is not simply a sampled one of our own.

    `kind` is the class of those spans, `flags` and `state` are what goes into `traceparent` and
    `tracestate`, and `root` is the id of the first span of the trace in this process.
    """

    __slots__ = ("_dropped", "_is_kept", "_waiting", "flags", "kind", "root", "state")

    def __init__(self, kind: type[TracedSpan], root: int, flags: int, state: str = "") -> None:
        self.kind = kind
        self.root = root
        self.flags = flags
        self.state = state
        self._is_kept = kind is TracedSpan
        self._dropped = 0
        self._waiting: deque[RecordingSpan] | None = None

    def keep(self, tracer: "Tracer") -> None:
        """Write the trace: what waits now, and the others when they end."""
        self._is_kept = True
        waiting, self._waiting = self._waiting, None
        for span in waiting or ():
            tracer.on_end(span)

    def take(self, span: "RecordingSpan") -> None:
        """Take a span that ended."""
        if self._is_kept:
            if span.id_number == self.root and self._dropped:
                span.attributes["spans.dropped"] = self._dropped
            span.tracer.on_end(span)
        elif span.id_number == self.root:
            self._waiting = None
            self.root = 0  # what ends later has nothing to wait for
        elif self.root:
            self._wait(span)

    def _wait(self, span: "RecordingSpan") -> None:
        if self._waiting is None:
            self._waiting = deque(maxlen=WAITING_MAX)
        if len(self._waiting) == WAITING_MAX:
            self._dropped += 1
        self._waiting.append(span)
