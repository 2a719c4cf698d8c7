"""The span that the bundled tracers record.

A span is created, started, ended once and handed to its tracer; what is told to it later is
ignored, so a finished span does not change. Ids are kept as numbers and become `UUID` on demand.
Secrets are hidden when they are told, so none is ever in a span.
"""

from dataclasses import dataclass
from time import time_ns
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from stario.telemetry.failures import cut, message_of, traceback_text
from stario.telemetry.redaction import DEFAULT_REDACTION, PLAIN, Redaction
from stario.tracing import Attributes, EventBody, NoOpSpan, ProxySpan, Span, Tracer

if TYPE_CHECKING:
    from stario.telemetry.sampling import TraceContext

__all__ = [
    "NoOpSpan",
    "ProxySpan",
    "RecordedEvent",
    "RecordedLink",
    "RecordingSpan",
    "Span",
    "TracedSpan",
]

# A stream may stay open for days and tell its span about every update. What comes beyond is counted
# in the attribute `events.dropped` or `links.dropped`.
MAX_EVENTS = 1_000
MAX_LINKS = 1_000


@dataclass(slots=True)
class RecordedEvent:
    """A moment within a span. Times are Unix nanoseconds."""

    time_ns: int
    name: str
    attributes: dict[str, Any] | None = None
    body: str | None = None


@dataclass(slots=True)
class RecordedLink:
    """A pointer from a span to another one."""

    name: str
    span_id: UUID
    attributes: dict[str, Any] | None = None


