"""Span ids: 128-bit numbers in the layout and order of UUIDv7 (RFC 9562 section 5.7).

Each millisecond draws a new random start, and the ids of that millisecond count up from it. So ids
are ordered by time and by creation within the process, which keeps a database index dense, and most
of them cost one clock reading and one addition. A `UUID` object is built only when somebody asks.
"""

import os
from itertools import count
from random import Random
from threading import Lock
from time import time_ns

_VERSION_AND_VARIANT = 7 << 76 | 0b10 << 62
_NS_PER_MS = 1_000_000
# Half of the 62 random bits: counting up from there never overflows into the variant.
_START_BITS = 61

_next_step = count(1).__next__
_lock = Lock()
_random = Random()
_millisecond = 0
_start = 0


def new_id() -> int:
    """Return an id that is greater than every id this process got before."""
    now = time_ns() // _NS_PER_MS
    if now > _millisecond:
        _begin_millisecond(now)
    return _start + _next_step()


def _begin_millisecond(now: int) -> None:
    # A clock that was set back never comes here: ids then count on from the latest start.
    global _millisecond, _start
    with _lock:
        if now > _millisecond:
            random_a, random_b = _random.getrandbits(12), _random.getrandbits(_START_BITS)
            # The start goes first: whoever reads the new millisecond must not find the old start.
            _start = now << 80 | _VERSION_AND_VARIANT | random_a << 64 | random_b
            _millisecond = now


def _after_fork() -> None:
    """Give the child its own numbers, and a lock that no lost thread holds."""
    global _lock, _random, _millisecond
    _lock, _random, _millisecond = Lock(), Random(), 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def id_text(number: int) -> str:
    """Return `str(UUID(int=number))` without the UUID."""
    digits = "%032x" % number  # noqa: UP031 - nearly twice as fast as a format string
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
