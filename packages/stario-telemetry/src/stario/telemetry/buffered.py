"""Finished spans on their way to a sink: a bounded queue and one thread that empties it in batches.

The request's path appends to the queue and nothing else. The writer thread sleeps while nothing is
pending, then waits one flush interval (less when a batch is full) and writes all there is. What
does not fit is dropped and counted. A sink's errors are counted, said once, and never leave here.
"""

from collections import deque
from threading import Event, Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Protocol, Self

from stario.exceptions import StarioRuntime
from stario.telemetry.formatters import JsonFormatter
from stario.telemetry.losses import Losses
from stario.telemetry.policy import SpanPolicy
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import RecordingSpan
from stario.tracing import Span, TelemetryStats

# While a sink fails, attempts come at most this many seconds apart.
_LONGEST_PAUSE = 5.0
# Longer waits overflow the operating system's timers.
_LONGEST_WAIT = 86_400.0
# Leaving the tracer writes on while a batch is taken every so many seconds, and for so long in all.
# It gives up on the thread a little later: who hangs in the operating system is not interrupted.
_CLOSE_SECONDS = 3.0
_CLOSE_SECONDS_IN_ALL = 30.0
_HANG_SECONDS = 2.0
_CLOSE_PAUSE = 0.05


class Sink[R](Protocol):
    """Where batches go. Only `encode` is called from several threads."""

    formatter: JsonFormatter
    retries: bool  # a failed batch is offered again; False where a part of it may be out already

    def open(self) -> None: ...

    def encode(self, span: RecordingSpan) -> R: ...

    def write(self, batch: list[R]) -> int:
        """Write the whole batch and return how many of it can never be written."""
        ...

    def close(self) -> None: ...


class _Encoded[R]:
    """A span whose values could still change, encoded when it ended."""

    __slots__ = ("record",)

    def __init__(self, record: R | None) -> None:
        self.record = record


