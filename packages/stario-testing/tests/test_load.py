"""`aload_app` runs a bootstrap as a server would, and tells it in the same two spans."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from stario import App, Span
from stario.exceptions import StarioError
from stario.testing import LiveServer, TestTracer, aload_app


async def test_startup_then_the_app_then_shutdown_and_teardown() -> None:
    steps: list[Any] = []

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        span.attr("in", "startup")
        steps.append(("startup", app.shutting_down))
        yield
        span.attr("in", "shutdown")
        steps.append(("teardown", app.shutting_down))

    tracer = TestTracer()
    async with aload_app(bootstrap, tracer=tracer) as app:
        assert isinstance(app, App)
        startup = tracer.find_span("server.startup")
    shutdown = tracer.find_span("server.shutdown")
    assert steps == [("startup", False), ("teardown", True)]
    assert startup is not None
    assert startup.attributes == {"test.aload_app": True, "in": "startup"}
    assert shutdown is not None
    assert shutdown.attributes == {"server.shutdown.trigger": "expected_stop", "in": "shutdown"}
    assert [(link.name, link.span_id) for link in shutdown.links] == [
        ("server.startup", startup.id)
    ]
    assert (shutdown.parent_id, tracer.has_open_spans()) == (None, False)


async def test_a_factory_builds_the_app_and_a_tracer_is_made_where_none_is_given() -> None:
    class MyApp(App):
        pass

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        yield

    async with aload_app(bootstrap, app_factory=MyApp) as app:
        assert type(app) is MyApp


async def test_a_failure_inside_is_told_and_not_thrown_into_the_bootstrap() -> None:
    steps: list[str] = []

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        try:
            yield
        except BaseException:
            steps.append("thrown into it")
            raise
        steps.append("teardown")

    tracer = TestTracer()
    with pytest.raises(KeyError):
        async with aload_app(bootstrap, tracer=tracer):
            raise KeyError("x")
    span = tracer.find_span("server.shutdown")
    assert steps == ["teardown"]
    assert span is not None
    assert (span.ok, span.attributes["server.shutdown.trigger"]) == (False, "runtime_failure")


@pytest.mark.parametrize("phase", ["server.startup", "server.shutdown"])
async def test_a_failure_of_the_bootstrap_fails_the_span_of_its_phase(phase: str) -> None:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        if phase == "server.startup":
            raise ValueError("broken")
        yield
        raise ValueError("broken")

    tracer = TestTracer()
    with pytest.raises(ValueError, match="broken"):
        async with aload_app(bootstrap, tracer=tracer):
            pass
    span = tracer.find_span(phase)
    assert span is not None
    assert (span.error, [event.name for event in span.events]) == ("broken", ["exception"])
    assert not tracer.has_open_spans()


async def test_background_work_is_over_before_the_teardown() -> None:
    steps: list[str] = []

    async def worker(app: App) -> None:
        await app.shutdown
        await asyncio.sleep(0)
        steps.append("worker")

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        app.create_task(worker(app))
        yield
        steps.append("teardown")

    async with aload_app(bootstrap):
        pass
    assert steps == ["worker", "teardown"]


async def coroutine(app: App, span: Span) -> None:
    pass


async def without_yield(app: App, span: Span) -> AsyncGenerator[None]:
    for _ in ():
        yield


async def with_two(app: App, span: Span) -> AsyncGenerator[None]:
    yield
    yield


def nothing(app: App, span: Span) -> None:
    pass


BAD: list[Any] = [coroutine, without_yield, with_two, nothing]


@pytest.mark.parametrize("bootstrap", BAD)
async def test_a_bootstrap_has_exactly_one_yield(bootstrap: Any) -> None:
    with pytest.raises(StarioError, match="exactly one `yield`"):
        async with aload_app(bootstrap):
            pass


async def test_what_starts_no_app_is_refused() -> None:
    """An App can be called, but not as a bootstrap."""
    for given in (None, App, App()):
        wrong: Any = given
        with pytest.raises(StarioError, match="It takes a bootstrap to start an app, not "):
            LiveServer(wrong)
        with pytest.raises(StarioError, match="It takes a bootstrap to start an app, not "):
            async with aload_app(wrong):
                pass


async def test_a_limit_that_is_no_number_is_refused() -> None:
    async def bootstrap(_app: App, _span: Span) -> AsyncGenerator[None]:
        yield

    with pytest.raises(StarioError, match="above 0, not '1'"):
        async with aload_app(bootstrap, lifespan_timeout="1"):  # pyright: ignore[reportArgumentType]
            pass
