"""Microseconds per publish beside 0, 10,000 and 100,000 subscriptions to other subjects.

    python benchmarks/relay/run.py [--rounds 15]

Ten subscriptions match what is published; the others stand on 1,000 other subjects, exact or with a
wildcard. Rounds interleave the crowds; printed are the least of each, which noise can only add to,
and the ratio of the largest crowd to none. `floor` is ten appends to ten deques in a loop: the
least that ten inboxes can cost.

Then: events per second to 1,000 subscribers that read them, each in a task of its own, beside 1,000
queues of asyncio that are filled and read the same way; what a publish to 1,000 listeners costs
each, beside the call itself; and the memory of a subscription.
"""

import argparse
import asyncio
import gc
import sys
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from itertools import cycle
from typing import Any

from stario.relay import Relay

CROWDS = (0, 10_000, 100_000)
SUBJECTS = 1_000
OWN = 10
PUBLISHES = 500  # fewer than an inbox holds
SUBSCRIBERS = 1_000
EVENTS = 200

CASES = {
    "exact, among exact": ("room.7.joined", "other.{}.joined"),
    "exact, among wildcards": ("room.7.joined", "other.{}.*"),
    "wildcard, among exact": ("room.7.*", "other.{}.joined"),
    "wildcard, among wildcards": ("room.7.*", "other.{}.*"),
    "wildcard for all, among exact": ("*", "other.{}.joined"),
}


class Crowd:
    """A relay with its own subscriptions, and others beside them."""

    def __init__(self, pattern: str, other: str, size: int) -> None:
        self.relay = Relay[int]()
        self.subs = [self.relay.subscribe(pattern) for _ in range(OWN)]
        self.others = [self.relay.subscribe(other.format(n % SUBJECTS)) for n in range(size)]

    async def enter(self) -> None:
        for sub in (*self.subs, *self.others):
            await sub.__aenter__()

    def publish(self) -> float:
        """Return the microseconds per publish."""
        publish = self.relay.publish
        began = time.perf_counter()
        for number in range(PUBLISHES):
            publish("room.7.joined", number)
        taken = time.perf_counter() - began
        for sub in self.subs:
            while sub.receive_nowait() is not None:
                pass
        return taken * 1e6 / PUBLISHES


def floor() -> float:
    inboxes: list[deque[tuple[str, int]]] = [deque() for _ in range(OWN)]
    began = time.perf_counter()
    for number in range(PUBLISHES):
        message = ("room.7.joined", number)
        for inbox in inboxes:
            inbox.append(message)
    return (time.perf_counter() - began) * 1e6 / PUBLISHES


async def print_publishes(rounds: int) -> None:
    print(f"Python {sys.version.split()[0]}; microseconds per publish to {OWN}, of {rounds} rounds")
    print(f"floor {min(floor() for _ in range(rounds)):.2f}\n")
    print(f"{'others':30}" + "".join(f"{size:>9,}" for size in CROWDS) + "  100,000 ÷ 0")
    for name, (pattern, other) in CASES.items():
        crowds = [Crowd(pattern, other, size) for size in CROWDS]
        for crowd in crowds:
            await crowd.enter()
        gc.collect()
        least = [float("inf")] * len(crowds)
        for _, (at, crowd) in zip(
            range(rounds * len(crowds)), cycle(enumerate(crowds)), strict=False
        ):
            least[at] = min(least[at], crowd.publish())
        cells = "".join(f"{one:9.2f}" for one in least)
        print(f"{name:30}{cells}  {least[-1] / least[0]:11.2f}")


async def through_the_relay() -> float:
    """Return how many events a second reach their readers."""
    relay = Relay[bytes]()
    async with AsyncExitStack() as stack:
        subs = [
            await stack.enter_async_context(relay.subscribe(f"room.{n % 10}.*", "all"))
            for n in range(SUBSCRIBERS)
        ]
        return await delivered([sub.receive for sub in subs], lambda: relay.publish("all", b"x"))


async def through_queues() -> float:
    queues: list[asyncio.Queue[bytes]] = [asyncio.Queue() for _ in range(SUBSCRIBERS)]

    def publish() -> None:
        for queue in queues:
            queue.put_nowait(b"x")

    return await delivered([queue.get for queue in queues], publish)


async def delivered(
    readers: "list[Callable[[], Coroutine[Any, Any, object]]]",
    publish: Callable[[], None],
) -> float:
    async def read(receive: "Callable[[], Coroutine[Any, Any, object]]") -> None:
        for _ in range(EVENTS):
            await receive()

    tasks = [asyncio.ensure_future(read(receive)) for receive in readers]
    await asyncio.sleep(0)
    began = time.perf_counter()
    for _ in range(EVENTS):
        publish()
        await asyncio.sleep(0)  # as events come: every reader wakes for each
    await asyncio.gather(*tasks)
    return EVENTS * len(readers) / (time.perf_counter() - began)


async def listening() -> tuple[float, float]:
    """Return the microseconds per listener and publish, and those of an empty function's call."""
    relay = Relay[bytes]()
    calls = [_called for _ in range(SUBSCRIBERS)]
    async with AsyncExitStack() as stack:
        for call in calls:
            await stack.enter_async_context(relay.listen("all", deliver=call))
        began = time.perf_counter()
        for _ in range(EVENTS):
            relay.publish("all", b"x")
        published = time.perf_counter() - began
    began = time.perf_counter()
    for _ in range(EVENTS):
        for call in calls:
            call("all", b"x")
    called = time.perf_counter() - began
    count = EVENTS * SUBSCRIBERS
    return published * 1e6 / count, called * 1e6 / count


def _called(_subject: str, _data: bytes) -> None:
    pass


async def memory(messages: int) -> float:
    """Return the bytes of a subscription with so many messages that others have too."""
    relay = Relay[str]()
    gc.collect()
    tracemalloc.start()
    subs = [relay.subscribe(f"room.{n % SUBJECTS}.*") for n in range(10_000)]
    for sub in subs:
        await sub.__aenter__()
    for number in range(messages):
        for room in range(SUBJECTS):
            relay.publish(f"room.{room}.x", str(number))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return taken / len(subs)


async def run(rounds: int) -> None:
    await print_publishes(rounds)
    relay = max([await through_the_relay() for _ in range(5)])
    queues = max([await through_queues() for _ in range(5)])
    print(f"\nevents a second to {SUBSCRIBERS:,} readers: {relay:,.0f}")
    print(f"the same through asyncio.Queue: {queues:,.0f}; ratio {relay / queues:.2f}")
    published, called = (
        min(one) for one in zip(*[await listening() for _ in range(9)], strict=True)
    )
    print(f"microseconds per listener: {published:.3f}, of which the call {called:.3f}")
    print(f"bytes per subscription: {await memory(0):.0f}, with 10 messages {await memory(10):.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    asyncio.run(run(options.rounds))


if __name__ == "__main__":
    main()
