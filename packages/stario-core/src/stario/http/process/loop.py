"""The event loop of a server: which kind it is, and an end that nothing can hold up.

`asyncio.Runner` waits for ever for a task that swallows its cancellation. Here every wait of the
end has a limit, and what is left behind is named.
"""

import asyncio
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from stario.exceptions import StarioError

if TYPE_CHECKING:
    from stario.http.config import EventLoopKind

type LoopFactory = Callable[[], asyncio.AbstractEventLoop]

# Seconds for cancelled tasks to unwind, and for threads to come home.
_UNWIND = 1.0


def run_loop(main: Callable[[], Coroutine[Any, Any, None]], kind: "EventLoopKind") -> None:
    """Run `main()` on a new event loop, then end what it left, in a few seconds at most.

    Raises StarioError inside a running loop, and where the kind is not installed.
    """
    _refuse_running_loop()
    loop = loop_factory(kind)()
    try:
        loop.run_until_complete(main())
    finally:
        try:
            _wind_up(loop)
        finally:
            loop.close()


def loop_factory(kind: "EventLoopKind") -> LoopFactory:
    """Return what makes loops of this kind; `auto` is uvloop where it is installed."""
    if kind == "asyncio":
        return asyncio.new_event_loop
    try:
        return cast("LoopFactory", import_module("uvloop").new_event_loop)
    except ModuleNotFoundError as error:
        if error.name != "uvloop":
            raise
    if kind == "uvloop":
        raise uvloop_is_missing()
    return asyncio.new_event_loop


def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    # A task that was cancelled before has had its time.
    tasks = [task for task in asyncio.all_tasks(loop) if not task.cancelling()]
    for task in tasks:
        task.cancel()
    _wait(loop, *tasks)
    _wait(loop, loop.create_task(loop.shutdown_asyncgens()))
    # Typeshed does not know the timeout. When it is over there is a warning, and the interpreter
    # itself waits for the threads.
    loop.run_until_complete(cast("Any", loop).shutdown_default_executor(_UNWIND))
    for task in asyncio.all_tasks(loop):
        loop.call_exception_handler(
            {"message": "A task swallowed its cancellation and was left behind", "task": task}
        )


def _wait(loop: asyncio.AbstractEventLoop, *tasks: asyncio.Task[Any]) -> None:
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=_UNWIND))


def _refuse_running_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise StarioError(
        "A loop is running already, so run() cannot start another.",
        help_text="Inside a coroutine use `await server.serve()` or `await stario.serve(...)`.",
    )


def uvloop_is_missing() -> StarioError:
    return StarioError(
        "The event loop uvloop was asked for, but is not installed.",
        context={"event_loop": "uvloop"},
        help_text="Install stario[uvloop], or set STARIO_LOOP to auto or asyncio.",
    )
