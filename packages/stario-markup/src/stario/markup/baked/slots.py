"""What a baked function calls for a value that its own lines don't recognise.

Each returns the text of the value in its place. Inside another builder under `@baked` a value can
be a placeholder: then there is no text yet, and an `Unfinished` comes out, which `refilled`
gathers.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from stario.markup.attributes import append_attributes
from stario.markup.children import append_children, append_raw_text
from stario.markup.holes import Placeholder, Unfinished, node_of, parts_of


def child_text(value: object) -> str | Unfinished:
    """The text of `value` as a child."""
    parts: list[Any] = []
    append_children(parts, (value,))
    return _text(parts)


def attribute_text(name: str, value: object) -> str | Unfinished:
    """The text of the attribute `name`, with a space in front, or nothing."""
    parts: list[Any] = []
    append_attributes(parts, {name: value})
    return _text(parts)


def raw_content(element: str, leaves: Iterable[object]) -> str | Unfinished:
    """The content of `<script>` or `<style>`."""
    parts: list[Any] = []
    append_raw_text(parts, element, leaves)
    return _text(parts)


def refilled(values: Sequence[Any]) -> Any:
    """The element of these texts, of which some are not known yet."""
    parts: list[Any] = []
    for value in values:
        if isinstance(value, Placeholder | Unfinished):
            parts.extend(parts_of(value))
        else:
            parts.append(str(value))
    return node_of(parts)


def _text(parts: list[Any]) -> str | Unfinished:
    node: Any = node_of(parts)
    return node if isinstance(node, Unfinished) else node.rendered
