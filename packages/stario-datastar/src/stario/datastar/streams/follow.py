"""`sse.follow`: `publish` writes each event straight to every browser that can take it.

Nothing waits but the handler's own task, and that only for its own client. A browser that cannot
take an event is behind: what it missed is kept as its kind says, and sent in the handler's task
when its socket takes more; until nothing is missed any more, what is published joins that.
"""

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from stario.datastar.errors import (
    first_is_no_event,
    not_a_relay,
    not_an_event,
    not_by_the_replay,
)
from stario.datastar.event import Event
from stario.datastar.streams.last_event_id import last_event_id
from stario.datastar.streams.replay import NumberedEvent, Replay

if TYPE_CHECKING:
    from stario.http.context import Context
    from stario.http.writer import Writer
    from stario.relay import PubSub

# Subjects that may wait for one browser. Their newest events are those that wait for the others, so
# a crowd that stalls costs a few pointers each.
_MOST_SUBJECTS = 1024

# Events of a replay that are held for one browser, which may be slow to take them while the replay
# forgets them.
_MOST_TAKEN = 32

type First = Event | Callable[[], Event | Awaitable[Event]] | None


class _Ear(Protocol):
    """A listener, or a subscription."""

    @property
    def dropped(self) -> int: ...


class Follower(ABC):
    """One browser that follows some subjects."""

    __slots__ = ("_behind", "_c", "_ear", "_error", "_first", "_lost", "_patterns", "_w", "_woken")

    # Whether of what comes from other threads the newest event of each subject is enough.
    latest = True

    def __init__(self, c: "Context", w: "Writer", patterns: tuple[str, ...], first: First) -> None:
        self._c = c
        self._w = w
        self._patterns = patterns
        self._first = first
        self._behind = True  # until the stream has begun
        self._lost = False  # something was missed that can be sent no more
        self._error: Exception | None = None
        self._ear: _Ear | None = None
        self._woken: asyncio.Future[None] | None = None

    async def run(self, relay: "PubSub[Event]", open_stream: Callable[[], None]) -> None:
        """Follow until the client leaves, the app drains, or the stream is cut."""
        listen = getattr(relay, "listen", None)
        if listen is None:  # a relay that calls nobody
            source: Any = relay.subscribe(*self._patterns, latest=self.latest)
        else:
            source = listen(*self._patterns, deliver=self.deliver, latest=self.latest)
        async with self._c.alive(), source as self._ear:
            open_stream()
            if self._c.req.method == "HEAD":
                return
            await self._begin()
            while await self._catch_up():
                if listen is None:
                    self.deliver(*await source.receive())
                else:
                    await self._until_behind()

    # What publish calls

    @abstractmethod
    def deliver(self, subject: str, event: Event) -> None:
        """Write an event if the client can take it, or keep it."""

    def _wake(self) -> None:
        self._behind = True
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def _refuse(self, error: Exception) -> None:
        """End this stream, and not `publish`: what was published may be for other subscribers."""
        self._error = error
        self._wake()

    # What the handler's task does

    @abstractmethod
    async def _begin(self) -> None:
        """Send what comes before the events."""

    @abstractmethod
    async def _next(self) -> Event | None:
        """Take the next event that was missed; None when there is none."""

    async def _catch_up(self) -> bool:
        """Send what was missed, as fast as the client takes it; False when the stream is cut."""
        w = self._w
        while self._behind:
            await w.drain()
            event = await self._next()
            if self._error is not None:
                raise self._error
            if self._lost:
                self._cut()
            if w.completed:
                return False
            if event is None:
                self._behind = False
            else:
                w.write(event)
        return True

    async def _until_behind(self) -> None:
        """Wait until there is something for this task to do."""
        self._woken = asyncio.get_running_loop().create_future()
        try:
            await self._woken
        finally:
            self._woken = None

    async def _made(self) -> Event:
        """Return the current state as an event."""
        first = self._first
        made = first() if callable(first) else first
        if inspect.isawaitable(made):
            made = await made
        if not isinstance(made, Event):
            raise first_is_no_event(made)
        return made

    def _cut(self) -> None:
        """End the stream out of order, so that the browser connects again."""
        self._c.span.event("sse.cut", {"sse.patterns": " ".join(self._patterns)})
        self._w.abort()


