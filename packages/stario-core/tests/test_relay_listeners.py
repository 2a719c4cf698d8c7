"""A listener is called by `publish` itself, on its own loop and nowhere else."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from stario.exceptions import StarioError, StarioRuntime
from stario.relay import Relay

PATIENCE = 10.0  # seconds until what never comes fails its test


class Heard:
    """What a callback was called with."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, int]] = []
        self._more = asyncio.Event()

    def __call__(self, subject: str, data: int) -> None:
        self.messages.append((subject, data))
        self._more.set()

    @property
    def numbers(self) -> list[int]:
        return [data for _, data in self.messages]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.messages) < count:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def relay() -> Relay[int]:
    return Relay()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@asynccontextmanager
async def told_to_the_loop() -> AsyncGenerator[list[dict[str, Any]]]:
    """Collect what reaches the exception handler of the loop."""
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))
    try:
        yield told
    finally:
        loop.set_exception_handler(None)


def publish_in_a_thread(relay: Relay[int], *numbers: int) -> None:
    """Publish to `a` while the loop stands still, so that all has to wait for it."""
    thread = threading.Thread(target=lambda: [relay.publish("a", number) for number in numbers])
    thread.start()
    thread.join()


def entered_on_a_closed_loop(relay: Relay[int], heard: Heard) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(relay.listen("a", deliver=heard).__aenter__())
    loop.close()


async def test_publish_calls_a_listener_before_it_returns(relay: Relay[int], heard: Heard) -> None:
    async with relay.listen("a", "b.*", deliver=heard) as listener:
        assert listener.active
        assert repr(relay) == "<Relay 0 active, 1 listening>"
        relay.publish("a", 1)
        assert heard.messages == [("a", 1)]
        relay.publish("b", 2)
        relay.publish("b.c.d", 3)
        assert heard.messages == [("a", 1), ("b.c.d", 3)]
    assert repr(listener) == "<Listener a b.*: inactive, 0 dropped, 0 failed>"
    assert repr(relay) == "<Relay 0 active>"


async def test_nothing_is_delivered_outside_the_block(relay: Relay[int], heard: Heard) -> None:
    listener = relay.listen("a", deliver=heard)
    relay.publish("a", 1)
    async with listener:
        relay.publish("a", 2)
    relay.publish("a", 3)
    async with listener:
        relay.publish("a", 4)
    relay.publish("a", 5)
    assert heard.numbers == [2, 4]


async def test_a_message_comes_once_however_many_patterns_match(
    relay: Relay[int], heard: Heard
) -> None:
    async with relay.listen("a.b", "a.*", "a.b.*", "*", deliver=heard) as listener:
        assert listener.patterns == ("*",)
        relay.publish("a.b", 1)
    assert heard.numbers == [1]


async def test_subscriptions_and_listeners_hear_the_same(relay: Relay[int], heard: Heard) -> None:
    async with relay.subscribe("a") as sub, relay.listen("a", deliver=heard):
        relay.publish("a", 1)
        assert sub.receive_nowait() == ("a", 1)
        assert heard.numbers == [1]


async def test_a_listener_that_leaves_in_the_middle_of_a_delivery_is_called_no_more(
    relay: Relay[int], heard: Heard
) -> None:
    """Itself, and another one that was still to be called."""
    async with AsyncExitStack() as later:

        def leave(_subject: str, _data: int) -> None:
            for listener in (leaver, other):
                with pytest.raises(StopIteration):
                    listener.__aexit__(None, None, None).send(None)

        leaver = await later.enter_async_context(relay.listen("a", deliver=leave))
        other = await later.enter_async_context(relay.listen("a", deliver=heard))
        relay.publish("a", 1)
        relay.publish("a", 2)
        assert not leaver.active
    assert heard.numbers == []
    assert leaver.failures == 0
    assert repr(relay) == "<Relay 0 active>"


async def test_one_that_enters_in_the_middle_of_a_delivery_hears_the_next_message(
    relay: Relay[int], heard: Heard
) -> None:
    late = relay.listen("a", deliver=heard)

    def enter(_subject: str, _data: int) -> None:
        if not late.active:
            with pytest.raises(StopIteration):
                late.__aenter__().send(None)

    async with relay.listen("a", deliver=enter):
        relay.publish("a", 1)
        relay.publish("a", 2)
    await late.__aexit__(None, None, None)
    assert heard.numbers == [2]


async def test_what_a_callback_publishes_comes_behind_for_everybody(relay: Relay[int]) -> None:
    """Although the second listener is called after the first one published."""
    first, second = Heard(), Heard()

    def answer(subject: str, data: int) -> None:
        first(subject, data)
        if data < 3:
            relay.publish("a", data + 1)

    async with (
        relay.listen("a", deliver=answer),
        relay.listen("a", deliver=second),
        relay.subscribe("a") as sub,
    ):
        relay.publish("a", 1)
        assert (first.numbers, second.numbers) == ([1], [1])
        await second.until(3)
        assert first.numbers == second.numbers == [1, 2, 3]
        assert [await sub.receive() for _ in "123"] == [("a", 1), ("a", 2), ("a", 3)]


async def test_a_callback_that_publishes_for_ever_leaves_the_loop_its_turns(
    relay: Relay[int],
) -> None:
    calls = 0

    def echo(_subject: str, data: int) -> None:
        nonlocal calls
        calls += 1
        relay.publish("a", data + 1)

    async with relay.listen("a", deliver=echo):
        relay.publish("a", 0)
        for _ in range(50):
            await asyncio.sleep(0)
    after = calls
    assert after > 1
    for _ in range(5):
        await asyncio.sleep(0)
    assert calls == after


