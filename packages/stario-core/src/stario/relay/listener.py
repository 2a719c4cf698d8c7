"""A listener is called by `publish` itself: no inbox, no task that has to wake.

That holds on its own loop. What comes from elsewhere, and what a callback publishes itself, waits
in a bounded inbox for the next turn of the loop; and while something waits there, what comes later
waits behind it. So every publisher's order is kept, and no callback is called inside another.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, Self, cast

from stario.exceptions import StarioRuntime
from stario.relay.audience import Audience
from stario.relay.drops import Drops
from stario.relay.inbox import Inbox, LatestInbox, Msg, QueueInbox, Sized
from stario.relay.subscriber import Subscriber
from stario.tracing import NOOP_SPAN

# Calls in one turn of the loop for what waited: publishers in threads may be faster than callbacks.
_MESSAGES_PER_TURN = 256
# What callbacks publish, until the publish that called them has reached everybody.
_MOST_NESTED = 1024

type Deliver[T] = Callable[[str, T], object]


class Exchange[T](Protocol):
    """What a listener needs of its relay."""

    drops: Drops

    def add_listener(self, listener: "Listener[T]") -> None: ...
    def remove_listener(self, listener: "Listener[T]") -> None: ...
    def deliver_waiting(self, listener: "Listener[T]") -> None: ...


class Listener[T](Subscriber[T]):
    """Calls `deliver(subject, data)` for each message of its patterns, from `async with` on.

    It belongs to the loop that entered it, and is called there only. `dropped` counts what a full
    inbox dropped, `failures` the calls that raised, over all blocks of this handle.
    """

    __slots__ = ("_callback", "_relay", "deliver", "failures", "loop", "waiting")

    def __init__(
        self,
        relay: Exchange[T],
        patterns: tuple[str, ...],
        deliver: Deliver[T],
        maxsize: int | None,
        max_bytes: int | None,
        latest: bool,
    ) -> None:
        super().__init__(relay.drops, patterns, maxsize, max_bytes, latest)
        self.failures = 0
        self.waiting = False
        self.loop: asyncio.AbstractEventLoop | None = None
        # What is called: nobody any more, once the block is left, even in the middle of a publish.
        self.deliver: Deliver[T] = _to_nobody
        self._callback = deliver
        self._relay = relay

    @property
    def active(self) -> bool:
        """Whether the block is entered, so that messages are delivered."""
        return self._inbox is not None

    async def __aenter__(self) -> Self:
        """Begin to deliver."""
        if self._inbox is not None:
            raise already_listening(self)
        self.loop = loop = asyncio.get_running_loop()
        kind = LatestBacklog[T] if self._latest else QueueBacklog[T]
        self._begin(kind(self, loop, self._maxsize, self._max_bytes))
        self.waiting = False
        self.deliver = self._callback
        self._relay.add_listener(self)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Deliver no more, and forget what waits."""
        if self._inbox is not None:
            self._relay.remove_listener(self)
            self.deliver = _to_nobody
            self._end()
            self.waiting = False

    def post(self, message: Sized[T]) -> bool:
        """Let a message wait for the loop; False when that is closed. Internal."""
        inbox = self._inbox
        return inbox is None or inbox.put_from_elsewhere(message)

    def deliver_waiting(self) -> None:
        """Deliver what waits, in turns. Internal, for the relay on this listener's loop."""
        inbox = self._inbox
        if inbox is None:
            return
        for _ in range(_MESSAGES_PER_TURN):
            message = inbox.take()
            if message is None:
                return
            try:
                self.deliver(*message)
            except (Exception, asyncio.CancelledError) as error:
                self.failed(error)
            if self._inbox is not inbox:
                return
        inbox.loop.call_soon(self._relay.deliver_waiting, self)

    def woken(self) -> None:
        """Hear from the loop that something waits. Internal, for the inbox."""
        self._relay.deliver_waiting(self)

    def failed(self, error: BaseException) -> None:
        """Count a call that raised, and report the first one. Internal."""
        self.failures += 1
        if self.failures > 1 or self.loop is None:
            return
        if self._span is not NOOP_SPAN:
            self._span.exception(error, {"relay.patterns": " ".join(self.patterns)})
        self.loop.call_exception_handler(
            {
                "message": f"{self!r} raised; later failures of it are only counted",
                "exception": error,
            }
        )

    def _counts(self) -> str:
        return f"{self.dropped} dropped, {self.failures} failed"


