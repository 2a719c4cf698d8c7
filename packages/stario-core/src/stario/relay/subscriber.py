"""What subscriptions and listeners share: patterns, an inbox per block, one report of drops."""

import asyncio

from stario.exceptions import StarioRuntime
from stario.markup.errors import shown
from stario.relay.bounds import Bounds
from stario.relay.drops import Drops
from stario.relay.inbox import Inbox, LatestInbox, QueueInbox
from stario.tracing import NOOP_SPAN, Span, handler_span


class Subscriber[T]:
    """A handle that can be entered again; what it dropped is counted over all its blocks."""

    __slots__ = ("_bounds", "_drops", "_inbox", "_span", "_warned", "dropped", "patterns")

    def __init__(self, drops: Drops, patterns: tuple[str, ...], bounds: Bounds) -> None:
        self.patterns = patterns
        self.dropped = 0
        self._drops = drops
        self._bounds = bounds
        self._warned = False
        self._span: Span = NOOP_SPAN
        self._inbox: Inbox[T] | None = None

    @property
    def active(self) -> bool:
        """Whether the block is entered, so that messages arrive."""
        return self._inbox is not None

    def _begin(self) -> Inbox[T]:
        if self._inbox is not None:
            raise already_entered(self)
        kind: type[LatestInbox[T] | QueueInbox[T]]
        kind = LatestInbox if self._bounds.latest else QueueInbox
        inbox = self._inbox = kind(self, asyncio.get_running_loop(), self._bounds)
        self._span = handler_span.get()
        return inbox

    def _end(self) -> None:
        self._inbox = None
        self._span = NOOP_SPAN

    def woken(self, inbox: Inbox[T]) -> None:
        """React to messages from elsewhere, on the loop. Internal, for the inbox."""
        raise NotImplementedError

    def report_first_drop(self) -> None:
        """Log once that this one is too slow. Internal, for the inbox."""
        inbox = self._inbox
        if not self._warned and inbox is not None:
            self._warned = True
            self._drops.report(self, inbox.loop)

    def mark_span(self) -> None:
        """Record on the span of the handler that messages were dropped. Internal, for the inbox."""
        if self._span is not NOOP_SPAN:
            self._span.event("relay.dropped", {"relay.patterns": " ".join(self.patterns)})

    def __repr__(self) -> str:
        state = "inactive" if self._inbox is None else f"active, {len(self._inbox)} waiting"
        patterns = " ".join(map(_plain, self.patterns))
        return f"<{type(self).__name__} {patterns}: {state}, {self._counts()}>"

    def _counts(self) -> str:
        return f"{self.dropped} dropped"


def _plain(pattern: str) -> str:
    """Return a pattern fit for a line of the log: part of it may come from a URL."""
    return pattern if pattern.isprintable() and len(pattern) <= 80 else shown(pattern)


def already_entered(subscriber: object) -> StarioRuntime:
    return StarioRuntime(
        f"{subscriber!r} is entered already.",
        help_text="Take one for each block from relay.subscribe() or relay.listen().",
    )
