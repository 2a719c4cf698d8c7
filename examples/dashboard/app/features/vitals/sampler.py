"""One task that measures this process at a steady pace, as long as the app runs."""

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import sin
from pathlib import Path

from app.features.vitals.feed import Feed
from app.features.vitals.models import Sample

STATM = Path("/proc/self/statm")  # Linux: sizes in pages, the resident one second


@asynccontextmanager
async def sampling(feed: Feed, interval: float) -> AsyncGenerator[None]:
    """Add a sample now and every `interval` seconds until the block ends.

    What stops the sampler stops the app with it.
    """
    async with asyncio.TaskGroup() as group:
        sampler = Sampler(feed, interval)
        sampler.take(0.0)
        task = group.create_task(sampler.run(), name="sampler")
        yield
        task.cancel()


class Sampler:
    def __init__(self, feed: Feed, interval: float) -> None:
        self._feed = feed
        self._interval = interval
        self._number = 0
        self._taken_at = time.monotonic() - interval
        self._cpu_seconds = time.process_time()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._interval
        while True:
            await asyncio.sleep(due - loop.time())
            late = loop.time() - due
            self.take(late * 1000)
            due = max(due + self._interval, loop.time())  # what was slept through is not caught up

    def take(self, lag: float) -> None:
        """Measure, and tell everybody; `lag` is in milliseconds."""
        feed, now, cpu_seconds = self._feed, time.monotonic(), time.process_time()
        passed = max(now - self._taken_at, 1e-6)
        self._number += 1
        sample = Sample(
            number=self._number,
            orders=orders(self._number),
            viewers=feed.viewers,
            delivered=feed.viewers / passed,
            cpu=(cpu_seconds - self._cpu_seconds) / passed * 100,
            lag=max(lag, 0.0),
            memory=resident_megabytes(),
        )
        self._taken_at, self._cpu_seconds = now, cpu_seconds
        feed.add(sample)


def orders(number: int) -> int:
    """Return how a shop might do: two waves, and chance."""
    return round(140 + 45 * sin(number / 9) + 20 * sin(number / 2.3) + random.gauss(0, 6))


def resident_megabytes() -> float | None:
    try:
        pages = int(STATM.read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
