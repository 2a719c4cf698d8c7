"""The end of a server's work, in order: idle connections, work in hand, and then what is left.

Every step has a limit, so a drain ends whatever the handlers do.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.http.endpoint import Endpoint

# Seconds for cut connections to report their end, and for cancelled tasks to unwind.
_UNWIND = 1.0


@dataclass(frozen=True, slots=True)
class DrainReport:
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
    idle_closed = endpoint.drain()
    await _finish_in_time(_all_done(app, endpoint), timeout, urgent)
    force_closed = endpoint.close_all()
    await _finish_in_time(endpoint.all_closed(), min(timeout, _UNWIND) or 0.1)
    stale = len(endpoint.connections)
    cancelled = await _cancel({*app.tasks, *endpoint.tasks})
    return DrainReport(open_connections, urgent.done(), idle_closed, force_closed, stale, cancelled)


async def _all_done(app: "App", endpoint: "Endpoint") -> None:
    await endpoint.all_closed()
    await app.drain_tasks()


async def _finish_in_time(
    work: Coroutine[Any, Any, None], timeout: float, urgent: "asyncio.Future[None] | None" = None
) -> None:
    task = asyncio.ensure_future(work)
    awaited: set[asyncio.Future[None]] = {task} if urgent is None else {task, urgent}
    await asyncio.wait(awaited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    await _cancel([task])


async def _cancel(tasks: "Iterable[asyncio.Task[Any]]") -> int:
    """Cancel tasks and wait a moment for them to unwind; count those that were running."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=_UNWIND)
    return len(running)
