"""What the bundled tracers share: how a span is created."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from stario.telemetry.ids import new_id
from stario.telemetry.spans import RecordingSpan, TracedSpan
from stario.tracing import Attributes, Span, TelemetryStats


class RecordingTracer(ABC):
    """Creates RecordingSpans once it was entered. What becomes of them is up to its subclass."""

    _was_entered = False

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
            return TracedSpan(number, self, number, None, name, attributes)
        if isinstance(parent, RecordingSpan):
            trace, parent_number = parent.trace_number, parent.id_number
        else:
            trace, parent_number = parent.trace_id.int, parent.id.int
        return TracedSpan(number, self, trace, parent_number, name, attributes)


def not_entered(tracer: object) -> RuntimeError:
    return RuntimeError(
        f"{type(tracer).__name__} creates no spans before it is entered: `with tracer: …`."
    )
