"""Patches of elements, as Datastar's client applies them to its document."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stario.testing.page.dom import (
    Node,
    by_id,
    children,
    copied,
    detach,
    insert,
    is_element,
    next_sibling,
    parse_document,
    parse_foreign,
    parse_fragment,
    select,
)
from stario.testing.page.morph import Changes, Document, morph

_SVG = re.compile(r"<svg(\s[^>]*>|>)([\s\S]*?)</svg>", re.IGNORECASE)
_WRAPPERS = {"svg": "svg", "mathml": "math"}
_PAGES = {"html": "</html>", "head": "</head>", "body": "</body>"}


@dataclass(frozen=True, slots=True)
class Patch:
    """What an event or an answer says about elements."""

    elements: str
    selector: str = ""
    mode: str = "outer"
    namespace: str = "html"


def apply_patch(page: Document, patch: Patch, changes: Changes) -> list[str]:
    """Change the document; return what the client would complain about on its console."""
    if patch.mode not in _MODES:
        return [f"there is no mode {patch.mode!r}"]
    if patch.mode == "remove" and patch.selector:
        found = select(page.root, patch.selector)
        for target in found:
            detach(target)
        return [] if found else [_nothing(patch.selector)]
    complaints: list[str] = []
    nodes = _content(patch, complaints)
    if not patch.selector:
        if patch.mode not in ("outer", "replace"):
            return [f"mode {patch.mode} needs a selector"]
        return complaints + _apply_by_id(page, patch.mode, nodes, changes)
    targets = select(page.root, patch.selector)
    for target in targets:
        _MODES[patch.mode](page, target, [copied(node) for node in nodes], changes)
    return complaints if targets else [*complaints, _nothing(patch.selector)]


def _nothing(selector: str) -> str:
    return f"no element for the selector {selector!r}"


def _content(patch: Patch, complaints: list[str]) -> list[Node]:
    if patch.namespace in _WRAPPERS:
        nodes = parse_foreign(patch.elements, _WRAPPERS[patch.namespace])
        if len(nodes) > 1:
            complaints.append(f"the client takes every second node of {patch.namespace} only")
        return nodes[::2]  # it moves them out of the list that it goes through (measured, 1.0.1)
    html = patch.elements
    without_svg = _SVG.sub("", html)
    names = [name for name, end in _PAGES.items() if end in without_svg]
    if not names:
        return parse_fragment(html)
    document = parse_document(html)
    (page,) = [node for node in children(document) if node.name == "html"]
    found = [page] if "html" in names else [one for one in children(page) if one.name in names]
    for node in found:
        detach(node)
    return found


def _apply_by_id(page: Document, mode: str, nodes: list[Node], changes: Changes) -> list[str]:
    complaints: list[str] = []
    for node in filter(is_element, nodes):
        name = (node.attrs.get("id") or "") if node.attrs else ""
        if node.name in _PAGES:
            target = next(iter(select(page.root, node.name)), None)
        else:
            target = by_id(page.root, name)
        if target is None:
            complaints.append(f"no element with the id {name!r} for <{node.name}>")
        else:
            _MODES[mode](page, target, [node], changes)
    return complaints


def _outer(page: Document, target: Node, nodes: list[Node], changes: Changes) -> None:
    morph(page, target, nodes, changes, inner=False)


def _inner(page: Document, target: Node, nodes: list[Node], changes: Changes) -> None:
    morph(page, target, nodes, changes, inner=True)


def _replace(_page: Document, target: Node, nodes: list[Node], changes: Changes) -> None:
    parent, following = target.parent, next_sibling(target)
    detach(target)
    _put(parent, nodes, following, changes)


def _prepend(_page: Document, target: Node, nodes: list[Node], changes: Changes) -> None:
    _put(target, nodes, next(iter(children(target)), None), changes)


def _append(_page: Document, target: Node, nodes: list[Node], changes: Changes) -> None:
    _put(target, nodes, None, changes)


def _before(_page: Document, target: Node, nodes: list[Node], changes: Changes) -> None:
    _put(target.parent, nodes, target, changes)


def _after(_page: Document, target: Node, nodes: list[Node], changes: Changes) -> None:
    _put(target.parent, nodes, next_sibling(target), changes)


def _put(parent: Node, nodes: list[Node], before: Node | None, changes: Changes) -> None:
    for node in nodes:
        insert(parent, node, before)
        changes.added(node)


def _remove(_page: Document, target: Node, _nodes: list[Node], _changes: Changes) -> None:
    detach(target)


_MODES: dict[str, Callable[[Document, Node, list[Node], Changes], None]] = {
    "outer": _outer,
    "inner": _inner,
    "replace": _replace,
    "prepend": _prepend,
    "append": _append,
    "before": _before,
    "after": _after,
    "remove": _remove,
}
