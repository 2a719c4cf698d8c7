"""What only a relay inside one process can promise: other threads, other loops, at once."""

import asyncio
import random
import signal
import threading
from concurrent.futures import Future
from typing import Any

import pytest
from stario.relay import Relay, RelaySubscription


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, coroutine: Any) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture
def relay() -> Relay[int]:
    return Relay()


def entered_on_a_closed_loop(relay: Relay[int], pattern: str) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(relay.subscribe(pattern, maxsize=1).__aenter__())
    loop.close()


def publish_many(relay: Relay[int], count: int) -> None:
    for number in range(count):
        relay.publish("a", number)


async def collected(sub: RelaySubscription[int], entered: "Future[None]", last: int) -> list[int]:
    found: list[int] = []
    async with sub:
        entered.set_result(None)
        async for _, number in sub:
            found.append(number)
            if number == last:
                break
    return found


async def test_delivery_on_the_same_loop_is_immediate(relay: Relay[int]) -> None:
    async with relay.subscribe("a.*") as sub:
        relay.publish("a.b", 1)
        assert sub.receive_nowait() == ("a.b", 1)
        assert sub.receive_nowait() is None


async def test_a_subscription_on_another_loop_gets_everything_in_order(relay: Relay[int]) -> None:
    others = [LoopThread() for _ in range(3)]
    try:
        entered: list[Future[None]] = [Future() for _ in others]
        results = [
            other.run(collected(relay.subscribe("a", maxsize=None), begun, 999))
            for other, begun in zip(others, entered, strict=True)
        ]
        for begun in entered:
            await asyncio.wait_for(asyncio.wrap_future(begun), 10)
        async with relay.subscribe("a") as here:
            publish_many(relay, 1000)
            assert here.receive_nowait() == ("a", 0)
        for result in results:
            found = await asyncio.wait_for(asyncio.wrap_future(result), 10)
            assert found == list(range(1000))
    finally:
        for other in others:
            other.close()
    assert repr(relay) == "<Relay 0 active>"


def test_a_loop_that_was_closed_costs_the_others_nothing(relay: Relay[int]) -> None:
    """And its subscriptions are forgotten, each at the first message for it."""
    for pattern in ("a", "a.*", "*"):
        entered_on_a_closed_loop(relay, pattern)

    async def run() -> None:
        async with relay.subscribe("*") as sub:
            relay.publish("a", 1)
            relay.publish("a.b", 2)
            assert sub.receive_nowait() == ("a", 1)
            assert sub.receive_nowait() == ("a.b", 2)
            assert repr(relay) == "<Relay 1 active>"

    asyncio.run(run())
    assert not relay._inboxes.exact
    assert not relay._inboxes.below


def test_a_closed_loop_is_no_reason_to_wait_for_a_lock(relay: Relay[int]) -> None:
    """`publish` never waits: while somebody holds the lock, the next message tidies up."""
    entered_on_a_closed_loop(relay, "a")
    with relay._inboxes._lock:
        relay.publish("a", 1)
        assert repr(relay) == "<Relay 1 active>"
    relay.publish("a", 2)
    assert repr(relay) == "<Relay 0 active>"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timer signals")
@pytest.mark.parametrize("dropping", [False, True])
def test_a_signal_handler_may_publish_at_any_moment(relay: Relay[int], dropping: bool) -> None:
    """In the middle of a publish, an entry or a leaving of the same thread."""
    count = 0

    def interrupt(*_: object) -> None:
        nonlocal count
        count += 1
        relay.publish("a.b", -1)

    async def run() -> None:
        async with asyncio.timeout(20):
            while count < 200:
                async with relay.subscribe("a.*", maxsize=2 if dropping else None) as sub:
                    for number in range(20):
                        relay.publish("a.b", number)
                    while (message := sub.receive_nowait()) is not None:
                        assert message[0] == "a.b"
                await asyncio.sleep(0)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        entered_on_a_closed_loop(relay, "a.b")
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        asyncio.run(run())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert repr(relay) == "<Relay 0 active>"


async def test_threads_publish_while_subscriptions_come_and_go() -> None:
    """Nobody raises, every reader sees each publisher's numbers rise, and nothing is left."""
    relay = Relay[tuple[int, int]]()
    stop = threading.Event()
    errors: list[BaseException] = []

    def publish(thread: int) -> None:
        number = 0
        try:
            while not stop.is_set():
                relay.publish(f"t.{thread}", (thread, number))
                relay.publish(f"t.{thread}.deep.er", (thread, number + 1))
                number += 2
        except BaseException as error:
            errors.append(error)

    async def subscribe(seed: int) -> int:
        chance = random.Random(seed)
        seen = 0
        for _ in range(40):
            patterns = chance.sample(["t.*", "*", "t.0", "t.1.*", "t.2.deep.er", "x.*"], 2)
            newest: dict[int, int] = {}
            async with relay.subscribe(*patterns, maxsize=chance.choice([1, 8, 1024])) as sub:
                for _ in range(chance.randrange(30)):
                    message = sub.receive_nowait()
                    if message is None:
                        await asyncio.sleep(0)
                        continue
                    thread, number = message[1]
                    assert number > newest.get(thread, -1)
                    newest[thread] = number
                    seen += 1
        return seen

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    try:
        async with asyncio.timeout(30):
            # Again, until the threads have had a turn meanwhile: that is up to the interpreter.
            while not sum(seen):
                seen = await asyncio.gather(*(subscribe(seed) for seed in range(10)))
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert errors == []
    assert repr(relay) == "<Relay 0 active>"
    audience = relay._inboxes
    assert (audience.exact, audience.below, audience.longest_below) == ({}, {}, -1)


@pytest.mark.parametrize("bound", [1, 100])
async def test_what_threads_publish_while_the_loop_stands_still_is_bounded(
    relay: Relay[int], bound: int
) -> None:
    """The inbox is the only queue: the loop is asked for one wake-up, not for one a message."""
    async with relay.subscribe("a", maxsize=bound) as sub:
        threads = [threading.Thread(target=publish_many, args=(relay, 5000)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept = 0
        while sub.receive_nowait() is not None:
            kept += 1
        assert kept == bound
        assert sub.dropped == 15_000 - bound


async def test_a_thread_wakes_the_reader_each_time(relay: Relay[int]) -> None:
    async with relay.subscribe("a") as sub:
        for number in range(20):
            waiting = asyncio.create_task(sub.receive())
            await asyncio.sleep(0)
            await asyncio.to_thread(relay.publish, "a", number)
            assert await asyncio.wait_for(waiting, 10) == ("a", number)
