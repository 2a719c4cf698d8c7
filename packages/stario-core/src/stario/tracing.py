"""Tracing as an interface: what the server needs of a tracer, and the tracer that records nothing.

Backends live in stario-telemetry; the server runs without it. A span is created, started, ended
once, and then handed to its tracer's `on_end`. Whatever is told to a span after its end is ignored.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

type EventBody = str | BaseException | None
type Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TelemetryStats:
    """What a tracer lost, and why."""

    dropped_spans: int = 0
    serialization_error_count: int = 0
    writer_error_count: int = 0
    last_writer_error: str | None = None
    last_writer_error_at_ns: int | None = None


class Span(Protocol):
    """One timed operation of a trace.

    Ids are UUIDv7; a root's `trace_id` is its own `id`. `start` and `end` count once; attributes
    may be set until the end, events, links and failures only between start and end.
    """

    @property
    def id(self) -> UUID: ...
    @property
    def trace_id(self) -> UUID: ...
    @property
    def parent_id(self) -> UUID | None: ...
    @property
    def tracer(self) -> "Tracer": ...

    def start(self) -> None:
        """Set the start time. A second call does nothing."""
        ...

    def __enter__(self) -> "Span": ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None: ...

    def event(
        self, name: str, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        """Record a moment; an exception as `body` is kept as its traceback."""
        ...

    def exception(
        self, exc: BaseException, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        """Record `exc` as an event named `exception` with its type, message and traceback."""
        ...

    def attr(self, name: str, value: Any) -> None:
        """Set one attribute."""
        ...

    def attrs(self, attributes: Attributes) -> None:
        """Set several attributes."""
        ...

    def __setitem__(self, name: str, value: Any) -> None: ...

    def step(self, name: str, attributes: Attributes | None = None, /) -> "Span":
        """Return a child, not started. Raises RuntimeError unless this span is open."""
        ...

    def new_trace(self, name: str, attributes: Attributes | None = None, /) -> "Span":
        """Return a new root, not started and not linked."""
        ...

    def link(self, name: str, span_id: UUID, attributes: Attributes | None = None, /) -> None:
        """Point at another span."""
        ...

    def rename(self, name: str) -> None:
        """Replace the name, until the end."""
        ...

    def fail(self, message: str) -> None:
        """Mark the span as failed."""
        ...

    def end(self) -> None:
        """Set the end time and hand the span to its tracer. A second call does nothing.

        Raises RuntimeError before the start.
        """
        ...


class Tracer(Protocol):
    """Creates spans and takes the finished ones. Entered before use, left to flush."""

    def __enter__(self) -> "Tracer": ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None: ...

    def create(
        self,
        name: str,
        attributes: Attributes | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> Span:
        """Return a span, not started. Raises RuntimeError before the tracer is entered."""
        ...

    def on_end(self, span: Span) -> None:
        """Take a finished span. Called by the span itself."""
        ...

    def stats(self) -> TelemetryStats:
        """Return what was lost so far."""
        ...


def is_tracer(given: object) -> bool:
    """Tell whether this can create spans; the class of a tracer cannot."""
    return not isinstance(given, type) and callable(getattr(given, "create", None))


_ZERO_ID = UUID(int=0)


class NoOpSpan:
    """A span that records nothing. Its steps and new traces record nothing either."""

    __slots__ = ("id", "parent_id", "trace_id")

    def __init__(self, id: UUID, trace_id: UUID, parent_id: UUID | None) -> None:
        self.id = id
        self.trace_id = trace_id
        self.parent_id = parent_id

    @property
    def tracer(self) -> "Tracer":
        return NOOP_TRACER

    def start(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        pass

    def event(
        self, name: str, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        pass

    def exception(
        self, exc: BaseException, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        pass

    def attr(self, name: str, value: Any) -> None:
        pass

    def attrs(self, attributes: Attributes) -> None:
        pass

    def __setitem__(self, name: str, value: Any) -> None:
        pass

    def step(self, name: str, attributes: Attributes | None = None, /) -> "NoOpSpan":
        return NOOP_SPAN

    def new_trace(self, name: str, attributes: Attributes | None = None, /) -> "NoOpSpan":
        return NOOP_SPAN

    def link(self, name: str, span_id: UUID, attributes: Attributes | None = None, /) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def fail(self, message: str) -> None:
        pass

    def end(self) -> None:
        pass


class NoOpTracer:
    """A tracer that records nothing and costs next to nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        pass

    def create(
        self,
        name: str,
        attributes: Attributes | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> NoOpSpan:
        return NOOP_SPAN

    def on_end(self, span: Span) -> None:
        pass

    def stats(self) -> TelemetryStats:
        return _NOTHING_LOST


_NOTHING_LOST = TelemetryStats()
NOOP_SPAN = NoOpSpan(_ZERO_ID, _ZERO_ID, None)
NOOP_TRACER = NoOpTracer()

# The span of the request that is being handled, for what is called without its Context.
handler_span: ContextVar[Span] = ContextVar("handler_span", default=NOOP_SPAN)


class ProxySpan:
    """Passes everything on to the span that it stands for at the moment.

    Bootstrap receives one: it stands for `server.startup` before the `yield` and for
    `server.shutdown` after it.
    """

    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span

    def replace(self, span: Span) -> None:
        """Let the proxy stand for `span` from now on."""
        self._span = span

    @property
    def id(self) -> UUID:
        return self._span.id

    @property
    def trace_id(self) -> UUID:
        return self._span.trace_id

    @property
    def parent_id(self) -> UUID | None:
        return self._span.parent_id

    @property
    def tracer(self) -> Tracer:
        return self._span.tracer

    @property
    def trace_flags(self) -> int:
        """The flags of `traceparent`, as far as the span has any."""
        return getattr(self._span, "trace_flags", 1)

    @property
    def trace_state(self) -> str:
        """What is passed on as `tracestate`."""
        return getattr(self._span, "trace_state", "")

    def start(self) -> None:
        self._span.start()

    def __enter__(self) -> Self:
        self._span.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._span.__exit__(exc_type, exc_val, exc_tb)

    def event(
        self, name: str, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        self._span.event(name, attributes, body=body)

    def exception(
        self, exc: BaseException, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        self._span.exception(exc, attributes, body=body)

    def attr(self, name: str, value: Any) -> None:
        self._span.attr(name, value)

    def attrs(self, attributes: Attributes) -> None:
        self._span.attrs(attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        self._span.attr(name, value)

    def step(self, name: str, attributes: Attributes | None = None, /) -> Span:
        return self._span.step(name, attributes)

    def new_trace(self, name: str, attributes: Attributes | None = None, /) -> Span:
        return self._span.new_trace(name, attributes)

    def link(self, name: str, span_id: UUID, attributes: Attributes | None = None, /) -> None:
        self._span.link(name, span_id, attributes)

    def rename(self, name: str) -> None:
        self._span.rename(name)

    def fail(self, message: str) -> None:
        self._span.fail(message)

    def end(self) -> None:
        self._span.end()
