"""Who is in which room now: in memory, since it is only true as long as this process lives.

A person is there as long as one of his pages holds a stream, and some seconds longer. A stream ends
when its browser closes it, is killed, or takes nothing any more, so nobody stays for ever.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from stario import Relay

from app.features.room import subjects
from app.features.room.briefly import Briefly

_NEWS_SECONDS = 4.0  # for how long it is said that somebody came or left


class Presence:
    """Knows who is where, and publishes every change: `subjects.here` and `subjects.doing`."""

    def __init__(self, relay: Relay[None], *, leave_after: float, typing_for: float) -> None:
        self._relay = relay
        self._leave_after = leave_after
        self._typing_for = typing_for
        self._streams: dict[str, dict[str, int]] = {}  # of each person, by room
        self._leaving: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._typing = Briefly[str, str](self._publish_doing)
        self._came = Briefly[str, str](self._publish_doing)
        self._left = Briefly[str, str](self._publish_doing)

    def here(self, room_id: str) -> tuple[str, ...]:
        """Return the ids of who is in a room, in the order in which they came."""
        return tuple(self._streams.get(room_id, ()))

    def everywhere(self) -> dict[str, tuple[str, ...]]:
        """Return who is where, by the ids of the rooms in which somebody is."""
        return {room_id: tuple(people) for room_id, people in self._streams.items()}

    def typing(self, room_id: str) -> tuple[str, ...]:
        return self._typing.facts(room_id)

    def came(self, room_id: str) -> tuple[str, ...]:
        return self._came.facts(room_id)

    def left(self, room_id: str) -> tuple[str, ...]:
        return self._left.facts(room_id)

    @contextmanager
    def visit(self, room_id: str, person_id: str) -> Generator[None]:
        """Be in a room as long as the block runs; several blocks of a person are one visit."""
        self._enter(room_id, person_id)
        try:
            yield
        finally:
            self._exit(room_id, person_id)

    def types(self, room_id: str, person_id: str) -> None:
        """Note that a person pressed a key. Who is not there is not heard."""
        if person_id not in self._streams.get(room_id, ()):
            return
        if self._typing.tell(room_id, person_id, self._typing_for):
            self._publish_doing(room_id)

    def typed(self, room_id: str, person_id: str) -> None:
        """Note that a person is done with typing."""
        if self._typing.take_back(room_id, person_id):
            self._publish_doing(room_id)

    def close(self) -> None:
        """Stop all clocks."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
        for facts in (self._typing, self._came, self._left):
            facts.clear()

    def _enter(self, room_id: str, person_id: str) -> None:
        people = self._streams.setdefault(room_id, {})
        if person_id in people:
            people[person_id] += 1
            self._stay(room_id, person_id)
            return
        people[person_id] = 1
        self._left.take_back(room_id, person_id)
        self._came.tell(room_id, person_id, _NEWS_SECONDS)
        self._publish_here(room_id)

    def _exit(self, room_id: str, person_id: str) -> None:
        people = self._streams[room_id]
        people[person_id] -= 1
        if people[person_id] == 0:
            self._leaving[room_id, person_id] = asyncio.get_running_loop().call_later(
                self._leave_after, self._leave, room_id, person_id
            )

    def _stay(self, room_id: str, person_id: str) -> None:
        timer = self._leaving.pop((room_id, person_id), None)
        if timer is not None:
            timer.cancel()

    def _leave(self, room_id: str, person_id: str) -> None:
        del self._leaving[room_id, person_id]
        people = self._streams[room_id]
        del people[person_id]
        if not people:
            del self._streams[room_id]
        self._typing.take_back(room_id, person_id)
        self._came.take_back(room_id, person_id)
        self._left.tell(room_id, person_id, _NEWS_SECONDS)
        self._publish_here(room_id)

    def _publish_here(self, room_id: str) -> None:
        self._relay.publish(subjects.here(room_id), None)
        self._publish_doing(room_id)

    def _publish_doing(self, room_id: str) -> None:
        self._relay.publish(subjects.doing(room_id), None)
