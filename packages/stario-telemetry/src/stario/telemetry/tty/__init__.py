"""Spans as trees in the terminal, live while they are open."""

from stario.telemetry.tty.renderer import TTYRenderer
from stario.telemetry.tty.tracer import TTYTracer, tty_tracer_from_env

__all__ = ["TTYRenderer", "TTYTracer", "tty_tracer_from_env"]
