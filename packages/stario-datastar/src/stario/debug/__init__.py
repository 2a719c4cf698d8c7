"""Aids for development: look into a running page."""

from stario.debug.inspector import debug_inspector

__all__ = ["debug_inspector"]
