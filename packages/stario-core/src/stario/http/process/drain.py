"""The end of a server's work, in order: idle connections, work in hand, and then what is left.

Every step has a limit, so a drain ends whatever the handlers do. An idle connection is closed with
care (RFC 9112, 9.6): a request that is on its way when we begin is answered.
"""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.http.connection.endpoint import Endpoint

# Seconds for TLS handshakes: some round trips.
_HANDSHAKE = 1.0
# Seconds between two looks at them.
_LOOK = 0.01
# Seconds for cut connections to report their end, and for cancelled tasks to unwind.
_UNWIND = 1.0
# The same where no time was granted at all: a few turns of the loop.
_LEAST_UNWIND = 0.1


class DrainReport(NamedTuple):
    """What a drain met."""

    open_connections: int
    urgent: bool
    idle_closed: int
    force_closed: int
    stale_connections: int
    cancelled_tasks: int


async def drain(
    app: "App", endpoint: "Endpoint", timeout: float, urgent: "asyncio.Future[None]"
) -> DrainReport:
    """Let the work in hand finish for up to `timeout` seconds, or until `urgent`; end the rest.

    The listener must be closed before.
    """
    open_connections = len(endpoint.connections)
    endpoint.drain()
    try:
        await _finish_in_time(_all_done(app, endpoint), timeout, urgent)
    finally:
        force_closed = endpoint.close_all()
    await _finish_in_time(endpoint.all_closed(), min(timeout, _UNWIND) or _LEAST_UNWIND)
    stale = len(endpoint.connections)
    cancelled = await cancel_tasks(app.tasks, endpoint.tasks)
    return DrainReport(
        open_connections,
        urgent.done(),
        endpoint.idle_closed,
        force_closed,
        stale,
        cancelled,
    )


async def cancel_tasks(*groups: "set[asyncio.Task[Any]] | set[asyncio.Task[None]]") -> int:
    """Cancel what runs, also what that starts in turn; count it, and wait a second at most."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _UNWIND
    met: set[asyncio.Task[Any]] = set()
    while running := _running(*groups) - met:
        met |= running
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=max(0.0, end - loop.time()))
    return len(met)


def _running(
    *groups: "set[asyncio.Task[Any]] | set[asyncio.Task[None]]",
) -> "set[asyncio.Task[Any]]":
    return {task for group in groups for task in group if not task.done()}


async def _all_done(app: "App", endpoint: "Endpoint") -> None:
    await _none_arriving(endpoint)
    await endpoint.all_closed()
    # A handler may still work after its client left; it has its time too.
    while handlers := _running(endpoint.tasks):
        await asyncio.wait(handlers)
    await app.drain_tasks()


async def _none_arriving(endpoint: "Endpoint") -> None:
    """Wait for handshakes that began lately; nobody tells of one that failed."""
    loop = endpoint.loop
    while any(loop.time() < one.accepted_at + _HANDSHAKE for one in list(endpoint.arriving)):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK)


async def _finish_in_time(
    work: Coroutine[Any, Any, None], timeout: float, urgent: "asyncio.Future[None] | None" = None
) -> None:
    task = asyncio.ensure_future(work)
    awaited: set[asyncio.Future[None]] = {task} if urgent is None else {task, urgent}
    try:
        await asyncio.wait(awaited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        task.cancel()
