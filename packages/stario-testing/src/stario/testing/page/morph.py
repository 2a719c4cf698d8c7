"""A morph changes a tree into another and keeps the nodes that are the same in both.

Which nodes are the same is decided as Datastar's client does, by sets of ids: an element whose id,
or an id below it, is in both trees keeps its node, moved where needed; the rest is matched by its
kind, in order. What a node is matters to a test for three reasons: `data-ignore-morph` and
`data-preserve-attr` keep what the matched node has, and an attribute that did not change is not
applied again.
"""

from dataclasses import dataclass

from stario.testing.page.dom import (
    Node,
    attribute,
    by_id,
    children,
    closest,
    copied,
    detach,
    elements,
    emptied,
    insert,
    is_element,
    next_sibling,
)


class Changes:
    """What a patch did, in order, as an observer of mutations is told it."""

    def __init__(self) -> None:
        self.records: list[tuple[Node, str | None]] = []

    def added(self, node: Node) -> None:
        self.records.append((node, None))

    def attribute(self, node: Node, name: str) -> None:
        self.records.append((node, name))


@dataclass(frozen=True, slots=True)
class Document:
    """The tree of a page, and where a morph puts what it may need again.

    The client puts that beside the body for the time of a morph, and does not empty it: what was
    left there by an earlier morph is found by its id, and applied again (measured, 1.0.1).
    """

    root: Node
    pantry: Node


def morph(page: Document, old: Node, new: list[Node], changes: Changes, *, inner: bool) -> None:
    """Make `old`, or with `inner` what is in it, the same as the new nodes."""
    if not inner and len(new) == 1 and _ignores(old) and is_element(new[0]) and _ignores(new[0]):
        return
    if closest(old.parent, _ignores) is not None:
        return
    _Morph(page, old, new, changes, inner=inner).run()


def _ignores(node: Node) -> bool:
    return attribute(node, "data-ignore-morph") is not None


