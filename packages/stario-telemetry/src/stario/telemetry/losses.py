"""What a tracer lost: counted for `stats()`, said on stderr in lines that start with `[stario] `.

Losses come in thousands and errors come again, so drops are summed up at most once a second and an
error is said once per outage.
"""

import sys
from threading import Lock
from time import monotonic, time_ns

from stario.telemetry.failures import message_of
from stario.tracing import TelemetryStats

_REPORT_SECONDS = 1.0


class Losses:
    """The counters of one tracer. Every method may be called from any thread."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._lock = Lock()
        self._dropped = 0
        self._reported = 0
        self._report_after = 0.0
        self._said_late = False
        self._refused = 0
        self._writer_errors = 0
        self._last_error: str | None = None
        self._last_error_at_ns: int | None = None
        self._in_outage = False

    def drop(self, spans: int) -> None:
        """Count spans that will not be written."""
        with self._lock:
            self._dropped += spans

    def drop_late(self) -> None:
        """Count a span that ended after its tracer; no writer is left to report it."""
        with self._lock:
            self._dropped += 1
            first, self._said_late = not self._said_late, True
        if first:
            self._say("a span ended after the tracer and is dropped; later ones are only counted")

    def refuse(self, spans: int) -> None:
        """Count spans that the sink can never take, for what they hold."""
        with self._lock:
            self._refused += spans
            self._dropped += spans

    def writer_failed(self, error: Exception, outcome: str) -> None:
        """Count a failed write and say so, unless the one before it failed too."""
        with self._lock:
            self._writer_errors += 1
            self._last_error = f"{type(error).__name__}: {message_of(error)}"
            self._last_error_at_ns = time_ns()
            first, self._in_outage = not self._in_outage, True
        if first:
            self._say(f"cannot write, {outcome}: {self._last_error}")

    def writer_works(self) -> None:
        """Say that an outage is over, if there was one."""
        if self._in_outage:
            self._in_outage = False
            self._say("writes again")

    def report(self, *, at_once: bool = False) -> None:
        """Say how many spans were dropped since the last time, at most once a second."""
        with self._lock:
            now, new = monotonic(), self._dropped - self._reported
            if new == 0 or (now < self._report_after and not at_once):
                return
            self._reported, self._report_after = self._dropped, now + _REPORT_SECONDS
        spans = "span" if new == 1 else "spans"
        self._say(f"dropped {new} {spans}, {self._reported} in all")

    def stats(self, serialization_errors: int) -> TelemetryStats:
        """Return the counters; `serialization_errors` are those of the sink's formatter."""
        with self._lock:
            return TelemetryStats(
                dropped_spans=self._dropped,
                serialization_error_count=self._refused + serialization_errors,
                writer_error_count=self._writer_errors,
                last_writer_error=self._last_error,
                last_writer_error_at_ns=self._last_error_at_ns,
            )

    def _say(self, text: str) -> None:
        line = "".join(c if c.isprintable() else " " for c in text)
        try:
            print(f"[stario] {self._label} tracer: {line}", file=sys.stderr, flush=True)
        except (OSError, ValueError, AttributeError):
            pass  # there is no stderr to complain to
