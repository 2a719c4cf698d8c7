"""`publish` decides and never waits, and costs what its own matching subscriptions cost.

Inboxes are filled before listeners are called, so that what a callback publishes comes behind.
"""

import asyncio

from stario.relay.audience import Audience
from stario.relay.bounds import DEFAULT_MAX_BYTES, DEFAULT_MAXSIZE, checked_bounds
from stario.relay.dispatch import Dispatch
from stario.relay.drops import Drops
from stario.relay.inbox import Inbox, sized
from stario.relay.listener import Deliver, Listener
from stario.relay.patterns import bad_subject, checked_patterns, is_subject
from stario.relay.subscription import RelaySubscription


class Relay[T]:
    """Hands each message to every subscription whose patterns match its subject.

    In-process and not durable: a message that nobody subscribed to at that moment is gone.
    Subjects are segments joined with dots (`room.7.joined`); a pattern is a subject, or one that
    ends in `.*` for everything below it, or `*` for all.
    """

    def __init__(self) -> None:
        self._drops = Drops()
        self._inboxes = Audience[Inbox[T]]()
        self._dispatch = Dispatch[T]()

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
                self._inboxes.discard_soon(inbox, inbox.subscriber.patterns)
        if self._dispatch.audience:
            self._dispatch.deliver(message, here)

    def subscribe(
        self,
        *patterns: str,
        maxsize: int | None = DEFAULT_MAXSIZE,
        max_bytes: int | None = DEFAULT_MAX_BYTES,
        latest: bool = False,
    ) -> RelaySubscription[T]:
        """Return a subscription to enter with `async with`; it keeps nothing before that.

        `maxsize` is how many messages may wait, and `max_bytes` how long they may be together:
        `str`, `bytes` and markup count with their length, other data with nothing. One more drops
        the oldest; the newest is always kept, however long. `max_bytes=None` counts messages only,
        `maxsize=None` sets no bound at all. With `latest` only the newest message of each subject
        waits, and `maxsize` counts subjects.
        Raises StarioError for no pattern, a bad one, or a bound that is no whole number above 0.
        """
        return RelaySubscription(
            self._inboxes,
            self._drops,
            checked_patterns(patterns),
            checked_bounds(maxsize, max_bytes, latest),
        )

    def listen(
        self,
        *patterns: str,
        deliver: Deliver[T],
        maxsize: int | None = DEFAULT_MAXSIZE,
        max_bytes: int | None = DEFAULT_MAX_BYTES,
        latest: bool = False,
    ) -> Listener[T]:
        """Return a listener to enter with `async with`: `deliver(subject, data)` is then called.

        `publish` on the loop that entered calls it at once, before it returns, so it must neither
        wait nor take long; a thousand calls cost less than waking a thousand tasks. What is
        published elsewhere, and what a callback publishes, waits for a later turn of the loop, in
        an inbox with the bounds of `subscribe`. After the block it is called no more, also when
        a callback leaves the block. A callback that raises disturbs neither `publish` nor others:
        the first time is reported to the loop's exception handler and on the span of the handler,
        and `failures` counts them all.
        Raises StarioError as `subscribe` does, and for a `deliver` that cannot be called or would
        have to be awaited.
        """
        return Listener(
            self._dispatch.audience,
            self._dispatch.deliver_waiting,
            self._drops,
            checked_patterns(patterns),
            checked_bounds(maxsize, max_bytes, latest),
            deliver,
        )

    def __repr__(self) -> str:
        listening = len(self._dispatch.audience)
        heard = f", {listening} listening" if listening else ""
        return f"<Relay {len(self._inboxes)} active{heard}>"
