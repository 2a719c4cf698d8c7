"""What a baked function calls for a value that its own lines don't recognise.

Each returns the text of the value in its place. Inside another builder under `@baked` a value can
be a placeholder: then there is no text yet, and an `Unfinished` comes out, which `refilled`
gathers.
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from stario.markup.attributes import attribute_parts, vocabulary_of
from stario.markup.children import part_of, parts_of, raw_part_of
from stario.markup.holes import IfGiven, Unfinished, joined, node_of, only_placeholders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


def child_text(value: object) -> str | Unfinished:
    """The text of `value` as a child."""
    if type(value) is list:
        return joined(parts_of(value))
    part = part_of(value)
    return part if type(part) is str else joined([part])


def attribute_text(element: str, name: str, value: object) -> str | Unfinished:
    """The text of the attribute `name` of `element`, with a space before it, or nothing."""
    return joined(attribute_parts(vocabulary_of(element), {name: value}))


def require_harmless(element: str, name: str, url: str) -> None:
    """Refuse a URL that runs code."""
    vocabulary_of(element).require_harmless(name, url)


def raw_content(element: str, leaves: Iterable[object]) -> str | Unfinished:
    """The content of `<script>` or `<style>`."""
    return joined([raw_part_of(element, leaves)])


def if_given(values: Sequence[Any], text: str, otherwise: str) -> str | Unfinished:
    """`text` if any of the values is not None."""
    if waiting := only_placeholders(values):
        return Unfinished([IfGiven(waiting, text, otherwise)])
    return otherwise if all(value is None for value in values) else text


def refilled(values: Sequence[Any]) -> Any:
    """The element of these texts, of which some are not known yet."""
    return node_of([value if isinstance(value, Unfinished) else str(value) for value in values])
