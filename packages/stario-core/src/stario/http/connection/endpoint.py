"""What all connections of one server share: the app, the tracer, the limits, the clock."""

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakSet

from stario.http.connection.clock import Clock
from stario.http.trust.hosts import TrustedHosts
from stario.http.trust.proxies import UNIX, TrustedProxies
from stario.http.writer import PLAIN_MAX
from stario.propagation import read_trace_context
from stario.tracing import NoOpTracer

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.http.compression import CompressionConfig
    from stario.http.config import RequestPolicy
    from stario.http.connection.handshake import TlsProtocol
    from stario.http.connection.protocol import HttpProtocol
    from stario.http.request import Request
    from stario.propagation import RemoteParent
    from stario.tracing import Span, Tracer


class Endpoint:
    """The shared side of a server's connections. Closing it stops its clock."""

    def __init__(
        self,
        app: "App",
        tracer: "Tracer",
        policy: "RequestPolicy",
        compression: "CompressionConfig",
        max_connections: int | None = None,
        *,
        proxies: TrustedProxies | None = None,
        hosts: TrustedHosts | None = None,
        callers: TrustedProxies | None = None,
    ) -> None:
        self.app = app
        # The bound method: calling the app itself would look it up anew for every request.
        self.serve = app.__call__
        self.tracer = tracer
        self.policy = policy
        self.compression = compression
        # Bodies below this are never compressed, and go out by the shortest way.
        compresses = bool(compression.enabled_encodings())
        self.plain_below = min(compression.min_size, PLAIN_MAX) if compresses else PLAIN_MAX
        self.max_connections = max_connections
        self.proxies = proxies or TrustedProxies()
        self.hosts = hosts or TrustedHosts()
        # None where nobody's `traceparent` is read.
        self._callers = callers or None
        self.loop = asyncio.get_running_loop()
        self.connections: set[HttpProtocol] = set()
        # A tracer that records nothing is not asked for every request.
        self.is_silent = type(tracer) is NoOpTracer
        self.tasks: set[asyncio.Task[None]] = set()
        self.draining = False
        self.idle_closed = 0
        # Connections whose TLS handshake is on; one that fails is not told to anybody.
        self.arriving: WeakSet[TlsProtocol] = WeakSet()
        self._emptied: asyncio.Future[None] | None = None
        self.clock = Clock(
            min(
                policy.header_timeout,
                policy.body_timeout,
                policy.keep_alive_timeout,
                policy.write_timeout,
            ),
            policy.keep_alive_timeout,
            self._close_what_is_late,
        )

    def span_for(self, request: "Request") -> "Span":
        """Return the span of a request, not started."""
        method = request.method
        attributes = {"request.method": method, "request.path": request.path}
        if self._callers is None:
            return self.tracer.create(method, attributes)
        return self.tracer.create(method, attributes, parent=self._parent_of(request))

    def _parent_of(self, request: "Request") -> "RemoteParent | None":
        """Return the span that a trusted caller names as the parent of its request."""
        assert self._callers is not None
        if request.first_line(b"traceparent") is None:
            return None
        if (request.client or UNIX) not in self._callers:
            return None
        fields = request.headers
        return read_trace_context(fields.getlist("traceparent"), fields.getlist("tracestate"))

    @property
    def is_full(self) -> bool:
        """As many connections are open as may be."""
        return self.max_connections is not None and len(self.connections) >= self.max_connections

    def admit(self, connection: "HttpProtocol") -> None:
        """Take a connection in. From the first one on, the app's middleware is final."""
        self.app.freeze()
        self.connections.add(connection)

    def _close_what_is_late(self, now: float) -> None:
        for connection in list(self.connections):
            connection.check(now)

    def forget(self, connection: "HttpProtocol") -> None:
        """Drop a connection that was lost."""
        self.connections.discard(connection)
        if not self.connections and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)

    async def all_closed(self) -> None:
        """Wait until no connection is open."""
        if self.connections:
            self._emptied = self.loop.create_future()
            await self._emptied

    def drain(self) -> None:
        """Let every connection close after its next answer, and those to come as well."""
        self.draining = True
        for connection in self.connections:
            connection.drain()

    def close_all(self) -> int:
        """Close every connection that is still open; cut those in use, and count them."""
        in_use = [connection for connection in self.connections if not connection.is_idle]
        for connection in self.connections.difference(in_use):
            connection.part()
            connection.close()
        for connection in in_use:
            connection.cut()
        return len(in_use)

    def close(self) -> None:
        self.clock.close()
