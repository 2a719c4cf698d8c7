"""Tracers for Stario: JSON lines, SQLite and a live terminal view.

The interface is `stario.tracing`, re-exported here. The tracers stand in `stario.telemetry.json`,
`.sqlite`, `.tty` and `.noop`, so that nobody loads a database for a span.
"""

from stario.propagation import propagate, traceparent
from stario.telemetry.policy import SpanPolicy, span_policy_from_env
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.tracing import (
    Attributes,
    EventBody,
    NoOpSpan,
    NoOpTracer,
    ProxySpan,
    Span,
    TelemetryStats,
    Tracer,
)

__all__ = [
    "Attributes",
    "EventBody",
    "NoOpSpan",
    "NoOpTracer",
    "ProxySpan",
    "RecordedEvent",
    "RecordedLink",
    "RecordingSpan",
    "Span",
    "SpanPolicy",
    "TelemetryStats",
    "Tracer",
    "propagate",
    "span_policy_from_env",
    "traceparent",
]
