"""Datastar for Stario: attributes, actions, events and signals.

`data` writes attributes, `at` the actions inside them, `SSE` sends patches to the browser and
`read_signals` reads what the browser sends.
"""

from stario.datastar.actions import DatastarActions, at
from stario.datastar.attributes import DatastarAttributes, data
from stario.datastar.signals import FileSignal, read_signals
from stario.datastar.sse import SSE
from stario.datastar.tags import DATASTAR_CDN_URL, ModuleScript

__all__ = [
    "DATASTAR_CDN_URL",
    "SSE",
    "DatastarActions",
    "DatastarAttributes",
    "FileSignal",
    "ModuleScript",
    "at",
    "data",
    "read_signals",
]
