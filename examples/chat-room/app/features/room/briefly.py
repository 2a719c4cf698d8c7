"""Facts that are true for some seconds, unless they are told again."""

import asyncio
from collections.abc import Callable


class Briefly[K, F]:
    """Facts by a key, the newest last. `on_end(key)` is called when one was true for long enough.

    Of a key no more than `most` facts are kept: the oldest makes way.
    """

    def __init__(self, on_end: Callable[[K], object], most: int = 8) -> None:
        self._on_end = on_end
        self._most = most
        self._timers: dict[K, dict[F, asyncio.TimerHandle]] = {}

    def tell(self, key: K, fact: F, seconds: float) -> bool:
        """Make a fact true for so long from now on; True where it was not already."""
        is_new = not self.take_back(key, fact)
        facts = self._timers.setdefault(key, {})
        if len(facts) >= self._most:
            facts.pop(next(iter(facts))).cancel()
        facts[fact] = asyncio.get_running_loop().call_later(seconds, self._end, key, fact)
        return is_new

    def take_back(self, key: K, fact: F) -> bool:
        """Make a fact untrue now; True where it was true."""
        facts = self._timers.get(key, {})
        timer = facts.pop(fact, None)
        if timer is None:
            return False
        timer.cancel()
        if not facts:
            del self._timers[key]
        return True

    def facts(self, key: K) -> tuple[F, ...]:
        return tuple(self._timers.get(key, ()))

    def clear(self) -> None:
        """Forget everything, without a call."""
        for facts in self._timers.values():
            for timer in facts.values():
                timer.cancel()
        self._timers.clear()

    def _end(self, key: K, fact: F) -> None:
        self.take_back(key, fact)
        self._on_end(key)
