"""Datastar for Stario: attributes, actions, events and signals.

`data` writes attributes, `at` the actions inside them, `SSE` sends patches to the browser and
`read_signals` reads what the browser sends. `Signals` makes all four agree on one model. A `Replay`
keeps events for browsers that come back.
"""

from stario.datastar.event import Event
from stario.datastar.models.files import FileSignal, file_bytes
from stario.datastar.models.invalid import InvalidSignals
from stario.datastar.models.limits import Limits
from stario.datastar.models.model import Signals, parse
from stario.datastar.page.actions import DatastarActions, at
from stario.datastar.page.attributes import DatastarAttributes, data
from stario.datastar.page.tags import DATASTAR_CDN_URL, ModuleScript
from stario.datastar.signal import Signal
from stario.datastar.signals import read_signals
from stario.datastar.streams.last_event_id import last_event_id
from stario.datastar.streams.replay import Replay
from stario.datastar.streams.sse import SSE

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
