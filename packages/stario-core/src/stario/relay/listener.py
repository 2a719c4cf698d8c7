"""A listener: a callback for messages of some patterns, for as long as its block lasts."""

import asyncio
from collections.abc import Callable, Collection
from inspect import iscoroutinefunction
from typing import Self

from stario.exceptions import StarioError
from stario.markup.errors import shown
from stario.relay.audience import Audience
from stario.relay.bounds import Bounds
from stario.relay.drops import Drops
from stario.relay.inbox import Inbox, Sized
from stario.relay.subscriber import Subscriber
from stario.tracing import NOOP_SPAN

# Calls in one turn of the loop for what waited: publishers in threads may be faster than callbacks.
_MESSAGES_PER_TURN = 256

type Deliver[T] = Callable[[str, T], object]


class Listener[T](Subscriber[T]):
    """Calls `deliver(subject, data)` for each message of its patterns, from `async with` on.

    It belongs to the loop that entered it, and is called there only. `dropped` counts what a full
    inbox dropped, `failures` the calls that raised, over all blocks of this handle.
    """

    __slots__ = ("_audience", "_callback", "_wake", "deliver", "failures", "loop", "waiting")

    def __init__(
        self,
        audience: Audience["Listener[T]"],
        wake: "Callable[[Listener[T]], None]",
        drops: Drops,
        patterns: tuple[str, ...],
        bounds: Bounds,
        deliver: Deliver[T],
    ) -> None:
        if not callable(deliver) or iscoroutinefunction(deliver):
            raise not_a_callback(deliver)
        super().__init__(drops, patterns, bounds)
        self.failures = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        # The inbox's own collection, so that asking whether it is empty costs no call.
        self.waiting: Collection[object] = ()
        # What is called: nothing, once the block is left, even in the middle of a publish.
        self.deliver: Deliver[T] = _ignore
        self._callback = deliver
        self._audience = audience
        self._wake = wake

    async def __aenter__(self) -> Self:
        """Begin to deliver."""
        inbox = self._begin()
        self.loop = inbox.loop
        self.waiting = inbox.kept
        self.deliver = self._callback
        self._audience.add(self, self.patterns)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Stop delivering, and drop what waits."""
        if self._inbox is not None:
            self._audience.discard(self, self.patterns)
            self.deliver = _ignore
            self.waiting = ()
            self._end()

    def post(self, message: Sized[T]) -> bool:
        """Let a message wait for the loop; False when that is closed. Internal."""
        inbox = self._inbox
        return inbox is None or inbox.put_from_elsewhere(message)

    def woken(self, inbox: Inbox[T]) -> None:
        """Deliver what waits. Internal, for the inbox."""
        self._wake(self)

    def deliver_waiting(self) -> None:
        """Deliver what waits, so many in one turn of the loop. Internal."""
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
        inbox.loop.call_soon(self._wake, self)

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


def _ignore(_subject: str, _data: object) -> None:
    pass


def not_a_callback(deliver: object) -> StarioError:
    return StarioError(
        f"deliver is called and not awaited, so it cannot be {shown(deliver)}.",
        help_text="Give a plain function; what has to wait reads a subscription in a task.",
        example='relay.listen("room.7.*", deliver=lambda subject, data: print(subject, data))',
    )
