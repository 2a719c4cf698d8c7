"""Tracers for Stario: JSON lines, SQLite and a live terminal view.

The interface is `stario.tracing`, re-exported here. The tracers stand in `stario.telemetry.json`,
`.sqlite`, `.tty` and `.noop`, so that nobody loads a database for a span.
"""

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
    "TelemetryStats",
    "Tracer",
]
