"""Datastar for Stario: attributes, actions, events and signals.

`data` writes attributes, `at` the actions inside them, `SSE` sends patches to the browser and
`read_signals` reads what the browser sends. `Signals` makes all four agree on one model. A `Replay`
keeps events for browsers that come back.
"""

from stario.datastar.actions import DatastarActions, at
from stario.datastar.attributes import DatastarAttributes, data
from stario.datastar.event import Event
from stario.datastar.files import FileSignal, file_bytes
from stario.datastar.invalid import InvalidSignals
from stario.datastar.last_event_id import last_event_id
from stario.datastar.limits import Limits
from stario.datastar.model import Signals, parse
from stario.datastar.replay import Replay
from stario.datastar.signal import Signal
from stario.datastar.signals import read_signals
from stario.datastar.sse import SSE
from stario.datastar.tags import DATASTAR_CDN_URL, ModuleScript

__all__ = [
    "DATASTAR_CDN_URL",
    "SSE",
    "DatastarActions",
    "DatastarAttributes",
    "Event",
    "FileSignal",
    "InvalidSignals",
    "Limits",
    "ModuleScript",
    "Replay",
    "Signal",
    "Signals",
    "at",
    "data",
    "file_bytes",
    "last_event_id",
    "parse",
    "read_signals",
]
