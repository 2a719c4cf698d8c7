"""A body that is made piece by piece: its source works as long as somebody reads, and is closed.

The end of the source ends the body. Whatever else ends the work cuts the connection, so that the
client sees that the body is not whole.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from stario.exceptions import ClientDisconnected, StarioError
from stario.http.lifetimes.cancellation import Cancellation
from stario.markup.errors import shown

if TYPE_CHECKING:
    from stario.http.context import Context
    from stario.http.writer import Writer

type Piece = bytes | str
type Pieces = AsyncIterable[Piece] | Iterable[Piece]


async def send_pieces(
    c: "Context", w: "Writer", source: Pieces, content_type: str, status: int
) -> None:
    """Answer with the pieces of a source; see `responses.stream`."""

    def start() -> None:
        if not w.started:
            w.headers.set("content-type", content_type)
            w.write_headers(status)

    async def send(piece: Piece) -> None:
        data = _encoded(piece)
        start()
        w.write(data)
        await w.drain()

    try:
        async with _closing(_iterator(source)) as pieces:
            if w.started:
                w.write_headers(status)  # which refuses, before the source is asked for anything
            with _UntilClientLeaves(c):
                if c.req.method == "HEAD":
                    pass
                elif isinstance(pieces, AsyncIterator):
                    async for piece in pieces:
                        await send(piece)
                else:
                    for piece in pieces:
                        await send(piece)
    except BaseException:
        # Code further up that catches this must not end the body as if it were whole.
        if w.started:
            w.abort()
        raise
    start()
    w.end()


def _iterator(source: Pieces) -> AsyncIterator[Piece] | Iterator[Piece]:
    if isinstance(source, AsyncIterable):
        return aiter(source)
    try:
        return iter(source)
    except TypeError as error:
        raise not_pieces(source) from error


def _encoded(piece: Piece) -> bytes:
    if isinstance(piece, str):
        return piece.encode()
    if not isinstance(piece, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_piece(piece)
    return piece


@asynccontextmanager
async def _closing[T](pieces: T) -> AsyncGenerator[T]:
    """Close an iterator that can be closed, as generators and open files can."""
    try:
        yield pieces
    finally:
        close: Any = getattr(pieces, "aclose", None) or getattr(pieces, "close", None)
        closing = None if close is None else close()
        if closing is not None:
            await closing


class _UntilClientLeaves(Cancellation):
    """Ends the wait of the task that entered it when the client leaves: with ClientDisconnected.

    Unlike `c.alive()` it lets a shutdown wait, since half a document is none.
    """

    __slots__ = ("_disconnect",)

    def __init__(self, c: "Context") -> None:
        super().__init__()
        self._disconnect = c.disconnect

    def __enter__(self) -> None:
        self._disconnect.add_done_callback(self.fire)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._disconnect.remove_done_callback(self.fire)
        is_ours = self.fired and self.take_back()
        if is_ours and (exc is None or isinstance(exc, asyncio.CancelledError)):
            raise ClientDisconnected from None


def not_pieces(source: object) -> StarioError:
    return StarioError(
        f"stream() takes an iterable of pieces, not {shown(source)}.",
        help_text="Call a generator function: stream(c, w, rows(), 'text/csv').",
    )


def not_a_piece(piece: object) -> StarioError:
    return StarioError(
        f"A piece of a stream is bytes or str, not {type(piece).__name__}.",
        help_text="Yield text.encode(), str(value) or bytes(data).",
    )
