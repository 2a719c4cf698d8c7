"""A future that outlives those who wait for it.

A task that is cancelled cancels the future that it awaits. What is shared, such as the shutdown of
an app, must survive that: else one client that leaves a waiting handler would shut down the server.
"""

import asyncio
from collections.abc import Generator
from typing import Any


class ShieldedFuture[T](asyncio.Future[T]):
    """A future whose waiters can be cancelled without it. `cancel()` itself still works."""

    def __await__(self) -> Generator[Any, None, T]:
        if self.done():
            return self.result()
        return (yield from asyncio.shield(self).__await__())

    __iter__ = __await__
