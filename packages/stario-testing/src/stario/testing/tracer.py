"""A tracer that keeps every span in memory, and answers questions about them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Literal, Self
from uuid import UUID
from weakref import WeakSet

from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.testing.places import Place, caller
from stario.testing.tree import span_tree
from stario.tracing import Attributes, Span, TelemetryStats

_NOTHING_LOST = TelemetryStats()


@dataclass(frozen=True, slots=True)
class TelemetryEvent:
    """A moment within a span. Times are Unix nanoseconds."""

    __test__: ClassVar[bool] = False

    name: str
    time_ns: int
    attributes: Mapping[str, Any]
    body: str | None


@dataclass(frozen=True, slots=True)
class TelemetryLink:
    """A pointer from a span to another one."""

    __test__: ClassVar[bool] = False

    name: str
    span_id: UUID
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TelemetrySpan:
    """A finished span. Times are Unix nanoseconds."""

    __test__: ClassVar[bool] = False

    id: UUID
    name: str
    parent_id: UUID | None
    start_ns: int
    end_ns: int
    status: Literal["ok", "error"]
    error: str | None
    attributes: Mapping[str, Any]
    events: tuple[TelemetryEvent, ...]
    links: tuple[TelemetryLink, ...]

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def ok(self) -> bool:
        return self.status == "ok"


class TestTracer(RecordingTracer):
    """Records spans for assertions. It may be entered more than once, also inside itself."""

    __test__ = False

    def __init__(self) -> None:
        self._spans: dict[UUID, RecordingSpan] = {}
        self._places: dict[UUID, Place] = {}
        _known.add(self)
        self._end_waiters: list[_Wake] = []

    def __repr__(self) -> str:
        finished = sum(span.finished for span in self._spans.values())
        return f"<TestTracer {finished} spans finished, {len(self.open_spans())} open>"

    # A tracer

    def __enter__(self) -> Self:
        self._was_entered = True
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
    ) -> RecordingSpan:
        span = super().create(name, attributes, parent=parent)
        self._spans[span.id] = span
        if (place := caller()) is not None:
            self._places[span.id] = place
        return span

    def on_end(self, span: Span) -> None:
        self._places.pop(span.id, None)
        waiters, self._end_waiters = self._end_waiters, []
        for wake in waiters:
            wake()

    def stats(self) -> TelemetryStats:
        return _NOTHING_LOST

    # Finished spans

    def get_span(self, span_id: UUID) -> TelemetrySpan | None:
        """Return a finished span by its id."""
        span = self._spans.get(span_id)
        return None if span is None or not span.finished else _snapshot(span)

    def find_span(
        self, name: str, *, root_id: UUID | None = None, parent_id: UUID | None = None
    ) -> TelemetrySpan | None:
        """Return the first finished span of this name, by start time.

        `root_id` limits the search to that span and everything below it, `parent_id` to direct
        children.
        """
        found = [
            span
            for span in list(self._spans.values())
            if span.finished
            and span.name == name
            and (parent_id is None or span.parent_id == parent_id)
            and (root_id is None or root_id in self._line_of(span))
        ]
        return _snapshot(min(found, key=attrgetter("start_ns"))) if found else None

    def _line_of(self, span: RecordingSpan) -> Iterator[UUID]:
        """Yield the ids of a span and of everything above it."""
        above: RecordingSpan | None = span
        while above is not None:
            yield above.id
            if above.parent_id is None:
                return
            above = self._spans.get(above.parent_id)

    # What a span was told, also while it is open

    def get_events(self, span_id: UUID, *, name: str | None = None) -> tuple[TelemetryEvent, ...]:
        """Return a span's events, all or those of one name. The span may still be open."""
        span = self._spans.get(span_id)
        events = () if span is None else _events(span.events)
        return tuple(event for event in events if name is None or event.name == name)

    def get_event(self, span_id: UUID, event_name: str, *, index: int = 0) -> TelemetryEvent | None:
        """Return the event at `index` of those with this name. The span may still be open."""
        events = self.get_events(span_id, name=event_name)
        return events[index] if -len(events) <= index < len(events) else None

    def has_event(self, span_id: UUID, event_name: str) -> bool:
        """Tell whether a span has such an event. The span may still be open."""
        return bool(self.get_events(span_id, name=event_name))

    def has_attribute(self, span_id: UUID, key: str, value: Any = ...) -> bool:
        """Tell whether a span has the attribute, with any value or with this one.

        The span may still be open.
        """
        span = self._spans.get(span_id)
        if span is None or key not in span.attributes:
            return False
        return value is ... or bool(span.attributes[key] == value)

    # Trees

    def tree(self, span_id: UUID) -> str:
        """Return a span and all below it as text without ids and times, for snapshots.

        Spans, attributes and events have a line each, children in the order of their start. Ports,
        addresses and the like are attributes, and are shown as they are.
        """
        return span_tree(span_id, self._spans)

    def failures(self) -> list[str]:
        """Return the tree and the tracebacks of each root span that failed, in order."""
        roots = [span for span in list(self._spans.values()) if span.parent_id is None]
        failed = [root for root in roots if root.failed]
        return ["\n".join([self.tree(one.id), *_tracebacks(one)]) for one in failed]

    # Open spans

    def has_open_spans(self) -> bool:
        """Tell whether a span was started and is not ended."""
        return bool(self.open_spans())

    def open_spans(self) -> list[RecordingSpan]:
        """Return the spans that are started and not ended, oldest first."""
        return [span for span in list(self._spans.values()) if span.in_progress]

    def described(self, span: RecordingSpan) -> str:
        """Return the name of an open span, and where it was made if a line of yours made it."""
        place = self._places.get(span.id)
        return f"span {span.name!r}" + ("" if place is None else f" (made at {place})")

    async def until(self, over: Callable[[], bool]) -> None:
        """Wait until `over()` is true, asked again after every span's end, in whatever thread."""
        loop = asyncio.get_running_loop()
        while True:
            ended: asyncio.Future[None] = loop.create_future()
            wake = _Wake(loop, ended)
            # Registered first and asked second, so that no end falls between the two.
            self._end_waiters.append(wake)
            try:
                if over():
                    return
                await ended
            finally:
                if wake in self._end_waiters:
                    self._end_waiters.remove(wake)


