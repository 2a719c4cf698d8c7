"""What the bundled tracers share: how a span is created, and whether its trace is in the sample."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self
from uuid import UUID

from stario.propagation import SAMPLED, RemoteParent
from stario.telemetry.ids import new_id
from stario.telemetry.policy import SpanPolicy
from stario.telemetry.redaction import DEFAULT_REDACTION
from stario.telemetry.sampling import Sample, TraceContext
from stario.telemetry.spans import MutedSpan, RecordingSpan, TracedSpan
from stario.tracing import Attributes, Span, TelemetryStats

_LOWER_HALF = (1 << 64) - 1


class RecordingTracer(ABC):
    """Creates RecordingSpans once it was entered. What becomes of them is up to its subclass."""

    _was_entered = False
    sees_creation = False
    """Whether the class has an `on_create` of its own."""
    _redaction = DEFAULT_REDACTION
    _sample: Sample | None = None
    policy = SpanPolicy()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.sees_creation = cls.on_create is not RecordingTracer.on_create

    def follow(self, policy: SpanPolicy) -> None:
        """Record by this policy from now on: its sample, and the names of its secrets.

        Raises TypeError for anything else than a SpanPolicy.
        """
        if not isinstance(policy, SpanPolicy):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"policy must be a SpanPolicy, not {policy!r}.")
        self.policy = policy
        self._redaction = policy.make_redaction()
        self._sample = policy.make_sample()

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None: ...

    @abstractmethod
    def on_end(self, span: Span) -> None:
        """Take a finished span. Called by the span itself."""

    def on_create(self, span: RecordingSpan) -> None:  # noqa: B027 - most need not know
        """Take note of a span that was just created, by this tracer or by a tee."""

    @abstractmethod
    def stats(self) -> TelemetryStats:
        """Return what was lost so far."""

    def create(
        self,
        name: str,
        attributes: Attributes | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> RecordingSpan:
        """Return a span, not started. Raises RuntimeError before the tracer is entered."""
        if not self._was_entered:
            raise not_entered(self)
        number = new_id()
        if parent is None:
            if self._sample is None or self._sample.takes(number):
                span = TracedSpan(number, self, number, None, name, attributes, self._redaction)
            else:
                context = self._sample.left_out(number)
                span = self._in_context(context, number, number, None, name, attributes)
        elif type(parent) is TracedSpan and parent.context is None:
            above, trace = parent.id_number, parent.trace_number
            span = TracedSpan(number, self, trace, above, name, attributes, self._redaction)
        else:
            span = self._below(parent, number, name, attributes)
        if self.sees_creation:
            self.on_create(span)
        return span

    def _below(
        self, parent: Span, number: int, name: str, attributes: Attributes | None
    ) -> RecordingSpan:
        """Return a span below one that is not simply a sampled one of ours."""
        if isinstance(parent, RemoteParent):
            return self._called(parent, number, name, attributes)
        if isinstance(parent, RecordingSpan):
            trace, above, context = parent.trace_number, parent.id_number, parent.context
        else:
            if not isinstance(getattr(parent, "trace_id", None), UUID):
                raise not_a_span(parent)
            trace, above, context = parent.trace_id.int, parent.id.int, None
            if self._sample is not None and not self._sample.takes(trace):
                context = self._sample.left_out(number)
        return self._in_context(context, number, trace, above, name, attributes)

    def _called(
        self, parent: RemoteParent, number: int, name: str, attributes: Attributes | None
    ) -> RecordingSpan:
        """Return a root in the trace of a caller.

        Its parent is in another process and has 64 bits, so it is told in an attribute.
        """
        flags, state = parent.trace_flags, parent.trace_state
        if self._sample is None or flags & SAMPLED:
            context = TraceContext(TracedSpan, number, flags, state)
        else:
            context = self._sample.left_out(number, flags, state)
        told = {**(attributes or {}), "trace.parent": f"{parent.id.int & _LOWER_HALF:016x}"}
        return self._in_context(context, number, parent.trace_id.int, None, name, told)

    def _in_context(
        self,
        context: TraceContext | None,
        number: int,
        trace: int,
        above: int | None,
        name: str,
        attributes: Attributes | None,
    ) -> RecordingSpan:
        kind = TracedSpan if context is None else context.kind
        told = None if kind is MutedSpan else attributes
        span = kind(number, self, trace, above, name, told, self._redaction)
        span.context = context
        return span


def not_entered(tracer: object) -> RuntimeError:
    return RuntimeError(
        f"{type(tracer).__name__} creates no spans before it is entered: `with tracer: …`."
    )


def not_a_span(parent: object) -> TypeError:
    return TypeError(f"The parent of a span is a span or None, not {parent!r}.")
