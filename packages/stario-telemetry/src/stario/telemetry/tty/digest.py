"""Which finished roots are shown whole, and what is said of the others.

A person reads a few blocks a second. A burst after a quiet time is shown whole; what comes faster
for longer is told once a second, in one line per kind: a name and a status. What failed is never
among what went well: of each kind of failure one a second is shown whole, at once, and the others
are counted in a line of their own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from stario.telemetry.spans import RecordingSpan
from stario.telemetry.tty.forest import Tree
from stario.telemetry.tty.outcome import is_bad, status_of

_BURST = 24
_PER_SECOND = 12.0
_TELL_SECONDS = 1.0
# Kinds that went well, in one second: more are told together. Kinds that failed are all told.
_KINDS = 12
# Kinds with names that are never the same again (`job 4711`) must not pile up.
_MAX_KINDS = 1_000
_MAX_DURATIONS = 10_000
# Rare ones among many are worth a block.
_ALONE = 3


@dataclass(slots=True)
class Kind:
    """Finished roots that are told in one line, named `name`."""

    name: str
    first: Tree
    slowest: RecordingSpan
    since_ns: int
    count: int = 0
    durations: list[int] = field(default_factory=list[int])

    def add(self, span: RecordingSpan) -> None:
        self.count += 1
        duration = span.duration_ns or 0
        if len(self.durations) < _MAX_DURATIONS:
            self.durations.append(duration)
        if duration > (self.slowest.duration_ns or 0):
            self.slowest = span

    @property
    def middle_ns(self) -> int:
        return sorted(self.durations)[len(self.durations) // 2]


@dataclass(frozen=True, slots=True)
class Rest:
    """How many finished roots there was no line for."""

    count: int


type Entry = Tree | Kind | Rest


class Allowance:
    """How many blocks are shown whole: a burst, and then so many a second.

    What comes beyond counts too, so that a load that goes on does not get blocks now and then.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(_BURST)
        self._since = clock()

    def take(self, count: int) -> bool:
        """Say whether there is room for all of `count`."""
        now = self._clock()
        left = min(self._left + (now - self._since) * _PER_SECOND, _BURST) - count
        self._since, self._left = now, max(left, -_PER_SECOND)
        return left >= 0


class Digest:
    """Decides for one repaint after the other."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._whole = Allowance(clock)
        self._good: dict[str, Kind] = {}
        self._bad: dict[str, Kind] = {}
        self._beyond = 0
        self._due = 0.0
        self.is_busy = False
        """Whether the last repaint left something out."""

    def of(self, finished: list[Tree], *, is_last: bool = False) -> list[Entry]:
        """Return trees to be shown whole, and kinds and rests to be told, in order."""
        self.is_busy = not self._whole.take(len(finished)) or bool(self._good or self._bad)
        now = self._clock()
        if not self.is_busy:
            return list(finished)
        if not self._good and not self._bad:
            self._due = now + _TELL_SECONDS
        shown: list[Entry] = list(self._set_aside(finished))
        return [*shown, *self._tell()] if is_last or now >= self._due else shown

    def _set_aside(self, finished: list[Tree]) -> Iterator[Tree]:
        for tree in finished:
            if not is_bad(tree.span):
                self._count(self._good, _kind(tree.span), tree)
            elif self._count(self._bad, _failure(tree.span), tree):
                yield tree

    def _count(self, kinds: dict[str, Kind], name: str, tree: Tree) -> bool:
        """Count a root by its kind, and say whether it is the first one."""
        span = tree.span
        is_new = name not in kinds
        if is_new and len(kinds) >= _MAX_KINDS:
            self._beyond += 1
            return False
        if is_new:
            kinds[name] = Kind(name, tree, span, span.start_ns or 0)
        kinds[name].add(span)
        return is_new

    def _tell(self) -> Iterator[Entry]:
        largest = sorted(self._good.values(), key=lambda kind: kind.count, reverse=True)
        alone = [kind.first for kind in largest if kind.count == 1]
        yield from alone if len(alone) <= _ALONE else []
        lines = [kind for kind in largest if kind.count > 1 or len(alone) > _ALONE]
        yield from lines[:_KINDS]
        if count := sum(kind.count for kind in lines[_KINDS:]) + self._beyond:
            yield Rest(count)
        for kind in self._bad.values():
            if kind.count > 1:  # one of them is shown already
                yield kind
        self._good, self._bad, self._beyond = {}, {}, 0


def _kind(span: RecordingSpan) -> str:
    status = status_of(span)
    return f"{span.name} {status}" if status >= 300 else span.name


def _failure(span: RecordingSpan) -> str:
    """Return what failures of one kind have in common; their messages may all be different."""
    kinds = [
        str((event.attributes or {}).get("exc.type", ""))
        for event in list(span.events)
        if event.name == "exception"
    ]
    what = kinds[-1] if kinds else span.error or ""
    return f"{_kind(span)} {what}".rstrip()