class _Wake:
    """Completes a future of a loop, from whatever thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, future: "asyncio.Future[None]") -> None:
        self._loop = loop
        self._future = future

    def __call__(self) -> None:
        self._loop.call_soon_threadsafe(_complete, self._future)


def _complete(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


_known: "WeakSet[TestTracer]" = WeakSet()


def known_tracers() -> list[TestTracer]:
    """Return the tracers that are alive."""
    return list(_known)


def _tracebacks(span: RecordingSpan) -> list[str]:
    return [event.body for event in span.events if event.body is not None]


def _snapshot(span: RecordingSpan) -> TelemetrySpan:
    return TelemetrySpan(
        id=span.id,
        name=span.name,
        parent_id=span.parent_id,
        start_ns=span.start_ns or 0,
        end_ns=span.end_ns or 0,
        status="error" if span.failed else "ok",
        error=span.error,
        attributes=_frozen(span.attributes),
        events=_events(span.events),
        links=_links(span.links),
    )


def _events(events: Iterable[RecordedEvent]) -> tuple[TelemetryEvent, ...]:
    return tuple(TelemetryEvent(e.name, e.time_ns, _frozen(e.attributes), e.body) for e in events)


def _links(links: Iterable[RecordedLink]) -> tuple[TelemetryLink, ...]:
    return tuple(TelemetryLink(e.name, e.span_id, _frozen(e.attributes)) for e in links)


def _frozen(attributes: dict[str, Any] | None) -> Mapping[str, Any]:
    return MappingProxyType(dict(attributes or {}))
