"""Which finished roots are shown whole, and what is said of the others.

A person reads a few blocks a second. A burst after a quiet time is shown whole; what comes faster
for longer is told in one line per kind: a name and a status. What failed is never among what went
well: of each kind of failure the first is shown whole, and the others are counted in a line of
their own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

from stario.telemetry.spans import RecordingSpan
from stario.telemetry.tty.forest import Tree
from stario.telemetry.tty.renderer import is_bad, status_of

_BURST = 24
_PER_SECOND = 12.0
# Kinds that went well, in one repaint: more are told together. Kinds that failed are all told.
_KINDS = 12


@dataclass(frozen=True, slots=True)
class Same:
    """Finished roots of one kind that are told in one line, named `name`."""

    name: str
    trees: list[Tree]

    @property
    def spans(self) -> list[RecordingSpan]:
        return [tree.span for tree in self.trees]


@dataclass(frozen=True, slots=True)
class Rest:
    """How many finished roots, of how many kinds, there was no line for."""

    count: int
    kinds: int


class Allowance:
    """How many blocks may be shown whole: a burst, and then so many a second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._left = float(_BURST)
        self._since = clock()

    def take(self, count: int) -> bool:
        """Take all of `count`, or nothing."""
        now = self._clock()
        self._left = min(self._left + (now - self._since) * _PER_SECOND, _BURST)
        self._since = now
        if count > self._left:
            return False
        self._left -= count
        return True


class Digest:
    """Decides for one repaint after the other."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._whole = Allowance(clock)
        self._failed = Allowance(clock)

    def of(self, finished: list[Tree]) -> list[Tree | Same | Rest]:
        """Return trees to be shown whole, and groups and rests to be told, in order."""
        if self._whole.take(len(finished)):
            return list(finished)
        bad = [tree for tree in finished if is_bad(tree.span)]
        good = [tree for tree in finished if not is_bad(tree.span)]
        return [*self._good(_by_kind(good, _kind)), *self._bad(_by_kind(bad, _failure))]

    def _good(self, kinds: list[Same]) -> Iterable[Tree | Same | Rest]:
        kinds.sort(key=lambda kind: len(kind.trees), reverse=True)
        for kind in kinds[:_KINDS]:
            alone = len(kind.trees) == 1 and self._whole.take(1)
            yield kind.trees[0] if alone else kind
        if rest := kinds[_KINDS:]:
            yield Rest(sum(len(kind.trees) for kind in rest), len(rest))

    def _bad(self, kinds: list[Same]) -> Iterable[Tree | Same | Rest]:
        for kind in kinds:
            shown = len(kind.trees) if self._failed.take(len(kind.trees)) else 0
            shown = shown or int(self._failed.take(1))
            yield from kind.trees[:shown]
            if others := kind.trees[shown:]:
                yield Same(kind.name, others)


def _by_kind(trees: list[Tree], kind: Callable[[RecordingSpan], str]) -> list[Same]:
    kinds: dict[str, Same] = {}
    for tree in trees:
        name = kind(tree.span)
        kinds.setdefault(name, Same(name, [])).trees.append(tree)
    return list(kinds.values())


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
