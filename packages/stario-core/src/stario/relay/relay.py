"""`publish` decides and never waits, and costs what its own matching subscriptions cost.

Inboxes are filled before listeners are called, so that what a callback publishes comes behind.
"""

import asyncio
from threading import Lock

from stario.relay.audience import Audience
from stario.relay.drops import Drops
from stario.relay.inbox import Inbox, sized
from stario.relay.listener import Deliver, Listener, Listeners
from stario.relay.patterns import (
    bad_pattern,
    bad_subject,
    collapsed,
    is_pattern,
    is_subject,
    no_pattern,
)
from stario.relay.subscription import RelaySubscription, bad_bound

_DEFAULT_MAXSIZE = 1024
# A reader that is so far behind will hardly catch up, and a thousand of them must fit in memory.
_DEFAULT_MAX_BYTES = 1024 * 1024


class Relay[T]:
    """Hands each message to every subscription whose patterns match its subject.

    In-process and not durable: who is not subscribed at the moment of `publish` misses it.
    Subjects are segments joined with dots (`room.7.joined`); a pattern is a subject, or one that
    ends in `.*` for everything below it, or `*` for all.
    """

    def __init__(self) -> None:
        self.drops = Drops()
        self._lock = Lock()
        self._inboxes = Audience[Inbox[T]]()
        self._listeners = Listeners[T]()

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
        for inbox in self._inboxes.of(subject):
            if inbox.loop is here:
                inbox.put(message)
            elif not inbox.put_from_elsewhere(message):
                self._forget_soon(inbox)
        if self._listeners.audience:
            for listener in self._listeners.tell(message, here):
                self._forget_soon(listener)

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
        checked = _checked(patterns, maxsize, max_bytes)
        return RelaySubscription(
            self, checked, maxsize, None if maxsize is None else max_bytes, latest
        )

    def listen(
        self,
        *patterns: str,
        deliver: Deliver[T],
        maxsize: int | None = _DEFAULT_MAXSIZE,
        max_bytes: int | None = _DEFAULT_MAX_BYTES,
        latest: bool = False,
    ) -> Listener[T]:
        """Return a listener to enter with `async with`: `deliver(subject, data)` is then called.

        `publish` on the loop that entered calls it at once, before it returns, so it must neither
        wait nor take long; a thousand calls cost less than to wake a thousand tasks. What is
        published elsewhere, and what a callback publishes, waits for a later turn of the loop, in
        an inbox with the bounds of `subscribe`. Who leaves the block is called no more, also when
        it is a callback that does so. A callback that raises disturbs neither `publish` nor others:
        the first time is reported to the loop's exception handler and on the span of the handler,
        and `failures` counts them all.
        Raises StarioError as `subscribe` does.
        """
        checked = _checked(patterns, maxsize, max_bytes)
        return Listener(
            self, checked, deliver, maxsize, None if maxsize is None else max_bytes, latest
        )

    def add(self, inbox: "Inbox[T]") -> None:
        """Deliver to an inbox from now on. Internal, for subscriptions."""
        with self._lock:
            self._inboxes.add(inbox, inbox.subscription.patterns)

    def remove(self, inbox: "Inbox[T]") -> None:
        """Deliver to an inbox no more. Internal, for subscriptions."""
        with self._lock:
            self._inboxes.discard(inbox, inbox.subscription.patterns)

    def add_listener(self, listener: Listener[T]) -> None:
        """Call a listener from now on. Internal."""
        with self._lock:
            self._listeners.audience.add(listener, listener.patterns)

    def remove_listener(self, listener: Listener[T]) -> None:
        """Call a listener no more. Internal."""
        with self._lock:
            self._listeners.audience.discard(listener, listener.patterns)

    def deliver_waiting(self, listener: Listener[T]) -> None:
        """Call a listener with what waits for it. Internal, on the loop of the listener."""
        for closed in self._listeners.tell_waiting(listener):
            self._forget_soon(closed)

    def _forget_soon(self, member: "Inbox[T] | Listener[T]") -> None:
        """Forget who is on a closed loop.

        Where somebody holds the lock, perhaps below us in this thread, the next message does it.
        """
        if not self._lock.acquire(blocking=False):
            return
        try:
            if isinstance(member, Listener):
                self._listeners.audience.discard(member, member.patterns)
            else:
                self._inboxes.discard(member, member.subscription.patterns)
        finally:
            self._lock.release()

    def __repr__(self) -> str:
        listening = len(self._listeners.audience)
        heard = f", {listening} listening" if listening else ""
        return f"<Relay {len(self._inboxes)} active{heard}>"


def _checked(
    patterns: tuple[str, ...], maxsize: int | None, max_bytes: int | None
) -> tuple[str, ...]:
    """Return the patterns without what another one covers."""
    if not patterns:
        raise no_pattern()
    for pattern in patterns:
        if not is_pattern(pattern):
            raise bad_pattern(pattern)
    for name, bound in (("maxsize", maxsize), ("max_bytes", max_bytes)):
        if bound is not None and bound < 1:
            raise bad_bound(name, bound)
    return collapsed(patterns)
