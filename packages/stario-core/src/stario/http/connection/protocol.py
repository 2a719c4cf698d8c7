"""One connection: requests are handled one at a time, and answered in order (RFC 9112, 9.3).

A request is handled after the bytes at hand are read, so a small body is complete by then; its
handler starts at once, inside the read callback. Requests that arrive meanwhile wait in order, and
where too many wait, reading stops.
"""

import asyncio
from asyncio import Task
from typing import TYPE_CHECKING, cast

from stario.http.bodies.body import Body, left_while_sending, too_slow
from stario.http.connection.hangup import Goodbye, goodbye_of
from stario.http.connection.pace import Pace
from stario.http.connection.reader import SLICE, Fault, RequestReader
from stario.http.connection.refusal import full_house, refusal_of, trace_refusal
from stario.http.context import Context
from stario.http.sending.passage import Passage, passage_beside
from stario.http.trust.proxies import keeps_peer, peer_of
from stario.http.writer import Outlet, Writer
from stario.tracing import NOOP_SPAN

if TYPE_CHECKING:
    from stario.http.connection.endpoint import Endpoint
    from stario.http.headers import Headers
    from stario.http.request import Request
    from stario.http.trust.proxies import Origin, Peer

_NEVER = float("inf")
# Seconds for a client to read an answer before its connection is cut.
_LINGER = 2.0
# Bytes that wait for the socket before `drain` waits too.
_HIGH_WATER = 64 * 1024


class _Nowhere:
    """What a writer writes to after the connection is lost."""

    def write(self, data: bytes, /) -> None:
        pass


_NOWHERE = _Nowhere()


