"""A response is fresh, then started, then ended or aborted; every method says which it accepts.

A whole answer goes out at once. A started response has a framing, which is chosen when its head is
written.
"""

from asyncio import CancelledError, sleep
from typing import TYPE_CHECKING, Literal, Protocol, Self

from stario.exceptions import ClientDisconnected, StarioError, StarioRuntime
from stario.http.compression import merge_vary
from stario.http.headers import CONTROL_CHARACTER, Headers
from stario.http.lifetimes.lifeline import Lifeline, Shutdown
from stario.http.sending.choice import choose_framing
from stario.http.sending.framing import UNTIL_CLOSE, Declared, Framing
from stario.http.sending.heartbeat import Heartbeat, checked_seconds, nothing_to_send
from stario.http.sending.kept import JOIN_MAX
from stario.http.shared import SharedBytes
from stario.http.wire import status_forbids_body
from stario.markup.errors import shown

if TYPE_CHECKING:
    from stario.http.compression import CompressionConfig, Compressor
    from stario.http.connection.clock import Clock
    from stario.http.request import Request
    from stario.http.sending.passage import OpenFile, Passage
    from stario.http.sending.prepared import Prepared

# Plain answers are shorter than this: the ends of their heads are ready, by length.
PLAIN_MAX = 1024
_LENGTHS = [b"%d\r\n\r\n" % length for length in range(PLAIN_MAX)]
# Bytes that may wait for a client before `write` refuses more: a download that is written in one go
# fits, a loop that writes for ever does not. A handler that awaits `drain` never comes near.
_UNSENT_MAX = 64 * 1024 * 1024
# A client may be faster than its handler, so that `drain` never has to wait: after so many times it
# gives the loop a turn, or one download would hold up every other request, and the shutdown.
_DRAINS_PER_TURN = 16

type State = Literal["fresh", "started", "ended", "aborted"]


class Outlet(Protocol):
    """Takes bytes; those for a lost connection are dropped."""

    def write(self, data: bytes, /) -> None: ...


class Connection(Protocol):
    """What a writer needs of its connection."""

    clock: "Clock"
    compression: "CompressionConfig"
    transport: "Outlet"
    plain_below: int
    gone: bool
    writable: bool

    @property
    def closing(self) -> bool: ...
    @property
    def lost(self) -> bool: ...
    @property
    def unsent(self) -> int: ...
    def keeps_alive(self, request: "Request") -> bool: ...
    def close_after_answer(self) -> None: ...
    def close(self) -> None: ...
    def cut(self) -> None: ...
    async def drained(self) -> None: ...
    async def open_passage(self) -> "Passage | None": ...
    async def passable(self, passage: "Passage") -> None: ...


