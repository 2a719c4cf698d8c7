"""Datastar for Stario: attributes, actions, events and signals.

`data` writes attributes, `at` the actions inside them, `SSE` sends patches to the browser and
`read_signals` reads what the browser sends. A `Replay` keeps events for browsers that come back.
"""

from stario.datastar.actions import DatastarActions, at
from stario.datastar.attributes import DatastarAttributes, data
from stario.datastar.event import Event
from stario.datastar.last_event_id import last_event_id
from stario.datastar.replay import Replay
from stario.datastar.signals import FileSignal, read_signals
from stario.datastar.sse import SSE
from stario.datastar.tags import DATASTAR_CDN_URL, ModuleScript

__all__ = [
    "DATASTAR_CDN_URL",
    "SSE",
    "DatastarActions",
    "DatastarAttributes",
    "Event",
    "FileSignal",
    "ModuleScript",
    "Replay",
    "at",
    "data",
    "last_event_id",
    "read_signals",
]