class HttpProtocol(asyncio.Protocol):
    """The server's side of one connection."""

    __slots__ = (
        "_deadline",
        "_discarding",
        "_drained",
        "_endpoint",
        "_exchange",
        "_keep_alive",
        "_pace",
        "_passing",
        "_paused_for_body",
        "_paused_for_queue",
        "_peer",
        "_promised",
        "_reader",
        "_taken",
        "_timing_head",
        "_transport",
        "_unread",
        "_unsent_deadline",
        "clock",
        "compression",
        "gone",
        "plain_below",
        "transport",
        "writable",
    )

    _transport: asyncio.Transport
    transport: Outlet

    def __init__(self, endpoint: "Endpoint") -> None:
        self._endpoint = endpoint
        self.clock = endpoint.clock
        self.compression = endpoint.compression
        # Bodies shorter than this go out by the shortest way: uncompressed, connection kept.
        self.plain_below = endpoint.plain_below
        self.gone = False
        self.writable = True
        self._reader = RequestReader(self, endpoint.policy, endpoint.hosts)
        self._exchange: Writer | None = None
        self._keep_alive = True
        # A drain began after the head of an answer that lets the client send another request.
        self._promised = False
        self._discarding = False
        self._peer: Peer | None = None
        self._deadline = _NEVER
        self._timing_head = False
        self._pace: Pace | None = None
        self._unread: memoryview | None = None
        self._paused_for_body = False
        self._paused_for_queue = False
        self._drained: asyncio.Future[None] | None = None
        self._taken = 0
        self._passing = False
        self._unsent_deadline = _NEVER

    def __repr__(self) -> str:
        state = "lost" if self.lost else "closing" if self._discarding else "open"
        return f"<HttpProtocol {state}, {self._exchange!r}, {len(self._reader.requests)} waiting>"

    # The transport's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, since the transports of uvloop are no subclasses of asyncio.Transport.
        self._transport = self.transport = cast("asyncio.Transport", transport)
        if not keeps_peer(transport):
            self._peer = peer_of(transport)
        endpoint = self._endpoint
        if endpoint.is_full:
            self._refuse_connection()
            return
        endpoint.admit(self)
        if endpoint.draining:  # accepted at the last moment
            self.drain()
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        self._deadline = self.clock.now + endpoint.policy.header_timeout

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if len(data) > SLICE or self._unread is not None:
            self._read_in_slices(data)
        elif reader.fault is None:
            reader.feed_whole(data)
            if reader.settled and self._exchange is None:
                # The shortest way, and the usual one: a request has ended, and nobody is served.
                self._handle_requests()
            else:
                self._after_part(reader, len(data))

    def eof_received(self) -> bool:
        """Half-closed: the answer in hand may still be sent, streams end."""
        self.gone = True
        self._tell_exchange()
        return self.is_busy

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = _NOWHERE
        self.gone = True
        self.writable = False
        self._deadline = self._unsent_deadline = _NEVER
        self._unread = None
        self._tell_exchange()
        self._wake_drain()
        self._reader.close()
        self._endpoint.forget(self)

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        self._wake_drain()
        if self._exchange is None and self._reader.requests:
            self._handle_requests()

    # Reading

    def _after_part(self, reader: RequestReader, size: int) -> None:
        """The `size` bytes that were read do not end a request, or others are being served."""
        if reader.fault is not None:
            self._stop_reading(reader)
        elif not reader.settled:
            self._wait_for_more(reader, size)
        if self._exchange is None:
            self._handle_requests()
        elif len(reader.requests) > self._endpoint.policy.max_pipelined_requests:
            self._pause_for_queue()

    def _read_in_slices(self, data: bytes) -> None:
        """Read much at once piece by piece, as far as nobody asks to pause."""
        self._unread = memoryview(data if self._unread is None else b"".join((self._unread, data)))
        self._read_on()

    def _read_on(self) -> None:
        while self._unread is not None and not (self._paused_for_queue or self._paused_for_body):
            piece, rest = self._unread[:SLICE], self._unread[SLICE:]
            self._unread = rest if len(rest) else None
            if self._reader.fault is None:
                self._reader.feed(piece)
                self._after_part(self._reader, len(piece))

    def _wait_for_more(self, reader: RequestReader, size: int) -> None:
        """Set the time by which the rest of a head, or more of a body, must come."""
        if reader.body is not None:
            self._wait_for_body(reader.body, size)
        elif not self._timing_head:
            self._timing_head = True
            self._deadline = self.clock.now + self._endpoint.policy.header_timeout

    def _wait_for_body(self, body: Body, size: int) -> None:
        """No time runs while it is up to us that nothing comes."""
        if self._pace is None or self._pace.body is not body:
            self._pace = Pace(body, self.clock.now)
        else:
            self._pace.count(size)
        if self._paused_for_body or body.expects_continue:
            self._halt_body()
        else:
            self._let_body_come()

    def _halt_body(self) -> None:
        self._deadline = _NEVER
        if self._pace is not None:
            self._pace.halt(self.clock.now)

    def _let_body_come(self) -> None:
        if self._reader.body is not None:
            self._deadline = self.clock.now + self._endpoint.policy.body_timeout
            if self._pace is not None:
                self._pace.go_on(self.clock.now)

    def _pause_for_queue(self) -> None:
        """Read no more requests for now; who cannot send has no time limit for it."""
        self._paused_for_queue = True
        if self._reader.body is None:
            self._deadline = _NEVER
        self._transport.pause_reading()

    def pause_body(self) -> None:
        self._paused_for_body = True
        self._halt_body()
        self._transport.pause_reading()

    def resume_body(self) -> None:
        self._paused_for_body = False
        self._let_body_come()
        self._resume_reading()

    def _resume_reading(self) -> None:
        if self._paused_for_queue or self._paused_for_body or self._transport.is_closing():
            return
        if self._unread is not None:
            self._endpoint.loop.call_soon(self._read_on)
        self._transport.resume_reading()

    def send_continue(self) -> None:
        self._let_body_come()
        if self._exchange is not None and not self._exchange.started:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    # Exchanges

    def _handle_requests(self) -> None:
        """Handle the waiting requests one after the other, until one has to wait.

        None begins while the client leaves earlier answers untaken: who only asks would fill the
        memory with them.

        In one function, since each call on the way of every request costs 2 % of a small one.
        """
        reader, endpoint = self._reader, self._endpoint
        requests = reader.requests
        while requests and self._exchange is None and self.writable:
            request = requests.pop(0)
            self._timing_head = False
            if not request.keep_alive:
                self.plain_below = 0
            span = NOOP_SPAN if endpoint.is_silent else endpoint.span_for(request)
            self._exchange = writer = Writer(self, request)
            task = Task(
                endpoint.serve(Context(endpoint.app, request, span, writer), writer),
                loop=endpoint.loop,
                eager_start=True,
            )
            if not task.done():
                self._wait_for(task)
            elif writer.lifeline or reader.body or self.gone or not self._keep_alive:
                self._finish(writer)
            else:
                self._exchange = None
        if self._exchange is None:
            if requests:
                self._pause_for_queue()
            elif reader.fault is not None:
                self._refuse(reader.fault)
            elif reader.settled:
                self._deadline = self.clock.idle_deadline
            else:
                self._wait_for_more(reader, 0)
        if self._paused_for_queue and not requests:
            self._paused_for_queue = False
            self._resume_reading()

    def _wait_for(self, task: Task[None]) -> None:
        """The handler waits for something, so the connection has no time limit of its own."""
        if self._reader.body is None:
            self._deadline = _NEVER
        self._endpoint.tasks.add(task)
        task.add_done_callback(self._finish_and_go_on)

    def _finish_and_go_on(self, task: Task[None]) -> None:
        self._endpoint.tasks.discard(task)
        assert self._exchange is not None
        self._finish(self._exchange)
        self._handle_requests()

    def _finish(self, writer: Writer) -> None:
        """The handler returned and its answer is over: go on, or close.

        What even the app lets pass is no Exception; asyncio reports it with the task.
        """
        self._exchange = None
        if writer.lifeline is not None:
            writer.lifeline.release()
        reader = self._reader
        if reader.body is not None and not reader.requests and not reader.skip_body():
            self._keep_alive = self._promised = False
        if self._paused_for_body and reader.body is None and not reader.requests:
            self.resume_body()  # the body came whole, and nobody read it
        if self._promised and not self.gone:
            self._call_last()
        elif not self._keep_alive:
            self._close_when_sent()
        elif self.gone and not reader.requests:
            self.close()

    def keeps_alive(self, request: "Request") -> bool:
        """Tell whether the connection lives on after the answer to this request."""
        return request.keep_alive and self._keep_alive

    def origin_of(self, headers: "Headers") -> "Origin":
        """Tell who sent a request with these fields, whoever is at the other end now."""
        if self._peer is None:
            self._peer = peer_of(self._transport)
        return self._endpoint.proxies.origin(self._peer, headers)

    def close_after_answer(self) -> None:
        self._keep_alive = False
        self.plain_below = 0

    def _tell_exchange(self) -> None:
        if self._reader.body is not None:
            self._reader.body.fail(left_while_sending())
        if self._exchange is not None:
            self._exchange.client_left()

    # Writing

    async def drained(self) -> None:
        """Wait until the client has taken enough, or left."""
        while not self.writable and not self.lost:
            if self._drained is None:
                self._drained = self._endpoint.loop.create_future()
            await asyncio.shield(self._drained)

    async def open_passage(self) -> Passage | None:
        """Wait until all that was written is sent; what follows goes beside the transport."""
        transport = self._transport
        # The number of a closed descriptor may be that of another connection already.
        passage = None if transport.is_closing() else passage_beside(transport)
        if passage is not None:
            # Pauses at once where something waits, and resumes when nothing does.
            transport.set_write_buffer_limits(high=0)
            try:
                await self.drained()
            except BaseException:
                passage.close()
                raise
            finally:
                if not transport.is_closing():
                    transport.set_write_buffer_limits(high=_HIGH_WATER)
        return passage

    async def passable(self, passage: Passage) -> None:
        """Wait until the socket takes more, or is lost; this counts as something unsent."""
        loop = self._endpoint.loop
        self.writable, self._passing = False, True
        loop.add_writer(passage.descriptor, self.resume_writing)
        try:
            await self.drained()
        finally:
            loop.remove_writer(passage.descriptor)
            self.writable, self._passing = not self.lost, False

    def _wake_drain(self) -> None:
        if self._drained is not None:
            if not self._drained.done():
                self._drained.set_result(None)
            self._drained = None

    @property
    def unsent(self) -> int:
        """Bytes that wait for the socket; a file that waits beside the transport counts as one."""
        return self._transport.get_write_buffer_size() + self._passing

    # Ends

    def drain(self) -> None:
        """Let the next answer be the last, and wait a moment for a request that is on its way."""
        exchange = self._exchange
        if exchange is None:
            self._call_last()
        else:
            self._promised = exchange.started and self._keep_alive
        self.close_after_answer()

    def _call_last(self) -> None:
        self._promised = False
        self._endpoint.loop.call_later(self._endpoint.app.last_call, self.part)

    def part(self) -> None:
        """Close the connection if it is idle.

        What still comes is read: a request that crosses our goodbye is to meet the end of the
        connection, after which it may be sent again, and no reset (RFC 9112, 9.3.1 and 9.6).
        """
        if self.lost or self._discarding or not self.is_idle:
            return
        self._endpoint.idle_closed += 1
        if self._transport.get_write_buffer_size():
            self.close()
        else:
            self._linger()
            self._endpoint.loop.call_later(self._endpoint.app.last_call, self.close)

    @property
    def closing(self) -> bool:
        """The transport sends nothing more, and may not have said so yet."""
        return self._transport.is_closing()

    @property
    def lost(self) -> bool:
        return self.transport is _NOWHERE

    @property
    def is_busy(self) -> bool:
        """A request is being answered, or waits for it."""
        return self._exchange is not None or bool(self._reader.requests)

    @property
    def is_idle(self) -> bool:
        """No request is being received or answered."""
        return not self.is_busy and not self._reader.reading_head

    def check(self, now: float) -> None:
        """Close what is late; called at every tick of the clock."""
        if now >= self._deadline or (self._pace is not None and self._is_dripping(self._pace, now)):
            self._time_out()
        if self.lost:
            return
        if self._paused_for_queue or self._paused_for_body:
            self._look_for_goodbye()
        exchange, unsent = self._exchange, self.unsent
        # What waits may stay the same where a handler adds as much as the client takes.
        taken = (exchange.sent if exchange is not None else 0) - unsent
        if not unsent:
            self._unsent_deadline = _NEVER
        elif taken > self._taken or self._unsent_deadline is _NEVER:
            self._unsent_deadline = now + self._endpoint.policy.write_timeout
        elif now >= self._unsent_deadline:
            self.cut()
        self._taken = taken
        if exchange is not None:
            exchange.beat(now, unsent)

    def _look_for_goodbye(self) -> None:
        """Hear that the client left, although nothing is read; what it sent before still counts."""
        goodbye = goodbye_of(self._transport)
        if goodbye is Goodbye.LEFT:
            self.cut()
        elif goodbye is Goodbye.STOPPED_SENDING and not self.gone:
            self.gone = True
            if self._exchange is not None:
                self._exchange.client_left()

    def _is_dripping(self, pace: Pace, now: float) -> bool:
        if pace.body is self._reader.body:
            return pace.is_below(self._endpoint.policy.min_body_rate, now)
        self._pace = None
        return False

    def _time_out(self) -> None:
        self._deadline = _NEVER
        self._pace = None
        reader = self._reader
        if self._discarding and self.unsent:
            # A slow client still reads its answer; one that takes nothing meets the write timeout.
            self._deadline = self.clock.now + _LINGER
        elif self._discarding:
            self.cut()
        elif self._exchange is None:
            self.close()
        else:
            # A stalled body is for its reader to answer; a stalled head behind an exchange waits
            # for that to end.
            self.close_after_answer()
            if reader.body is not None:
                reader.body.fail(too_slow())

    def _stop_reading(self, reader: RequestReader) -> None:
        """After a fault nothing more is read; only the answers that are due go out."""
        self._unread = None
        if reader.body is None:
            return
        # A broken body is that of the last request; those before it are answered.
        if reader.requests:
            reader.requests[-1].keep_alive = False
        else:
            self.close_after_answer()

    def _refuse(self, fault: Fault) -> None:
        """Answer a fault, after the answers before it, and close."""
        if self._discarding:
            return
        if fault.status:
            trace_refusal(fault, self._endpoint.tracer)
            self.transport.write(refusal_of(fault, self.clock))
        self._linger()

    def _refuse_connection(self) -> None:
        """Say that the server is full; over TLS the handshake alone would cost more."""
        if self._transport.get_extra_info("ssl_object") is None:
            trace_refusal(
                Fault(503, "more connections than max_connections"), self._endpoint.tracer
            )
            self.transport.write(full_house(self.clock))
        self.close()

    def _close_when_sent(self) -> None:
        """Close after the answer; let the client read it first where it is still sending."""
        reader = self._reader
        if reader.body is not None or self._unread is not None or reader.requests:
            self._linger()
        else:
            self.close()

    def _linger(self) -> None:
        """Stop sending, and discard what still comes for a moment.

        A close with unread bytes would reset the connection and take the answer with it (9.6).
        """
        self._discard()
        self._deadline = self.clock.now + _LINGER
        if not self._transport.can_write_eof() or self._transport.is_closing():
            self._transport.close()
            return
        try:
            self._transport.write_eof()
        except OSError:  # the client reset the connection, and nobody heard of it yet
            self._transport.abort()
            return
        if self._paused_for_queue or self._paused_for_body:
            self._paused_for_queue = self._paused_for_body = False
            self._transport.resume_reading()

    def close(self) -> None:
        """Close when everything written is sent."""
        self._discard()
        self._transport.close()

    def cut(self) -> None:
        """Close at once and drop what is not sent."""
        self._discard()
        self._transport.abort()

    def _discard(self) -> None:
        """Read nothing more, and forget what was read."""
        self._discarding = True
        self._unread = None
        self._reader.stop()
