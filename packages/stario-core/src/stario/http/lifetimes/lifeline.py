"""How a handler's work ends with its exchange: when the client leaves, or when the app drains.

A lifeline belongs to one exchange and exists only where somebody asked for it. A scope is one
`c.alive(...)`: it cancels the task that opened it, and swallows that cancellation and no other. A
generator that is iterated in it is closed, however the loop ends.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Protocol

from stario.exceptions import StarioError
from stario.http.lifetimes.cancellation import Cancellation
from stario.http.lifetimes.shielded import ShieldedFuture
from stario.markup.errors import shown

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
    def create_task[T](self, coro: Coroutine[Any, Any, T]) -> asyncio.Task[T]: ...


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


class Scope(Cancellation):
    """Cancels the task that opened it when its exchange is about to end."""

    __slots__ = ("_lifeline",)

    def __init__(self, lifeline: Lifeline) -> None:
        super().__init__()
        self._lifeline = lifeline
        lifeline.enter(self)

    def fire(self, _done: object = None) -> None:
        super().fire()
        if self.fired:
            self._lifeline.cancelled = True

    def leave(self) -> None:
        self._lifeline.leave(self)

    def close_later(self, items: AsyncIterator[object]) -> None:
        """Close a source in a task that the app waits for when it drains; from any thread."""
        loop = self.task.get_loop()
        if not loop.is_closed():
            app = self._lifeline.app
            loop.call_soon_threadsafe(lambda: app.create_task(_close(items)))

    def absorb(self) -> bool:
        """Take our own cancellation back; False when somebody else cancelled the task too."""
        ours = self.take_back()
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
        self._enter()

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
        if not isinstance(self._source, AsyncIterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise no_source(self._source)
        if self._items is None:  # else somebody iterates over the iterator
            items = aiter(self._source)
            self._enter()
            self._items = items
        return self

    def _enter(self) -> None:
        if self._scope is not None:
            raise RuntimeError("This c.alive() is entered already; call c.alive() again.")
        self._scope = Scope(self._lifeline)

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
                await self.aclose()
                raise
        except BaseException:
            await self.aclose()
            raise
        try:
            await _close(items)
        finally:
            self._scope = self._items = None
            ours = scope.absorb()
        if not ours:
            raise asyncio.CancelledError
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the iteration, and close its source where that is a generator."""
        items = self._stop()
        if items is not None:
            await _close(items)

    def _stop(self) -> AsyncIterator[T] | None:
        scope, items = self._scope, self._items
        self._scope = self._items = None
        if scope is not None:
            scope.leave()
        return items

    def __del__(self) -> None:
        # A loop that was left by `break`, or by an exception in it, tells its iterator nothing
        # else; and who is collected cannot wait.
        scope, items = self._scope, self._stop()
        if scope is not None and items is not None and _is_ours(items):
            scope.close_later(items)


def no_source(source: object) -> StarioError:
    return StarioError(
        f"c.alive() takes what `async for` can iterate, not {shown(source)}.",
        help_text="Such as a subscription, or a call of an async generator function:"
        " c.alive(source()).",
    )


def _is_ours(items: object) -> bool:
    """Tell of generators; whatever else can be iterated belongs to who opened it."""
    return isinstance(items, AsyncGenerator)


async def _close(items: AsyncIterator[object]) -> None:
    if isinstance(items, AsyncGenerator):
        await items.aclose()


async def _receive_cancellation() -> None:
    """Let a cancellation that was asked for, but not delivered yet, arrive here."""
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        pass
