"""One connection of a test client, and the exchange that it carries.

A connection carries one exchange at a time and is used again for the next one when both sides keep
it alive. The server's callbacks run in a context that knows their exchange, so that its span and
its tasks can be told from those of others.
"""

import asyncio
from contextvars import Context, ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Self

from stario.http.connection.protocol import HttpProtocol
from stario.testing.answer import Answer
from stario.testing.ending import described
from stario.testing.request import ClientRequest, wire_body, wire_head
from stario.testing.transport import MemoryTransport

if TYPE_CHECKING:
    from stario.http.connection.endpoint import Endpoint
    from stario.tracing import Attributes, Span, TelemetryStats, Tracer

_exchange: "ContextVar[Exchange]" = ContextVar("stario.testing.exchange")


class Connection:
    """The client's end. `context` is a copy of what the server was started in."""

    def __init__(self, endpoint: "Endpoint", context: Context, *, scheme: str = "http") -> None:
        self.endpoint = endpoint
        self.scheme = scheme
        self.exchange: Exchange | None = None
        self.disconnect: asyncio.Future[None] = endpoint.loop.create_future()
        self.disconnect.add_done_callback(self._leave_when_told)
        self._context = context
        self.transport = MemoryTransport(
            HttpProtocol(endpoint), self, context, secure=scheme == "https"
        )

    @property
    def is_idle(self) -> bool:
        """Free for the next exchange."""
        return self.exchange is None and not self.is_lost and not self.transport.is_closing()

    @property
    def is_lost(self) -> bool:
        """Closed, or about to be."""
        return self.disconnect.done()

    def send(self, request: ClientRequest, target: str, *, whole: bool) -> "Exchange":
        """Send a request; `whole` reads the answer as it comes, else only as far as somebody asks.

        With `Expect: 100-continue` the body waits for the server's word (RFC 9110, 10.1.1).
        """
        context = self._context.copy()
        exchange = self.exchange = Exchange(self, request, whole=whole)
        context.run(_exchange.set, exchange)
        head, body = wire_head(request, target), wire_body(request)
        if request.headers.get("expect", "").lower() != "100-continue":
            self.transport.deliver(head + body, context)
            return exchange
        exchange.held_back = body
        exchange.answer.on_continue = lambda: exchange.send_held_back(context)
        self.transport.deliver(head, context)
        return exchange

    def release(self) -> None:
        """Be free again after an exchange that is over, or leave where that cannot be."""
        exchange = self.exchange
        if exchange is None or exchange.tasks():
            return
        if exchange.leaves_connection_clean and self.transport.all_delivered:
            self.exchange = None
        else:
            self.leave()

    def leave(self) -> None:
        """Close the client's end."""
        if self.exchange is not None and not self.exchange.answer.complete:
            self.exchange.answer.fail("the client left")
        self.transport.leave()

    def _leave_when_told(self, _disconnect: asyncio.Future[None]) -> None:
        self.leave()

    # What the transport calls

    @property
    def wants_bytes(self) -> bool:
        return self.exchange is None or self.exchange.answer.wants_bytes

    def received(self, data: bytes) -> None:
        if self.exchange is not None:
            self.exchange.answer.feed(data)

    def server_closed(self) -> None:
        if self.exchange is not None:
            self.exchange.answer.end_of_stream()

    def lost(self, error: Exception | None) -> None:
        if error is not None and self.exchange is not None:
            self.exchange.answer.fail(f"the server's protocol raised {error!r}")
        if not self.disconnect.done():
            self.disconnect.set_result(None)


class Exchange:
    """One request and its answer; `held_back` is the body that waits for the server's word."""

    def __init__(self, connection: Connection, request: ClientRequest, *, whole: bool) -> None:
        self.connection = connection
        self.request = request
        self.span: Span | None = None
        self.held_back: bytes | None = None
        self.answer = Answer(request.method, whole=whole, pull=connection.transport.flush)

    @property
    def leaves_connection_clean(self) -> bool:
        answer = self.answer
        sent = self.held_back is None
        return sent and answer.complete and answer.keeps_alive and answer.failure is None

    def tasks(self) -> "set[asyncio.Task[None]]":
        """The handler, while it runs."""
        running = self.connection.endpoint.tasks
        return {task for task in running if task.get_context().get(_exchange) is self}

    def handlers(self) -> str:
        """Return which task handles the request and where it waits; empty when it is done."""
        return ", ".join(sorted(map(described, self.tasks())))

    def send_held_back(self, context: Context) -> None:
        body, self.held_back = self.held_back, None
        if body is not None:
            self.connection.transport.deliver(body, context)


class ExchangeTracer:
    """The tracer that the server is given: it tells each exchange its span."""

    def __init__(self, tracer: "Tracer") -> None:
        self._tracer = tracer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        pass

    def create(
        self,
        name: str,
        attributes: "Attributes | None" = None,
        /,
        *,
        parent: "Span | None" = None,
    ) -> "Span":
        span = self._tracer.create(name, attributes, parent=parent)
        exchange = _exchange.get(None)
        if exchange is not None and exchange.span is None:
            exchange.span = span
        return span

    def on_end(self, span: "Span") -> None:
        self._tracer.on_end(span)

    def stats(self) -> "TelemetryStats":
        return self._tracer.stats()
