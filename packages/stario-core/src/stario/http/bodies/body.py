"""A request body: pieces arrive from the connection, one reader takes them, reading pauses between.

A body is open, then complete or failed. It is read once as a whole (repeatable) or once as a
stream. Unread bytes never pile up: above `HIGH_WATER` the connection stops reading.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol, Self

from stario.exceptions import ClientDisconnected, HttpException, StarioRuntime

# One socket buffer's worth: enough to keep a fast client sending, small beside a request's other
# costs. Reading goes on when the reader has taken them.
HIGH_WATER = 64 * 1024
# An unread body up to this size is skipped so that the connection lives on.
SKIP_MAX = 64 * 1024


class BodySource(Protocol):
    """What a body needs of its connection."""

    def pause_body(self) -> None: ...
    def resume_body(self) -> None: ...
    def send_continue(self) -> None: ...


class Body:
    """The body of one request. The connection calls `feed`, `complete` and `fail`."""

    # Defaults of the class instead of assignments in the constructor: most bodies come whole.
    expects_continue = False
    _held = 0
    _received = 0
    _complete = False
    _paused = False
    _failure: Exception | None = None
    _waiter: asyncio.Future[None] | None = None
    _streamed = False
    _whole: bytes | None = None

    def __init__(self, source: BodySource, limit: int, declared: int | None) -> None:
        self.declared = declared
        self._source = source
        self._limit = limit
        self._pieces: list[bytes] = []

    @classmethod
    def arrived(cls, source: BodySource, limit: int, data: bytes) -> Self:
        """Return a body that came with its head."""
        body = cls(source, limit, len(data))
        body._pieces.append(data)
        body._held = body._received = len(data)
        body._complete = True
        return body

    @property
    def limit(self) -> int:
        """The server's, in bytes, which a read may replace."""
        return self._limit

    def __repr__(self) -> str:
        state = "failed" if self._failure else "complete" if self._complete else "open"
        return f"<Body {state}, {self._received} bytes received, {self._held} unread>"

    @property
    def received(self) -> int:
        return self._received

    @property
    def has_long_rest(self) -> bool:
        """More is to come than is skipped unread, as far as its length tells, or all is withheld
        until a `100 Continue`.
        """
        declared = self.declared
        return self.expects_continue or (
            declared is not None and declared - self._received > SKIP_MAX
        )

    # The connection's side

    def feed(self, piece: bytes) -> None:
        """Take a piece that arrived, and pause the connection where nobody reads."""
        self.expects_continue = False  # whoever sends does not wait for us
        self._pieces.append(piece)
        self._held += len(piece)
        self._received += len(piece)
        if self._waiter is not None:
            self._wake()
        if self._held > HIGH_WATER and not self._paused:
            self._paused = True
            self._source.pause_body()

    def complete(self) -> None:
        """Mark the end: everything has arrived."""
        self._complete = True
        if self._waiter is not None:
            self._wake()

    def fail(self, failure: Exception) -> None:
        """Let the reader fail with this, now or when it next asks."""
        if not self._complete and self._failure is None:
            self._failure = failure
            self._wake()

    def discard(self) -> None:
        """Forget what nobody will read."""
        self._pieces.clear()
        self._held = 0
        if self._paused:
            self._resume()

    # The reader's side

    def read_nowait(self, max_size: int | None) -> bytes | None:
        """Return the whole body if it is here, and nothing speaks against it; else None."""
        limit = self._limit_for(max_size)
        if self._whole is None:
            if not self._complete or self._streamed or self._failure is not None:
                return None
            if self._held > limit:
                return None
            self._whole = self._take() if self._pieces else b""
        return self._whole if len(self._whole) <= limit else None

    async def read(self, max_size: int | None) -> bytes:
        """Return the whole body; see `Request.body`."""
        limit = self._limit_for(max_size)
        if self._whole is None:
            if self._streamed:
                raise already_streamed()
            self._whole = await self._collect(limit)
        if len(self._whole) > limit:
            raise too_large(limit)
        return self._whole

    async def _collect(self, limit: int) -> bytes:
        self._start(limit)
        pieces: list[bytes] = []
        size = 0
        try:
            while (piece := await self._next()) is not None:
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise too_large(limit)
        except BaseException:
            # Cancelled, as by a timeout, or over a limit that the next read may not have: what was
            # taken is put back, or that read would return the rest as if it were the whole.
            self._pieces[:0] = pieces
            self._held += size
            raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def stream(self, max_size: int | None) -> AsyncIterator[bytes]:
        """Return the pieces as they arrive; see `Request.stream`."""
        limit = self._limit_for(max_size)
        self._claim()
        return self._stream(limit)

    async def _stream(self, limit: int) -> AsyncIterator[bytes]:
        self._start(limit)
        size = 0
        while (piece := await self._next()) is not None:
            size += len(piece)
            if size > limit:
                self._failure = too_large(limit)
                raise self._failure
            yield piece

    def _claim(self) -> None:
        """Reserve the body for a stream, or raise StarioRuntime where it is taken."""
        if self._streamed or self._whole is not None:
            raise already_streamed()
        self._streamed = True

    def _limit_for(self, max_size: int | None) -> int:
        if max_size is None:
            return self._limit
        require_size(max_size)
        return max_size

    def _start(self, limit: int) -> None:
        if self.declared is not None and self.declared > limit:
            raise too_large(limit)
        if self.expects_continue:
            self.expects_continue = False
            if not self._complete:
                self._source.send_continue()

    async def _next(self) -> bytes | None:
        while not self._pieces:
            if self._failure is not None:
                raise self._failure
            if self._complete:
                return None
            await self._arrival()
        return self._take()

    def _take(self) -> bytes:
        """Return everything that waits, as one piece."""
        pieces = self._pieces
        taken = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._held = 0
        if self._paused:
            self._resume()
        return taken

    def _resume(self) -> None:
        self._paused = False
        self._source.resume_body()

    async def _arrival(self) -> None:
        if self._waiter is not None:
            raise read_elsewhere()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def require_size(max_size: int | None) -> None:
    """Raise ValueError for a negative number of bytes, and TypeError for what is none."""
    try:
        is_bad = max_size is not None and max_size < 0
    except TypeError:
        raise TypeError(f"max_size is a number of bytes, not {max_size!r}.") from None
    if is_bad:
        raise ValueError(f"max_size is a number of bytes, 0 or more; got {max_size}.")


def too_large(limit: int) -> HttpException:
    return HttpException(413, f"The request body is larger than {limit} bytes.")


def too_slow() -> HttpException:
    return HttpException(408, "The request body did not arrive in time.")


def left_while_sending() -> ClientDisconnected:
    return ClientDisconnected("The client left before its request body was complete.")


def already_streamed() -> StarioRuntime:
    return StarioRuntime(
        "The request body has been read already.",
        help_text="Use body() as often as you like, or stream() once, but not both.",
    )


def read_elsewhere() -> StarioRuntime:
    return StarioRuntime(
        "The request body is being read by another task.",
        help_text="Read it in one place, and hand the bytes on.",
    )
