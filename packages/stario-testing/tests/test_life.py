"""A client is entered once, leaves nothing running, and every wait of it has an end."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, Span, Writer
from stario.exceptions import StarioError
from stario.testing import TestClient


async def wait_for_ever(_c: Context, _w: Writer) -> None:
    await asyncio.Event().wait()


async def background(coro_ended: list[str], event: asyncio.Event) -> None:
    try:
        await event.wait()
    finally:
        coro_ended.append("ended")


async def until_handled(client: TestClient) -> None:
    """Wait until a request that was sent has reached its handler."""
    async with asyncio.timeout(5):
        while not client.tracer.has_open_spans():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def get(client: TestClient) -> None:
    await client.get("/")


async def open_stream(client: TestClient) -> None:
    async with client.stream("GET", "/"):
        pass


# Entering


async def test_a_bootstrap_runs_around_the_client() -> None:
    steps: list[str] = []

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        async def home(c: Context, w: Writer) -> None:
            steps.append("request")
            assert c.app is app
            responses.empty(w)

        app.get("/", home)
        steps.append("startup")
        yield
        steps.append("teardown")

    async with TestClient(bootstrap) as client:
        await client.get("/")
        assert not client.app.shutting_down
    assert steps == ["startup", "request", "teardown"]
    assert client.app.shutting_down
    startup = client.tracer.find_span("server.startup")
    shutdown = client.tracer.find_span("server.shutdown")
    assert startup is not None
    assert shutdown is not None
    assert shutdown.links[0].span_id == startup.id


async def test_a_factory_builds_the_app_of_a_bootstrap() -> None:
    class MyApp(App):
        pass

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        yield

    async with TestClient(bootstrap, app_factory=MyApp) as client:
        assert type(client.app) is MyApp


async def test_handlers_see_the_context_of_the_startup_and_not_of_the_test() -> None:
    started = contextvars.ContextVar("started", default="no")
    testing = contextvars.ContextVar("testing", default="no")

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        async def home(_c: Context, w: Writer) -> None:
            responses.text(w, f"{started.get()} {testing.get()}")

        app.get("/", home)
        started.set("yes")
        yield

    async with TestClient(bootstrap) as client:
        testing.set("yes")
        assert (await client.get("/")).text == "yes no"


@pytest.mark.parametrize("use", [get, open_stream, TestClient.drain_tasks])
async def test_a_client_is_used_inside_async_with(
    app: App, use: Callable[[TestClient], Awaitable[None]]
) -> None:
    client = TestClient(app)
    with pytest.raises(RuntimeError, match="is not open"):
        await use(client)
    async with client:
        pass
    with pytest.raises(RuntimeError, match="is not open"):
        await use(client)


async def test_a_client_is_entered_once(app: App) -> None:
    client = TestClient(app)
    async with client:
        with pytest.raises(RuntimeError, match="entered once"):
            await client.__aenter__()
    with pytest.raises(RuntimeError, match="entered once"):
        await client.__aenter__()


async def test_the_app_of_a_bootstrap_is_there_once_it_ran() -> None:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        yield

    with pytest.raises(RuntimeError, match="is not open"):
        _ = TestClient(bootstrap).app


@pytest.mark.parametrize(
    ("subject", "named"),
    [(None, "NoneType"), ("app.main:bootstrap", "str"), (App, "the class App")],
)
def test_a_client_takes_an_app_or_a_bootstrap(subject: Any, named: str) -> None:
    with pytest.raises(StarioError, match=f"takes an App or a bootstrap, not {named}"):
        TestClient(subject)


async def test_a_factory_beside_a_built_app_is_refused(app: App) -> None:
    with pytest.raises(StarioError, match="app_factory"):
        TestClient(app, app_factory=App)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
async def test_a_timeout_is_positive(app: App, seconds: float) -> None:
    with pytest.raises(StarioError, match="above 0"):
        TestClient(app, request_timeout=seconds)


async def test_a_failing_startup_propagates() -> None:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        raise ValueError("no database")
        yield

    client = TestClient(bootstrap)
    with pytest.raises(ValueError, match="no database"):
        await client.__aenter__()
    span = client.tracer.find_span("server.startup")
    assert span is not None
    assert (span.ok, span.error) == (False, "no database")


async def test_a_failing_teardown_propagates() -> None:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        yield
        raise ValueError("cannot close")

    with pytest.raises(ValueError, match="cannot close"):
        async with TestClient(bootstrap):
            pass


async def test_a_failing_test_still_gets_its_teardown() -> None:
    steps: list[str] = []

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        yield
        steps.append("teardown")

    client = TestClient(bootstrap)
    with pytest.raises(KeyError):
        async with client:
            raise KeyError
    span = client.tracer.find_span("server.shutdown")
    assert steps == ["teardown"]
    assert span is not None
    assert span.attributes["server.shutdown.trigger"] == "runtime_failure"


# Timeouts


async def test_an_answer_that_does_not_come_is_a_timeout(app: App, client: TestClient) -> None:
    left: list[bool] = []

    async def handler(c: Context, _w: Writer) -> None:
        await c.disconnect
        left.append(c.disconnected)

    app.get("/", handler)
    with pytest.raises(TimeoutError, match=r"GET http://testserver/ was not answered .* 0\.02 s"):
        await client.get("/", timeout=0.02)
    await client.drain_tasks()
    assert left == [True]
    assert client.exchanges == []


async def test_the_limit_of_the_client_holds_for_a_body_too(app: App) -> None:
    async def drip(c: Context, w: Writer) -> None:
        w.write(b"never whole")
        await c.disconnect

    app.get("/", drip)
    async with TestClient(app, request_timeout=0.02) as client:
        with pytest.raises(TimeoutError):
            await client.get("/")


async def test_without_a_limit_the_handler_may_take_its_time(app: App) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        await asyncio.sleep(0.01)
        responses.empty(w)

    app.get("/", handler)
    async with TestClient(app, request_timeout=None) as client:
        assert (await client.get("/")).status_code == 204


async def test_a_test_that_is_cancelled_disconnects(app: App, client: TestClient) -> None:
    app.get("/", lambda c, w: c.disconnect)
    request = asyncio.create_task(client.get("/"))
    await until_handled(client)
    request.cancel()
    await asyncio.wait([request])
    assert request.cancelled()
    await client.drain_tasks()


# After the answer


async def test_a_request_returns_when_its_handler_is_done(app: App, client: TestClient) -> None:
    done: list[str] = []

    async def handler(_c: Context, w: Writer) -> None:
        responses.text(w, "early")
        await asyncio.sleep(0.01)
        done.append("late")

    app.get("/", handler)
    response = await client.get("/")
    assert done == ["late"]
    assert client.tracer.get_span(response.span_id) is not None


async def test_a_handler_that_works_on_is_disconnected_at_the_end(app: App) -> None:
    async def handler(c: Context, w: Writer) -> None:
        responses.text(w, "answer")
        await c.disconnect
        c.span.attr("saw", "the end")

    app.get("/", handler)
    async with TestClient(app, request_timeout=0.1) as client:
        response = await client.get("/")
        assert response.text == "answer"
        assert not response.disconnect.done()
        assert (await client.get("/echo")).status_code == 200
    assert response.disconnect.done()
    assert client.tracer.has_attribute(response.span_id, "saw", "the end")


# Leaving


async def test_leaving_ends_everything(app: App) -> None:
    before = asyncio.all_tasks()
    app.get("/", wait_for_ever)
    async with TestClient(app, request_timeout=0.05) as client:
        with pytest.raises(TimeoutError):
            await client.get("/")
        await client.get("/echo")
    assert asyncio.all_tasks() == before
    assert not client.tracer.has_open_spans()
    assert app.shutting_down


async def test_an_exchange_in_flight_is_disconnected(app: App) -> None:
    app.get("/", lambda c, w: c.disconnect)
    async with TestClient(app) as client:
        request = asyncio.create_task(client.get("/"))
        await until_handled(client)
    with pytest.raises(RuntimeError, match="the client left"):
        await request


async def test_a_handler_that_cannot_be_cancelled_is_named(app: App) -> None:
    give_up = asyncio.Event()

    async def handler(_c: Context, _w: Writer) -> None:
        while not give_up.is_set():
            try:
                await give_up.wait()
            except asyncio.CancelledError:
                pass

    app.get("/", handler)
    client = TestClient(app, request_timeout=0.02)
    await client.__aenter__()
    with pytest.raises(TimeoutError):
        await client.get("/")
    with pytest.raises(RuntimeError, match="Still running after it was cancelled"):
        await client.__aexit__(None, None, None)
    give_up.set()
    await client.tracer.until(lambda: not client.tracer.has_open_spans())


async def test_background_work_gets_its_time_when_the_client_leaves(app: App) -> None:
    ended: list[str] = []

    async def until_shutdown() -> None:
        await app.shutdown
        await asyncio.sleep(0)
        ended.append("by itself")

    async with TestClient(app):
        app.create_task(until_shutdown())
    assert ended == ["by itself"]


async def test_background_work_that_ignores_the_shutdown_is_cancelled(app: App) -> None:
    ended: list[str] = []
    async with TestClient(app, request_timeout=0.02):
        app.create_task(background(ended, asyncio.Event()))
    assert ended == ["ended"]
    assert app.tasks == set()


async def test_an_app_that_is_not_ours_lives_on(app: App) -> None:
    ended: list[str] = []
    event = asyncio.Event()
    for _ in range(2):
        async with TestClient(app, owns_shutdown=False, request_timeout=0.2) as client:
            app.create_task(background(ended, event))
            assert (await client.get("/echo")).status_code == 200
    assert not app.shutting_down
    assert ended == []
    event.set()
    await app.drain_tasks()
    assert ended == ["ended", "ended"]


# The drain


async def test_drain_waits_for_tasks_and_what_they_start(app: App, client: TestClient) -> None:
    done: list[str] = []

    async def outer(c: Context) -> None:
        await asyncio.sleep(0)
        c.app.create_task(inner())

    async def inner() -> None:
        await asyncio.sleep(0)
        done.append("inner")

    async def handler(c: Context, w: Writer) -> None:
        c.app.create_task(outer(c))
        responses.empty(w, 202)

    app.post("/work", handler)
    await client.post("/work")
    await client.drain_tasks()
    assert done == ["inner"]


async def test_drain_waits_for_open_spans(client: TestClient) -> None:
    with client.tracer.create("slow") as span:
        drain = asyncio.create_task(client.drain_tasks())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not drain.done()
    await drain
    assert client.tracer.get_span(span.id) is not None


async def test_drain_sees_a_span_that_ends_in_a_thread(client: TestClient) -> None:
    span = client.tracer.create("threaded")
    span.start()
    work = asyncio.create_task(asyncio.to_thread(span.end))
    await client.drain_tasks()
    await work


async def test_drain_does_not_wait_for_a_stream_that_the_test_holds(
    app: App, client: TestClient
) -> None:
    async def handler(c: Context, w: Writer) -> None:
        w.write_headers(200)
        with c.span.step("inner"):
            await c.disconnect

    app.get("/stream", handler)
    async with client.stream("GET", "/stream"):
        await client.drain_tasks()


async def test_a_span_that_nobody_ends_is_named_once(app: App) -> None:
    async def handler(c: Context, w: Writer) -> None:
        c.span.step("forgotten").start()
        responses.empty(w)

    app.get("/", handler)
    async with TestClient(app, request_timeout=0.02) as client:
        await client.get("/")
        with pytest.raises(TimeoutError, match="span 'forgotten'"):
            await client.drain_tasks()
        await client.drain_tasks()


async def test_what_failed_in_the_test_is_not_hidden_by_the_drain(app: App) -> None:
    client = TestClient(app, request_timeout=0.02)
    with pytest.raises(KeyError):  # noqa: PT012
        async with client:
            client.tracer.create("forgotten").start()
            raise KeyError


async def test_a_task_that_does_not_end_is_named(app: App) -> None:
    event = asyncio.Event()
    async with TestClient(app, request_timeout=0.02) as client:
        app.create_task(background([], event), name="ticker")
        with pytest.raises(TimeoutError, match="task 'ticker'"):
            await client.drain_tasks()
        event.set()
