"""`sse.loop`: the current state first, and again after every change, as long as the browser stays.

The subscription begins before the state is read, so no change falls between the two. What changed
while the client was slow comes together, so that it costs one patch.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Self

from stario.datastar.errors import (
    loop_not_entered,
    not_a_subscription,
    subscription_is_entered,
)
from stario.relay import Msg, Subscription

if TYPE_CHECKING:
    from stario.http.context import Context

# Messages in one item, so that a publisher who never rests does not keep the state from being sent.
_MOST_AT_ONCE = 1024
# Seconds for a foreign subscription to give up a `receive` that was cancelled.
_PATIENCE = 1.0


class StreamLoop[T]:
    """`async with sse.loop(c, subscription) as changes:`; see `SSE.loop`."""

    __slots__ = ("_c", "_open", "_receiver", "_subscription")

    def __init__(
        self, open_stream: Callable[[], None], c: "Context", subscription: Subscription[T]
    ) -> None:
        if not hasattr(subscription, "receive"):
            raise not_a_subscription(subscription)
        self._open = open_stream
        self._c = c
        self._subscription = subscription
        self._receiver: Receiver[T] | None = None

    async def __aenter__(self) -> Self:
        """Enter the subscription, and then open the stream."""
        subscription = self._subscription
        if subscription.active:
            raise subscription_is_entered(subscription)
        await subscription.__aenter__()
        try:
            self._open()
        except BaseException as error:
            await subscription.__aexit__(type(error), error, error.__traceback__)
            raise
        self._receiver = receiver_of(subscription)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Leave the subscription."""
        receiver, self._receiver = self._receiver, None
        try:
            if receiver is not None:
                await receiver.close()
        finally:
            await self._subscription.__aexit__(*exc_info)

    def __aiter__(self) -> AsyncIterator[tuple[Msg[T], ...]]:
        """Iterate: an empty tuple at once, and then for each wake-up all that waits."""
        if self._receiver is None:
            raise loop_not_entered()
        if self._c.req.method == "HEAD":
            return _Nothing()
        return aiter(self._c.alive(_Changes(self._receiver)))

    def __repr__(self) -> str:
        return f"<StreamLoop over {self._subscription!r}>"


class _Changes[T]:
    """What is iterated over: nothing, so that the state is sent, and then what changed."""

    __slots__ = ("_begun", "_receiver")

    def __init__(self, receiver: "Receiver[T]") -> None:
        self._receiver = receiver
        self._begun = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[Msg[T], ...]:
        if not self._begun:
            self._begun = True
            return ()
        receiver = self._receiver
        waiting = [await receiver.receive()]
        while len(waiting) < _MOST_AT_ONCE and (more := receiver.receive_nowait()) is not None:
            waiting.append(more)
        return tuple(waiting)


class _Nothing:
    """The iteration of a request without a body."""

    __slots__ = ()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration


class Receiver[T]:
    """Receives from a subscription that tells at once whether a message waits."""

    __slots__ = ("receive", "receive_nowait")

    def __init__(self, subscription: Any) -> None:
        self.receive: Callable[[], Any] = subscription.receive
        self.receive_nowait: Callable[[], Msg[T] | None] = subscription.receive_nowait

    async def close(self) -> None:
        """Give up what is on the way."""


class ReceiverAhead[T](Receiver[T]):
    """Receives from one that can only be waited for: one message ahead, in a task.

    The task begins at once, so it is done already where a message waits; one that has to wait is
    the next to be received. None is cancelled before the end, so that no message is lost.
    """

    __slots__ = ("_subscription", "_task")

    def __init__(self, subscription: Subscription[T]) -> None:
        self._subscription = subscription
        self._task: asyncio.Task[Msg[T]] | None = None
        self.receive = self._receive
        self.receive_nowait = self._receive_nowait

    async def _receive(self) -> Msg[T]:
        task = self._ahead()
        await asyncio.wait((task,))
        self._task = None
        return task.result()

    def _receive_nowait(self) -> Msg[T] | None:
        task = self._ahead()
        if not task.done():
            return None
        self._task = None
        return task.result()

    def _ahead(self) -> "asyncio.Task[Msg[T]]":
        if self._task is None:
            loop = asyncio.get_running_loop()
            self._task = asyncio.Task(self._subscription.receive(), loop=loop, eager_start=True)
        return self._task

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait((task,), timeout=_PATIENCE)
        if task.done() and not task.cancelled():
            task.exception()  # asked for, so that asyncio does not report it


def receiver_of[T](subscription: Subscription[T]) -> Receiver[T]:
    """Return what receives from a subscription of any relay."""
    if hasattr(subscription, "receive_nowait"):
        return Receiver(subscription)
    return ReceiverAhead(subscription)
