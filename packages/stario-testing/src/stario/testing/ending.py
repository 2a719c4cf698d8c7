"""The end of work in hand: it may finish for a while, is then cancelled, and must be over."""

import asyncio
from collections.abc import Callable
from typing import Any

from stario.testing.errors import survivors

# Seconds for handlers and background tasks to see that the client left, or that the app drains.
# Long for a test, short for a person who waits for one.
GRACE = 2.0
# Seconds for a cancelled task to unwind.
_UNWIND = 1.0

type Running = Callable[[], set[asyncio.Task[Any]]]


async def end_tasks(running: Running, grace: float = GRACE) -> None:
    """Wait until nothing runs, tasks that tasks start included; cancel what is left.

    Raises RuntimeError for a task that does not end when it is cancelled.
    """
    await _wait(running, grace)
    for task in _others(running):
        task.cancel()
    await _wait(running, _UNWIND)
    if left := _others(running):
        raise survivors(sorted(task.get_name() for task in left))


async def _wait(running: Running, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (tasks := _others(running)) and (left := deadline - loop.time()) > 0:
        await asyncio.wait(tasks, timeout=left)
        # The callbacks that take a task off its list run in the turn after its end.
        await asyncio.sleep(0)


def _others(running: Running) -> set[asyncio.Task[Any]]:
    return {task for task in running() if not task.done()} - {asyncio.current_task()}
