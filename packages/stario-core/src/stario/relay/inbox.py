"""The inbox of one entered block: bounded, filled from any thread, read by one task.

A reader that stands still costs a fixed amount of memory, and then loses its oldest messages, which
are counted. Text, bytes and markup count with their length; other data is not measured.
"""

import asyncio
import sys
from collections import OrderedDict, deque
from collections.abc import Collection
from threading import RLock
from typing import Protocol

from stario.markup import SafeString
from stario.relay.bounds import Bounds

type Msg[T] = tuple[str, T]
# A message and its size, measured once for all inboxes.
type Sized[T] = tuple[Msg[T], int]


def sized[T](subject: str, data: T) -> Sized[T]:
    """Return the message that all inboxes share, and how much of their bytes it takes."""
    return (subject, data), _length(data)


def _length(data: object) -> int:
    if isinstance(data, (str, bytes)):
        return len(data)
    return len(data.rendered) if isinstance(data, SafeString) else 0


class Owner[T](Protocol):
    """What an inbox needs to know of its subscriber."""

    patterns: tuple[str, ...]
    dropped: int

    def woken(self, inbox: "Inbox[T]") -> None: ...
    def report_first_drop(self) -> None: ...
    def mark_span(self) -> None: ...


class Inbox[T]:
    """What one entered block has not read yet, and the reader that waits for more.

    Threads put messages in directly, under the lock, and ask the loop for one wake-up at a time:
    so what a busy thread publishes is bounded by the inbox, not queued in the loop beside it.
    """

    __slots__ = (
        "_has_dropped",
        "_held",
        "_lock",
        "_max_bytes",
        "_maxsize",
        "_waking",
        "kept",
        "loop",
        "subscriber",
        "taken_in_a_row",
        "waiter",
    )

    def __init__(
        self,
        subscriber: Owner[T],
        loop: asyncio.AbstractEventLoop,
        bounds: Bounds,
        kept: Collection[object],
    ) -> None:
        self.subscriber = subscriber
        self.loop = loop
        self.kept = kept
        self._maxsize = sys.maxsize if bounds.maxsize is None else bounds.maxsize
        self._max_bytes = sys.maxsize if bounds.max_bytes is None else bounds.max_bytes
        self._held = 0
        self._has_dropped = False
        self.waiter: asyncio.Future[None] | None = None
        self.taken_in_a_row = 0
        self._waking = False
        self._lock = RLock()  # reentrant: a signal handler may publish while its thread is in here

    def put(self, message: Sized[T]) -> None:
        """Keep a message that was published on this inbox's own loop."""
        with self._lock:
            reports = self._store(message) and self._is_first_drop()
        if reports:
            self.subscriber.report_first_drop()
            self.subscriber.mark_span()
        waiter = self.waiter
        if waiter is not None and not waiter.done():  # as `notify` does, without a call
            waiter.set_result(None)

    def put_from_elsewhere(self, message: Sized[T]) -> bool:
        """Keep a message from another thread or loop; False when this loop is closed."""
        if self.loop.is_closed():
            return False
        with self._lock:
            reports = self._store(message) and self._is_first_drop()
            must_wake, self._waking = not self._waking, True
        if reports:
            self.subscriber.report_first_drop()
        try:
            if reports:  # a span belongs to the loop of its handler
                self.loop.call_soon_threadsafe(self.subscriber.mark_span)
            if must_wake:
                self.loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # closed in between
            return False
        return True

    def take(self) -> Msg[T] | None:
        """Return the oldest message, or None."""
        message = None
        with self._lock:
            if self.kept:
                message, size = self._pop_oldest()
                self._held -= size
        self.taken_in_a_row = 0 if message is None else self.taken_in_a_row + 1
        return message

    async def wait(self) -> Msg[T]:
        """Wait for a message; a reader that is cancelled here has taken none."""
        while True:
            self.waiter = self.loop.create_future()
            try:
                await self.waiter
            finally:
                self.waiter = None
            message = self.take()
            if message is not None:
                return message

    def close(self) -> None:
        """Cancel the waiting reader."""
        if self.waiter is not None:
            self.waiter.cancel()

    def _is_first_drop(self) -> bool:
        """Whether this drop is the first: a full inbox drops for each message."""
        first, self._has_dropped = not self._has_dropped, True
        return first

    def _wake(self) -> None:
        with self._lock:
            self._waking = False
        self.subscriber.woken(self)

    def notify(self) -> None:
        """Wake the waiting reader."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def _store(self, message: Sized[T]) -> bool:
        """Keep the message; True when older ones had to go for it."""
        raise NotImplementedError

    def _make_room(self) -> bool:
        """Drop the oldest messages until one more fits; True when there were any."""
        dropped = False
        # A message that is too long for any inbox is kept alone.
        while self.kept and (self._held > self._max_bytes or len(self.kept) >= self._maxsize):
            # No call inside the sum: a signal handler may publish between the two steps of one.
            size = self._pop_oldest()[1]
            self._held -= size
            self.subscriber.dropped += 1
            dropped = True
        return dropped

    def _pop_oldest(self) -> Sized[T]:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.kept)


class QueueInbox[T](Inbox[T]):
    """Every message, in the order of publication."""

    __slots__ = ("_messages",)

    def __init__(
        self, subscriber: Owner[T], loop: asyncio.AbstractEventLoop, bounds: Bounds
    ) -> None:
        self._messages = deque[Sized[T]]()
        super().__init__(subscriber, loop, bounds, self._messages)

    def _store(self, message: Sized[T]) -> bool:
        messages = self._messages
        self._held += message[1]
        is_full = self._held > self._max_bytes or len(messages) >= self._maxsize
        dropped = is_full and self._make_room()
        messages.append(message)
        return dropped

    def _pop_oldest(self) -> Sized[T]:
        return self._messages.popleft()


class LatestInbox[T](Inbox[T]):
    """The newest message of each subject, the least recently published first."""

    __slots__ = ("_newest",)

    def __init__(
        self, subscriber: Owner[T], loop: asyncio.AbstractEventLoop, bounds: Bounds
    ) -> None:
        self._newest = OrderedDict[str, Sized[T]]()
        super().__init__(subscriber, loop, bounds, self._newest)

    def _store(self, message: Sized[T]) -> bool:
        newest, subject = self._newest, message[0][0]
        self._held += message[1]
        replaced = newest.pop(subject, None)
        if replaced is not None:
            self._held -= replaced[1]
            self.subscriber.dropped += 1
        is_full = self._held > self._max_bytes or len(newest) >= self._maxsize
        dropped = is_full and self._make_room()
        newest[subject] = message
        return dropped

    def _pop_oldest(self) -> Sized[T]:
        return self._newest.popitem(last=False)[1]
