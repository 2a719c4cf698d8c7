"""The tracer that records nothing, under its Stario 4 name."""

from stario.tracing import NOOP_SPAN, NOOP_TRACER, NoOpSpan, NoOpTracer

__all__ = ["NOOP_SPAN", "NOOP_TRACER", "NoOpSpan", "NoOpTracer"]
