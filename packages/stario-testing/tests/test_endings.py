"""Leaving a client never hangs, and what was left open is named with its places."""

import asyncio
import re
import threading
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, Span, Writer
from stario.testing import TestClient, aload_app


def bootstrap_with_teardown(teardown: Any) -> Any:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        yield
        await teardown()

    return bootstrap


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


class Stubborn:
    """Waits, whatever it is told, until it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.refused = 0

    async def __call__(self) -> None:
        while not self.go.is_set():
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.refused += 1


async def test_a_teardown_that_waits_is_cancelled_and_named() -> None:
    client = TestClient(bootstrap_with_teardown(wait_for_ever), lifespan_timeout=0.02)
    await client.__aenter__()
    with pytest.raises(TimeoutError, match=r"teardown .* 0\.02 s; it waits at .*wait_for_ever"):
        await client.__aexit__(None, None, None)
    span = client.tracer.find_span("server.shutdown")
    assert span is not None
    assert not span.ok


async def test_a_teardown_that_swallows_its_cancellation_is_left_behind() -> None:
    stubborn = Stubborn()
    client = TestClient(bootstrap_with_teardown(stubborn), lifespan_timeout=0.02)
    await client.__aenter__()
    with pytest.raises(TimeoutError, match="The teardown of the bootstrap was not over"):
        await client.__aexit__(None, None, None)
    assert stubborn.refused == 1
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    stubborn.go.set()


async def test_a_teardown_that_ends_on_its_cancellation_is_over() -> None:
    async def teardown() -> None:
        try:
            await wait_for_ever()
        except asyncio.CancelledError:
            return

    async with TestClient(bootstrap_with_teardown(teardown), lifespan_timeout=0.02):
        pass
    await asyncio.sleep(0)  # no cancellation is left over


async def test_a_startup_that_waits_is_cancelled_and_named() -> None:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        await wait_for_ever()
        yield

    with pytest.raises(TimeoutError, match=r"startup .* it waits at .*wait_for_ever"):
        await TestClient(bootstrap, lifespan_timeout=0.02).__aenter__()


async def test_a_cancellation_from_outside_passes_through_a_teardown() -> None:
    reached = asyncio.Event()

    async def teardown() -> None:
        reached.set()
        await wait_for_ever()

    async def test() -> None:
        async with aload_app(bootstrap_with_teardown(teardown)):
            pass

    task = asyncio.create_task(test())
    await reached.wait()
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


async def test_a_task_group_may_span_the_yield() -> None:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as group, asyncio.timeout(5):
            group.create_task(asyncio.sleep(0))
            yield

    async with TestClient(bootstrap) as client:
        assert not client.app.shutting_down


async def test_no_limit_lets_a_teardown_take_its_time() -> None:
    async with TestClient(
        bootstrap_with_teardown(lambda: asyncio.sleep(0.01)), lifespan_timeout=None
    ):
        pass


async def test_a_handler_in_a_thread_does_not_hold_the_client(app: App) -> None:
    release = threading.Event()

    async def handler(_c: Context, w: Writer) -> None:
        await asyncio.to_thread(release.wait)
        responses.empty(w)

    app.get("/", handler)
    async with TestClient(app, request_timeout=0.02) as client:
        with pytest.raises(TimeoutError, match=r"no head arrived; its handler is task .*handler"):
            await client.get("/")
    release.set()


async def test_who_ignores_its_cancellation_is_named_with_its_places(app: App) -> None:
    stubborn = Stubborn()
    client = TestClient(app, request_timeout=0.02)
    await client.__aenter__()
    app.create_task(stubborn(), name="stubborn")
    wanted = (
        r"task 'stubborn' \(Stubborn\.__call__, made at .*test_endings\.py:\d+ in test_who_ignores"
        r".*, waits at .*test_endings\.py:\d+ in Stubborn\.__call__\)"
    )
    with pytest.raises(RuntimeError, match=wanted):
        await client.__aexit__(None, None, None)
    stubborn.go.set()


async def test_a_handler_was_made_by_no_line_of_the_test(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In asyncio's debug mode coroutines remember more frames: up to what started the loop."""
    app.get("/", lambda c, w: asyncio.sleep(5))
    monkeypatch.setattr("stario.testing.places._ORIGIN", 200)
    async with TestClient(app, request_timeout=0.02) as client:
        with pytest.raises(TimeoutError, match="its handler is task") as failure:
            await client.get("/")
    assert "made at" not in str(failure.value)


async def test_an_open_span_is_named_with_the_line_that_made_it(app: App) -> None:
    wanted = (
        r"Not over after 0\.02 s: span 'forgotten' \(made at .*test_endings\.py:\d+ in test_an_.*\)"
    )
    with pytest.raises(TimeoutError, match=wanted):
        async with TestClient(app, request_timeout=0.02) as client:
            client.tracer.create("forgotten").start()


async def test_what_failed_in_the_test_is_not_hidden_by_what_is_left(app: App) -> None:
    stubborn = Stubborn()
    with pytest.raises(KeyError) as failure:  # noqa: PT012
        async with TestClient(app, request_timeout=0.02):
            app.create_task(stubborn())
            raise KeyError
    assert re.search("On leaving the TestClient: Still running", failure.value.__notes__[0])
    stubborn.go.set()


async def test_an_endless_stream_read_whole_says_what_to_use(app: App) -> None:
    async def stream(c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/event-stream")
        w.write(b"data: 1\n\n")
        await c.disconnect

    app.get("/", stream)
    async with TestClient(app, request_timeout=0.02) as client:
        with pytest.raises(TimeoutError, match=r"text/event-stream \(read .* client\.sse\), 9 byt"):
            await client.get("/")


def test_a_client_belongs_to_the_loop_that_entered_it() -> None:
    async def enter() -> TestClient:
        return await TestClient(App()).__aenter__()

    client = asyncio.run(enter())
    with pytest.raises(RuntimeError, match="entered on another event loop"):
        asyncio.run(client.get("/"))
