"""The end of work in hand: it may finish for a while, is then cancelled, and must be over."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from stario.testing.errors import phase_too_long, survivors
from stario.testing.places import made_at, waiting_at

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
        raise survivors(sorted(map(described, left)))


async def _wait(running: Running, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (tasks := _others(running)) and (left := deadline - loop.time()) > 0:
        await asyncio.wait(tasks, timeout=left)
        # The callbacks that take a task off its list run in the turn after its end.
        await asyncio.sleep(0)


def _others(running: Running) -> set[asyncio.Task[Any]]:
    return {task for task in running() if not task.done()} - {asyncio.current_task()}


def described(task: asyncio.Task[Any]) -> str:
    """Return a task's name, its coroutine, where that was made if that is known, and waits."""
    coroutine: Any = task.get_coro()
    facts = [getattr(coroutine, "__qualname__", type(coroutine).__name__)]
    if (made := made_at(coroutine)) is not None:
        facts.append(f"made at {made}")
    if (waits := waiting_at(coroutine)) is not None:
        facts.append(f"waits at {waits}")
    return f"task {task.get_name()!r} ({', '.join(facts)})"


class Bounded[T]:
    """Awaits something for so long, cancels it, and leaves it behind where it ignores that.

    It runs in the task that awaits, as a bootstrap needs it whose `yield` stands in a task group.
    `phase` and `watched`, a coroutine or an async generator, are for the TimeoutError.
    """

    def __init__(
        self,
        awaitable: Awaitable[T],
        seconds: float | None,
        phase: str,
        watched: Callable[[], object],
    ) -> None:
        self._awaitable = awaitable
        self._seconds = seconds
        self._phase = phase
        self._watched = watched
        self._waits: object = None
        self._is_late = False
        self._is_given_up = False
        self._cancels = 0

    def __await__(self) -> Generator[Any, Any, T]:
        task = asyncio.current_task()
        if self._seconds is None or task is None:
            return (yield from self._awaitable.__await__())
        loop = asyncio.get_running_loop()
        others = task.cancelling()
        handles = [
            loop.call_later(self._seconds, self._cancel, task),
            loop.call_later(self._seconds + _UNWIND, self._give_up, task),
        ]
        try:
            return (yield from self._stepped())
        except asyncio.CancelledError:
            self._take_back(task)
            if not self._is_late or task.cancelling() > others:
                raise
            raise phase_too_long(self._phase, self._seconds, self._waits) from None
        finally:
            for handle in handles:
                handle.cancel()
            self._take_back(task)

    def _stepped(self) -> Generator[Any, Any, T]:
        """Hand everything through, as `yield from` does, until it is given up."""
        inner = self._awaitable.__await__()
        thrown: BaseException | None = None
        while True:
            try:
                waited_for = next(inner) if thrown is None else inner.throw(thrown)
            except StopIteration as stop:
                return stop.value
            try:
                yield waited_for
                thrown = None
            except BaseException as error:
                if self._is_given_up:
                    raise
                thrown = error

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        self._is_late = True
        self._waits = waiting_at(self._watched())
        self._cancels += 1
        task.cancel()

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        self._is_given_up = True
        self._cancels += 1
        task.cancel()

    def _take_back(self, task: asyncio.Task[Any]) -> None:
        for _ in range(self._cancels):
            task.uncancel()
        self._cancels = 0
