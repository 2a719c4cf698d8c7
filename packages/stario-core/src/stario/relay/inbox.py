"""The inbox of one entered block: bounded, filled from any thread, read by one task.

A reader that stands still costs a fixed amount of memory, and then its oldest messages, which are
counted.
"""

import asyncio
from collections import OrderedDict, deque
from threading import RLock
from typing import Protocol

type Msg[T] = tuple[str, T]


class Owner(Protocol):
    """What an inbox needs to know of its subscription."""

    patterns: tuple[str, ...]
    dropped: int

    def say_first_drop(self) -> None: ...


class Inbox[T]:
    """What one entered block has not read yet, and who waits for more.

    Threads put messages in directly, under the lock, and ask the loop for one wake-up at a time:
    so what a busy thread publishes is bounded by the inbox, not queued in the loop beside it.
    """

    __slots__ = ("_lock", "_maxsize", "_waking", "loop", "subscription", "taken_in_a_row", "waiter")

    def __init__(
        self,
        subscription: Owner,
        loop: asyncio.AbstractEventLoop,
        maxsize: int | None,
    ) -> None:
        self.subscription = subscription
        self.loop = loop
        self._maxsize = maxsize
        self.waiter: asyncio.Future[None] | None = None
        self.taken_in_a_row = 0
        self._waking = False
        self._lock = RLock()  # reentrant: a signal handler may publish while its thread is in here

    def put(self, message: Msg[T]) -> None:
        """Keep a message that was published on this inbox's own loop."""
        with self._lock:
            dropped = self._store(message)
        if dropped:
            self.subscription.say_first_drop()
        waiter = self.waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def put_from_elsewhere(self, message: Msg[T]) -> bool:
        """Keep a message from another thread or loop; False when this loop is closed."""
        if self.loop.is_closed():
            return False
        with self._lock:
            dropped = self._store(message)
            must_wake, self._waking = not self._waking, True
        if dropped:
            self.subscription.say_first_drop()
        try:
            if must_wake:
                self.loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # closed in between
            return False
        return True

    def take(self) -> Msg[T] | None:
        """Return the oldest message, or None."""
        with self._lock:
            message = self._pop()
        self.taken_in_a_row = 0 if message is None else self.taken_in_a_row + 1
        return message

    async def wait(self) -> Msg[T]:
        """Wait until there is a message; who is cancelled here takes none with him."""
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
        """Cancel who waits."""
        if self.waiter is not None:
            self.waiter.cancel()

    def _wake(self) -> None:
        with self._lock:
            self._waking = False
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def _store(self, message: Msg[T]) -> bool:
        """Keep the message; True when the oldest had to go for it."""
        raise NotImplementedError

    def _pop(self) -> Msg[T] | None:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


class QueueInbox[T](Inbox[T]):
    """Every message, in order."""

    __slots__ = ("_messages",)

    def __init__(
        self,
        subscription: Owner,
        loop: asyncio.AbstractEventLoop,
        maxsize: int | None,
    ) -> None:
        super().__init__(subscription, loop, maxsize)
        self._messages: deque[Msg[T]] = deque(maxlen=maxsize)  # drops at the other end

    def _store(self, message: Msg[T]) -> bool:
        messages = self._messages
        full = len(messages) == self._maxsize
        if full:
            self.subscription.dropped += 1
        messages.append(message)
        return full

    def _pop(self) -> Msg[T] | None:
        return self._messages.popleft() if self._messages else None

    def __len__(self) -> int:
        return len(self._messages)


class LatestInbox[T](Inbox[T]):
    """The newest message of each subject, the least recently published first."""

    __slots__ = ("_newest",)

    def __init__(
        self,
        subscription: Owner,
        loop: asyncio.AbstractEventLoop,
        maxsize: int | None,
    ) -> None:
        super().__init__(subscription, loop, maxsize)
        self._newest: OrderedDict[str, T] = OrderedDict()

    def _store(self, message: Msg[T]) -> bool:
        subject, data = message
        newest = self._newest
        if subject in newest:
            newest[subject] = data
            newest.move_to_end(subject)
            self.subscription.dropped += 1
            return False
        newest[subject] = data
        if self._maxsize is None or len(newest) <= self._maxsize:
            return False
        newest.popitem(last=False)
        self.subscription.dropped += 1
        return True

    def _pop(self) -> Msg[T] | None:
        return self._newest.popitem(last=False) if self._newest else None

    def __len__(self) -> int:
        return len(self._newest)