class BufferedTracer[R](RecordingTracer):
    """A tracer whose finished spans reach a sink from a thread of its own."""

    def __init__(
        self,
        sink: Sink[R],
        label: str,
        *,
        flush_interval: float,
        max_pending_spans: int,
        max_batch_spans: int,
        policy: SpanPolicy | None = None,
    ) -> None:
        require_positive("flush_interval", flush_interval)
        require_positive("max_pending_spans", max_pending_spans)
        require_positive("max_batch_spans", max_batch_spans)
        if max_batch_spans > max_pending_spans:
            raise batch_beyond_pending(max_batch_spans, max_pending_spans)
        if policy is not None:
            self.follow(policy)
        self._sink = sink
        self._label = label
        self._losses = Losses(label)
        self._flush_interval = min(flush_interval, _LONGEST_WAIT)
        self._max_pending = max_pending_spans
        self._max_batch = max_batch_spans
        self._full_at = max_batch_spans - 1
        self._pending: deque[RecordingSpan | _Encoded[R]] = deque()
        self._unwritten: list[R] = []
        self._room = 0  # how many spans may wait: 0 before and after, so `on_end` asks only once
        self._idle = False
        self._hurried = False
        self._arrived = Event()
        self._hurry = Event()
        self._closing = Event()
        self._deadline = self._last_deadline = 0.0
        self._pause = 0.0
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise StarioRuntime(f"This {type(self).__name__} is entered already.")
        self._sink.open()
        for event in (self._arrived, self._hurry, self._closing):
            event.clear()
        self._was_entered = True
        self._room = self._max_pending
        self._thread = Thread(target=self._run, name=f"stario-{self._label}-tracer", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if (thread := self._thread) is None:
            return
        self._room = 0
        self._last_deadline = monotonic() + _CLOSE_SECONDS_IN_ALL
        self._put_off_the_deadline()
        for event in (self._closing, self._hurry, self._arrived):
            event.set()
        while thread.is_alive() and (left := self._deadline + _HANG_SECONDS - monotonic()) > 0:
            thread.join(left)
        self._give_up_what_is_left()
        self._thread = None

    def on_end(self, span: Span) -> None:
        """Queue a finished span, or count it as dropped when there is no room."""
        if not isinstance(span, RecordingSpan):
            return
        pending = self._pending
        waiting = len(pending)
        if waiting >= self._room:
            self._drop()
            return
        pending.append(span if span.is_plain else _Encoded(self._encode(span)))
        # Append, then ask; the writer says that it is idle, then looks. So one of the two sees.
        if self._idle:
            self._idle = False
            self._arrived.set()
        if waiting >= self._full_at and not self._hurried:
            self._hurried = True
            self._hurry.set()

    def stats(self) -> TelemetryStats:
        """Return what was lost so far."""
        return self._losses.stats(self._sink.formatter.failures)

    def _encode(self, span: RecordingSpan) -> R | None:
        """Return the sink's record of a span, or None for one that cannot be told at all."""
        try:
            return self._sink.encode(span)
        except Exception:
            self._losses.refuse(1)
            return None

    def _drop(self) -> None:
        if self._thread is None:
            self._losses.drop_late()
        else:
            self._losses.drop(1)

    def _put_off_the_deadline(self) -> None:
        self._deadline = min(monotonic() + _CLOSE_SECONDS, self._last_deadline)

    def _give_up_what_is_left(self) -> None:
        # Of a batch that hangs nobody knows whether it is written.
        left = len(self._pending) + len(self._unwritten)
        self._pending.clear()
        self._unwritten = []
        self._losses.drop(left)
        self._losses.report(at_once=True)

    # From here on: the writer thread.

    def _run(self) -> None:
        while not self._is_done():
            self._wait()
            self._write_pending()
            self._after_writing()
            self._losses.report()
        try:
            self._sink.close()
        except Exception as error:
            self._losses.writer_failed(error, "while closing")

    def _is_done(self) -> bool:
        if not self._closing.is_set():
            return False
        nothing_left = not self._pending and not self._unwritten
        return nothing_left or monotonic() > self._deadline

    def _wait(self) -> None:
        if self._closing.is_set():
            self._wait_to_close()
        elif self._unwritten:
            self._closing.wait(self._pause)
        else:
            self._wait_for_first()
            self._hurry.wait(self._flush_interval)
            # Cleared before the queue is emptied: a batch that fills meanwhile is not overlooked.
            self._hurry.clear()
            self._hurried = False

    def _wait_for_first(self) -> None:
        self._arrived.clear()
        self._idle = True
        if self._pending or self._closing.is_set():
            self._idle = False
        else:
            self._arrived.wait(self._idle_seconds())
            self._idle = False

    def _idle_seconds(self) -> float | None:
        """Return how long to sleep while nothing is pending; None is until something is."""
        return None

    def _after_writing(self) -> None:
        """Do what a subclass does besides writing batches, once per turn."""

    def _wait_to_close(self) -> None:
        if self._unwritten:
            sleep(_CLOSE_PAUSE)

    def _write_pending(self) -> None:
        while not self._is_done() and (batch := self._unwritten or self._next_batch()):
            if not self._deliver(batch):
                return

    def _next_batch(self) -> list[R]:
        count = min(len(self._pending), self._max_batch)
        records = [self._take() for _ in range(count)]
        self._unwritten = [record for record in records if record is not None]
        return self._unwritten

    def _take(self) -> R | None:
        item = self._pending.popleft()
        return item.record if isinstance(item, _Encoded) else self._encode(item)

    def _deliver(self, batch: list[R]) -> bool:
        """Write one batch; say whether the sink is worth another."""
        try:
            refused = self._sink.write(batch)
        except Exception as error:
            return self._failed(error)
        self._unwritten = []
        self._pause = 0.0
        self._put_off_the_deadline()
        self._losses.writer_works()
        self._losses.refuse(refused)
        return True

    def _failed(self, error: Exception) -> bool:
        if not self._sink.retries:
            lost, self._unwritten = self._unwritten, []
            self._losses.writer_failed(error, f"spans dropped: {len(lost)}")
            self._losses.drop(len(lost))
            return True
        self._losses.writer_failed(error, "trying again")
        self._pause = min(self._pause * 2 or self._flush_interval, _LONGEST_PAUSE)
        return False


def require_positive(name: str, value: float) -> None:
    """Raise ValueError unless `value` is a number above zero; `nan` is not."""
    if not isinstance(value, int | float) or not value > 0:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"{name} must be a number above 0, not {value!r}.")


def batch_beyond_pending(batch: int, pending: int) -> ValueError:
    return ValueError(
        f"max_batch_spans must be at most max_pending_spans ({pending}), not {batch}."
    )
