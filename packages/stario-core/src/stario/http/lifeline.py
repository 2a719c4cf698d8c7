"""How a handler's work ends with its exchange: when the client leaves, or when the app drains.

A lifeline belongs to one exchange and exists only where somebody asked for it. A scope is one
`c.alive(...)`: it cancels the task that opened it, and swallows that cancellation and no other.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from types import TracebackType
from typing import Protocol

from stario.http.shielded import ShieldedFuture

# As for `drain`: a source that never waits must not keep the loop to itself.
_ITEMS_PER_TURN = 64


class Exchange(Protocol):
    """What a lifeline needs to know of its exchange."""

    @property
    def gone(self) -> bool: ...
    @property
    def writable(self) -> bool: ...
    async def drain(self) -> None: ...


class Shutdown(Protocol):
    """What a lifeline needs to know of its app."""

    lifelines: "set[Lifeline]"

    @property
    def shutting_down(self) -> bool: ...


class Lifeline:
    """Tells everybody who waits that an exchange is about to end."""

    __slots__ = ("__weakref__", "_disconnect", "_scopes", "app", "cancelled", "exchange")

    def __init__(self, app: Shutdown, exchange: Exchange) -> None:
        self.app = app
        self.exchange = exchange
        self.cancelled = False
        self._scopes: list[Scope] = []
        self._disconnect: asyncio.Future[None] | None = None
        app.lifelines.add(self)

    @property
    def closing(self) -> bool:
        """The client left, or the app drains."""
        return self.exchange.gone or self.app.shutting_down

    @property
    def guarded(self) -> bool:
        """Some `c.alive(...)` is open and will end the work."""
        return bool(self._scopes)

    @property
    def disconnect(self) -> asyncio.Future[None]:
        """Done when the client left."""
        if self._disconnect is None:
            self._disconnect = ShieldedFuture()
            if self.exchange.gone:
                self._disconnect.set_result(None)
        return self._disconnect

    def client_left(self) -> None:
        """Complete `disconnect` and end the work in every scope."""
        if self._disconnect is not None and not self._disconnect.done():
            self._disconnect.set_result(None)
        self.end_scopes()

    def end_scopes(self) -> None:
        """Cancel the task of every open scope, innermost first."""
        for scope in reversed(self._scopes):
            scope.fire()

    def release(self) -> None:
        """Forget everything; the exchange is over."""
        self._scopes.clear()
        self.app.lifelines.discard(self)

    def enter(self, scope: "Scope") -> None:
        self._scopes.append(scope)
        if self.closing:
            scope.fire()

    def leave(self, scope: "Scope") -> None:
        if scope in self._scopes:
            self._scopes.remove(scope)

    def leave_after_firing(self, scope: "Scope") -> None:
        """Leave; a scope around this one may not have fired yet, because it found us unwinding."""
        self.cancelled = False
        self.leave(scope)
        self.end_scopes()


class Scope:
    """Cancels the task that opened it, once, unless that task is unwinding already."""

    __slots__ = ("_cancelling_before", "_fired", "_lifeline", "_task")

    def __init__(self, lifeline: Lifeline) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("c.alive() works inside a task; there is no current task here.")
        self._task = task
        self._lifeline = lifeline
        self._cancelling_before = task.cancelling()
        self._fired = False
        lifeline.enter(self)

    @property
    def fired(self) -> bool:
        return self._fired

    def fire(self) -> None:
        """Cancel the task; nothing happens a second time."""
        if not self._fired and self._task.cancelling() == self._cancelling_before:
            self._fired = True
            self._lifeline.cancelled = True
            self._task.cancel()

    def leave(self) -> None:
        self._lifeline.leave(self)

    def absorb(self) -> bool:
        """Take our own cancellation back; False when somebody else cancelled the task too."""
        ours = self._task.uncancel() <= self._cancelling_before
        self._lifeline.leave_after_firing(self)
        return ours


class Alive[T]:
    """`async with c.alive():` and `async for item in c.alive(source):`; see `Context.alive`."""

    __slots__ = ("_items", "_lifeline", "_scope", "_source", "_taken")

    def __init__(self, lifeline: Lifeline, source: AsyncIterable[T] | None) -> None:
        self._lifeline = lifeline
        self._source = source
        self._items: AsyncIterator[T] | None = None
        self._scope: Scope | None = None
        self._taken = 0

    async def __aenter__(self) -> None:
        if self._scope is not None:
            raise RuntimeError("This c.alive() is entered already; call c.alive() again.")
        self._scope = Scope(self._lifeline)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        scope, self._scope = self._scope, None
        if scope is None:
            return False
        if not scope.fired:
            scope.leave()
            return False
        if exc is None:
            await _receive_cancellation()
        ours = scope.absorb()
        if exc is None and not ours:
            raise asyncio.CancelledError
        return ours and isinstance(exc, asyncio.CancelledError)

    def __aiter__(self) -> AsyncIterator[T]:
        if self._source is None:
            raise RuntimeError(
                "c.alive() without a source cannot be iterated; "
                "use `async with c.alive():`, or give it a source: c.alive(source)."
            )
        self._items = aiter(self._source)
        self._scope = Scope(self._lifeline)
        return self

    async def __anext__(self) -> T:
        scope, items = self._scope, self._items
        if scope is None or items is None:
            raise StopAsyncIteration
        try:
            self._taken += 1
            if not self._lifeline.exchange.writable:
                await self._lifeline.exchange.drain()
            elif not self._taken % _ITEMS_PER_TURN:
                await asyncio.sleep(0)
            if scope.fired:
                await _receive_cancellation()
            else:
                return await anext(items)
        except asyncio.CancelledError:
            if not scope.fired:
                self._stop()
                raise
        except BaseException:
            self._stop()
            raise
        self._scope = None
        if not scope.absorb():
            raise asyncio.CancelledError
        raise StopAsyncIteration

    def _stop(self) -> None:
        if self._scope is not None:
            self._scope.leave()
            self._scope = None

    def __del__(self) -> None:
        # A loop that was left by `break` tells its iterator nothing else.
        self._stop()


async def _receive_cancellation() -> None:
    """Let a cancellation that was asked for, but not delivered yet, arrive here."""
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        pass
