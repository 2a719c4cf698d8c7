"""The spans that the terminal view knows: trees of open roots, and finished roots to show.

The request's path appends a new span to a queue and nothing else; whoever paints asks the spans how
they are. Everything in here is bounded, since a stream may stay open for days, a program may lose
spans and a terminal may stop reading: what is left out is counted.
"""

from collections import deque
from typing import TYPE_CHECKING

from stario.telemetry.spans import RecordingSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

# What waits while a terminal does not read.
_MAX_NEW = 20_000
# All spans of all trees.
_MAX_SPANS = 20_000
_MAX_ROOTS = 2_000
# Children of one parent: when there are more, the first ones, the last ones, and in between those
# that failed or are open stay.
_MAX_CHILDREN = 600
_FIRST_CHILDREN = 50
_MIDDLE_CHILDREN = 150
_LAST_CHILDREN = 200


class Tree:
    """A span with what is known below it; `forgotten` counts the children that were left out."""

    __slots__ = ("children", "forgotten", "span")

    def __init__(self, span: RecordingSpan) -> None:
        self.span = span
        self.children: list[Tree] = []
        self.forgotten = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.span!r}, {len(self.children)} children>"

    def all(self) -> "Iterator[Tree]":
        """Return this tree and those below it; not recursive, since chains of steps are long."""
        below: list[Tree] = [self]
        while below:
            tree = below.pop()
            yield tree
            below.extend(tree.children)


class Forest:
    """Which span is whose child, and what was not shown yet.

    `add` may be called from any thread, the rest from one at a time.
    """

    def __init__(self) -> None:
        self._new: deque[RecordingSpan] = deque()
        self._known: dict[int, Tree] = {}
        self._roots: dict[int, Tree] = {}
        self.missed = 0
        """How many spans were never looked at, for want of room."""

    def add(self, span: RecordingSpan) -> None:
        """Take a new span."""
        if len(self._new) < _MAX_NEW:
            self._new.append(span)
        else:
            self.missed += 1

    def has_news(self) -> bool:
        """Say whether a span was added or a root ended since `take_finished`."""
        return bool(self._new) or any(root.span.finished for root in self._roots.values())

    def take_finished(self) -> list[Tree]:
        """Return the roots that ended since the last call, in order; those open below them stay."""
        self._plant()
        finished = [root for root in self._roots.values() if root.span.finished]
        # Once more: a step of a root that ended a moment ago was added before that.
        self._plant()
        for root in finished:
            del self._roots[root.span.id_number]
            self._release(root)
        while len(self._roots) > _MAX_ROOTS:
            self._forget(self._roots.pop(next(iter(self._roots))))
            self.missed += 1
        return sorted(finished, key=_end)

    def open_roots(self) -> list[Tree]:
        """Return the roots that were started and did not end, the oldest first."""
        roots = [root for root in self._roots.values() if root.span.in_progress]
        return sorted(roots, key=_start)

    def _plant(self) -> None:
        for _ in range(len(self._new)):
            self._plant_one(Tree(self._new.popleft()))

    def _plant_one(self, tree: Tree) -> None:
        span = tree.span
        above = None if span.parent_number is None else self._known.get(span.parent_number)
        if above is not None:
            self._add_child(above, tree)
        elif span.parent_number is not None and (root := self._known.get(span.trace_number)):
            root.forgotten += 1  # its parent was left out
        else:
            self._add_root(tree)

    def _add_root(self, tree: Tree) -> None:
        self._roots[tree.span.id_number] = self._known[tree.span.id_number] = tree

    def _add_child(self, above: Tree, tree: Tree) -> None:
        if len(self._known) >= _MAX_SPANS:
            above.forgotten += 1
            return
        above.children.append(tree)
        self._known[tree.span.id_number] = tree
        if len(above.children) > _MAX_CHILDREN:
            self._thin_out(above)

    def _thin_out(self, above: Tree) -> None:
        children = above.children
        middle = children[_FIRST_CHILDREN:-_LAST_CHILDREN]
        kept = [child for child in middle if child.span.failed or not child.span.finished]
        kept = kept[-_MIDDLE_CHILDREN:]
        above.children = children[:_FIRST_CHILDREN] + kept + children[-_LAST_CHILDREN:]
        staying = set(map(id, kept))
        for child in middle:
            if id(child) not in staying:
                self._forget(child)
                above.forgotten += 1

    def _forget(self, tree: Tree) -> None:
        for each in tree.all():
            self._known.pop(each.span.id_number, None)

    def _release(self, root: Tree) -> None:
        """Forget a tree that is shown now; what is open in it becomes a root, to be shown again."""
        below = [root]
        while below:
            tree = below.pop()
            if tree is not root and not tree.span.finished:
                self._roots[tree.span.id_number] = tree
            else:
                self._known.pop(tree.span.id_number, None)
                below.extend(tree.children)


def _start(tree: Tree) -> int:
    return tree.span.start_ns or 0


def _end(tree: Tree) -> int:
    return tree.span.end_ns or 0
