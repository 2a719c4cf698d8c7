"""Span ids: 128-bit numbers in the layout and order of UUIDv7 (RFC 9562 section 5.7).

Each process draws a random start for the lower half, and counts up from it. So ids are ordered by
time and by creation within the process, which keeps a database index dense, and so are the lower 64
bits alone, which are the span's id on the wire (W3C Trace Context): the variant's bit keeps them
from being zero. An id costs one clock reading and one addition. A `UUID` object is built only when
somebody asks.
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
_lower = _random.getrandbits(_START_BITS)
_start = 0
_until_ns = 0  # the end of the millisecond that `_start` belongs to


def new_id() -> int:
    """Return an id that is greater than every id this process got before."""
    now = time_ns()
    if now >= _until_ns:
        _begin_millisecond(now // _NS_PER_MS)
    return _start + _next_step()


def _begin_millisecond(now: int) -> None:
    # A clock that was set back never comes here: ids then count on from the latest start.
    global _until_ns, _start
    until_ns = (now + 1) * _NS_PER_MS
    with _lock:
        if until_ns > _until_ns:
            # The start goes first: whoever reads the new end must not find the old start.
            _start = now << 80 | _VERSION_AND_VARIANT | _random.getrandbits(12) << 64 | _lower
            _until_ns = until_ns


def _after_fork() -> None:
    """Give the child its own numbers, and a lock that no lost thread holds."""
    global _lock, _random, _lower, _until_ns
    _lock, _random, _until_ns = Lock(), Random(), 0
    _lower = _random.getrandbits(_START_BITS)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def id_text(number: int) -> str:
    """Return `str(UUID(int=number))` without the UUID."""
    digits = number.to_bytes(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