async def test_what_one_callback_publishes_at_once_is_bounded(
    relay: Relay[int], heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the inbox of each listener, whose drops are counted."""
    monkeypatch.setattr("stario.relay.dispatch._MOST_NESTED", 10)

    def burst(_subject: str, _data: int) -> None:
        for number in range(100):
            relay.publish("b", number)

    async with (
        relay.listen("b", deliver=heard, maxsize=5) as listener,
        relay.listen("a", deliver=burst),
    ):
        relay.publish("a", 0)
        await heard.until(5)
        assert heard.numbers == [95, 96, 97, 98, 99]
        assert listener.dropped == 95


@pytest.mark.parametrize("error", [ZeroDivisionError("no"), asyncio.CancelledError()])
async def test_a_callback_that_raises_disturbs_nobody_and_is_told_once(
    relay: Relay[int], heard: Heard, error: BaseException
) -> None:
    def fail(_subject: str, _data: int) -> None:
        raise error

    async with (
        told_to_the_loop() as told,
        relay.listen("a", deliver=fail) as failing,
        relay.listen("a", deliver=heard),
    ):
        relay.publish("a", 1)
        relay.publish("a", 2)
        assert failing.failures == 2
    assert heard.numbers == [1, 2]
    [one] = told
    assert one["exception"] is error
    assert "<Listener a: active, 0 waiting, 0 dropped, 1 failed> raised" in one["message"]


async def test_an_exit_passes_through_a_callback(relay: Relay[int], heard: Heard) -> None:
    """And leaves the relay fit to go on."""

    def stop(_subject: str, _data: int) -> None:
        raise KeyboardInterrupt

    async with relay.listen("a", deliver=stop):
        with pytest.raises(KeyboardInterrupt):
            relay.publish("a", 1)
    async with relay.listen("a", deliver=heard):
        relay.publish("a", 2)
    assert heard.numbers == [2]


async def test_threads_are_heard_on_the_loop_each_in_its_own_order(
    relay: Relay[int], heard: Heard
) -> None:
    threads_of_calls: set[int] = set()

    def deliver(subject: str, data: int) -> None:
        threads_of_calls.add(threading.get_ident())
        heard(subject, data)

    def publish(name: str) -> None:
        for number in range(500):
            relay.publish(name, number)

    names = [f"t.{number}" for number in range(4)]
    async with relay.listen("t.*", deliver=deliver, maxsize=None):
        await asyncio.gather(*(asyncio.to_thread(publish, name) for name in names))
        await heard.until(2000)
    for name in names:
        assert [data for subject, data in heard.messages if subject == name] == list(range(500))
    assert threads_of_calls == {threading.get_ident()}


async def test_what_a_thread_said_comes_before_what_the_loop_says_after_it(
    relay: Relay[int], heard: Heard
) -> None:
    async with relay.listen("a", deliver=heard) as listener:
        publish_in_a_thread(relay, 1)
        relay.publish("a", 2)
        assert heard.numbers == []
        assert "2 waiting" in repr(listener)
        await heard.until(2)
        relay.publish("a", 3)
        assert heard.numbers == [1, 2, 3]


@pytest.mark.parametrize(("latest", "kept"), [(False, [3997, 3998, 3999]), (True, [3999])])
async def test_what_threads_publish_while_the_loop_stands_still_is_bounded(
    relay: Relay[int], heard: Heard, latest: bool, kept: list[int]
) -> None:
    async with relay.listen("a", deliver=heard, maxsize=3, latest=latest) as listener:
        publish_in_a_thread(relay, *range(4000))
        await heard.until(len(kept))
        assert heard.numbers == kept
        assert listener.dropped == 4000 - len(kept)


async def test_much_that_waits_leaves_the_loop_its_turns(
    relay: Relay[int], heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stario.relay.listener._MESSAGES_PER_TURN", 10)
    async with relay.listen("a", deliver=heard):
        publish_in_a_thread(relay, *range(25))
        seen: list[int] = []
        async with asyncio.timeout(PATIENCE):
            while len(heard.messages) < 25:
                await asyncio.sleep(0)
                seen.append(len(heard.messages))
        assert seen[-3:] == [10, 20, 25]


async def test_leaving_forgets_what_waits(relay: Relay[int], heard: Heard) -> None:
    listener = relay.listen("a", deliver=heard)
    async with listener:
        publish_in_a_thread(relay, 1)
    async with listener:
        for _ in range(3):
            await asyncio.sleep(0)
        relay.publish("a", 2)
    assert heard.numbers == [2]


def test_a_listener_whose_loop_was_closed_is_forgotten(relay: Relay[int], heard: Heard) -> None:
    """At the next message, from whichever loop it comes, or from none."""
    entered_on_a_closed_loop(relay, heard)
    assert repr(relay) == "<Relay 0 active, 1 listening>"
    relay.publish("a", 1)
    assert repr(relay) == "<Relay 0 active>"

    async def publish_from_a_loop() -> None:
        async with relay.listen("a", deliver=heard):
            relay.publish("a", 2)

    entered_on_a_closed_loop(relay, heard)
    asyncio.run(publish_from_a_loop())
    assert heard.numbers == [2]
    assert repr(relay) == "<Relay 0 active>"


async def test_a_second_entry_is_refused(relay: Relay[int], heard: Heard) -> None:
    async with relay.listen("a", deliver=heard) as listener:
        with pytest.raises(StarioRuntime, match="entered already"):
            await listener.__aenter__()
        relay.publish("a", 1)
    assert heard.numbers == [1]


@pytest.mark.parametrize("deliver", [None, "print", 5, Heard().until])
def test_what_cannot_be_called_or_has_to_be_awaited_is_refused(
    relay: Relay[int], deliver: Any
) -> None:
    with pytest.raises(StarioError, match="deliver is called and not awaited"):
        relay.listen("a", deliver=deliver)
