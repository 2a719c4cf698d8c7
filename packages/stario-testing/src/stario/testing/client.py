"""A client for tests: requests go through the real protocol of the server, without a port.

Every wait of the client has an end: a request its timeout, a handler whose client left a moment
and then its cancellation, the drain at the end a limit.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import copy_context
from types import TracebackType
from typing import TYPE_CHECKING, Any, Never, Self, Unpack, cast

from stario.http.app import App
from stario.http.bootstrap import Bootstrap
from stario.http.compression import CompressionConfig
from stario.http.config import RequestPolicy, ServerConfig
from stario.http.connection.endpoint import Endpoint
from stario.http.headers import Headers
from stario.http.trust.hosts import TrustedHosts
from stario.http.trust.proxies import ProxyHeaders, TrustedProxies
from stario.testing import errors
from stario.testing.connection import Connection, Exchange, ExchangeTracer
from stario.testing.cookies import CookieJar, all_checked
from stario.testing.deadline import Deadline
from stario.testing.ending import GRACE, described, end_tasks
from stario.testing.inputs import (
    CookieMap,
    FileData,
    FormData,
    HeaderMap,
    QueryParamInput,
    RequestOptions,
    SendOptions,
)
from stario.testing.limits import require_count, require_seconds
from stario.testing.load import aload_app
from stario.testing.payload import encode_payload
from stario.testing.places import tracked_origins
from stario.testing.request import Draft, checked_method, merge
from stario.testing.response import (
    TestExchange,
    TestResponse,
    TestStreamResponse,
    whole_response,
)
from stario.testing.sse import SseStream
from stario.testing.tracer import TestTracer
from stario.testing.url import base

if TYPE_CHECKING:
    from uuid import UUID

    from stario.telemetry.spans import RecordingSpan
    from stario.testing.page.page import Page

# Seconds that a buffered request waits for a handler that works on after its answer, so that its
# span and what it did are there. A handler that takes longer goes on behind the test.
_AFTERWORK = 1.0
# The limit of `drain_tasks` where the client has none.
_LONGEST_DRAIN = 30.0


class TestClient:
    """A browser of one app: `async with TestClient(bootstrap) as client:`.

    `owns_shutdown=False` leaves a built App running. `request_timeout` for each request, and
    `lifespan_timeout` for the startup and for the teardown, are in seconds, None for no limit.
    `trusted_proxies`, `proxy_headers`, `trusted_hosts` and `trusted_callers` are those of
    ServerConfig; the client's address is 127.0.0.1. Raises StarioError for what is neither an App
    nor a bootstrap, and RuntimeError for use outside `async with`, on another event loop, or a
    second entering.
    """

    __test__ = False

    def __init__(
        self,
        app_or_bootstrap: App | Bootstrap,
        *,
        app_factory: Callable[[], App] | None = None,
        owns_shutdown: bool = True,
        base_url: str = "http://testserver",
        headers: HeaderMap | None = None,
        cookies: CookieMap | None = None,
        follow_redirects: bool = True,
        max_redirects: int = 20,
        compression: CompressionConfig | None = None,
        request_timeout: float | None = 30.0,
        lifespan_timeout: float | None = 30.0,
        trusted_proxies: Iterable[str] = (),
        proxy_headers: ProxyHeaders = "x-forwarded",
        trusted_hosts: Iterable[str] = (),
        trusted_callers: Iterable[str] = (),
        tracer: TestTracer | None = None,
    ) -> None:
        _require_app(app_or_bootstrap, app_factory)
        require_seconds("request_timeout", request_timeout)
        require_seconds("lifespan_timeout", lifespan_timeout)
        require_count("max_redirects", max_redirects)
        _require_compression(compression)
        self._subject = app_or_bootstrap
        self._app_factory = app_factory
        self._owns_shutdown = owns_shutdown or not isinstance(app_or_bootstrap, App)
        self._base = base(base_url)
        self._fields = Headers()
        merge(self._fields, {"user-agent": "stario-testclient", "accept": "*/*"})
        merge(self._fields, headers or {})
        self._jar = CookieJar(cookies)
        self._follow_redirects = follow_redirects
        self._max_redirects = max_redirects
        self._compression = compression or CompressionConfig()
        self._request_timeout = request_timeout
        self._lifespan_timeout = lifespan_timeout
        # As ServerConfig checks them: a test sees the complaint of production.
        trust = ServerConfig(
            trusted_proxies=_several(trusted_proxies),
            proxy_headers=proxy_headers,
            trusted_hosts=_several(trusted_hosts),
            trusted_callers=_several(trusted_callers),
        )
        self._proxies = TrustedProxies(trust.trusted_proxies, trust.proxy_headers)
        self._hosts = TrustedHosts(trust.trusted_hosts)
        self._callers = TrustedProxies(trust.trusted_callers)
        self.tracer = tracer or TestTracer()
        self.exchanges: list[TestExchange] = []
        self._app = app_or_bootstrap if isinstance(app_or_bootstrap, App) else None
        self._endpoint: Endpoint | None = None
        self._context = copy_context()
        self._connections: set[Connection] = set()
        self._streams: set[Exchange] = set()
        self._given_up: set[UUID] = set()
        self._stack: AsyncExitStack | None = None

    def __repr__(self) -> str:
        state = "open" if self._endpoint is not None else "closed"
        return f"<TestClient {self._base.origin} {state}, {len(self.exchanges)} exchanges>"

    @property
    def app(self) -> App:
        """The app under test. Raises RuntimeError before a bootstrap has run."""
        if self._app is None:
            raise errors.not_entered()
        return self._app

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name, to read and to write."""
        return self._jar.values

    # The life of the client

    def __enter__(self) -> Never:
        raise errors.entered_plainly()

    def __exit__(self, *exc_info: object) -> None:
        pass

    async def __aenter__(self) -> Self:
        if self._stack is not None:
            raise errors.entered_twice()
        self._stack = AsyncExitStack()
        async with AsyncExitStack() as stack:
            stack.enter_context(self.tracer)
            stack.enter_context(tracked_origins())
            self._app = await self._load(stack)
            self._endpoint = Endpoint(
                self._app,
                ExchangeTracer(self.tracer),
                RequestPolicy(),
                self._compression,
                proxies=self._proxies,
                hosts=self._hosts,
                callers=self._callers,
            )
            stack.push_async_exit(self._close)
            # A server's callbacks see the context in which it was started, and so do ours.
            self._context = copy_context()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._stack is not None:
            await self._stack.__aexit__(exc_type, exc, traceback)

    async def _load(self, stack: AsyncExitStack) -> App:
        if isinstance(self._subject, App):
            return self._subject
        return await stack.enter_async_context(
            aload_app(
                self._subject,
                app_factory=self._app_factory,
                tracer=self.tracer,
                lifespan_timeout=self._lifespan_timeout,
            )
        )

    async def _close(
        self,
        _exc_type: type[BaseException] | None,
        exc: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Disconnect everything, let the app drain, and leave nothing running.

        Where the test failed already, what is left is a note on that failure.
        """
        try:
            await self._leave()
            if exc is None and self._owns_shutdown:
                await self._drain(self._grace)
        except (RuntimeError, TimeoutError) as error:
            if exc is None:
                raise
            exc.add_note(f"On leaving the TestClient: {error}")

    async def _leave(self) -> None:
        endpoint, self._endpoint = self._open_endpoint(), None
        try:
            for connection in list(self._connections):
                connection.leave()
            if self._owns_shutdown:
                self.app.signal_shutdown()
            async with asyncio.timeout(GRACE):
                await endpoint.all_closed()
            await self._end_work(endpoint)
        finally:
            endpoint.close()

    async def _end_work(self, endpoint: Endpoint) -> None:
        """End the handlers, and the background tasks of an app that is ours."""
        handlers, background = endpoint.tasks, self.app.tasks
        if self._owns_shutdown:
            await end_tasks(lambda: {*handlers, *background}, self._grace)
        else:
            await end_tasks(lambda: set(handlers), self._grace)

    @property
    def _grace(self) -> float:
        return min(GRACE, self._request_timeout or GRACE)

    def _open_endpoint(self) -> Endpoint:
        if self._endpoint is None:
            raise errors.not_entered()
        if self._endpoint.loop is not asyncio.get_running_loop():
            raise errors.other_loop()
        return self._endpoint

    # Requests

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: QueryParamInput | None = None,
        headers: HeaderMap | None = None,
        cookies: CookieMap | None = None,
        json: Any | None = None,
        data: FormData | bytes | str | None = None,
        files: FileData | None = None,
        content: bytes | str | None = None,
        follow_redirects: bool | None = None,
        timeout: float | None = None,
    ) -> TestResponse:
        """Send a request and return the whole answer, at the end of the redirects if wanted.

        `timeout` in seconds is for all of it. Raises TimeoutError when it is over, RuntimeError
        when the connection closes before the end of the answer, for a framing error, a coding
        that is unknown, or too many redirects; ValueError for two bodies or a bad header;
        StarioError for a URL or a cookie that cannot be sent.
        """
        self._open_endpoint()
        draft = self._draft(
            method,
            url,
            params=params,
            headers=headers,
            cookies=cookies,
            json=json,
            data=data,
            files=files,
            content=content,
        )
        follow = self._follow_redirects if follow_redirects is None else follow_redirects
        limit = Deadline(draft, self._seconds(timeout))
        async with limit():
            response = await self._answered(draft, limit)
            return await self._followed(draft, response, limit) if follow else response

    async def get(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send a GET; keyword arguments are those of `request`."""
        return await self.request("GET", url, **kwargs)

    async def head(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send a HEAD; keyword arguments are those of `request`."""
        return await self.request("HEAD", url, **kwargs)

    async def post(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send a POST; keyword arguments are those of `request`."""
        return await self.request("POST", url, **kwargs)

    async def put(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send a PUT; keyword arguments are those of `request`."""
        return await self.request("PUT", url, **kwargs)

    async def patch(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send a PATCH; keyword arguments are those of `request`."""
        return await self.request("PATCH", url, **kwargs)

    async def delete(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send a DELETE; keyword arguments are those of `request`."""
        return await self.request("DELETE", url, **kwargs)

    async def options(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send an OPTIONS; keyword arguments are those of `request`."""
        return await self.request("OPTIONS", url, **kwargs)

    async def query(self, url: str, **kwargs: Unpack[RequestOptions]) -> TestResponse:
        """Send a QUERY; keyword arguments are those of `request`."""
        return await self.request("QUERY", url, **kwargs)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        params: QueryParamInput | None = None,
        headers: HeaderMap | None = None,
        cookies: CookieMap | None = None,
        json: Any | None = None,
        data: FormData | bytes | str | None = None,
        files: FileData | None = None,
        content: bytes | str | None = None,
        timeout: float | None = None,
    ) -> AsyncGenerator[TestStreamResponse]:
        """Send a request and enter when the head of the answer is there; never follow.

        `timeout` in seconds covers the body too. Leaving disconnects and waits for the handler; one
        that does not end is cancelled. Raises as `request` does.
        """
        self._open_endpoint()
        draft = self._draft(
            method,
            url,
            params=params,
            headers=headers,
            cookies=cookies,
            json=json,
            data=data,
            files=files,
            content=content,
        )
        limit = Deadline(draft, self._seconds(timeout))
        async with self._streamed(draft) as exchange:
            limit.watches(exchange)
            async with limit():
                await exchange.answer.head()
            yield TestStreamResponse(exchange, self._keep_cookies(draft, exchange), limit)

    @asynccontextmanager
    async def sse(
        self,
        url: str,
        *,
        method: str = "GET",
        last_event_id: str | None = None,
        timeout: float = 5.0,
        **options: Unpack[SendOptions],
    ) -> AsyncGenerator[SseStream]:
        """Open a stream of server-sent events: `async with client.sse("/feed") as events:`.

        `timeout` in seconds is for the head and for each wait, not for the stream as a whole;
        other keyword arguments are those of `request`. Raises RuntimeError where the answer is no
        stream of events; redirects are not followed. Leaving disconnects as `stream` does.
        """
        self._open_endpoint()
        seconds = self._seconds(timeout) or timeout

        @asynccontextmanager
        async def connect(last_id: str | None) -> AsyncGenerator[TestStreamResponse]:
            draft = self._sse_draft(method, url, last_id, options)
            limit = Deadline(draft, seconds)
            async with self._streamed(draft) as exchange:
                limit.watches(exchange)
                async with limit():
                    await exchange.answer.head()
                cookies = self._keep_cookies(draft, exchange)
                yield TestStreamResponse(exchange, cookies, Deadline(draft, None))

        async with SseStream(connect, last_event_id, seconds) as events:
            yield events

    async def page(self, url: str, **kwargs: Unpack[RequestOptions]) -> "Page":
        """Load a page as a browser would, and return it for patches to change.

        Keyword arguments are those of `request`. Raises RuntimeError where the answer is no HTML,
        and ImportError without the extra `page`. Errors are pages too: look at `page.response`.
        """
        from stario.testing.page.page import Page  # it brings the HTML parser

        headers = Headers()
        merge(headers, {"accept": "text/html"})
        merge(headers, kwargs.get("headers") or {})
        kwargs["headers"] = headers
        return Page(self, await self.request("GET", url, **kwargs))

    async def drain_tasks(self) -> None:
        """Wait until the app's background tasks and all open spans are over.

        Spans of streams that the test holds open don't count. Raises TimeoutError after
        `request_timeout` seconds; what it names is not waited for again.
        """
        self._open_endpoint()
        await self._drain(self._request_timeout or _LONGEST_DRAIN)

    # One request

    def _draft(
        self,
        method: str,
        url: str,
        *,
        params: QueryParamInput | None = None,
        headers: HeaderMap | None = None,
        cookies: CookieMap | None = None,
        **body: Any,
    ) -> Draft:
        fields = Headers()
        merge(fields, self._fields)
        merge(fields, headers or {})
        return Draft(
            checked_method(method),
            self._base.resolve(url).with_params(params),
            fields,
            encode_payload(**body),
            all_checked(cookies),
        )

    def _sse_draft(self, method: str, url: str, last_id: str | None, options: SendOptions) -> Draft:
        fields = Headers()
        fields.set("accept", "text/event-stream")
        merge(fields, options.get("headers") or {})
        if last_id:
            fields.set("last-event-id", last_id)
        sent: SendOptions = {**options, "headers": fields}
        return self._draft(method, url, **sent)

    def _seconds(self, timeout: float | None) -> float | None:
        require_seconds("timeout", timeout)
        return self._request_timeout if timeout is None else timeout

    async def _answered(self, draft: Draft, limit: Deadline) -> TestResponse:
        """Carry out one exchange to the end of its answer."""
        exchange = self._send(draft, whole=True)
        limit.watches(exchange)
        connection = exchange.connection
        try:
            await exchange.answer.end()
        except BaseException:
            connection.leave()
            raise
        if tasks := exchange.tasks():
            await asyncio.wait(tasks, timeout=min(_AFTERWORK, limit.left / 2))
        connection.release()
        cookies = self._keep_cookies(draft, exchange)
        response = whole_response(exchange, cookies)
        self.exchanges.append(TestExchange(exchange.request, response))
        return response

    async def _followed(
        self, draft: Draft, response: TestResponse, limit: Deadline
    ) -> TestResponse:
        history: list[TestResponse] = []
        while response.is_redirect:
            url = draft.url.follow(response.headers.get("location", ""))
            if len(history) == self._max_redirects:
                raise errors.too_many_redirects(self._max_redirects, str(url))
            history.append(response)
            draft = draft.redirected(response.status_code, url)
            response = await self._answered(draft, limit)
            response.history = list(history)
        return response

    @asynccontextmanager
    async def _streamed(self, draft: Draft) -> AsyncGenerator[Exchange]:
        exchange = self._send(draft, whole=False)
        self._streams.add(exchange)
        try:
            yield exchange
        finally:
            self._streams.discard(exchange)
            exchange.connection.leave()
            await end_tasks(exchange.tasks, self._grace)

    def _send(self, draft: Draft, *, whole: bool) -> Exchange:
        line = None
        if "cookie" not in draft.fields or draft.cookies:
            line = self._jar.line_for(draft.url, draft.cookies)
        request = draft.finished(line)
        return self._connect(draft.url.scheme).send(request, draft.url.target, whole=whole)

    def _keep_cookies(self, draft: Draft, exchange: Exchange) -> dict[str, str]:
        """Take the cookies of an answer, or raise RuntimeError for one that cannot be used."""
        answer = exchange.answer
        if answer.failure is not None and (answer.is_whole or not answer.started):
            raise errors.no_answer(draft.method, str(draft.url), answer.failure)
        return self._jar.receive(answer.headers.getlist("set-cookie"), draft.url)

    def _connect(self, scheme: str) -> Connection:
        for connection in self._connections:
            if connection.is_idle and connection.scheme == scheme:
                return connection
        connection = Connection(self._open_endpoint(), self._context.copy(), scheme=scheme)
        self._connections.add(connection)
        connection.disconnect.add_done_callback(lambda _: self._connections.discard(connection))
        return connection

    # The drain

    async def _drain(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while self.app.tasks or self._open_spans():
                    await self.app.drain_tasks()
                    await self.tracer.until(lambda: not self._open_spans())
        except TimeoutError:
            spans = self._open_spans()
            self._given_up.update(span.id for span in spans)
            work = [self.tracer.described(span) for span in spans]
            work += sorted(map(described, self.app.tasks))
            raise errors.never_ended(seconds, work) from None

    def _open_spans(self) -> "list[RecordingSpan]":
        held = {exchange.span.id for exchange in self._streams if exchange.span is not None}
        return [
            span
            for span in self.tracer.open_spans()
            if span.trace_id not in held and span.id not in self._given_up
        ]


def _require_app(subject: object, app_factory: object) -> None:
    if isinstance(subject, App):
        if app_factory is not None:
            raise errors.factory_beside_app()
    elif not callable(subject) or isinstance(subject, type):
        raise errors.not_an_app(subject)


def _require_compression(compression: object) -> None:
    if compression is not None and not isinstance(compression, CompressionConfig):
        raise errors.bad_argument("compression", compression, "a CompressionConfig or None")


def _several(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as ServerConfig takes them; it complains of a str, which is none of several."""
    return cast("Any", names) if isinstance(names, str) else tuple(names)
