"""The spans of a request as far as it has come, for the page that tells of its failure.

A span knows its parent and a tracer only what has ended. So what the tracer creates is noted, for
a bounded number of traces; that of a request is forgotten when it is answered.
"""

from collections import OrderedDict
from collections.abc import Iterator
from time import time_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from stario.cli.development.redacted import shown, without_secrets
from stario.tracing import NoOpTracer, Span, Tracer

if TYPE_CHECKING:
    from uuid import UUID

_TRACES = 256
_SPANS = 200  # of a trace


class SpanLine(NamedTuple):
    """One span of a tree: how deep it is, its name, how it is going, and its attributes."""

    depth: int
    name: str
    state: str
    attributes: str


class SpanTrees:
    """Notes the spans that a tracer creates, where it lets itself be listened to."""

    def __init__(self) -> None:
        self._traces: OrderedDict[UUID, list[Span]] = OrderedDict()

    def listen(self, tracer: Tracer) -> None:
        """Note what this tracer creates from now on."""
        if isinstance(tracer, NoOpTracer):
            return
        create: Any = tracer.create

        def create_and_note(*arguments: Any, **options: Any) -> Span:
            span: Span = create(*arguments, **options)
            self._note(span)
            return span

        try:
            setattr(tracer, "create", create_and_note)  # noqa: B010  (a method, for type checkers)
        except AttributeError:  # it has no place for it
            return

    def lines(self, root: Span) -> list[SpanLine]:
        """Return the tree below a span, parents first."""
        return list(_below(root, self._traces.get(root.trace_id, []), 0))

    def forget(self, root: Span) -> None:
        """Drop the trace of a request that is over."""
        self._traces.pop(root.trace_id, None)

    def _note(self, span: Span) -> None:
        spans = self._traces.setdefault(span.trace_id, [])
        if len(spans) < _SPANS:
            spans.append(span)
        if len(self._traces) > _TRACES:
            self._traces.popitem(last=False)


def _below(span: Span, spans: list[Span], depth: int) -> Iterator[SpanLine]:
    if name := getattr(span, "name", None):
        yield SpanLine(depth, str(name), _state(span), _attributes(span))
    for child in spans:
        if child.parent_id == span.id and child is not span:
            yield from _below(child, spans, depth + 1)


def _state(span: Span) -> str:
    start, end = getattr(span, "start_ns", None), getattr(span, "end_ns", None)
    error = getattr(span, "error", None)
    if start is None:
        return "not started"
    told = f"{((end or time_ns()) - start) / 1e6:.1f} ms"
    return (
        told
        + (" open" if end is None else "")
        + (f", failed: {without_secrets(str(error))}" if error else "")
    )


def _attributes(span: Span) -> str:
    attributes: dict[str, object] = getattr(span, "attributes", None) or {}
    return ", ".join(f"{name}={shown(name, value)}" for name, value in attributes.items())