class _Backlog[T](Inbox[T]):
    """What waits for a listener to be called with, over an inbox that keeps it.

    Whether something waits is kept where it changes, under the lock of the inbox: what a loop says
    after a thread must not pass it.
    """

    __slots__ = ()

    def _store(self, message: Sized[T]) -> bool:
        _listener_of(self).waiting = True
        return super()._store(message)

    def _pop(self) -> Msg[T] | None:
        message = super()._pop()
        if message is None:
            _listener_of(self).waiting = False
        return message

    def _notify(self) -> None:
        _listener_of(self).woken()


class QueueBacklog[T](_Backlog[T], QueueInbox[T]):
    """Every message."""

    __slots__ = ()


class LatestBacklog[T](_Backlog[T], LatestInbox[T]):
    """The newest message of each subject."""

    __slots__ = ()


def _listener_of(inbox: Inbox[Any]) -> Listener[Any]:
    return cast("Listener[Any]", inbox.subscription)


class Listeners[T]:
    """The listeners of one relay, and who of them hears a message when."""

    __slots__ = ("_nested", "audience")

    def __init__(self) -> None:
        self.audience = Audience[Listener[T]]()
        # Per loop that is calling listeners: what they publish meanwhile.
        self._nested: dict[asyncio.AbstractEventLoop, list[Sized[T]]] = {}

    def tell(self, message: Sized[T], here: asyncio.AbstractEventLoop | None) -> list[Listener[T]]:
        """Call the listeners of this loop, and post to the others; return those of closed loops."""
        if here is None:
            return self._post(message)
        nested = self._nested.get(here)
        if nested is not None:
            # What is said now comes after what is being said.
            nested.append(message)
            return self._post_all(nested) if len(nested) >= _MOST_NESTED else []
        subject, data = message[0]
        listeners = self.audience.of(subject)
        closed: list[Listener[T]] = []
        if not listeners:
            return closed
        nested = self._nested[here] = []
        try:
            for listener in listeners:
                if listener.loop is here and not listener.waiting:
                    try:
                        listener.deliver(subject, data)
                    except (Exception, asyncio.CancelledError) as error:
                        listener.failed(error)
                elif not listener.post(message):
                    closed.append(listener)
        finally:
            del self._nested[here]
            if nested:
                closed += self._post_all(nested)
        return closed

    def tell_waiting(self, listener: Listener[T]) -> list[Listener[T]]:
        """Call a listener with what waits for it; return listeners of closed loops."""
        here = listener.loop
        if here is None:
            return []
        nested: list[Sized[T]] = []
        self._nested[here] = nested
        try:
            listener.deliver_waiting()
        finally:
            del self._nested[here]
        return self._post_all(nested) if nested else []

    def _post(self, message: Sized[T]) -> list[Listener[T]]:
        return [one for one in self.audience.of(message[0][0]) if not one.post(message)]

    def _post_all(self, nested: list[Sized[T]]) -> list[Listener[T]]:
        messages = nested.copy()
        nested.clear()
        return [closed for message in messages for closed in self._post(message)]


def _to_nobody(_subject: str, _data: object) -> None:
    pass


def already_listening(listener: "Listener[Any]") -> StarioRuntime:
    """The complaint of a second `async with` inside the first."""
    return StarioRuntime(
        f"{listener!r} is entered already.",
        help_text="Take another listener from relay.listen().",
    )
