"""A replay keeps the last events of each subject, for browsers that come back.

Events are numbered over all subjects, so an id says how far a browser has come, whatever it
follows. What is forgotten leaves its number behind: it is never said that nothing was missed where
something was.
"""

import re
from bisect import bisect_right
from collections import OrderedDict, deque
from secrets import token_hex
from threading import RLock
from typing import TYPE_CHECKING, Any

from stario.datastar.errors import bad_replay_bound, not_an_event
from stario.datastar.event import Event
from stario.relay.patterns import (
    bad_pattern,
    bad_subject,
    is_pattern,
    is_subject,
    no_pattern,
    prefix_of,
)

if TYPE_CHECKING:
    from stario.relay import PubSub, Subscription

_DIGITS = re.compile("[0-9]{1,18}")


class NumberedEvent(Event):
    """An event that a replay has numbered."""

    number: int
    replay: "Replay"


class _Ring:
    """The numbers of a subject's events, and the newest one of those that are gone."""

    __slots__ = ("lost", "numbers")

    def __init__(self, lost: int) -> None:
        self.numbers: deque[int] = deque()
        self.lost = lost


class Replay:
    """Publishes events through a relay and keeps the last ones: `sse.follow(c, history, ...)`.

    Who follows it takes only what it publishes; its subjects are for nothing else on that relay.
    It keeps `size` events of each subject, of the `max_subjects` that were published to last, and
    `max_bytes` in all, counted as they go out uncompressed; the newest event is kept, however long.
    It lives in one process, and its ids are of no use to another one, or after a restart: who comes
    back with such an id begins anew. Raises `StarioError` for a bound below 1.
    """

    def __init__(
        self,
        relay: "PubSub[Event]",
        *,
        size: int = 256,
        max_bytes: int = 4 * 1024 * 1024,
        max_subjects: int = 1024,
    ) -> None:
        bounds = {"size": size, "max_bytes": max_bytes, "max_subjects": max_subjects}
        for name, bound in bounds.items():
            if type(bound) is not int or bound < 1:
                raise bad_replay_bound(name, bound)
        self.relay = relay
        self._size = size
        self._max_bytes = max_bytes
        self._max_subjects = max_subjects
        # Tells our ids from those of another process, and of the one before us.
        self._token = token_hex(6)
        self._lock = RLock()  # reentrant: a listener may publish in turn
        self._last = 0
        self._held = 0
        self._events: OrderedDict[int, tuple[str, NumberedEvent]] = OrderedDict()
        # Least recently published first.
        self._rings: OrderedDict[str, _Ring] = OrderedDict()
        # The newest event of all subjects that are forgotten.
        self._forgotten = 0

    @property
    def number(self) -> int:
        """The number of the last event; 0 before the first."""
        return self._last

    def publish(self, subject: str, data: Event) -> None:
        """Give an event its id, keep it, and publish it; from any thread.

        Threads take turns here, so that ids rise for everybody who follows. Raises `StarioError`
        for a bad subject, and for what is not an `Event`.
        """
        if not is_subject(subject):
            raise bad_subject(subject)
        if not isinstance(data, Event):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_an_event(subject, data)
        with self._lock:
            self._last = number = self._last + 1
            numbered = NumberedEvent(data.with_id(f"{self._token}-{number}"))
            numbered.number = number
            numbered.replay = self
            self._keep(subject, numbered)
            self.relay.publish(subject, numbered)

    def subscribe(self, *patterns: str, **options: Any) -> "Subscription[Event]":
        """Subscribe at the relay below: the events come with their ids."""
        return self.relay.subscribe(*patterns, **options)

    def since(self, event_id: str | None, *patterns: str) -> list[Event] | None:
        """Return the events of these patterns that came after an id, in order.

        None when that cannot be told: the id is not of this replay, or something that came after it
        is forgotten. Then send the current state. Raises `StarioError` for no pattern or a bad one.
        """
        _check(patterns)
        number = self.number_of(event_id)
        missed = None if number is None else self.after(number, patterns)
        return None if missed is None else list(missed)

    def number_of(self, event_id: str | None) -> int | None:
        """Return the number behind an id, or None for an id that is not ours. Internal."""
        token, _, digits = (event_id or "").partition("-")
        if token != self._token or not _DIGITS.fullmatch(digits):
            return None
        number = int(digits)
        return number if number <= self._last else None

    def after(
        self, number: int, patterns: tuple[str, ...], most: int | None = None
    ) -> list[NumberedEvent] | None:
        """Return the first events of these patterns after a number; None for a gap. Internal."""
        with self._lock:
            if number >= self._last:
                return []
            found: list[int] = []
            for ring in self._rings_of(patterns):
                if ring is None:
                    if number < self._forgotten:
                        return None
                elif number < ring.lost:
                    return None
                else:
                    at = bisect_right(ring.numbers, number)
                    found.extend(ring.numbers[index] for index in range(at, len(ring.numbers)))
            found.sort()
            return [self._events[one][1] for one in found[:most]]

    def _rings_of(self, patterns: tuple[str, ...]) -> "list[_Ring | None]":
        """Return the rings that match; and None where one that is forgotten may have matched."""
        prefixes = [prefix for one in patterns if (prefix := prefix_of(one)) is not None]
        found: dict[str, _Ring | None] = {
            one: self._rings.get(one) for one in patterns if prefix_of(one) is None
        }
        if prefixes:
            found["*"] = None
            found |= {
                subject: ring
                for subject, ring in self._rings.items()
                if any(_is_below(subject, prefix) for prefix in prefixes)
            }
        return list(found.values())

    def _keep(self, subject: str, event: NumberedEvent) -> None:
        ring = self._rings.get(subject)
        if ring is None:
            # A subject that was forgotten before may be back.
            ring = self._rings[subject] = _Ring(self._forgotten)
        ring.numbers.append(event.number)
        self._rings.move_to_end(subject)
        self._events[event.number] = (subject, event)
        self._held += len(event)
        if len(ring.numbers) > self._size:
            self._drop(ring.numbers[0])
        if len(self._rings) > self._max_subjects:
            for number in list(next(iter(self._rings.values())).numbers):
                self._drop(number)
        while self._held > self._max_bytes and len(self._events) > 1:
            self._drop(next(iter(self._events)))

    def _drop(self, number: int) -> None:
        """Forget an event, which is the oldest one of its subject."""
        subject, event = self._events.pop(number)
        self._held -= len(event)
        ring = self._rings[subject]
        ring.numbers.popleft()
        ring.lost = number
        if not ring.numbers:
            del self._rings[subject]
            self._forgotten = max(self._forgotten, number)

    def __repr__(self) -> str:
        kept = f"{len(self._events)} events of {len(self._rings)} subjects, {self._held} bytes"
        return f"<Replay {kept}, over {self.relay!r}>"


def _is_below(subject: str, prefix: str) -> bool:
    return not prefix or subject.startswith(f"{prefix}.")


def _check(patterns: tuple[str, ...]) -> None:
    if not patterns:
        raise no_pattern()
    for pattern in patterns:
        if not is_pattern(pattern):
            raise bad_pattern(pattern)
