"""What a block leaves open fails it, and is named with the line that opened it."""

import asyncio
import socket

import pytest
from stario import App, Relay
from stario.testing import TestClient, TestTracer, no_leaks


async def test_a_block_that_leaves_nothing_passes(app: App) -> None:
    relay = Relay[str]()
    async with no_leaks():
        async with TestClient(app) as client, relay.subscribe("a"):
            await client.get("/echo")
        with socket.socket():
            pass
        await asyncio.create_task(asyncio.sleep(0))


async def test_a_task_is_named(app: App) -> None:
    task: asyncio.Task[None] | None = None
    wanted = r"Left open:\n  task 'ticker' \(until_told, made at .*test_leaks\.py:\d+ in test_a_t"
    with pytest.raises(AssertionError, match=wanted):
        async with no_leaks(grace=0.02):
            task = asyncio.create_task(until_told(asyncio.Event()), name="ticker")
    assert task is not None
    task.cancel()


async def until_told(event: asyncio.Event) -> None:
    await event.wait()


async def test_what_is_ending_gets_a_moment() -> None:
    async with no_leaks():
        asyncio.create_task(asyncio.sleep(0.02))  # noqa: RUF006


async def test_a_socket_is_named() -> None:
    left: list[socket.socket] = []
    with pytest.raises(AssertionError, match=r"socket \('127\.0\.0\.1', \d+\) \(made at .*_leaks"):
        async with no_leaks(grace=0.01):
            left.append(socket.create_server(("127.0.0.1", 0)))
    left[0].close()


async def test_a_subscription_and_a_listener_are_named() -> None:
    relay = Relay[str]()
    sub = relay.subscribe("room.*")
    listener = relay.listen("a", "b", deliver=lambda subject, data: None)
    with pytest.raises(AssertionError) as failure:  # noqa: PT012
        async with no_leaks(grace=0.01):
            await sub.__aenter__()
            await listener.__aenter__()
    first, second = str(failure.value).splitlines()[1:]
    assert first.startswith("  subscription room.* (made at ")
    assert "in test_a_subscription_and_a_listener_are_named" in first
    assert second.startswith("  listener a b (made at ")
    await sub.__aexit__(None, None, None)
    await listener.__aexit__(None, None, None)


def test_a_span_is_named_without_a_loop() -> None:
    wanted = r"^Left open:\n  span 'inside' \(made at .*\)$"
    with TestTracer() as tracer:
        tracer.create("before").start()
        with pytest.raises(AssertionError, match=wanted), no_leaks():
            tracer.create("inside").start()
        for span in tracer.open_spans():
            span.end()


async def test_what_was_open_before_is_none_of_the_block() -> None:
    relay = Relay[str]()
    with socket.socket(), TestTracer() as tracer, tracer.create("outer"):
        task = asyncio.create_task(asyncio.Event().wait())
        async with relay.subscribe("a"), no_leaks(), no_leaks():
            await asyncio.sleep(0)
        task.cancel()


async def test_a_block_that_fails_keeps_its_exception() -> None:
    left: list[socket.socket] = []
    with pytest.raises(KeyError) as failure:  # noqa: PT012
        async with no_leaks(grace=0.01):
            left.append(socket.socket())
            raise KeyError
    assert failure.value.__notes__[0].startswith("Left open:\n  socket ")
    left[0].close()


async def test_nothing_is_patched_after_the_block() -> None:
    original = socket.socket.__init__
    async with no_leaks():
        assert socket.socket.__init__ is not original
    assert socket.socket.__init__ is original
