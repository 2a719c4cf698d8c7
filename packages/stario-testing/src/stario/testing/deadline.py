"""The time limit of a request, whose TimeoutError says how far the answer came."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import inf

from stario.testing.connection import Exchange
from stario.testing.errors import too_late
from stario.testing.request import Draft


class Deadline:
    """The time limit of one request, for as many waits as it takes."""

    def __init__(self, draft: Draft, seconds: float | None) -> None:
        self._draft = draft
        self._seconds = seconds
        loop = asyncio.get_running_loop()
        self._when = None if seconds is None else loop.time() + seconds
        self._exchange: Exchange | None = None

    def watches(self, exchange: Exchange) -> None:
        """Tell of this exchange, from now on, how far it came."""
        self._exchange = exchange

    @property
    def left(self) -> float:
        """Seconds until the limit."""
        return inf if self._when is None else self._when - asyncio.get_running_loop().time()

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[None]:
        scope = asyncio.timeout_at(self._when)
        try:
            async with scope:
                yield
        except TimeoutError:
            if not scope.expired() or self._seconds is None:
                raise
            raise too_late(
                self._draft.method, str(self._draft.url), self._seconds, self._arrived()
            ) from None

    def _arrived(self) -> str:
        """Return how far the answer came, and where its handler waits."""
        exchange = self._exchange
        if exchange is None:
            return ""
        came = exchange.answer.so_far()
        handlers = exchange.handlers()
        return f": {came}" + (f"; its handler is {handlers}" if handlers else "")
