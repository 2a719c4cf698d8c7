"""One span for several tracers: `tee(a, b)`.

A span is recorded once, and every tracer that takes RecordingSpans gets that one. A tracer of
another make creates a span of its own, which is told the same things; the recorded one then has the
ids of the first of those, so that they agree wherever they can. What one tracer raises is counted
and said once, and the others go on. Entering is the exception: a tracer that cannot be entered ends
the start, as it does alone.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from stario.exceptions import StarioRuntime
from stario.telemetry.losses import Losses
from stario.telemetry.policy import SpanPolicy
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import RecordingSpan, not_open
from stario.tracing import (
    NOOP_TRACER,
    Attributes,
    EventBody,
    NoOpTracer,
    Span,
    TelemetryStats,
    Tracer,
    is_tracer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TeeTracer", "tee"]


def tee(*tracers: Tracer) -> Tracer:
    """Return a tracer whose spans go to all of `tracers`.

    A tee of one is that one, and a tee of none records nothing. Tees within are taken apart, and
    tracers that record nothing are left out, as is one that comes again. Entering enters them in
    order, and leaving leaves them in the opposite order, each whatever the others raise. `stats()`
    is their sum, with the latest error. Raises TypeError for what is no tracer.
    """
    flat = [tracer for given in tracers for tracer in _parts(given)]
    kinds = list({id(tracer): tracer for tracer in flat}.values())
    if not kinds:
        return NOOP_TRACER
    return kinds[0] if len(kinds) == 1 else TeeTracer(kinds)


def _parts(tracer: Tracer) -> "Sequence[Tracer]":
    if isinstance(tracer, TeeTracer):
        return tracer.tracers
    if not is_tracer(tracer):
        raise no_tracer(tracer)
    # A tracer of the user's that inherits from it does record something.
    return () if type(tracer) is NoOpTracer else (tracer,)


class TeeTracer(RecordingTracer):
    """Hands its spans to several tracers; `tee` makes it."""

    def __init__(self, tracers: Iterable[Tracer]) -> None:
        self.tracers: tuple[Tracer, ...] = tuple(tracers)
        policies = [policy for t in self.tracers if (policy := _policy_of(t))]
        if policies:
            self.follow(policies[0])
        self._takers = [t for t in self.tracers if _policy_of(t) == self.policy]
        self._watchers = [
            t for t in self._takers if isinstance(t, RecordingTracer) and t.sees_creation
        ]
        self._others = [t for t in self.tracers if t not in self._takers]
        self._losses = Losses("tee")
        self._entered: ExitStack | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(type(t).__name__ for t in self.tracers)}>"

    def __enter__(self) -> Self:
        if self._entered is not None:
            raise StarioRuntime("This TeeTracer is entered already.")
        with ExitStack() as stack:
            for tracer in self.tracers:
                stack.enter_context(tracer)
            self._entered = stack.pop_all()
        self._was_entered = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        entered, self._entered = self._entered, None
        if entered is not None:
            entered.__exit__(exc_type, exc_val, exc_tb)

    # Among tracers of ours it is a RecordingSpan, as the class above says.
    def create(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        name: str,
        attributes: Attributes | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> Span:
        """Return a span, not started. Raises RuntimeError before the tracer is entered."""
        above = parent.recorded if isinstance(parent, FanOutSpan) else parent
        span = super().create(name, attributes, parent=above)
        told: Span = span
        if self._others:
            told = FanOutSpan(self, span, self._created_elsewhere(name, attributes, parent))
        for watcher in self._watchers:
            try:
                watcher.on_create(span)
            except Exception as error:
                self.failed(error)
        return told

    def on_end(self, span: Span) -> None:
        """Hand a finished span to every tracer that takes it."""
        for taker in self._takers:
            try:
                taker.on_end(span)
            except Exception as error:
                self.failed(error)

    def stats(self) -> TelemetryStats:
        """Return what all of them lost, and the latest error of any."""
        every = [self._losses.stats(0)]
        for tracer in self.tracers:
            try:
                every.append(tracer.stats())
            except Exception as error:
                self.failed(error)
        latest = max(every, key=lambda stats: stats.last_writer_error_at_ns or 0)
        return TelemetryStats(
            dropped_spans=sum(stats.dropped_spans for stats in every),
            serialization_error_count=sum(stats.serialization_error_count for stats in every),
            writer_error_count=sum(stats.writer_error_count for stats in every),
            last_writer_error=latest.last_writer_error,
            last_writer_error_at_ns=latest.last_writer_error_at_ns,
        )

    def failed(self, error: Exception) -> None:
        """Count what one tracer raised; the first time, say it."""
        self._losses.writer_failed(error, "going on with the others")

    def _created_elsewhere(
        self, name: str, attributes: Attributes | None, parent: Span | None
    ) -> list[Span | None]:
        """Return a span of each tracer that has its own kind; None of one that raised."""
        above = parent.others if isinstance(parent, FanOutSpan) else [parent] * len(self._others)
        return [
            self._created_by(tracer, name, attributes, its_parent)
            for tracer, its_parent in zip(self._others, above, strict=True)
        ]

    def _created_by(
        self, tracer: Tracer, name: str, attributes: Attributes | None, parent: Span | None
    ) -> Span | None:
        try:
            return tracer.create(name, attributes, parent=parent)
        except Exception as error:
            self.failed(error)
            return None


class FanOutSpan:
    """A recorded span, and the spans of other makes that are told the same.

    The recorded one decides what is allowed and what is said; the others cannot raise.
    """

    __slots__ = ("others", "recorded", "tracer")

    def __init__(
        self, tracer: TeeTracer, recorded: RecordingSpan, others: list[Span | None]
    ) -> None:
        self.tracer = tracer
        self.recorded = recorded
        self.others = others
        self._take_ids()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.recorded!r}>"

    @property
    def id(self) -> UUID:
        return self.recorded.id

    @property
    def trace_id(self) -> UUID:
        return self.recorded.trace_id

    @property
    def parent_id(self) -> UUID | None:
        return self.recorded.parent_id

    @property
    def trace_flags(self) -> int:
        return self.recorded.trace_flags

    @property
    def trace_state(self) -> str:
        return self.recorded.trace_state

    def start(self) -> None:
        self.recorded.start()
        self._tell(lambda span: span.start())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._tell(lambda span: span.__exit__(exc_type, exc_val, exc_tb))
        self.recorded.__exit__(exc_type, exc_val, exc_tb)

    def event(
        self, name: str, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        self.recorded.event(name, attributes, body=body)
        self._tell(lambda span: span.event(name, attributes, body=body))

    def exception(
        self, exc: BaseException, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        self.recorded.exception(exc, attributes, body=body)
        self._tell(lambda span: span.exception(exc, attributes, body=body))

    def attr(self, name: str, value: Any) -> None:
        self.recorded.attr(name, value)
        self._tell(lambda span: span.attr(name, value))

    __setitem__ = attr

    def attrs(self, attributes: Attributes) -> None:
        self.recorded.attrs(attributes)
        self._tell(lambda span: span.attrs(attributes))

    def step(self, name: str, attributes: Attributes | None = None, /) -> Span:
        if not self.recorded.in_progress:
            raise not_open(self.recorded)
        return self.tracer.create(name, attributes, parent=self)

    def new_trace(self, name: str, attributes: Attributes | None = None, /) -> Span:
        return self.tracer.create(name, attributes)

    def link(self, name: str, span_id: UUID, attributes: Attributes | None = None, /) -> None:
        self.recorded.link(name, span_id, attributes)
        self._tell(lambda span: span.link(name, span_id, attributes))

    def rename(self, name: str) -> None:
        self.recorded.rename(name)
        self._tell(lambda span: span.rename(name))

    def fail(self, message: str) -> None:
        self.recorded.fail(message)
        self._tell(lambda span: span.fail(message))

    def end(self) -> None:
        self.recorded.end()
        self._tell(lambda span: span.end())

    def _take_ids(self) -> None:
        first = self.others[0]
        # A tracer that left this span out gives zeros, which would make all of them the same.
        if first is None or not first.id.int:
            return
        recorded, context = self.recorded, self.recorded.context
        if recorded.trace_number == recorded.id_number:
            recorded.trace_number = first.trace_id.int
        if context is not None and context.root == recorded.id_number:
            context.root = first.id.int
        recorded.id_number = first.id.int  # its parent has taken its own id by now

    def _tell(self, what: Callable[[Span], object]) -> None:
        for span in self.others:
            if span is not None:
                try:
                    what(span)
                except Exception as error:
                    self.tracer.failed(error)


def no_tracer(given: object) -> TypeError:
    return TypeError(f"tee takes tracers, one after the other, not {given!r}.")


def _policy_of(tracer: Tracer) -> SpanPolicy | None:
    """Return the policy of a tracer that takes spans which another one created, else None.

    One that inherits from RecordingTracer and creates spans in its own way takes only those, unless
    it has `on_create` for the others. Tracers whose policy is not the first one's create their own
    spans too, so that each keeps to its own sample and hides its own secrets.
    """
    if not isinstance(tracer, RecordingTracer):
        return None
    is_plain = type(tracer).create is RecordingTracer.create or tracer.sees_creation
    return tracer.policy if is_plain else None