class LatestFollower(Follower):
    """What is missed is kept as the newest event of each subject."""

    __slots__ = ("_missed",)

    def __init__(self, c: "Context", w: "Writer", patterns: tuple[str, ...], first: First) -> None:
        super().__init__(c, w, patterns, first)
        self._missed: OrderedDict[str, Event] | None = None

    def deliver(self, subject: str, event: Event) -> None:
        if not isinstance(event, Event):  # pyright: ignore[reportUnnecessaryIsInstance]
            self._refuse(not_an_event(subject, event))
        elif self._behind or not self._w.offer(event):
            self._miss(subject, event)

    def _miss(self, subject: str, event: Event) -> None:
        missed = self._missed
        if missed is None:
            missed = self._missed = OrderedDict()
        missed[subject] = event
        missed.move_to_end(subject)
        if len(missed) > _MOST_SUBJECTS:
            missed.clear()
            self._lost = True
        self._wake()

    async def _begin(self) -> None:
        if self._first is not None:
            self._w.write(await self._made())

    async def _next(self) -> Event | None:
        if self._missed:
            return self._missed.popitem(last=False)[1]
        self._missed = None
        return None


class ReplayFollower(Follower):
    """What is missed is in the replay: nothing is kept here but how far the browser has come.

    Who cannot be told what was missed gets the current state, and without one a cut stream.
    """

    __slots__ = ("_dropped", "_history", "_missed", "_number")

    latest = False

    def __init__(
        self,
        c: "Context",
        w: "Writer",
        patterns: tuple[str, ...],
        first: First,
        history: Replay,
    ) -> None:
        super().__init__(c, w, patterns, first)
        self._history = history
        self._number = 0
        self._missed: list[NumberedEvent] = []  # the next one last
        self._dropped = 0

    def deliver(self, subject: str, event: Event) -> None:
        if not isinstance(event, NumberedEvent) or event.replay is not self._history:
            self._refuse(not_by_the_replay(subject, event))
        elif self._behind or self._has_dropped():
            self._wake()
        elif event.number > self._number:
            if self._w.offer(event):
                self._number = event.number
            else:
                self._wake()

    def _has_dropped(self) -> bool:
        """Tell whether events were dropped on their way from other threads."""
        dropped = 0 if self._ear is None else self._ear.dropped
        has_dropped = dropped != self._dropped
        self._dropped = dropped
        return has_dropped

    async def _begin(self) -> None:
        came_to = self._history.number_of(last_event_id(self._c.req))
        if came_to is not None and self._history.after(came_to, self._patterns) is not None:
            self._number = came_to
            return
        self._number = self._history.number
        if self._first is not None:
            self._w.write(await self._made())

    async def _next(self) -> Event | None:
        if not self._missed:
            missed = self._history.after(self._number, self._patterns, _MOST_TAKEN)
            if missed is None:
                return await self._state()
            self._missed = missed[::-1]
        if not self._missed:
            return None
        event = self._missed.pop()
        self._number = event.number
        return event

    async def _state(self) -> Event | None:
        """Begin anew on the same stream."""
        if self._first is None:
            self._lost = True
            return None
        self._number = self._history.number
        return await self._made()


def follower(
    c: "Context", w: "Writer", relay: "PubSub[Event]", patterns: tuple[str, ...], first: First
) -> "tuple[Follower, PubSub[Event]]":
    """Return a follower of the kind that fits, and the relay that it follows."""
    if not hasattr(relay, "subscribe"):
        raise not_a_relay(relay)
    if isinstance(relay, Replay):
        return ReplayFollower(c, w, patterns, first, relay), relay.relay
    return LatestFollower(c, w, patterns, first), relay
