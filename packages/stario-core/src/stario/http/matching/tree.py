"""A tree of pattern segments: at every node exact text, else `{name}`, else `{name...}`.

There is no way back: a node that has the exact text is taken even if nothing is found below it. The
same tree holds paths, left to right, and hosts, right to left. `Placeholders` sees to it that no
node has both kinds of placeholders, nor two names for one.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stario.routing.segment import Segment


class Node[T]:
    """A place in the tree; `leaf` is what stands there, if anything does.

    `name` is what a value is called that leads here.
    """

    __slots__ = ("exact", "leaf", "name", "named", "rest")

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.leaf: T | None = None
        self.exact: dict[str, Node[T]] = {}
        self.named: Node[T] | None = None
        self.rest: Node[T] | None = None

    def grow(self, pattern: "Iterable[Segment]") -> "Node[T]":
        """Return the node of `pattern`, made if it is missing."""
        node = self
        for segment in pattern:
            node = node.child(segment) or node._add(segment)
        return node

    def along(self, pattern: "Iterable[Segment]") -> "Iterator[Node[T]]":
        """Yield this node and those below it on the way of `pattern`, as far as they exist."""
        node: Node[T] | None = self
        for segment in pattern:
            yield node
            node = node.child(segment)
            if node is None:
                return
        yield node

    def covering(
        self, parts: Iterable[str], pattern: "Iterable[Segment]" = ()
    ) -> "list[list[Node[T]]]":
        """Return the nodes on the way of a request, this one first, level by level.

        There may be several on a level: a placeholder before exact text. Where `pattern`, which the
        request matched, has exact text, no placeholder stands for it.
        """
        levels: list[list[Node[T]]] = [[self]]
        if not self.exact and self.named is None:
            return levels
        for part, segment in zip(parts, chain(pattern, repeat(None)), strict=False):
            is_free = part and (segment is None or segment.name)
            nodes: list[Node[T]] = []
            for above in levels[-1]:
                if is_free and above.named is not None:
                    nodes.append(above.named)
                if part in above.exact:
                    nodes.append(above.exact[part])
            if not nodes:
                break
            levels.append(nodes)
        return levels

    def find(
        self, parts: Iterator[str], join: Callable[[list[str]], str]
    ) -> "tuple[T, dict[str, str]] | None":
        """Return the leaf that a request leads to and the values met on the way, by name.

        `join` makes the value of `{name...}` from the parts that it stands for.
        """
        node = self
        values: dict[str, str] = {}
        for part in parts:
            below = node.exact.get(part)
            if below is None:
                below = node.named
                if below is None or not part:
                    rest = join([part, *parts])
                    if node.rest is None or not rest:
                        return None
                    node = node.rest
                    values[node.name] = rest
                    break
                values[below.name] = part
            node = below
        return None if node.leaf is None else (node.leaf, values)

    def child(self, segment: "Segment") -> "Node[T] | None":
        if not segment.name:
            return self.exact.get(segment.exact)
        return self.rest if segment.rest else self.named

    def _add(self, segment: "Segment") -> "Node[T]":
        node: Node[T] = Node(segment.name)
        if not segment.name:
            self.exact[segment.exact] = node
        elif segment.rest:
            self.rest = node
        else:
            self.named = node
        return node