class RecordingSpan:
    """A span that keeps everything it is told, for its tracer to write.

    Constructing one directly is for tests and tools; tracers make them in `create`.
    """

    __slots__ = (
        "_events",
        "_links",
        "attributes",
        "context",
        "end_ns",
        "error",
        "id_number",
        "is_plain",
        "name",
        "parent_number",
        "redaction",
        "start_ns",
        "trace_number",
        "tracer",
    )

    def __init__(
        self,
        id: UUID,
        tracer: Tracer,
        trace_id: UUID,
        parent_id: UUID | None,
        name: str,
        start_ns: int | None = None,
        end_ns: int | None = None,
        error: str | None = None,
        attributes: dict[str, Any] | None = None,
        events: list[RecordedEvent] | None = None,
        links: list[RecordedLink] | None = None,
    ) -> None:
        self.id_number = id.int
        self.tracer = tracer
        self.trace_number = trace_id.int
        self.parent_number = None if parent_id is None else parent_id.int
        self.name = name
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.error = error
        self.attributes: dict[str, Any] = {} if attributes is None else attributes
        self._events: list[RecordedEvent] | None = events
        self._links: list[RecordedLink] | None = links
        self.is_plain = False  # nobody looked
        self.redaction: Redaction = DEFAULT_REDACTION
        self.context: TraceContext | None = None

    def __repr__(self) -> str:
        return f"<{RecordingSpan.__name__} {self.name!r} {self._state()}>"

    def _state(self) -> str:
        if not self.started:
            return "created"
        if not self.finished:
            return "failing" if self.failed else "open"
        return "failed" if self.failed else "finished"

    @property
    def id(self) -> UUID:
        return UUID(int=self.id_number)

    @property
    def trace_id(self) -> UUID:
        return UUID(int=self.trace_number)

    @property
    def parent_id(self) -> UUID | None:
        return None if self.parent_number is None else UUID(int=self.parent_number)

    @property
    def events(self) -> list[RecordedEvent]:
        # Most spans need no list.
        if self._events is None:
            self._events = []
        return self._events

    @property
    def links(self) -> list[RecordedLink]:
        if self._links is None:
            self._links = []
        return self._links

    @property
    def trace_flags(self) -> int:
        """The flags that `traceparent` sends along: 1 where the trace is in the sample."""
        return 1 if self.context is None else self.context.flags

    @property
    def trace_state(self) -> str:
        """What a caller sent as `tracestate`, to be passed on."""
        return "" if self.context is None else self.context.state

    @property
    def started(self) -> bool:
        return self.start_ns is not None

    @property
    def in_progress(self) -> bool:
        return self.start_ns is not None and self.end_ns is None

    @property
    def finished(self) -> bool:
        return self.end_ns is not None

    @property
    def failed(self) -> bool:
        return self.error is not None

    @property
    def duration_ns(self) -> int | None:
        """The time from start to end in nanoseconds, None before the end."""
        if self.start_ns is None or self.end_ns is None:
            return None
        return self.end_ns - self.start_ns

    def start(self) -> None:
        """Set the start time. A second call does nothing."""
        if self.start_ns is None:
            self.start_ns = time_ns()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if exc_val is not None:
            self.exception(exc_val)
            self.fail(message_of(exc_val))
        self.end()

    def event(
        self, name: str, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        """Record a moment; an exception as `body` is kept as its traceback.

        Raises TypeError for a body that is neither text nor an exception.
        """
        if self.start_ns is None or self.end_ns is not None:
            return
        if body is not None and type(body) is not str:
            body = _body_text(body)
        kept = None
        if attributes:
            kept = dict(attributes)
            harmless = self.redaction.harmless
            for key, value in kept.items():  # written out twice: a call costs as much again
                if key not in harmless or type(value) not in PLAIN:
                    kept = self._kept(attributes)
                    break
        events = self._events
        if events is None:
            self._events = [RecordedEvent(time_ns(), name, kept, body)]
        elif len(events) < MAX_EVENTS:
            events.append(RecordedEvent(time_ns(), name, kept, body))
        else:
            self._count("events.dropped")

    def exception(
        self, exc: BaseException, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        """Record `exc` as an event named `exception` with its type, message and traceback."""
        if self.in_progress:
            told = {"exc.type": type(exc).__name__, "exc.message": message_of(exc)}
            told.update(attributes or {})
            self.event("exception", told, body=exc if body is None else body)

    def attr(self, name: str, value: Any) -> None:
        """Set one attribute."""
        if self.end_ns is None:
            if name not in self.redaction.harmless or type(value) not in PLAIN:
                value = self.redaction.shown(name, value)
                self.is_plain = self.is_plain and type(value) in PLAIN
            self.attributes[name] = value

    __setitem__ = attr

    def attrs(self, attributes: Attributes) -> None:
        """Set several attributes."""
        if self.end_ns is None:
            self.attributes.update(self._kept(attributes))

    def step(self, name: str, attributes: Attributes | None = None, /) -> Span:
        """Return a child, not started. Raises RuntimeError unless this span is open."""
        if not self.in_progress:
            raise not_open(self)
        return self.tracer.create(name, attributes, parent=self)

    def new_trace(self, name: str, attributes: Attributes | None = None, /) -> Span:
        """Return a new root, not started and not linked."""
        return self.tracer.create(name, attributes)

    def link(self, name: str, span_id: UUID, attributes: Attributes | None = None, /) -> None:
        """Point at another span, by its `id`. Raises TypeError for what is no UUID."""
        if not self.in_progress:
            return
        if not isinstance(span_id, UUID):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_an_id(span_id)
        kept = self._kept(attributes) if attributes else None
        if len(self.links) < MAX_LINKS:
            self.links.append(RecordedLink(name, span_id, kept))
        else:
            self._count("links.dropped")

    def rename(self, name: str) -> None:
        """Replace the name, until the end."""
        if self.end_ns is None:
            self.name = name

    def fail(self, message: str) -> None:
        """Mark the span as failed. Raises TypeError for what is no text, such as an exception."""
        if self.in_progress:
            self.error = _message(message)

    def end(self) -> None:
        """Set the end time and hand the span to its tracer. A second call does nothing.

        Raises RuntimeError before the start.
        """
        if self.end_ns is not None:
            return
        if (start := self.start_ns) is None:
            raise not_started(self)
        now = time_ns()
        # The wall clock can be set back while a span is open; a duration is never negative.
        self.end_ns = now if now > start else start
        if not self.is_plain:
            self._look_again()
        if self.context is None:
            self.tracer.on_end(self)
        else:
            self.context.take(self)

    def _kept(self, attributes: Attributes) -> dict[str, Any]:
        """Return a copy without secrets, and note whether it can change."""
        kept = dict(attributes)
        redaction = self.redaction
        for name, value in kept.items():
            if name not in redaction.harmless or type(value) not in PLAIN:
                kept[name] = shown = redaction.shown(name, value)
                if type(shown) not in PLAIN:
                    self.is_plain = False
        return kept

    def _look_again(self) -> None:
        """Look into values that may have changed since they were told."""
        told = [self.attributes]
        told += [item.attributes for item in (*self.events, *self.links) if item.attributes]
        for attributes in told:
            for name, value in attributes.items():
                if type(value) not in PLAIN:
                    attributes[name] = self.redaction.shown(name, value)

    def _count(self, name: str) -> None:
        self.attributes[name] = self.attributes.get(name, 0) + 1


class TracedSpan(RecordingSpan):
    """A RecordingSpan as tracers make it: from numbers, on the request's path."""

    __slots__ = ("__weakref__",)

    def __init__(
        self,
        number: int,
        tracer: Tracer,
        trace_number: int,
        parent_number: int | None,
        name: str,
        attributes: Attributes | None,
        redaction: Redaction,
    ) -> None:
        self.id_number = number
        self.tracer = tracer
        self.trace_number = trace_number
        self.parent_number = parent_number
        self.name = name
        self.start_ns = None
        self.end_ns = None
        self.error = None
        self._events = None
        self._links = None
        self.is_plain = True
        self.redaction = redaction
        self.context = None
        if not attributes:
            self.attributes = {}
            return
        self.attributes = kept = dict(attributes)
        harmless = redaction.harmless
        for key, value in kept.items():
            if key not in harmless or type(value) not in PLAIN:
                self.attributes = self._kept(kept)
                break


class UnsampledSpan(TracedSpan):
    """A span of a trace outside the sample: it waits until its local root ends, or one fails."""

    __slots__ = ()

    def fail(self, message: str) -> None:
        """Mark the span as failed, and its trace as one to be written."""
        if self.in_progress:
            self.error = _message(message)
            if self.context is not None:
                self.context.keep(self.tracer)


class MutedSpan(TracedSpan):
    """A span of a trace outside the sample that records nothing: it only has its ids."""

    __slots__ = ()

    def start(self) -> None:
        self.start_ns = 0

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

    __setitem__ = attr

    def attrs(self, attributes: Attributes) -> None:
        pass

    def link(self, name: str, span_id: UUID, attributes: Attributes | None = None, /) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def fail(self, message: str) -> None:
        pass

    def end(self) -> None:
        if not self.started:
            raise not_started(self)
        self.end_ns = 0


def _body_text(body: object) -> str:
    if isinstance(body, BaseException):
        return traceback_text(body)
    if isinstance(body, str):
        return str(body)
    raise TypeError(f"An event's body is text, an exception or None, not {type(body).__name__}.")


def _message(given: object) -> str:
    if not isinstance(given, str):
        raise not_a_message(given)
    return cut(given)


def not_a_message(given: object) -> TypeError:
    return TypeError(
        f"fail() takes a text, not {type(given).__name__}; exception() records an exception."
    )


def not_an_id(given: object) -> TypeError:
    return TypeError(f"A link points at the id of a span, a UUID, not at {type(given).__name__}.")


def not_open(span: RecordingSpan) -> RuntimeError:
    return RuntimeError(f"{span!r} is not open: only a started, unfinished span has steps.")


def not_started(span: RecordingSpan) -> RuntimeError:
    return RuntimeError(f"{span!r} cannot end before it was started.")
