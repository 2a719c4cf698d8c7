"""One connection: bytes in, requests out, one exchange at a time, answers in order (RFC 9112).

The parser's callbacks only collect. A request is handled after the bytes at hand are parsed, so a
small body is complete by then; its handler starts at once, inside the read callback. Requests that
arrive meanwhile wait in order, and where too many wait, reading stops.
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast

import httptools

from stario.exceptions import ClientDisconnected, HttpException
from stario.http.body import Body, left_while_sending, too_slow
from stario.http.context import Context
from stario.http.headers import FieldLines, Headers, add_line
from stario.http.request import ReceivedRequest
from stario.http.wire import host_name, phrase, split_target
from stario.http.writer import Writer

if TYPE_CHECKING:
    from stario.http.endpoint import Endpoint
    from stario.http.request import Request

_NEVER = float("inf")
# Parsed at once; small enough that a flood of tiny pipelined requests stays a few hundred objects.
_SLICE = 16 * 1024
# An unread body up to this size is skipped so that the connection lives on.
_SKIP_MAX = 64 * 1024
# Bytes of chunk framing and trailers that a body may have beside 8 for each byte of content: a
# one-byte chunk costs 5. hyper allows 16 KiB of chunk extensions.
_FRAMING_MAX = 16 * 1024
_FRAMING_PER_BYTE = 8
# Seconds for a client to read an error before its connection is cut.
_LINGER = 2.0
# Header fields per request: nginx allows 1,000, Cowboy and hyper 100.
_MAX_FIELDS = 100
_KNOWN_NAMES_MAX = 1024
_HIGH_WATER = 64 * 1024

_METHODS = {
    method.encode(): method
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY")
}
_field_names: dict[bytes, str] = {}


class HttpProtocol(asyncio.Protocol):
    """The server's side of one connection."""

    __slots__ = (
        "_app",
        "_body",
        "_body_bytes",
        "_body_pauses",
        "_deadline",
        "_discarding",
        "_drained",
        "_endpoint",
        "_exchange",
        "_fault",
        "_field_count",
        "_fields",
        "_framing_bytes",
        "_head_bytes",
        "_keep_alive",
        "_lost",
        "_parsed",
        "_parser",
        "_pending",
        "_queue",
        "_queue_pauses",
        "_reading_head",
        "_skipping",
        "_target",
        "_transport",
        "_unsent",
        "_unsent_deadline",
        "clock",
        "compression",
        "gone",
        "smallest_compressed",
        "writable",
    )

    _transport: asyncio.Transport

    def __init__(self, endpoint: "Endpoint") -> None:
        self._endpoint = endpoint
        self._app = endpoint.app
        self.clock = endpoint.clock
        self.compression = endpoint.compression
        self.smallest_compressed = endpoint.smallest_compressed
        self.gone = False
        self.writable = True
        self._lost = False
        self._keep_alive = True
        self._deadline = _NEVER
        self._discarding = False
        # Parsing
        self._parser: Any = httptools.HttpRequestParser(self)
        self._target = b""
        self._fields: FieldLines = {}
        self._field_count = 0
        self._reading_head = False
        self._head_bytes = 0
        self._body: Body | None = None
        self._body_bytes = 0
        self._framing_bytes = 0
        self._skipping = False
        self._parsed = False
        self._fault: tuple[int, str] | None = None
        self._pending: memoryview | None = None
        self._body_pauses = False
        self._queue_pauses = False
        # Exchanges
        self._queue: list[ReceivedRequest] = []
        self._exchange: Writer | None = None
        # Writing
        self._drained: asyncio.Future[None] | None = None
        self._unsent = 0
        self._unsent_deadline = _NEVER

    def __repr__(self) -> str:
        state = "lost" if self._lost else "closing" if self._discarding else "open"
        return f"<HttpProtocol {state}, {self._exchange!r}, {len(self._queue)} waiting>"

    # The transport's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, since the transports of uvloop are no subclasses of asyncio.Transport.
        self._transport = cast("asyncio.Transport", transport)
        endpoint = self._endpoint
        if endpoint.is_full:
            self._refuse_connection()
            return
        endpoint.admit(self)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        self._deadline = self.clock.now + endpoint.policy.header_timeout

    def data_received(self, data: bytes) -> None:
        if self._discarding or self._fault is not None:
            return
        if len(data) <= _SLICE and self._pending is None:
            self._feed(data)
            self._after_feed()
        else:
            self._pending = memoryview(data if self._pending is None else self._join(data))
            self._feed_pending()

    def eof_received(self) -> bool:
        """Half-closed: the answer in hand may still be sent, streams end."""
        self.gone = True
        self._tell_exchange()
        return self._exchange is not None

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = self._lost = True
        self.writable = False
        self._deadline = self._unsent_deadline = _NEVER
        self._queue.clear()
        self._pending = None
        self._tell_exchange()
        self._wake_drain()
        self._parser = None
        self._endpoint.forget(self)

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        self._wake_drain()

    # Parsing: callbacks of httptools

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        key = _field_names.get(name) or _learn_field_name(name)
        fields = self._fields
        self._field_count += 1
        if key in fields:
            add_line(fields, key, value)
        else:
            fields[key] = value

    def on_headers_complete(self) -> None:
        target, self._target = self._target, b""
        fields, self._fields = self._fields, {}
        self._parsed = True
        self._reading_head = False
        if self._field_count > _MAX_FIELDS:
            raise self._fail(431, f"more than {_MAX_FIELDS} header fields")
        self._field_count = 0
        if self._head_bytes > self._endpoint.policy.max_header_bytes:
            self._refuse_large_head(target, fields)
        self._head_bytes = 0
        method = self._parser.get_method()
        version = self._parser.get_http_version()
        keep_alive = True
        if version != "1.1" or "connection" in fields or "upgrade" in fields:
            keep_alive = self._read_connection_field(version, fields)
        host = fields.get("host")
        try:
            if isinstance(host, bytes):
                host_name(host)
            elif host is not None or version == "1.1":
                raise ValueError("no single Host field")
            path, query = split_target(target)
        except ValueError as error:
            raise self._fail(400, _sentence(error)) from None
        request = ReceivedRequest(
            _METHODS.get(method) or method.decode("ascii"),
            path,
            query,
            version,
            keep_alive,
            Headers.from_wire(fields),
            target,
        )
        if path == "*" and request.method != "OPTIONS":
            raise self._fail(400, "the target * is for OPTIONS")
        if "content-length" in fields or "transfer-encoding" in fields:
            self._open_body(request, fields)
        self._queue.append(request)

    def on_body(self, piece: bytes) -> None:
        body = self._body
        self._body_bytes += len(piece)
        if body is None:
            return
        if self._skipping:
            if self._body_bytes > _SKIP_MAX:
                raise self._fail(0, "the unread body is too long to skip")
            return
        body.feed(piece)

    def on_message_complete(self) -> None:
        self._parsed = True
        if self._body is not None:
            body, self._body = self._body, None
            self._fields = {}
            self._field_count = self._head_bytes = 0
            self._deadline = self._idle_deadline() if self._skipping else _NEVER
            self._skipping = False
            body.complete()

    # Parsing: what the callbacks need

    def _read_connection_field(self, version: str, fields: FieldLines) -> bool:
        """Tell whether the connection may live on; refuse upgrades (RFC 9110, 7.6.1 and 7.8)."""
        if version not in ("1.1", "1.0"):
            raise self._fail(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
        value = fields.get("connection", b"")
        joined = b",".join(value) if isinstance(value, list) else value
        tokens = {token.strip().lower() for token in joined.split(b",")}
        if b"upgrade" in tokens and "upgrade" in fields:
            raise self._fail(400, "no other protocol is spoken here")
        return version == "1.1" and b"close" not in tokens

    def _refuse_large_head(self, target: bytes, fields: FieldLines) -> None:
        """Refuse a head whose target, names, values and 40 bytes of framing are over the limit."""
        size = 40 + len(target)
        for name, value in Headers.from_wire(fields).wire_items():
            size += len(name) + len(value)
        if size > self._endpoint.policy.max_header_bytes:
            raise self._fail(431, "the head is too large")

    def _open_body(self, request: ReceivedRequest, fields: FieldLines) -> None:
        length, coding = fields.get("content-length"), fields.get("transfer-encoding")
        if length is not None and coding is not None:
            raise self._fail(400, "Content-Length beside Transfer-Encoding")
        if coding is not None and (
            request.protocol_version == "1.0"
            or isinstance(coding, list)
            or coding.strip().lower() != b"chunked"
        ):
            raise self._fail(400, "a Transfer-Encoding other than chunked")
        if isinstance(length, list) or (length is not None and not length.strip().isdigit()):
            raise self._fail(400, "a Content-Length that is no single number")
        declared = None if length is None else int(length)
        if declared == 0:
            return
        self._body_bytes = self._framing_bytes = 0
        self._body = request.received_body = Body(
            self,
            self._endpoint.policy.max_body_bytes,
            declared,
            expects_continue=request.protocol_version == "1.1"
            and (request.headers.wire_get("expect") or b"").lower() == b"100-continue",
        )

    def _fail(self, status: int, reason: str) -> Exception:
        """Remember the fault and return the exception that makes the parser stop."""
        self._fault = (status, reason)
        return httptools.HttpParserError(reason)

    # Reading

    def _feed(self, data: "bytes | memoryview") -> None:
        """Give bytes to the parser, and keep count of a head or body in progress."""
        self._parsed = False
        body, had_bytes = self._body, self._body_bytes
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fault = (400, "no other protocol is spoken here")
        except httptools.HttpParserError as error:
            if self._fault is None:
                self._fault = (400, _sentence(error))
        if self._fault is not None:
            return
        if self._body is not None:
            self._count_body(len(data), body is self._body, had_bytes)
        elif not self._parsed:
            self._count_head()

    def _count_head(self) -> None:
        policy = self._endpoint.policy
        if not self._reading_head:
            self._reading_head = True
            self._deadline = self.clock.now + policy.header_timeout
        if self._head_bytes > policy.max_header_bytes + _SLICE:
            self._fault = (431, "the head is too large")

    def _count_body(self, size: int, continued: bool, had_bytes: int) -> None:
        self._head_bytes = 0
        got = self._body_bytes - had_bytes if continued else self._body_bytes
        if not continued or got:
            self._deadline = self.clock.now + self._endpoint.policy.body_timeout
        if continued:
            self._framing_bytes += size - got
        if self._framing_bytes > _FRAMING_MAX + _FRAMING_PER_BYTE * self._body_bytes:
            self._fault = (400, "too much chunk framing")

    def _after_feed(self) -> None:
        if self._fault is not None and self._body is not None:
            self._break_body(self._fault[1])
        if self._queue and self._exchange is None:
            self._handle_queue()
        if self._fault is not None:
            self._refuse()
        elif len(self._queue) > self._endpoint.policy.max_pipelined_requests:
            self._queue_pauses = True
            self._transport.pause_reading()

    def _break_body(self, reason: str) -> None:
        """Let the handler that reads a malformed body answer for it."""
        assert self._body is not None
        self._body.fail(HttpException(400, f"The request body is malformed: {reason}."))
        self._keep_alive = False
        self._fault = (0, reason)

    def _feed_pending(self) -> None:
        """Parse a large read in slices, as far as nobody asked to pause."""
        while self._pending is not None and not (self._queue_pauses or self._body_pauses):
            piece, rest = self._pending[:_SLICE], self._pending[_SLICE:]
            self._pending = rest if len(rest) else None
            self._feed(piece)
            self._after_feed()
            if self._discarding or self._lost:
                self._pending = None

    def _join(self, data: bytes) -> bytes:
        assert self._pending is not None
        return b"".join((self._pending, data))

    def pause_body(self) -> None:
        self._body_pauses = True
        self._deadline = _NEVER
        self._transport.pause_reading()

    def resume_body(self) -> None:
        self._body_pauses = False
        if self._body is not None:
            self._deadline = self.clock.now + self._endpoint.policy.body_timeout
        self._resume_reading()

    def _resume_reading(self) -> None:
        if self._queue_pauses or self._body_pauses or self._transport.is_closing():
            return
        if self._pending is not None:
            self._endpoint.loop.call_soon(self._feed_pending)
        self._transport.resume_reading()

    def send_continue(self) -> None:
        if self._exchange is not None and not self._exchange.started:
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    # Exchanges

    def _handle_queue(self) -> None:
        """Run the waiting requests one after the other, until one has to wait."""
        while self._queue and self._exchange is None and not self._discarding:
            self._handle(self._queue.pop(0))
        if self._queue_pauses and not self._queue:
            self._queue_pauses = False
            self._resume_reading()

    def _handle(self, request: ReceivedRequest) -> None:
        self._deadline = _NEVER if self._body is None else self._deadline
        app = self._app
        method = request.method
        span = self._endpoint.tracer.create(
            method, {"request.method": method, "request.path": request.path}
        )
        self._exchange = writer = Writer(self, request)
        task = asyncio.Task(
            app(Context(app, request, span, writer), writer),
            loop=self._endpoint.loop,
            eager_start=True,
        )
        if task.done():
            self._finish(task)
        else:
            self._endpoint.tasks.add(task)
            task.add_done_callback(self._finish_and_go_on)

    def _finish_and_go_on(self, task: asyncio.Task[None]) -> None:
        self._endpoint.tasks.discard(task)
        self._finish(task)
        if self._queue:
            self._handle_queue()
        if self._fault is not None and not self._discarding:
            self._refuse()

    def _finish(self, task: asyncio.Task[None]) -> None:
        """The handler returned and its answer is over: go on, or close."""
        writer, self._exchange = self._exchange, None
        assert writer is not None
        writer.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            _report(self._endpoint.loop, error, task)
        if self._lost:
            return
        if self._body is not None and not self._queue:
            self._skip_body()
        if not self._keep_alive:
            self._close_when_sent()
        elif self.gone and not self._queue:
            self.close()
        elif not self._queue and self._body is None and not self._reading_head:
            self._deadline = self._idle_deadline()

    def _idle_deadline(self) -> float:
        return self.clock.now + self._endpoint.policy.keep_alive_timeout

    def _skip_body(self) -> None:
        """Skip what nobody read, if it is little; else close after the answer."""
        body = self._body
        assert body is not None
        left = _SKIP_MAX if body.declared is None else body.declared - body.received
        if left > _SKIP_MAX or body.expects_continue or body.received > _SKIP_MAX:
            self._keep_alive = False
            return
        self._skipping = True
        self._body_bytes = 0
        body.discard()

    def keeps_alive(self, request: "Request") -> bool:
        """Tell whether the connection lives on after the answer to this request."""
        return request.keep_alive and self._keep_alive and not self._endpoint.draining

    def close_after_answer(self) -> None:
        self._keep_alive = False

    def _tell_exchange(self) -> None:
        if self._body is not None:
            self._body.fail(left_while_sending())
        if self._exchange is not None:
            self._exchange.client_left()

    # Writing

    def send(self, data: bytes) -> None:
        """Write, unless the connection is lost."""
        if not self._lost:
            self._transport.write(data)

    def send_parts(self, head: bytes, body: bytes) -> None:
        """Write a head and a large body without joining them first."""
        if not self._lost:
            self._transport.write(head)
            self._transport.write(body)

    async def drained(self) -> None:
        """Wait until the client has taken enough, or left."""
        while not self.writable and not self._lost:
            if self._drained is None:
                self._drained = self._endpoint.loop.create_future()
            await asyncio.shield(self._drained)

    def _wake_drain(self) -> None:
        if self._drained is not None:
            if not self._drained.done():
                self._drained.set_result(None)
            self._drained = None

    # Ends

    @property
    def is_busy(self) -> bool:
        """A request is being answered, or waits for it."""
        return self._exchange is not None or bool(self._queue)

    @property
    def is_idle(self) -> bool:
        """No request is being received or answered."""
        return not self.is_busy and not self._reading_head

    def check(self, now: float) -> None:
        """Close what is late; called at every tick of the clock."""
        if now >= self._deadline:
            self._time_out()
        unsent = self._transport.get_write_buffer_size() if not self._lost else 0
        if not unsent:
            self._unsent_deadline = _NEVER
        elif unsent < self._unsent or self._unsent_deadline is _NEVER:
            self._unsent_deadline = now + self._endpoint.policy.write_timeout
        elif now >= self._unsent_deadline:
            self.cut()
        self._unsent = unsent

    def _time_out(self) -> None:
        self._deadline = _NEVER
        if self._body is not None and not self._skipping and not self._discarding:
            self._keep_alive = False
            self._body.fail(too_slow())
        elif self._exchange is None or self._discarding:
            self.cut() if self._discarding else self.close()
        else:
            # A pipelined head that drips in behind an exchange: answer that one, then close.
            self._keep_alive = False

    def _refuse(self) -> None:
        """Answer a fault, after the answers before it, and close."""
        if self._exchange is not None or self._discarding or self._fault is None:
            return
        status, reason = self._fault
        if status:
            self._trace_fault(status, reason)
            text = f"{phrase(status)}: {reason}.\n".encode()
            self.send(
                b"%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
                b"connection: close\r\n\r\n%b" % (self.clock.status_head(status), len(text), text)
            )
        self._linger()

    def _trace_fault(self, status: int, reason: str) -> None:
        span = self._endpoint.tracer.create("HTTP", {"response.status_code": status})
        span.start()
        span.fail(reason)
        span.end()

    def _refuse_connection(self) -> None:
        """Say that the server is full; over TLS the handshake alone would cost more."""
        if self._transport.get_extra_info("ssl_object") is None:
            self.send(
                b"%bcontent-length: 0\r\nconnection: close\r\n\r\n" % self.clock.status_head(503)
            )
        self._discarding = True
        self._transport.close()

    def _close_when_sent(self) -> None:
        """Close after the answer; wait for the client to read it where it is still sending."""
        if self._body is not None or self._pending is not None or self._queue:
            self._linger()
        else:
            self.close()

    def _linger(self) -> None:
        """Stop sending, and discard what still comes for a moment.

        A close with unread bytes would reset the connection and take the answer with it
        (RFC 9112, 9.6).
        """
        self._discarding = True
        self._queue.clear()
        self._pending = None
        self._deadline = self.clock.now + _LINGER
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
            if self._queue_pauses or self._body_pauses:
                self._transport.resume_reading()
        else:
            self._transport.close()

    def close(self) -> None:
        """Close when everything written is sent."""
        self._discarding = True
        self._transport.close()

    def cut(self) -> None:
        """Close at once and drop what is not sent."""
        self._discarding = True
        self._transport.abort()


def _learn_field_name(name: bytes) -> str:
    """Return the name in lower case, and keep it where there is room."""
    lowered = name.decode("ascii").lower()
    if len(_field_names) < _KNOWN_NAMES_MAX and len(name) <= 64:
        _field_names[name] = lowered
    return lowered


def _sentence(error: Exception) -> str:
    text = str(error).strip(" .").replace("\n", " ")
    return text if text.isascii() and text.isprintable() and text else "the request is malformed"


def _report(
    loop: asyncio.AbstractEventLoop, error: BaseException, task: asyncio.Task[None]
) -> None:
    if not isinstance(error, ClientDisconnected):
        loop.call_exception_handler(
            {"message": "A request ended in an exception", "exception": error, "task": task}
        )
