"""The tracing interface under its Stario 4 name. The objects are those of `stario.tracing`."""

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
    "Span",
    "TelemetryStats",
    "Tracer",
]
