"""A span and what is below it as text that stays the same from run to run: no ids, no times.

GET /users/{id}
  request.method: GET
  response.status_code: 200
  - loaded  rows: 3
  query users [failed: no such table]
"""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any
from uuid import UUID

from stario.telemetry.spans import RecordedEvent, RecordingSpan


def span_tree(span_id: UUID, spans: Mapping[UUID, RecordingSpan]) -> str:
    """Return the lines below a span; empty where it is unknown."""
    root = spans.get(span_id)
    return "" if root is None else "\n".join(_lines(root, list(spans.values()), spans))


def _lines(
    span: RecordingSpan, all_spans: list[RecordingSpan], by_id: Mapping[UUID, RecordingSpan]
) -> Iterator[str]:
    yield span.name + _state(span)
    yield from (f"  {name}: {_value(span.attributes[name])}" for name in sorted(span.attributes))
    for link in span.links:
        target = by_id.get(link.span_id)
        yield f"  -> {link.name}" + ("" if target is None else f" {target.name}")
    # Events and children in the order of time; an event comes before a child of the same moment.
    below: list[tuple[int, int, RecordedEvent | RecordingSpan]] = [
        (event.time_ns, 0, event) for event in span.events
    ]
    children = [one for one in all_spans if one.parent_number == span.id_number and one.started]
    below += [(child.start_ns or 0, 1, child) for child in sorted(children, key=_START)]
    for _, _, one in sorted(below, key=lambda entry: entry[:2]):
        if isinstance(one, RecordedEvent):
            yield f"  - {one.name}{_pairs(one.attributes)}"
        else:
            yield from (f"  {line}" for line in _lines(one, all_spans, by_id))


_START = attrgetter("start_ns")


def _state(span: RecordingSpan) -> str:
    if span.failed:
        return f" [failed: {_value(span.error)}]"
    return "" if span.finished else " [open]"


def _pairs(attributes: Mapping[str, Any] | None) -> str:
    pairs = "  ".join(f"{name}: {_value(value)}" for name, value in (attributes or {}).items())
    return f"  {pairs}" if pairs else ""


def _value(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else repr(text)
