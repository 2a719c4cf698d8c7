"""One answer as it arrives: the parser's callbacks collect, and whoever waits is woken.

An answer waits for its head, then has a body in progress, and is then complete or failed. Bytes
that a browser would stumble over fail it: a body after HEAD, or anything after the end.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import httptools
from stario.http.headers import Headers


class Answer:
    """The answer to one request. `pull` asks the connection for bytes that wait there."""

    def __init__(self, method: str, *, whole: bool, pull: Callable[[], None]) -> None:
        self.status_code = 0
        self.reason_phrase = ""
        self.headers = Headers()
        self.started = False
        self.complete = False
        self.keeps_alive = False
        self.failure: str | None = None
        self.on_continue: Callable[[], None] | None = None
        self._is_head = method == "HEAD"
        self.is_whole = whole
        self._pull = pull
        self._until_close = False
        self._reason = b""
        self._lines: list[tuple[bytes, bytes]] = []
        self._pieces: deque[bytes] = deque()
        self._waiters: list[asyncio.Future[None]] = []
        self._parser = httptools.HttpResponseParser(self)

    def __repr__(self) -> str:
        state = "failed" if self.failure else "complete" if self.complete else "in progress"
        return f"<Answer {self.status_code or 'without a head'}, {state}>"

    # The connection's side

    @property
    def wants_bytes(self) -> bool:
        """Whether somebody reads: always for a whole answer, else while somebody waits."""
        return self.is_whole or not self.started or bool(self._waiters)

    def feed(self, data: bytes) -> None:
        """Parse what the server sent."""
        if self.failure is None:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError as error:
                self.fail(f"the answer is malformed: {error}")
        self._wake()

    def end_of_stream(self) -> None:
        """Hear that the server closed the connection."""
        if self._until_close:
            self.complete = True
        elif not self.complete:
            where = "inside the body" if self.started else "before the head"
            self.fail(f"the connection was closed {where} of the answer")
        self._wake()

    def fail(self, failure: str) -> None:
        """Give up; the first reason stays."""
        self.failure = self.failure or failure
        self._wake()

    # The reader's side

    async def head(self) -> None:
        """Wait until the head is there, or the answer failed."""
        while not self.started and self.failure is None:
            await self._change()

    async def end(self) -> None:
        """Wait until the answer is complete, or failed."""
        while not self.complete and self.failure is None:
            await self._change()

    async def piece(self) -> bytes | None:
        """Return the next piece of the body; None at its end, and after a failure."""
        while not self._pieces and not self.complete and self.failure is None:
            await self._change()
        return self._pieces.popleft() if self._pieces else None

    def received(self) -> bytes:
        """Take all pieces that are there."""
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content

    def so_far(self) -> str:
        """Return in a few words what has arrived."""
        if not self.started:
            return "no head arrived"
        kind = self.headers.get("content-type", "no content type")
        waiting = sum(map(len, self._pieces))
        if kind.startswith("text/event-stream"):
            kind += " (read a stream of events with client.sse)"
        return f"status {self.status_code}, {kind}, {waiting} bytes of the body unread"

    async def _change(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._pull()
        try:
            await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    # Callbacks of httptools

    def on_message_begin(self) -> None:
        if self.complete:
            self.fail("bytes follow after the end of the answer")
        self._reason = b""
        self._lines = []

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            return
        self.status_code = status
        self.reason_phrase = self._reason.decode("latin-1")
        for name, value in self._lines:
            self.headers.add(name.decode("latin-1"), value.decode("latin-1"))
        self.started = True
        self.keeps_alive = self._parser.should_keep_alive()
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        self._until_close = not framed
        if self._is_head:
            self._finish()

    def on_chunk_header(self) -> None:
        if self._is_head:
            self.fail("a body follows the answer to HEAD")

    def on_body(self, piece: bytes) -> None:
        if self._is_head:
            self.fail("a body follows the answer to HEAD")
        else:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        if self.started:
            self._finish()
        elif self._parser.get_status_code() == 100 and self.on_continue is not None:
            self.on_continue()

    def _finish(self) -> None:
        self.complete = True
        self._until_close = False
