"""What can stand between tags, and how it is written.

The usual types are recognised by their exact class, in the order in which pages have them.
Everything else takes the slow path: `_append_other`.
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stario.markup.complaints import (
    attributes_after_children,
    nested_too_deep,
    not_renderable,
    uncalled,
)
from stario.markup.escape import escape_raw_text, escape_text
from stario.markup.holes import Placeholder, RawHole, Unfinished, parts_of, placeholders_in
from stario.markup.trusted import Attrs, SafeString
from stario.markup.values import markup_of, stamp_of, text_of


def append_children(parts: list[Any], children: Iterable[Any]) -> None:
    """Write `children` at the end of `parts`.

    Raises StarioError for what cannot be a child and for lists nested too deep.
    """
    try:
        _append_items(parts, children)
    except RecursionError as error:
        raise nested_too_deep() from error


def _append_items(parts: list[Any], children: Iterable[Any]) -> None:
    for child in children:
        kind = type(child)
        if kind is SafeString:
            parts.append(child._text)
        elif kind is str:
            if "&" in child or "<" in child or ">" in child:
                child = escape_text(child)
            parts.append(child)
        elif kind is int or kind is float:
            parts.append(str(child))
        elif child is None:
            pass
        elif kind is list or kind is tuple:
            _append_items(parts, child)
        else:
            _append_other(parts, child)


def _append_other(parts: list[Any], child: Any) -> None:
    if isinstance(child, Placeholder | Unfinished):
        parts.extend(parts_of(child))
    elif (markup := markup_of(child)) is not None:
        parts.append(markup)
    elif (text := _plain(child)) is not None:
        parts.append(escape_text(text))
    else:
        _append_items(parts, _items(child))


def _plain(child: object) -> str | None:
    text = text_of(child)
    return stamp_of(child) if text is None else text


def _items(child: Any) -> Iterable[Any]:
    """The items of a child that is nothing but an iterable."""
    if isinstance(child, Mapping | Attrs):
        raise attributes_after_children(child)
    if hasattr(child, "tag_name"):
        raise uncalled(child, child.tag_name)
    if isinstance(child, type | bytes | bytearray | memoryview) or not hasattr(child, "__iter__"):
        raise not_renderable(child)
    return child


def append_raw_text(parts: list[Any], element: str, children: Iterable[Any]) -> None:
    """Write the content of `<script>` or `<style>`, where nothing is escaped.

    Where every child is trusted, the content is written as it is. Else the whole of it is kept from
    ending the element, since two harmless children may be harmful side by side.
    """
    try:
        leaves = list(_leaves(children))
    except RecursionError as error:
        raise nested_too_deep() from error
    if any(True for _ in placeholders_in(leaves)):
        parts.append(RawHole(element, leaves))
    else:
        parts.append(raw_text(element, leaves))


def raw_text(element: str, leaves: Iterable[object]) -> str:
    """The content of `<script>` or `<style>`, from children that are not iterables."""
    texts: list[str] = []
    trusted = True
    for leaf in leaves:
        if (markup := markup_of(leaf)) is not None:
            texts.append(markup)
        elif (text := _plain(leaf)) is not None:
            texts.append(text)
            trusted = False
    content = "".join(texts)
    return content if trusted else escape_raw_text(element, content)


def _leaves(children: Iterable[Any]) -> Iterator[object]:
    for child in children:
        if isinstance(child, Placeholder) or _is_leaf(child):
            yield child
        elif child is not None:
            yield from _leaves(_items(child))


def _is_leaf(child: object) -> bool:
    return markup_of(child) is not None or _plain(child) is not None