class _Morph:
    def __init__(
        self, page: Document, old: Node, new: list[Node], changes: Changes, *, inner: bool
    ) -> None:
        self._root = page.root
        self._pantry = page.pantry
        self._old = old
        self._new = new
        self._inner = inner
        self._changes = changes
        # The ids below (and of) each node, as far as they are in both trees. Keys are identities.
        self._ids: dict[int, set[str]] = {}
        self._persistent = self._persistent_ids()

    def run(self) -> None:
        for node in children(self._pantry):
            self._changes.added(node)
        old_top = self._old if self._inner else self._old.parent
        for node in [*([] if self._inner else [self._old]), *elements(self._old)]:
            self._count(node, old_top)
        for top in self._new:
            if is_element(top):
                for node in [top, *elements(top)]:
                    self._count(node, top.parent)
        if self._inner:
            start = next(iter(children(self._old)), None)
            self._morph_children(self._old, self._new, start, None)
        else:
            self._morph_children(self._old.parent, self._new, self._old, next_sibling(self._old))

    def _persistent_ids(self) -> set[str]:
        twice: set[str] = set()
        kinds: dict[str, str] = {}
        for node in [*([] if self._inner else [self._old]), *elements(self._old)]:
            if name := attribute(node, "id"):
                if name in kinds:
                    twice.add(name)
                kinds.setdefault(name, node.name)
        found: set[str] = set()
        for top in filter(is_element, self._new):
            for node in [top, *elements(top)]:
                name = attribute(node, "id") or ""
                if name in found:
                    twice.add(name)
                elif kinds.get(name) == node.name:
                    found.add(name)
        return found - twice

    def _count(self, node: Node, top: Node | None) -> None:
        """Let a node's id count for it and all above it."""
        name = attribute(node, "id")
        if name not in self._persistent:
            return
        current: Node = node
        while current is not None and current is not top:
            self._ids.setdefault(id(current), set()).add(name)
            current = current.parent

    def _ids_of(self, node: Node) -> set[str]:
        return self._ids.get(id(node), set())

    def _morph_children(
        self, parent: Node, new: list[Node], at: Node | None, end: Node | None
    ) -> None:
        """Go through the new nodes, and through the old ones from `at` to `end` beside them."""
        for number, node in enumerate(new):
            if at is not None and at is not end:
                following = new[number + 1] if number + 1 < len(new) else None
                match = self._best_match(node, following, at, end)
                if match is not None:
                    while at is not match:
                        passed, at = at, next_sibling(at)
                        self._remove(passed)
                    self._morph_node(match, node)
                    at = next_sibling(match)
                    continue
            at = next_sibling(self._placed(parent, node, at))
        while at is not None and at is not end:
            passed, at = at, next_sibling(at)
            self._remove(passed)

    def _placed(self, parent: Node, node: Node, before: Node | None) -> Node:
        """Put in a node that has no match here: the one with its id, or a new one."""
        name = attribute(node, "id") if is_element(node) else None
        if name in self._persistent and (moved := self._with_id(name)) is not None:
            self._forget(moved, name)
            insert(parent, moved, before)
            self._changes.added(moved)
            self._morph_node(moved, node)
            return moved
        if self._ids_of(node):
            # Nodes below it are to be found again, so it cannot be a copy.
            made = emptied(node)
            insert(parent, made, before)
            self._changes.added(made)
            self._morph_node(made, node)
            return made
        made = copied(node)
        insert(parent, made, before)
        self._changes.added(made)
        return made

    def _with_id(self, name: str) -> Node | None:
        return by_id(self._root, name) or by_id(self._pantry, name)

    def _forget(self, moved: Node, name: str) -> None:
        """A node that moves away counts no more for those that it was in."""
        current: Node = moved.parent
        while current is not None:
            self._ids_of(current).discard(name)
            if not self._ids.get(id(current), True):
                del self._ids[id(current)]
            current = current.parent

    def _best_match(
        self, node: Node, following: Node | None, at: Node, end: Node | None
    ) -> Node | None:
        best: Node | None = None
        ids = self._ids_of(node)
        displaced = 0
        soft_matches = 0
        searching = True
        cursor: Node | None = at
        while cursor is not None and cursor is not end:
            if _same_kind(cursor, node):
                if ids & self._ids_of(cursor):
                    return cursor
                if best is None and searching and not self._ids_of(cursor):
                    if not ids:
                        return cursor
                    best = cursor
            displaced += len(self._ids_of(cursor))
            if displaced > len(ids):
                break
            if best is None and following is not None and _same_kind(cursor, following):
                # The next ones fit better here: don't remove them for a match further on.
                soft_matches += 1
                following = self._after(following)
                if soft_matches >= 2:
                    searching = False
            cursor = next_sibling(cursor)
        return best

    def _after(self, node: Node) -> Node | None:
        siblings = self._new if node.parent is None else children(node.parent)
        at = siblings.index(node) + 1
        return siblings[at] if at < len(siblings) else None

    def _remove(self, node: Node) -> None:
        detach(node)
        if self._ids_of(node):
            insert(self._pantry, node, None)
            self._changes.added(node)

    def _morph_node(self, old: Node, new: Node) -> None:
        if not is_element(new):
            old.data = new.data
            return
        if _ignores(old) and _ignores(new):
            return
        self._morph_attributes(old, new)
        if new.name == "template":
            return  # the client compares nodes, and the content of templates is no part of them
        start = next(iter(children(old)), None)
        self._morph_children(old, list(children(new)), start, None)

    def _morph_attributes(self, old: Node, new: Node) -> None:
        preserved = (attribute(new, "data-preserve-attr") or "").split(" ")
        for name, value in new.attrs.items():
            if attribute(old, name) != (value or "") and name not in preserved:
                old.attrs[name] = value
                self._changes.attribute(old, name)
        for name in list(old.attrs):
            if name not in new.attrs and name not in preserved:
                del old.attrs[name]
                self._changes.attribute(old, name)


def _same_kind(old: Node, new: Node) -> bool:
    if old.name != new.name:
        return False
    if not is_element(old):
        return True
    name = attribute(old, "id")
    return not name or name == attribute(new, "id")