class Writer:
    """Writes one response. Made by the framework, one per request."""

    __slots__ = (
        "_connection",
        "_drains",
        "_fault",
        "_framing",
        "_headers",
        "_heartbeat",
        "_request",
        "_told",
        "lifeline",
        "sent",
        "state",
        "status_code",
    )

    def __init__(self, connection: Connection, request: "Request") -> None:
        self._connection = connection
        self._request = request
        self._headers: Headers | None = None
        self._framing: Framing = UNTIL_CLOSE
        self._fault: str | None = None
        self._drains = 0
        self._heartbeat: Heartbeat | None = None
        self._told = False
        self.sent = 0
        self.state: State = "fresh"
        self.status_code: int | None = None
        self.lifeline: Lifeline | None = None

    def __repr__(self) -> str:
        coding = f", {self._framing.coding.decode()}" if self._framing.coding else ""
        status = "" if self.status_code is None else f"{self.status_code} "
        return f"<Writer {status}{self.state}, {self.sent} bytes{coding}>"

    # What it is

    @property
    def headers(self) -> Headers:
        """The response's header fields, until the head is sent."""
        if self._headers is None:
            self._headers = Headers()
        return self._headers

    @property
    def started(self) -> bool:
        """The head was sent."""
        return self.state != "fresh"

    @property
    def completed(self) -> bool:
        """The response is over: ended or aborted."""
        return self.state in ("ended", "aborted")

    @property
    def gone(self) -> bool:
        """The client left."""
        return self._connection.gone

    @property
    def closing(self) -> bool:
        """The client left, or the response was aborted."""
        return self._connection.gone or self.state == "aborted"

    @property
    def writable(self) -> bool:
        """The client keeps up, as far as is known: there is no need to `drain`."""
        return self._connection.writable and not self._connection.closing

    @property
    def fault(self) -> str | None:
        """What went wrong with the framing, for the span."""
        return self._fault

    # Whole answers: fresh only

    def respond(self, body: bytes, content_type: bytes, status: int = 200) -> None:
        """Send a whole answer and end it. Fresh only, else StarioRuntime.

        Sets `content-type` and `content-length`, and compresses what is worth it unless
        `content-encoding` is set. A body is dropped where the status or the method has none. Does
        nothing when the client left.
        """
        if self.state != "fresh":
            raise already_started(self)
        if not isinstance(body, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_bytes("respond", body)
        connection = self._connection
        if (
            status == 200
            and self._headers is None
            and connection.plain_below
            and self._request.method != "HEAD"
            and self._request.long_body is None
        ):
            # The usual answer: two thirds of its head are ready.
            clock = connection.clock
            head = clock.plain_heads.get(content_type) or clock.plain_head(
                checked_content_type(content_type)
            )
            size = len(body)
            if size < connection.plain_below:
                length = _LENGTHS[size]
            elif (compressor := self._compressor_for(body, content_type)) is None:
                length = b"%d\r\n\r\n" % size
            else:
                self._respond_in_full(body, content_type, status, compressor)
                return
            self.state = "ended"
            self.sent = size
            self.status_code = 200
            if size < JOIN_MAX:
                connection.transport.write(head + length + body)
            else:
                connection.transport.write(head + length)
                connection.transport.write(body)
        else:
            self._respond_in_full(body, content_type, status)

    def _respond_in_full(
        self,
        body: bytes,
        content_type: bytes,
        status: int,
        compressor: "Compressor | None" = None,
    ) -> None:
        checked_content_type(content_type)
        if status_forbids_body(status):
            self._end_without_body(status, content_type)
            return
        headers = self.headers
        headers.remove("content-type")
        headers.remove("content-length")
        headers.remove("transfer-encoding")
        if "content-encoding" not in headers:
            compressor = compressor or self._compressor_for(body, content_type)
            if compressor is not None:
                body = self._compressed(body, compressor)
        headers.wire_set("content-type", content_type)
        headers.wire_set("content-length", b"%d" % len(body))
        self._send_whole(status, body)

    def _compressed(self, body: bytes, compressor: "Compressor") -> bytes:
        self.headers.wire_set("content-encoding", compressor.encoding)
        merge_vary(self.headers, b"accept-encoding")
        return compressor.frame(body)

    def _compressor_for(self, body: bytes, content_type: bytes) -> "Compressor | None":
        accepted = self._request.first_line(b"accept-encoding")
        if accepted is None:
            return None
        return self._connection.compression.select(accepted, data=body, content_type=content_type)

    def respond_prepared(self, answer: "Prepared") -> None:
        """Send a whole answer that was made before. Fresh only. Internal.

        Its fields win over those in `headers`; see `http.sending.prepared`.
        """
        if self.state != "fresh":
            raise already_started(self)
        connection = self._connection
        if (
            self._headers is None
            and connection.plain_below
            and self._request.method != "HEAD"
            and self._request.long_body is None
        ):
            self.state = "ended"
            self.status_code = answer.status
            self.sent = answer.size
            clock = connection.clock
            whole = clock.kept.whole.get(answer)
            if whole is None:
                head = clock.status_head(answer.status)
                whole = clock.kept.join(head, answer)
                if whole is None:
                    connection.transport.write(b"".join((head, answer.lines, b"\r\n")))
                    whole = answer.body
            connection.transport.write(whole)
        else:
            lines = answer.lines_beside(self.headers)
            head = self._whole_head(answer.status) + lines + b"\r\n"
            self.state = "ended"
            self.status_code = answer.status
            self._send_head_and_body(head, answer.body)

    def _end_without_body(self, status: int, content_type: bytes | None = None) -> None:
        headers = self.headers
        headers.remove("content-length")
        headers.remove("transfer-encoding")
        if content_type is not None and status == 304:
            headers.wire_set("content-type", content_type)
        self._send_whole(status, b"")

    def _send_whole(self, status: int, body: bytes) -> None:
        head = self._whole_head(status) + b"\r\n"
        self.state = "ended"
        self.status_code = status
        self._send_head_and_body(head, body)

    def _send_head_and_body(self, head: bytes, body: bytes) -> None:
        if self._request.method == "HEAD":
            body = b""
        self.sent += len(body)
        if len(body) < JOIN_MAX:
            self._connection.transport.write(head + body)
        else:
            self._connection.transport.write(head)
            self._connection.transport.write(body)

    # Streams

    def write_headers(self, status_code: int) -> Self:
        """Send the head. Fresh only, else StarioRuntime.

        With `content-length` set, exactly that many bytes must follow; otherwise the body is
        chunked (HTTP/1.1) or ends with the connection (HTTP/1.0), and is compressed by its type.
        Raises StarioError for a `content-length` that is no single number.
        """
        if self.state != "fresh":
            raise already_started(self)
        self._framing = choose_framing(
            status_code, self.headers, self._request, self._connection.compression
        )
        head = self._head(status_code) + b"\r\n"
        self.state = "started"
        self.status_code = status_code
        self._connection.transport.write(head)
        return self

    def write(self, data: bytes) -> Self:
        """Send one piece of the body, flushed. Fresh (sends a 200 first) or started.

        `SharedBytes` are framed and compressed once for all streams that write them. Empty bytes do
        nothing. After the end: StarioRuntime. When the client left: nothing inside
        `c.alive(...)`, which is about to end the work, else ClientDisconnected. A write after that,
        or after an abort, raises CancelledError, so that a loop around `except Exception` ends too.

        It does not wait, so what a slow client has not taken piles up here: `await w.drain()`
        between pieces, or iterate with `c.alive(source)`. When 64 MiB wait, the connection is cut
        and StarioRuntime raised; when the client takes nothing for `write_timeout` seconds, it is
        cut too.
        """
        if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_bytes("write", data)
        if self.state == "fresh":
            self.write_headers(200)
        elif self.state != "started":
            self._refuse_to_write()
        connection = self._connection
        if connection.gone and self._is_unheard:
            self._tell_that_client_left()
        elif data:
            if not connection.writable and connection.unsent > _UNSENT_MAX:
                self._give_up(connection.unsent)
            self._send(data)
        return self

    def offer(self, data: SharedBytes) -> bool:
        """Send a piece if the client can take it now, and return whether it did. Any state.

        For code that writes the same to many clients and waits for none. It returns False where
        `write` would add to what a slow client has not taken, where the client left, and before and
        after the stream.
        """
        connection = self._connection
        if self.state != "started" or not connection.writable or connection.gone:
            return False
        wire = self._framing.share(data)
        if wire:
            self.sent += len(wire)
            connection.transport.write(wire)
        return True

    def end(self, data: bytes | None = None) -> None:
        """Finish the response, with a last piece if given. Any state; a second call does nothing.

        A fresh response becomes a 200 with `data` and its length, or a 204 without data. With fewer
        bytes than the declared `content-length` the connection is closed.
        """
        if data is not None and not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_bytes("end", data)
        if self.state == "fresh":
            self._end_fresh(data)
        elif self.state == "started":
            if data and not self._connection.lost:
                self._send(data)
            self._finish()

    def abort(self) -> None:
        """Close the connection without finishing the body. Does nothing once completed."""
        if self.state in ("fresh", "started"):
            self.state = "aborted"
            self._connection.close()

    async def drain(self) -> None:
        """Wait until the client has taken enough of what was written; mostly that is at once.

        When the client left: as for `write`.
        """
        connection = self._connection
        self._drains += 1
        if not connection.writable:
            await connection.drained()
        elif self._drains >= _DRAINS_PER_TURN or connection.closing:
            self._drains = 0
            await sleep(0)  # which also lets the loss of the connection arrive
        if connection.gone and self._is_unheard:
            self._tell_that_client_left()

    def heartbeat(self, data: bytes, every: float | None = 15.0) -> Self:
        """Send `data` whenever nothing was written for `every` seconds; None sends no more of it.

        For a stream of unknown length, fresh or started, from the time that its head is sent until
        its end; the last call counts. It keeps proxies from closing an idle stream, and needs
        neither a task nor a timer: the server's clock looks now and then, so a beat comes up to
        half a second late. A client that has not taken what was sent gets none, so that the write
        timeout still ends it. Give a `SharedBytes` where many streams send the same. Raises
        StarioError for empty data and for a time that is not above 0, StarioRuntime after the end.
        """
        if self.state in ("ended", "aborted"):
            raise already_ended(self)
        if every is None:
            self._heartbeat = None
        elif not isinstance(data, bytes) or not data:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise nothing_to_send(data)
        else:
            self._heartbeat = Heartbeat(data, checked_seconds(every))
        return self

    async def pass_on(self, file: "OpenFile", offset: int, end: int) -> int:
        """Send a part of a file without reading it, and return how far that went. Internal.

        Started, with a declared length that has room for the part. What is missing at the end is
        for the caller to read and write: all of it where there is no way around the transport, and
        where the file has become shorter. When the client left: as for `write`.
        """
        framing, connection = self._framing, self._connection
        if not isinstance(framing, Declared) or framing.missing < end - offset:
            return offset
        passage = await connection.open_passage()
        if passage is None:
            return offset
        try:
            while offset < end and not connection.closing:
                sent = await passage.send(file, offset, end - offset)
                if sent is None:
                    break
                offset += sent
                framing.missing -= sent
                self.sent += sent
                if not sent:
                    await connection.passable(passage)
                await self.drain()
        except BaseException:
            self.abort()  # nobody knows how much a thread sends that goes on
            raise
        finally:
            passage.close()
        return offset

    def _end_fresh(self, data: bytes | None) -> None:
        if data is None:
            self._end_without_body(204)
            return
        self.headers.remove("transfer-encoding")
        self.headers.wire_set("content-length", b"%d" % len(data))
        self._send_whole(200, data)

    # What a started response sends

    def beat(self, now: float, unsent: int) -> None:
        """Send the heartbeat if it is due. Internal, for the tick of the clock."""
        heartbeat = self._heartbeat
        if heartbeat is None or self.state != "started" or self._connection.closing or self.gone:
            return
        if heartbeat.is_due(now, self.sent, unsent) and not self._framing.is_fixed:
            self._send(heartbeat.data)
            heartbeat.begin(now, self.sent)

    def _send(self, data: bytes) -> None:
        framing = self._framing
        wire = framing.share(data) if isinstance(data, SharedBytes) else framing.frame(data)
        if wire:
            self.sent += len(wire)
            self._connection.transport.write(wire)

    def _finish(self) -> None:
        self.state = "ended"
        connection, framing = self._connection, self._framing
        if framing.missing:
            if not connection.gone:
                self._fault = f"{framing.missing} bytes fewer than the declared content-length"
            connection.close()
        elif last := framing.last():
            connection.transport.write(last)

    # The head

    def _whole_head(self, status: int) -> bytes:
        """Return the head of an answer that is whole: nobody waits for a long body any more."""
        body = self._request.long_body
        if body is not None and body.has_long_rest:
            self._connection.close_after_answer()
        return self._head(status)

    def _head(self, status: int) -> bytes:
        """Return the head without its final empty line."""
        connection = self._connection
        parts = [connection.clock.status_head(status)]
        if self._headers is not None:
            self._headers.remove("date")  # ours stands in front; one that was copied is stale
            parts.extend(b"%b: %b\r\n" % (n.encode(), v) for n, v in self._headers.wire_items())
        if not self._lets_connection_live(status):
            connection.close_after_answer()
            if self._headers is None or "connection" not in self._headers:
                parts.append(b"connection: close\r\n")
        return b"".join(parts)

    def _lets_connection_live(self, status: int) -> bool:
        if not self._connection.keeps_alive(self._request):
            return False
        own = self._headers.wire_get("connection") if self._headers is not None else None
        return own is None or b"close" not in own.lower()

    # The life of the exchange

    def lifeline_of(self, app: Shutdown) -> Lifeline:
        """Return the lifeline of this exchange, made on first use."""
        if self.lifeline is None:
            self.lifeline = Lifeline(app, self)
        return self.lifeline

    def client_left(self) -> None:
        """Hear from the connection that the client left."""
        if self.lifeline is not None:
            self.lifeline.client_left()

    def cancelled_by_lifeline(self) -> bool:
        """Tell whether `c.alive(...)` cancelled the handler; it did so for a good end."""
        return self.lifeline is not None and self.lifeline.cancelled

    @property
    def has_given_up(self) -> bool:
        """The handler was cancelled from here, since it went on after its client left."""
        return self._told

    @property
    def _is_unheard(self) -> bool:
        """The client left. One that only stopped sending may still get the rest of a declared
        length, which comes to an end; a stream might not, and would never learn of a real goodbye.
        """
        connection = self._connection
        return connection.gone and (connection.lost or not self._framing.missing)

    def _tell_that_client_left(self) -> None:
        if self.lifeline is not None and self.lifeline.guarded:
            return
        self._cancel_if_told()
        raise ClientDisconnected

    def _refuse_to_write(self) -> None:
        if self.state == "aborted" or self._connection.gone:
            self._cancel_if_told()
        raise already_ended(self)

    def _cancel_if_told(self) -> None:
        if self._told:
            raise CancelledError("Nobody listens any more, and the handler was told so before.")
        self._told = True

    def _give_up(self, unsent: int) -> None:
        self._told = True
        self.state = "aborted"
        self._connection.cut()
        raise too_much_unsent(self, unsent)


def checked_content_type(content_type: bytes) -> bytes:
    """Return the content type, or raise StarioError where it cannot stand in a head."""
    if not isinstance(content_type, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise content_type_not_bytes(content_type)
    if CONTROL_CHARACTER.search(content_type):
        raise content_type_with_control(content_type)
    return content_type


def content_type_not_bytes(content_type: object) -> StarioError:
    return StarioError(
        f"The content type of respond() is bytes, not {shown(content_type)}.",
        help_text="Write b'text/plain; charset=utf-8', or use responses.text() and its like.",
    )


def content_type_with_control(content_type: bytes) -> StarioError:
    return StarioError(
        f"The content type {shown(content_type)} holds a control character.",
        help_text="Use a plain media type such as b'text/plain; charset=utf-8'.",
    )


def already_started(writer: Writer) -> StarioRuntime:
    return StarioRuntime(
        f"The response was sent already: {writer!r}.",
        help_text="A handler answers once: one respond, or one write_headers and then writes.",
    )


def already_ended(writer: Writer) -> StarioRuntime:
    return StarioRuntime(
        f"Nothing can be written after the end of the response: {writer!r}.",
        help_text="Write before end(), and not after a whole answer such as responses.html().",
    )


def too_much_unsent(writer: Writer, unsent: int) -> StarioRuntime:
    return StarioRuntime(
        f"{unsent} bytes wait for a client that does not take them: {writer!r} was cut.",
        help_text="Write `await w.drain()` between pieces, or iterate with c.alive(source).",
    )


def not_bytes(method: str, data: object) -> StarioError:
    return StarioError(
        f"{method}() takes bytes, not {type(data).__name__}.",
        help_text=f"Encode text first: w.{method}(text.encode(), ...)."
        " Of a bytearray or memoryview give bytes(data).",
    )
