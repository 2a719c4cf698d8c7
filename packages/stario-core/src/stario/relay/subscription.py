"""A subscription: messages of some patterns, for as long as its block lasts."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Self

from stario.exceptions import StarioRuntime
from stario.relay.audience import Audience
from stario.relay.bounds import Bounds
from stario.relay.drops import Drops
from stario.relay.inbox import Inbox, Msg
from stario.relay.subscriber import Subscriber

# A publisher in a thread may be faster than a reader: after so many messages without a pause the
# reader gives the loop a turn, so that other work (and its own cancellation) gets through.
_MESSAGES_PER_TURN = 256


class RelaySubscription[T](Subscriber[T]):
    """Messages of some patterns, from `async with` on: `async for subject, data in sub`.

    It belongs to the loop that entered it, and one task at a time may wait in it. Leaving the
    block cancels a waiting `receive`; the handle can be entered again, and starts empty.
    `dropped` counts the messages that a full inbox dropped, and with `latest` those that a newer
    one replaced, over all blocks of this handle.
    """

    __slots__ = ("_audience",)

    def __init__(
        self,
        audience: Audience[Inbox[T]],
        drops: Drops,
        patterns: tuple[str, ...],
        bounds: Bounds,
    ) -> None:
        super().__init__(drops, patterns, bounds)
        self._audience = audience

    def receive_nowait(self) -> Msg[T] | None:
        """Return the next message, or None when none waits; StarioRuntime as for `receive`."""
        return self._entered().take()

    async def receive(self) -> Msg[T]:
        """Return the next message, and wait for it when there is none.

        Raises StarioRuntime outside the block, on another loop than the one that entered it, and
        while another `receive` waits.
        """
        inbox = self._entered()
        if inbox.taken_in_a_row >= _MESSAGES_PER_TURN:
            inbox.taken_in_a_row = 0
            await asyncio.sleep(0)
            inbox = self._entered()
        message = inbox.take()
        if message is None:
            return await inbox.wait()
        return message

    async def __aenter__(self) -> Self:
        """Begin to keep messages."""
        self._audience.add(self._begin(), self.patterns)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Drop what waits, and cancel a waiting reader."""
        inbox = self._inbox
        self._end()
        if inbox is not None:
            self._audience.discard(inbox, self.patterns)
            inbox.close()

    def __aiter__(self) -> Self:
        """Iterate over the messages for as long as the block lasts."""
        return self

    def __anext__(self) -> Coroutine[Any, Any, Msg[T]]:
        """Receive."""
        return self.receive()

    def woken(self, inbox: Inbox[T]) -> None:
        """Wake the reader. Internal, for the inbox."""
        inbox.notify()

    def _entered(self) -> Inbox[T]:
        inbox = self._inbox
        if inbox is None:
            raise not_entered(self)
        if inbox.loop is not asyncio.get_running_loop():
            raise on_another_loop(self)
        if inbox.waiter is not None:
            raise already_waiting(self)
        return inbox


def not_entered(subscription: RelaySubscription[Any]) -> StarioRuntime:
    return StarioRuntime(
        f"{subscription!r} keeps no messages outside its block.",
        help_text="Read inside `async with relay.subscribe(...) as sub:`.",
    )


def on_another_loop(subscription: RelaySubscription[Any]) -> StarioRuntime:
    return StarioRuntime(
        f"{subscription!r} was entered on another event loop.",
        help_text="Enter and read a subscription on the same loop.",
    )


def already_waiting(subscription: RelaySubscription[Any]) -> StarioRuntime:
    return StarioRuntime(
        f"Another task waits in {subscription!r}.",
        help_text="Each reader takes a subscription of its own from relay.subscribe().",
    )
