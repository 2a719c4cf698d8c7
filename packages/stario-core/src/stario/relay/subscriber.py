"""What all who hear a relay have: patterns, an inbox for a block, and one word about drops."""

from stario.markup.errors import shown
from stario.relay.drops import Drops
from stario.relay.inbox import Inbox
from stario.tracing import NOOP_SPAN, Span, handler_span


class Subscriber[T]:
    """A handle that can be entered again; what it dropped is counted over all its blocks."""

    __slots__ = (
        "_drops",
        "_inbox",
        "_latest",
        "_max_bytes",
        "_maxsize",
        "_span",
        "_warned",
        "dropped",
        "patterns",
    )

    def __init__(
        self,
        drops: Drops,
        patterns: tuple[str, ...],
        maxsize: int | None,
        max_bytes: int | None,
        latest: bool,
    ) -> None:
        self.patterns = patterns
        self.dropped = 0
        self._drops = drops
        self._maxsize = maxsize
        self._max_bytes = max_bytes
        self._latest = latest
        self._warned = False
        self._span: Span = NOOP_SPAN
        self._inbox: Inbox[T] | None = None

    def _begin(self, inbox: Inbox[T]) -> None:
        self._inbox = inbox
        self._span = handler_span.get()

    def _end(self) -> None:
        self._inbox = None
        self._span = NOOP_SPAN

    def say_first_drop(self) -> None:
        """Warn once that what this one does is too slow. Internal, for the inbox."""
        inbox = self._inbox
        if not self._warned and inbox is not None:
            self._warned = True
            self._drops.tell(self, inbox.loop)

    def mark_span(self) -> None:
        """Tell the span of the handler that messages were dropped. Internal, for the inbox."""
        if self._span is not NOOP_SPAN:
            self._span.event("relay.dropped", {"relay.patterns": " ".join(self.patterns)})

    def __repr__(self) -> str:
        state = "inactive" if self._inbox is None else f"active, {len(self._inbox)} waiting"
        patterns = " ".join(map(_plain, self.patterns))
        return f"<{type(self).__name__} {patterns}: {state}, {self._counts()}>"

    def _counts(self) -> str:
        return f"{self.dropped} dropped"


def _plain(pattern: str) -> str:
    """Return a pattern for the log: part of it may come from a URL, line ends and all."""
    return pattern if pattern.isprintable() and len(pattern) <= 80 else shown(pattern)
