"""An app as its bootstrap makes it, without a server: startup, the app, shutdown, teardown."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from stario.http.app import App
from stario.http.bootstrap import Bootstrap, ShutdownTrigger, bootstrap_run
from stario.testing.ending import Bounded, end_tasks
from stario.testing.errors import not_a_bootstrap
from stario.testing.limits import require_seconds
from stario.testing.tracer import TestTracer
from stario.tracing import ProxySpan

if TYPE_CHECKING:
    from stario.tracing import Span


@asynccontextmanager
async def aload_app(
    bootstrap: Bootstrap,
    *,
    app_factory: Callable[[], App] | None = None,
    tracer: TestTracer | None = None,
    lifespan_timeout: float | None = 30.0,
) -> AsyncGenerator[App]:
    """Run a bootstrap around a test, with the spans that a server would make.

    On leaving, the app is told to shut down, its background tasks get a moment and are cancelled,
    and the teardown runs. A failure of startup or teardown fails its span and propagates; one that
    takes more than `lifespan_timeout` seconds is cancelled, and raises TimeoutError.
    """
    require_bootstrap(bootstrap)
    require_seconds("lifespan_timeout", lifespan_timeout)
    tracer = tracer or TestTracer()
    with tracer:
        phase = tracer.create("server.startup", {"test.aload_app": True})
        phase.start()
        proxy = ProxySpan(phase)
        with _ending(proxy):
            app = (app_factory or App)()
            async with _bounded_run(bootstrap, app, proxy, lifespan_timeout):
                phase.end()
                trigger: ShutdownTrigger = "runtime_failure"
                try:
                    yield app
                    trigger = "expected_stop"
                finally:
                    app.signal_shutdown()
                    proxy.replace(_shutdown_span(tracer, phase, trigger))
                    await end_tasks(lambda: app.tasks)


def require_bootstrap(given: object) -> None:
    """Raise StarioError for what cannot be one; an App is callable too."""
    if isinstance(given, App | type) or not callable(given):
        raise not_a_bootstrap(given)


@asynccontextmanager
async def _bounded_run(
    bootstrap: Bootstrap, app: App, span: ProxySpan, seconds: float | None
) -> AsyncGenerator[None]:
    """Run a bootstrap whose startup and teardown must end in time."""
    made: object = None

    def remembered(app: App, span: "Span") -> AsyncGenerator[None]:
        nonlocal made
        made = generator = bootstrap(app, span)
        return generator

    run = bootstrap_run(remembered, app, span)
    await Bounded(run.__aenter__(), seconds, "startup", lambda: made)
    try:
        yield
    finally:
        await Bounded(run.__aexit__(None, None, None), seconds, "teardown", lambda: made)


def _shutdown_span(tracer: TestTracer, startup: "Span", trigger: ShutdownTrigger) -> "Span":
    span = tracer.create("server.shutdown", {"server.shutdown.trigger": trigger})
    span.start()
    span.link("server.startup", startup.id)
    return span


@contextmanager
def _ending(phase: ProxySpan) -> Generator[None]:
    """End the span of the phase that is on; a failure is told to it."""
    try:
        yield
    except BaseException as error:
        phase.exception(error)
        phase.fail(str(error) or type(error).__name__)
        raise
    finally:
        phase.end()
