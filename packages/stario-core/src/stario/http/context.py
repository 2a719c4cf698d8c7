"""A handler's context: the app, the request, the span, and the life of the exchange."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Never, overload

from stario.http.lifetimes.lifeline import Alive, Lifeline
from stario.http.match import NO_ROUTE, RouteMatch

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.http.request import Request
    from stario.http.writer import Writer
    from stario.tracing import Span

__all__ = ["Context", "Handler", "Middleware", "RouteMatch"]

type Handler = Callable[[Context, Writer], Awaitable[None]]
type Middleware = Callable[[Handler], Handler]


class Context:
    """What a handler knows about its request.

    `route` holds the pattern and the path parameters; `state` is a dict of this request, for
    middleware.
    """

    __slots__ = ("_state", "_writer", "app", "req", "route", "span")

    def __init__(self, app: "App", req: "Request", span: "Span", writer: "Writer") -> None:
        self.app = app
        self.req = req
        self.span = span
        self.route = NO_ROUTE
        self._state: dict[str, Any] | None = None
        self._writer = writer

    def __repr__(self) -> str:
        return f"<Context {self.req.method} {self.req.raw_path}>"

    @property
    def state(self) -> dict[str, Any]:
        """A dict of this request, made on first use."""
        if self._state is None:
            self._state = {}
        return self._state

    @property
    def disconnect(self) -> asyncio.Future[None]:
        """A future that is done when the client left."""
        return self._lifeline().disconnect

    @property
    def disconnected(self) -> bool:
        """The client left."""
        return self._writer.gone

    @property
    def shutting_down(self) -> bool:
        """The app drains: it takes no new work and waits for the work in hand."""
        return self.app.shutting_down

    @property
    def closing(self) -> bool:
        """`disconnected` or `shutting_down`."""
        return self._writer.gone or self.app.shutting_down

    @overload
    def alive(self, source: None = None) -> Alive[Never]: ...
    @overload
    def alive[T](self, source: AsyncIterable[T]) -> Alive[T]: ...
    def alive(self, source: AsyncIterable[Any] | None = None) -> Alive[Any]:
        """Bind work to the life of the exchange.

        `async with c.alive():` cancels the current task when the client leaves or the app drains,
        and swallows that cancellation and no other. `async for item in c.alive(source):` does the
        same while it iterates, and waits between items until the client's socket takes more, so
        that a slow client slows its own stream only. A source that is a generator is closed when
        its loop ends, however it ends; any other is closed by the code that opened it, as a
        subscription is by its `async with`. Iterating without a source is a RuntimeError.
        """
        return Alive(self._lifeline(), source)

    def _lifeline(self) -> Lifeline:
        return self._writer.lifeline_of(self.app)
