"""`publish` decides and never waits, and costs what its own matching subscriptions cost.

They are found by the exact subject, and by the prefixes of it that somebody subscribed to.
"""

import asyncio
from threading import Lock

from stario.relay.drops import Drops
from stario.relay.inbox import Inbox, Sized, sized
from stario.relay.patterns import (
    bad_pattern,
    bad_subject,
    collapsed,
    is_pattern,
    is_subject,
    no_pattern,
    prefix_of,
)
from stario.relay.subscription import RelaySubscription, bad_bound

_DEFAULT_MAXSIZE = 1024
# A reader that is so far behind will hardly catch up, and a thousand of them must fit in memory.
_DEFAULT_MAX_BYTES = 1024 * 1024

type _Index[T] = dict[str, dict[Inbox[T], None]]


class Relay[T]:
    """Hands each message to every subscription whose patterns match its subject.

    In-process and not durable: who is not subscribed at the moment of `publish` misses it.
    Subjects are segments joined with dots (`room.7.joined`); a pattern is a subject, or one that
    ends in `.*` for everything below it, or `*` for all.
    """

    def __init__(self) -> None:
        self.drops = Drops()
        self._lock = Lock()
        self._exact: _Index[T] = {}
        self._below: _Index[T] = {}
        self._longest_below = -1

    def publish(self, subject: str, data: T) -> None:
        """Deliver `data` to the subscriptions that match now; from any thread, never waiting.

        Raises StarioError for a subject with an empty segment or a `*`.
        """
        if not is_subject(subject):
            raise bad_subject(subject)
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        message = sized(subject, data)
        inboxes = self._exact.get(subject)
        if inboxes is not None:
            self._deliver(inboxes, message, here)
        if self._below:
            self._publish_below(message, here)

    def subscribe(
        self,
        *patterns: str,
        maxsize: int | None = _DEFAULT_MAXSIZE,
        max_bytes: int | None = _DEFAULT_MAX_BYTES,
        latest: bool = False,
    ) -> "RelaySubscription[T]":
        """Return a subscription to enter with `async with`; it keeps nothing before that.

        `maxsize` is how many messages may wait, and `max_bytes` how long they may be together:
        `str`, `bytes` and markup count with their length, other data with nothing. One more drops
        the oldest; the newest is always kept, however long. `max_bytes=None` counts messages only,
        `maxsize=None` sets no bound at all. With `latest` only the newest message of each subject
        waits, and `maxsize` counts subjects.
        Raises StarioError for no pattern, a bad one, or a bound below 1.
        """
        if not patterns:
            raise no_pattern()
        for pattern in patterns:
            if not is_pattern(pattern):
                raise bad_pattern(pattern)
        for name, bound in (("maxsize", maxsize), ("max_bytes", max_bytes)):
            if bound is not None and bound < 1:
                raise bad_bound(name, bound)
        if maxsize is None:
            max_bytes = None
        return RelaySubscription(self, collapsed(patterns), maxsize, max_bytes, latest)

    def _publish_below(self, message: Sized[T], here: asyncio.AbstractEventLoop | None) -> None:
        inboxes = self._below.get("")
        if inboxes is not None:
            self._deliver(inboxes, message, here)
        subject = message[0][0]
        # No prefix is tried that is longer than any that is subscribed to, so that a subject of
        # thousands of segments, which may come from a URL, costs nothing.
        end = subject.rfind(".", 0, self._longest_below + 1)
        while end > 0:
            inboxes = self._below.get(subject[:end])
            if inboxes is not None:
                self._deliver(inboxes, message, here)
            end = subject.rfind(".", 0, end)

    def _deliver(
        self,
        inboxes: "dict[Inbox[T], None]",
        message: Sized[T],
        here: asyncio.AbstractEventLoop | None,
    ) -> None:
        for inbox in list(inboxes):  # atomic: another thread may enter or leave meanwhile
            if inbox.loop is here:
                inbox.put(message)
            elif not inbox.put_from_elsewhere(message) and self._lock.acquire(blocking=False):
                # Where somebody holds the lock, perhaps below us in this thread, the next
                # message removes it.
                try:
                    self._remove(inbox)
                finally:
                    self._lock.release()

    def add(self, inbox: "Inbox[T]") -> None:
        """Deliver to an inbox from now on. Internal, for subscriptions."""
        with self._lock:
            for index, key in self._places(inbox):
                index.setdefault(key, {})[inbox] = None
                if index is self._below:
                    self._longest_below = max(self._longest_below, len(key))

    def remove(self, inbox: "Inbox[T]") -> None:
        """Deliver to an inbox no more. Internal, for subscriptions."""
        with self._lock:
            self._remove(inbox)

    def _remove(self, inbox: "Inbox[T]") -> None:
        for index, key in self._places(inbox):
            inboxes = index.get(key, {})
            inboxes.pop(inbox, None)
            if not inboxes:
                index.pop(key, None)
        if not self._below:
            self._longest_below = -1

    def _places(self, inbox: "Inbox[T]") -> "list[tuple[_Index[T], str]]":
        return [
            (self._exact, pattern)
            if (prefix := prefix_of(pattern)) is None
            else (self._below, prefix)
            for pattern in inbox.subscription.patterns
        ]

    def __repr__(self) -> str:
        indexes = (self._exact, self._below)
        active = {inbox for index in indexes for inboxes in index.values() for inbox in inboxes}
        return f"<Relay {len(active)} active>"
