"""What happens to one request: its span, its route, its handler, its errors.

An app is a router with a policy. Whatever a handler or a writer does, the exchange ends with one
answer or a closed connection, and its span ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import stario.responses as responses
from stario.exceptions import (
    ClientDisconnected,
    HttpException,
    RedirectException,
    StarioError,
    StarioRuntime,
)
from stario.http.context import Context
from stario.http.lifetimes.shielded import ShieldedFuture
from stario.http.match import NO_ROUTE
from stario.http.matching.places import place_of
from stario.http.router import Router
from stario.markup.errors import shown
from stario.tracing import NOOP_SPAN, handler_span

if TYPE_CHECKING:
    from stario.http.lifetimes.lifeline import Lifeline
    from stario.http.writer import Writer

__all__ = ["App", "ErrorHandler"]

type ErrorHandler[E: Exception] = Callable[[Context, Writer, E], Awaitable[None]]


# Fields of the answer that was meant to be; they would be wrong, or cached, on a 500.
_CONTENT_FIELDS = ("cache-control", "content-encoding", "content-range", "etag", "last-modified")


class App(Router):
    """Routes, error handlers, background tasks, and the signal to shut down.

    Raises StarioError when it is built without a running event loop.
    """

    # Seconds for a request that is on its way when the server shuts down; and then for what crosses
    # our goodbye. Internal: it is as long as the way of a request across the world.
    last_call = 0.25

    def __init__(self) -> None:
        super().__init__()
        self._loop = _running_loop()
        self.shutdown: asyncio.Future[None] = ShieldedFuture(loop=self._loop)
        self.shutdown.add_done_callback(self._end_streams)
        self.tasks: set[asyncio.Task[Any]] = set()
        self.lifelines: set[Lifeline] = set()
        self._error_handlers: dict[type[Exception], ErrorHandler[Any]] = {
            HttpException: _answer_http_exception,
            RedirectException: _answer_redirect,
        }

    @property
    def shutting_down(self) -> bool:
        """The app takes no new work and waits for the work in hand."""
        return self.shutdown.done()

    def signal_shutdown(self) -> None:
        """Complete `shutdown`. May be called again."""
        if not self.shutdown.done():
            self.shutdown.set_result(None)

    def _end_streams(self, _shutdown: asyncio.Future[None]) -> None:
        for lifeline in list(self.lifelines):
            lifeline.end_scopes()

    def on_error[E: Exception](self, exc_type: type[E], handler: ErrorHandler[E]) -> None:
        """Answer exceptions of this type, and of its subclasses that have no handler of their own.

        `on_error(Exception, ...)` is the catch-all. The defaults for HttpException and
        RedirectException may be replaced. Raises StarioError for what is no type of Exception, a
        status for example, and for a handler that cannot be called.
        """
        if not isinstance(exc_type, type) or not issubclass(exc_type, Exception):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_an_exception_type(exc_type)
        if not callable(handler):
            raise no_error_handler(handler)
        self._error_handlers[exc_type] = handler

    def create_task[T](
        self,
        coro: Coroutine[Any, Any, T],
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        name: str | None = None,
    ) -> asyncio.Task[T]:
        """Run work in the background; the app waits for it when it drains.

        Raises StarioError without a running loop, and for what is no coroutine.
        """
        if not asyncio.iscoroutine(coro):
            raise no_coroutine(coro)
        try:
            task = (loop or _running_loop()).create_task(coro, name=name)
        except StarioError:
            coro.close()
            raise
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def drain_tasks(self) -> None:
        """Wait until `tasks` is empty, tasks that they start included."""
        while self.tasks:
            await asyncio.wait(list(self.tasks))
            # The callbacks that empty the set run in the turn of the loop after the tasks' end.
            await asyncio.sleep(0)

    async def __call__(self, c: Context, w: "Writer") -> None:
        """Run one request to its end."""
        # A span that records nothing is left alone: telling it five things costs as much as
        # finding the route.
        traced = c.span is not NOOP_SPAN
        if traced:
            c.span.start()
            handler_span.set(c.span)
        try:
            try:
                req = c.req
                path = req.path
                ready = self._ready.get(path)
                if ready is not None and req.method in ready:
                    handler, match = ready[req.method]
                elif (path[-1] == "/" and path != "/") or path == "*":
                    handler, match = self._answer_without_route, NO_ROUTE
                else:
                    host = req.host if self.host_routing else ""
                    handler, match = self.find_handler(host, path, req.method)
                c.route = match
                if traced:
                    _name_span(c, match.pattern)
                running = handler(c, w)
                if running is None:  # pyright: ignore[reportUnnecessaryComparison]
                    raise not_async(handler)
                await running
                if w.state == "fresh" and not w.gone:
                    raise nothing_sent(c)
            except Exception as error:
                await self._recover(c, w, error)
            except asyncio.CancelledError:
                if w.has_given_up:
                    w.abort()
                elif not _ended_by_alive(w):
                    raise
            if w.state != "ended":
                w.end()
        except BaseException as error:
            w.abort()
            c.span.fail(_said_by(error))
            raise
        finally:
            if traced:
                _end_span(c, w)

    async def _answer_without_route(self, c: Context, w: "Writer") -> None:
        """Answer `OPTIONS *`, and a path that ends in a slash."""
        if c.req.path == "*":
            responses.empty(w, 204)
        else:
            self._redirect_to_bare_path(c, w)

    def _redirect_to_bare_path(self, c: Context, w: "Writer") -> None:
        """Answer 308 with the path as it was sent, without its trailing slashes."""
        req = c.req
        # A browser reads a backslash as a slash, so /\evil.example would leave the site.
        location = "/" + req.raw_path.strip("/").replace("\\", "%5C")
        host = req.host if self.host_routing else ""
        _, match = self.find_handler(host, "/" + req.path.strip("/"), req.method)
        _name_span(c, match.pattern)
        if req.query_bytes:
            location += "?" + req.query_bytes.decode("latin-1")
        w.headers.set("location", location)
        w.respond(b"", b"text/plain; charset=utf-8", 308)

    async def _recover(self, c: Context, w: "Writer", error: Exception) -> None:
        """Answer an exception, or cut the connection where the head is out already."""
        if isinstance(error, ClientDisconnected) and type(error) not in self._error_handlers:
            w.abort()
        elif w.started:
            _fail_span(c, error)
            self.answer_failure(c, w, error)
        else:
            await self._answer(c, w, error)

    async def _answer(self, c: Context, w: "Writer", error: Exception) -> None:
        handler = self._handler_for(error)
        if handler is not None:
            try:
                running = handler(c, w, error)
                if running is None:  # pyright: ignore[reportUnnecessaryComparison]
                    raise not_async(handler)
                await running
            except Exception as second:
                error = second
            else:
                if w.started:
                    return
        _fail_span(c, error)
        self.answer_failure(c, w, error)

    def answer_failure(self, c: Context, w: "Writer", error: Exception) -> None:
        """End an exchange whose failure nobody answered: with a 500, or cut where it has begun.

        The client does not learn what `error` was. Internal: an app for development tells it.
        """
        if w.started:
            w.abort()
        elif not w.gone:
            for name in _CONTENT_FIELDS:
                w.headers.remove(name)
            responses.text(w, "Internal Server Error", 500)

    def _handler_for(self, error: Exception) -> ErrorHandler[Any] | None:
        for kind in type(error).__mro__:
            if kind in self._error_handlers:
                return self._error_handlers[kind]
        return None


async def _answer_http_exception(c: Context, w: "Writer", error: HttpException) -> None:
    error.answer(c, w)


async def _answer_redirect(_c: Context, w: "Writer", error: RedirectException) -> None:
    responses.redirect(w, error.location, error.status_code)


def _ended_by_alive(w: "Writer") -> bool:
    """Take back the cancellation by which `c.alive(...)` ended the work inside a loop's body.

    False where it came from somewhere else, at least in part.
    """
    task = asyncio.current_task()
    return task is not None and w.cancelled_by_lifeline() and task.uncancel() == 0


def _name_span(c: Context, pattern: str) -> None:
    """Name the span after the route, if there is one; on 404 and 405 it keeps the method."""
    if not pattern:
        return
    method = c.req.method
    if pattern[0] == "/":
        c.span.rename(f"{method} {pattern}")
        c.span.attr("http.route", pattern)
    else:
        c.span.rename(f"{method} //{pattern}")
        c.span.attr("http.route", pattern[pattern.index("/") :])


def _fail_span(c: Context, error: Exception) -> None:
    c.span.exception(error)
    c.span.fail(_said_by(error))


def _said_by(error: BaseException) -> str:
    """Return what an exception says: its name where that is nothing, or fails as well."""
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


def _end_span(c: Context, w: "Writer") -> None:
    if w.fault is not None:
        c.span.fail(w.fault)
    if w.status_code is not None:
        c.span.attr("response.status_code", w.status_code)
    c.span.end()


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise StarioError(
            "An App needs a running event loop.",
            help_text="Build it inside a coroutine; `stario serve` and TestClient do that for you.",
        ) from None


def not_an_exception_type(given: object) -> StarioError:
    return StarioError(
        f"on_error() takes a type of Exception, not {shown(given)}.",
        help_text="For a 404 of the router there is app.not_found(pattern, handler); a status that"
        " is raised is an HttpException, and its handler looks at error.status_code.",
        example="app.on_error(ValueError, answer_value_error)",
    )


def not_async(handler: object) -> StarioError:
    return StarioError(
        f"The handler {place_of(handler)} is not async: it returned None instead of a coroutine.",
        help_text="Write `async def`, also for what a middleware returns.",
    )


def no_error_handler(handler: object) -> StarioError:
    return StarioError(
        f"An error handler is `async def handler(c, w, error)`, not {shown(handler)}.",
        help_text="Give on_error() the exception and the function: on_error(KeyError, handler).",
    )


def no_coroutine(work: object) -> StarioError:
    help_text = "Write `async def`, and call the function: app.create_task(work())."
    return StarioError(f"create_task() takes a coroutine, not {shown(work)}.", help_text=help_text)


def nothing_sent(c: Context) -> StarioRuntime:
    return StarioRuntime(
        f"The handler of {c.req.method} {c.req.path} returned without sending an answer.",
        context={"route": c.route.pattern},
        help_text="Write one before you return, for example responses.empty(w).",
    )
