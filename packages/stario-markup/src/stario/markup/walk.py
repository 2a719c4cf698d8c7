"""The texts of nodes, one after the other; iterables among them are walked, never gathered.

What is being walked stands on a stack, the innermost last, so that each text costs the same at any
depth. Who stops early closes the walk, and it closes the generators on its stack.
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import sys
from collections.abc import Generator

from stario.markup.children import items_of, part_of, plain_text
from stario.markup.complaints import nested_too_deep
from stario.markup.escape import escape_text
from stario.markup.holes import Placeholder, Unfinished, node_of, unfinished
from stario.markup.templates import Template
from stario.markup.trusted import Node, SafeString, node
from stario.markup.unbuilt import Deferred, DeferredChildren
from stario.markup.values import markup_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


def texts_of(nodes: Iterable[Any]) -> Generator[str]:
    """The text of each node, and of each item of iterables and deferred children.

    Raises StarioError for what cannot be a child, and for nesting beyond the recursion limit, which
    bounds `render` too. What an iterable raises passes through.
    """
    walked = [iter(nodes)]
    deepest = sys.getrecursionlimit()
    try:
        while walked:
            for child in walked[-1]:
                kind = type(child)
                if kind is Node or kind is SafeString:
                    yield child._text
                elif kind is str:
                    yield escape_text(child)
                elif type(step := _step(child)) is str:
                    yield step
                elif len(walked) < deepest:
                    walked.append(step)
                    break
                else:
                    raise nested_too_deep()
            else:
                walked.pop()
    finally:
        _close(walked)


def _close(walked: list[Iterator[Any]]) -> None:
    while walked:
        if isinstance(items := walked.pop(), Generator):
            items.close()


def _step(child: Any) -> Any:
    """The text of `child`, or an iterator over what it consists of."""
    kind = type(child)
    if kind is list or kind is tuple:
        return iter(child)
    if kind is Deferred:
        return _trusted(child._parts)
    if kind is DeferredChildren:
        return child.opened()
    if child is None or kind is int or kind is float:
        return part_of(child)
    if kind is Template or isinstance(child, Placeholder | Unfinished):
        return _known(child)
    if (markup := markup_of(child)) is not None:
        return markup
    if (text := plain_text(child)) is not None:
        return escape_text(text)
    return iter(items_of(child))


def _trusted(parts: Iterable[str | DeferredChildren]) -> Iterator[Node | DeferredChildren]:
    return iter([node(part) if isinstance(part, str) else part for part in parts])


def _known(child: Any) -> Any:
    try:
        node: Any = node_of([part_of(child)])
    except RecursionError as error:
        raise nested_too_deep() from error
    if isinstance(node, Unfinished):
        raise unfinished("what is written now")
    return _trusted(node._parts) if type(node) is Deferred else node._text
