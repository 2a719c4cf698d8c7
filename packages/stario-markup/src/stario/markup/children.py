"""What can stand between tags, and how it is written.

The usual types are recognised by their exact class, in the order in which pages have them.
Everything else takes the slow path: `part_of`.
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping

from stario.markup.complaints import attributes_are_no_child, not_renderable, uncalled
from stario.markup.escape import escape_raw_text, escape_text, require_sendable
from stario.markup.holes import (
    Hole,
    Placeholder,
    RawHole,
    Unfinished,
    joined,
    placeholders_in,
    require_known,
)
from stario.markup.templates import Template, filling
from stario.markup.trusted import Attrs, Node, SafeString
from stario.markup.unbuilt import Deferred
from stario.markup.values import markup_of, stamp_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


def parts_of(children: Iterable[Any]) -> list[Any]:
    """The text of each child, or what stands for it while `@baked` runs a builder.

    Raises StarioError for what cannot be a child.
    """
    return [child._text if type(child) is Node else part_of(child) for child in children]


def part_of(child: Any) -> Any:
    """The text of one child of any kind, or what stands for it while `@baked` runs a builder."""
    kind = type(child)
    if kind is str:
        if "&" in child or "<" in child or ">" in child:
            return escape_text(child)
        if not child.isascii() and not child.isprintable():
            require_sendable(child)
        return child
    if child is None:
        return ""
    if kind is Node:
        return child._text
    if kind is SafeString:
        return child._text
    if kind is list or kind is tuple:
        return joined(parts_of(child))
    if kind is int or kind is float:
        return str(child)
    if kind is Template:
        return filling().text_of(child)
    if kind is Deferred:
        return child
    if isinstance(child, Placeholder):
        return Hole(child)
    if isinstance(child, Unfinished):
        return require_known(child)
    if (markup := markup_of(child)) is not None:
        return markup
    if (text := plain_text(child)) is not None:
        return escape_text(text)
    return joined(parts_of(items_of(child)))


def plain_text(child: object) -> str | None:
    """The text of a child that is text, a number, a date, a time or a UUID."""
    text = text_of(child)
    return stamp_of(child) if text is None else text


def items_of(child: Any) -> Iterable[Any]:
    """The items of a child that is nothing but an iterable."""
    if isinstance(child, Mapping | Attrs):
        raise attributes_are_no_child(child)
    if isinstance(tag := getattr(child, "tag_name", None), str):
        raise uncalled(child, tag)
    if isinstance(child, type | bytes | bytearray | memoryview):
        raise not_renderable(child)
    if not callable(getattr(child, "__iter__", None)):
        raise not_renderable(child)
    return child


def raw_part_of(element: str, children: Iterable[Any]) -> str | RawHole:
    """The content of `<script>` or `<style>`, where nothing is escaped.

    Where every child is trusted, the content is written as it is. Else the whole of it is kept from
    ending the element, since two harmless children may be harmful side by side.
    """
    leaves = list(_leaves(element, children))
    if any(True for _ in placeholders_in(leaves)):
        return RawHole(element, leaves)
    return raw_text(element, leaves)


def raw_text(element: str, leaves: Iterable[object]) -> str:
    """The content of `<script>` or `<style>`, from children that are not iterables."""
    texts: list[str] = []
    trusted = True
    for leaf in leaves:
        if (markup := markup_of(leaf)) is not None:
            texts.append(markup)
        elif (text := plain_text(leaf)) is not None:
            texts.append(text)
            trusted = False
    content = "".join(texts)
    return content if trusted else escape_raw_text(element, content)


def _leaves(element: str, children: Iterable[Any]) -> Iterator[object]:
    for child in children:
        if type(child) is Template:
            yield filling().raw_text(element, child)
        elif isinstance(child, Placeholder) or _is_leaf(child):
            yield child
        elif child is not None:
            yield from _leaves(element, items_of(child))


def _is_leaf(child: object) -> bool:
    return markup_of(child) is not None or plain_text(child) is not None
