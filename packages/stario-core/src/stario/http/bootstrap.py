"""Bootstrap: an async generator function with exactly one `yield`.

What stands before the `yield` is startup, what stands after it is teardown. Teardown always runs
once startup is through; failures of the server are not thrown into the generator.
"""

import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, cast

from stario.exceptions import StarioError

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.tracing import Span

__all__ = ["Bootstrap", "ShutdownTrigger", "bootstrap_run"]

type Bootstrap = Callable[[App, Span], AsyncGenerator[None]]
type ShutdownTrigger = Literal["expected_stop", "runtime_failure", "fallback_cleanup"]

_EXAMPLE = """    async def bootstrap(app: App, span: Span):
        app.get(HOME, home)
        yield"""


@asynccontextmanager
async def bootstrap_run(bootstrap: Bootstrap, app: "App", span: "Span") -> AsyncGenerator[None]:
    """Run the startup on entering and the teardown on leaving.

    Raises StarioError where `bootstrap` is no async generator function with exactly one `yield`.
    """
    generator = _open(bootstrap, app, span)
    await _start(generator)
    try:
        yield
    finally:
        await _tear_down(generator)


def _open(bootstrap: Bootstrap, app: "App", span: "Span") -> AsyncGenerator[None]:
    try:
        made = cast("object", bootstrap(app, span))
    except TypeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise  # it comes from inside
        raise bad_bootstrap(f"it cannot be called with the app and the span: {error}") from error
    if inspect.isasyncgen(made):
        return cast("AsyncGenerator[None]", made)
    if inspect.iscoroutine(made):
        made.close()
        raise bad_bootstrap("it has no `yield`, so it is a coroutine")
    raise bad_bootstrap(f"it returned a {type(made).__name__}")


async def _start(generator: AsyncGenerator[None]) -> None:
    try:
        await anext(generator)
    except StopAsyncIteration:
        raise bad_bootstrap("it ended before a `yield`") from None
    except BaseException:
        await generator.aclose()
        raise


async def _tear_down(generator: AsyncGenerator[None]) -> None:
    try:
        await anext(generator)
    except StopAsyncIteration:
        return
    await generator.aclose()
    raise bad_bootstrap("it has a second `yield`")


def bad_bootstrap(fault: str) -> StarioError:
    return StarioError(
        f"The bootstrap must be an async generator function with exactly one `yield`; {fault}.",
        help_text="Startup stands before the `yield`, teardown after it.",
        example=_EXAMPLE,
    )
