"""Spans as trees in the terminal, live while they are open."""

from stario.telemetry.tty.renderer import TTYRenderer
from stario.telemetry.tty.tracer import TTYTracer

__all__ = ["TTYRenderer", "TTYTracer"]
