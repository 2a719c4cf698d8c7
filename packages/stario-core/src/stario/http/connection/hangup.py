"""Whether a client left while nothing is read from its socket.

A transport that pauses reading hears of no goodbye either, so a stream behind a full queue would
outlive its client. The kernel knows, and is asked without reading.
"""

import asyncio
import select
from enum import Enum


class Goodbye(Enum):
    """What the kernel says of the other end."""

    NONE = 0
    STOPPED_SENDING = 1
    LEFT = 2


# Windows has no poll, and only Linux tells of an end behind bytes that wait to be read.
_STOPPED = getattr(select, "POLLRDHUP", 0)
_LEFT = getattr(select, "POLLERR", 0) | getattr(select, "POLLHUP", 0)


def goodbye_of(transport: asyncio.Transport) -> Goodbye:
    """Ask once; where the platform cannot tell, there is none."""
    sock = transport.get_extra_info("socket")
    if sock is None or not _LEFT:
        return Goodbye.NONE
    poll = select.poll()
    poll.register(sock.fileno(), _STOPPED)
    events = poll.poll(0)
    if not events:
        return Goodbye.NONE
    return Goodbye.LEFT if events[0][1] & _LEFT else Goodbye.STOPPED_SENDING
