"""A stream of server-sent events as a test reads it: every wait has an end, and tells what came."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Self, cast

from stario.testing import errors
from stario.testing.events import EventParser
from stario.testing.limits import require_count, require_seconds
from stario.testing.response import TestStreamResponse
from stario.testing.sse_event import SseEvent, event_of, retry_of

# How many events a stream remembers, and how many of the last ones a complaint shows.
_REMEMBERED = 1000
_SHOWN = 5
# Seconds for the body of an answer that is no stream of events.
_EXCERPT = 1.0

type Open = Callable[[str | None], AbstractAsyncContextManager[TestStreamResponse]]


class SseStream:
    """Events as they come. `seen` has those that were read, `response` the answer they are in.

    `last_event_id` and `retry` (milliseconds) are what the server said last. `open_stream` gets the
    last id, for a reconnect; `timeout` is in seconds, for each wait that names no other.
    """

    __test__ = False

    response: TestStreamResponse

    def __init__(self, open_stream: Open, last_event_id: str | None, timeout: float) -> None:
        self.seen: deque[SseEvent] = deque(maxlen=_REMEMBERED)
        self.last_event_id = last_event_id
        self.retry: int | None = None
        self._open = open_stream
        self._timeout = timeout
        self._stack = AsyncExitStack()
        self._parser = EventParser()
        self._ready: deque[SseEvent] = deque()
        self._count = 0
        self._ended = False

    def __repr__(self) -> str:
        state = "ended" if self._ended else "open"
        return f"<SseStream {self.response.request.url} {state}, {self._count} events read>"

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    async def reconnect(self) -> None:
        """Leave the stream and open it again as a browser does, with `last-event-id`.

        Events that came and were not read are lost. Raises as entering does.
        """
        await self._stack.aclose()
        self._parser, self._ready, self._ended = EventParser(), deque(), False
        await self._connect()

    async def next(self, *, timeout: float | None = None) -> SseEvent:
        """Return the next event.

        Raises TimeoutError after `timeout` seconds, and RuntimeError where the stream ended.
        """
        (event,) = await self.take(1, timeout=timeout)
        return event

    async def take(self, count: int, *, timeout: float | None = None) -> list[SseEvent]:
        """Return the next `count` events. `timeout` is for all of them; raises as `next` does."""
        require_count("count", count)
        taken: list[SseEvent] = []
        wanted = "the next event" if count == 1 else f"{count} events"
        async with self._limited(timeout, wanted):
            while len(taken) < count:
                taken.append(await self._must_read(wanted))
        return taken

    async def until(
        self, predicate: Callable[[SseEvent], object], *, timeout: float | None = None
    ) -> SseEvent:
        """Read until the predicate is true of an event, and return that; raises as `next` does."""
        wanted = "an event that the predicate accepts"
        async with self._limited(timeout, wanted):
            while not holds(predicate, event := await self._must_read(wanted)):
                pass
        return event

    def __aiter__(self) -> AsyncIterator[SseEvent]:
        """Iterate to the end of the stream; each event must come within the timeout."""
        return self

    async def __anext__(self) -> SseEvent:
        async with self._limited(None, "the next event"):
            event = await self.read()
        if event is None:
            raise StopAsyncIteration
        return event

    async def read(self) -> SseEvent | None:
        """Return the next event, however long it takes; None at the end."""
        while not self._ready:
            if self._ended:
                return None
            piece = await anext(self.response.iter_bytes(), None)
            if piece is None:
                self._ended = True
            else:
                self._feed(piece)
        event = self._ready.popleft()
        self.seen.append(event)
        self._count += 1
        return event

    def _feed(self, piece: bytes) -> None:
        for block in self._parser.feed(piece):
            if "id" in block and "\0" not in block["id"]:
                self.last_event_id = block["id"]
            if (retry := retry_of(block)) is not None:
                self.retry = retry
            if (event := event_of(block)) is not None:
                self._ready.append(event)

    async def _must_read(self, wanted: str) -> SseEvent:
        event = await self.read()
        if event is None:
            raise errors.stream_ended(self._name, wanted, self._so_far())
        return event

    async def _connect(self) -> None:
        self.response = await self._stack.enter_async_context(self._open(self.last_event_id))
        kind = self.response.headers.get("content-type", "")
        media_type = kind.partition(";")[0].strip().lower()
        if self.response.status_code != 200 or media_type != "text/event-stream":
            excerpt = await self._excerpt()
            await self._stack.aclose()
            error = errors.no_event_stream(
                self._name,
                self.response.status_code,
                kind,
                self.response.headers.get("location"),
                excerpt,
            )
            raise errors.with_failure(error, self.response.failure)

    async def _excerpt(self) -> str:
        body = b""
        try:
            async with asyncio.timeout(_EXCERPT):
                body = await self.response.body()
        except (TimeoutError, RuntimeError):
            pass
        return body[:200].decode("utf-8", "replace")

    def _limited(self, timeout: float | None, wanted: str) -> "_Wait":
        require_seconds("timeout", timeout)
        return _Wait(self, self._timeout if timeout is None else timeout, wanted)

    @property
    def _name(self) -> str:
        return f"{self.response.request.method} {self.response.url}"

    def _so_far(self) -> str:
        """Return what was read, for a complaint."""
        last = list(self.seen)[-_SHOWN:]
        shown = "; ".join(map(repr, last)) or "none"
        count = f"{self._count} events" if self._count != 1 else "1 event"
        told = f"{count} read" + (f", the last {len(last)}" if self._count > len(last) else "")
        unfinished = self._parser.unfinished
        rest = f"; an event without its empty line: {unfinished[:200]!r}" if unfinished else ""
        return f"{told}: {shown}{rest}" if self._count else f"no event was read{rest}"

    def late(self, seconds: float, wanted: str) -> TimeoutError:
        """Return the complaint about a wait."""
        return errors.no_event(
            self._name, wanted, seconds, self._so_far(), self.response.handlers()
        )


def holds[T](predicate: Callable[[T], object], subject: T) -> bool:
    """Ask a predicate. Raises TypeError for one that is a coroutine function."""
    answer = predicate(subject)
    if isinstance(answer, Coroutine):
        cast("Coroutine[Any, Any, Any]", answer).close()
        raise errors.async_predicate()
    return bool(answer)


class _Wait:
    """The limit of one wait, whose TimeoutError says what came."""

    def __init__(self, stream: SseStream, seconds: float, wanted: str) -> None:
        self._stream = stream
        self._seconds = seconds
        self._wanted = wanted
        self._scope = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._scope.__aenter__()

    async def __aexit__(self, *exc_info: object) -> None:
        try:
            await self._scope.__aexit__(*exc_info)  # pyright: ignore[reportArgumentType]
        except TimeoutError:
            raise self._stream.late(self._seconds, self._wanted) from None
