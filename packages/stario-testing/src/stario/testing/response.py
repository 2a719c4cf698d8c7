"""Answers as a test sees them: read whole, or piece by piece while the handler runs."""

import asyncio
import json as jsonlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from stario.http.headers import Headers
from stario.telemetry.spans import RecordingSpan
from stario.testing.connection import Exchange
from stario.testing.decoding import decoded
from stario.testing.errors import (
    add_no_json,
    error_status,
    needs_identity,
    no_answer,
    with_failure,
)
from stario.testing.events import EventStream
from stario.testing.request import ClientRequest

if TYPE_CHECKING:
    from stario.tracing import Span

type Limit = Callable[[], AbstractAsyncContextManager[None]]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True, eq=False, repr=False)
class TestResponse:
    """A whole answer. `content` is decoded; `history` holds the redirects that led here.

    `failure` is the traceback of an exception that the handler did not expect, as its span has it.
    """

    __test__: ClassVar[bool] = False

    status_code: int
    reason_phrase: str
    url: str
    headers: Headers
    content: bytes
    request: ClientRequest
    span_id: UUID
    cookies: dict[str, str]
    disconnect: asyncio.Future[None]
    failure: str | None = None
    history: "list[TestResponse]" = field(default_factory=list["TestResponse"])

    def __repr__(self) -> str:
        return f"<TestResponse {self.status_code} {self.reason_phrase}, {len(self.content)} bytes>"

    @property
    def text(self) -> str:
        """The body in the charset of `content-type`, else UTF-8; bad bytes are replaced."""
        try:
            return self.content.decode(_charset(self.headers), "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def __str__(self) -> str:
        """The status, the fields and the body, for snapshots; only `date` is left out."""
        head = [f"{self.status_code} {self.reason_phrase}".rstrip()]
        head += [f"{name}: {value}" for name, value in self.headers.items() if name != "date"]
        return "\n".join([*head, "", self.text])

    def json(self) -> Any:
        """The body, parsed. Raises ValueError where it is no JSON."""
        try:
            return jsonlib.loads(self.content)
        except ValueError as error:
            media_type = self.headers.get("content-type", "")
            add_no_json(error, self.status_code, self.url, media_type, self.text)
            raise

    @property
    def ok(self) -> bool:
        """The status is below 400."""
        return self.status_code < 400

    @property
    def is_redirect(self) -> bool:
        """A client would follow: 301, 302, 303, 307 or 308 with a `location`."""
        return self.status_code in _REDIRECTS and "location" in self.headers

    def raise_for_status(self) -> Self:
        """Return the response, or raise RuntimeError for a status from 400 on."""
        if self.ok:
            return self
        error = error_status(self.status_code, self.reason_phrase, self.url, self.text)
        raise with_failure(error, self.failure)


@dataclass(frozen=True, slots=True)
class TestExchange:
    """A request and its buffered answer."""

    __test__: ClassVar[bool] = False

    request: ClientRequest
    response: TestResponse


class TestStreamResponse:
    """An answer in progress. Nothing is read ahead: a reader that stops makes the server wait."""

    __test__ = False

    def __init__(self, exchange: Exchange, cookies: dict[str, str], limit: Limit) -> None:
        answer = exchange.answer
        self.status_code = answer.status_code
        self.headers = answer.headers
        self.request = exchange.request
        self.url = exchange.request.url
        self.span_id = span_id(exchange)
        self.cookies = cookies
        self.disconnect = exchange.connection.disconnect
        self._answer = answer
        self._connection = exchange.connection
        self._exchange = exchange
        self._limit = limit
        self._content: bytes | None = None
        self._events = EventStream(self.iter_bytes)

    def __repr__(self) -> str:
        return f"<TestStreamResponse {self._answer!r}>"

    @property
    def failure(self) -> str | None:
        """The traceback of an exception that the handler did not expect, once it has failed."""
        return failure_of(self._exchange.span)

    def handlers(self) -> str:
        """Return which task handles the request and where it waits; empty when it is done."""
        return self._exchange.handlers()

    async def body(self) -> bytes:
        """Return the rest of the body, decoded, as often as asked.

        Raises RuntimeError when the connection closes inside the body.
        """
        if self._content is None:
            pieces = [piece async for piece in _Pieces(self._next_piece)]
            self._content = decoded(b"".join(pieces), _coding(self.headers))
        return self._content

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """Return the body's pieces as the server wrote them; goes on where a loop was left.

        Raises RuntimeError for a body with a content coding, and where the connection closes
        inside the body.
        """
        if _coding(self.headers):
            raise needs_identity(_coding(self.headers))
        return _Pieces(self._next_piece)

    def iter_events(self) -> AsyncIterator[dict[str, str]]:
        """Return server-sent events as dicts with `event`, `id` and `data`, as present.

        Goes on where a loop was left. Raises RuntimeError as `iter_bytes` does.
        """
        if _coding(self.headers):
            raise needs_identity(_coding(self.headers))
        return self._events

    async def _next_piece(self) -> bytes | None:
        try:
            async with self._limit():
                piece = await self._answer.piece()
        except TimeoutError:
            self._connection.leave()
            raise
        if piece is None and self._answer.failure is not None:
            error = no_answer(self.request.method, self.url, self._answer.failure)
            raise with_failure(error, self.failure)
        return piece


class _Pieces:
    """Iterates without a generator, so that leaving a loop leaves nothing behind."""

    def __init__(self, next_piece: Callable[[], Any]) -> None:
        self._next_piece = next_piece

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece: bytes | None = await self._next_piece()
        if piece is None:
            raise StopAsyncIteration
        return piece


def whole_response(exchange: Exchange, cookies: dict[str, str]) -> TestResponse:
    """Return a complete answer, decoded."""
    answer = exchange.answer
    return TestResponse(
        status_code=answer.status_code,
        reason_phrase=answer.reason_phrase,
        url=exchange.request.url,
        headers=answer.headers,
        content=decoded(answer.received(), _coding(answer.headers)),
        request=exchange.request,
        span_id=span_id(exchange),
        cookies=cookies,
        disconnect=exchange.connection.disconnect,
        failure=failure_of(exchange.span),
    )


def failure_of(span: "Span | None") -> str | None:
    """Return the traceback that a failed span has of its exception."""
    if not isinstance(span, RecordingSpan) or not span.failed:
        return None
    bodies = [event.body for event in span.events if event.name == "exception"]
    return bodies[-1] if bodies else None


def span_id(exchange: Exchange) -> UUID:
    """Return the id of the request's span; zero where the server made none."""
    return UUID(int=0) if exchange.span is None else exchange.span.id


def _coding(headers: Headers) -> str:
    codings = ",".join(headers.getlist("content-encoding")).strip().lower()
    return "" if codings == "identity" else codings


def _charset(headers: Headers) -> str:
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    return str(message.get_param("charset", "utf-8"))
