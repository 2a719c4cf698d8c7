"""`deferred`: children that are built when the page is written, not when the element is."""

from __future__ import annotations

from collections.abc import Mapping

from stario.markup.complaints import not_deferrable, uncalled
from stario.markup.holes import Placeholder, Unfinished, misused, unfinished
from stario.markup.templates import Template
from stario.markup.unbuilt import Deferred, DeferredChildren

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from stario.markup.trusted import SafeString
    from stario.markup.types import HtmlElement

# To Python all of these are iterables or functions.
_NO_CHILDREN = (str, bytes, bytearray, memoryview, Mapping, Template, type)


def deferred(children: Iterable[HtmlElement] | Callable[[], HtmlElement]) -> SafeString:
    """Children that are built while the elements around them are streamed or rendered.

    A function without arguments is called each time that the children are written; so is a list
    walked. An iterator (a generator, `map(…)`) can be written once: the second time raises
    StarioError. What the children raise passes through.

    Raises StarioError at once for anything else, and where text is needed at once: in an attribute,
    a script, a style, a comment, and in the body of a builder under `@baked`.
    """
    return Deferred([DeferredChildren(_building(children))])


def _building(children: Any) -> Any:
    if isinstance(children, Placeholder):
        raise misused(children, "inside deferred()")
    if isinstance(children, Unfinished):
        raise unfinished("deferred()")
    if issubclass(type(children), _NO_CHILDREN):
        raise not_deferrable(children)
    if hasattr(children, "__iter__"):
        return lambda: iter(children)  # the same again, if it is an iterator or hides one
    if isinstance(tag := getattr(children, "tag_name", None), str):
        raise uncalled(children, tag)
    if not callable(children):
        raise not_deferrable(children)
    return children
