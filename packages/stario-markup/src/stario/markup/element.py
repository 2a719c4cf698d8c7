"""An element's function: a closure with its open and close text ready.

`element` decides once how a tag ends and returns the function for that. The usual calls are
answered in a few lines, with no list: one child, or one dict and one child. Whatever they don't
recognise is taken up anew by `assemble`, which knows every case.
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from stario.markup.attributes import append_attributes, remember, with_attributes
from stario.markup.children import append_children, append_raw_text
from stario.markup.complaints import children_in_void, not_markup_text
from stario.markup.escape import escape_text
from stario.markup.holes import NotKnownYet, node_of
from stario.markup.trusted import Attrs, SafeString

if TYPE_CHECKING:
    from stario.markup.types import Element, EmptyMode, VoidElement

RAW_TEXT = frozenset({"script", "style"})

_MANY_CLASSES = 128  # values of `class` on one tag whose whole open tag is kept


def element(name: str, empty: "EmptyMode" = "normal", prefix: str = "") -> "Element":
    """The function that builds the HTML element `name`."""
    if empty == "void":
        return cast("Element", void(name, prefix))
    if name.lower() in RAW_TEXT:
        return _named(name, _raw_text_element(name, f"{prefix}<{name}"))
    return _escaped(name, empty, prefix)


def foreign(name: str, empty: "EmptyMode" = "normal") -> "Element":
    """The function that builds the SVG element `name`, where even `<style>` is ordinary text."""
    return _escaped(name, empty, "")


def void(name: str, prefix: str = "") -> "VoidElement":
    """The function that builds the element `name`, which never has children."""
    return cast("VoidElement", _named(name, _void_element(name, f"{prefix}<{name}")))


def _escaped(name: str, empty: "EmptyMode", prefix: str) -> "Element":
    close = f"</{name}>"
    childless = "/>" if empty == "self_closing_when_empty" else f">{close}"
    return _named(name, _element(f"{prefix}<{name}", close, childless))


def _named(name: str, function: Any) -> "Element":
    function.__name__ = function.__qualname__ = function.tag_name = name
    function.__doc__ = f"Build a <{name}> element: attributes first, then children."
    return function


def _element(start: str, close: str, childless: str) -> Any:
    bare = f"{start}>"
    opened_by_class: dict[str, str] = {}

    def build(*children: Any) -> SafeString:
        if children and type(attributes := children[0]) is dict:
            if len(attributes) == 1 and type(css := attributes.get("class")) is str:
                opened = opened_by_class.get(css) or open_with_class(css)
            else:
                try:
                    opened = f"{with_attributes(start, attributes)}>"
                except NotKnownYet:
                    return assemble(children)
            first = 1
        else:
            opened = bare
            first = 0
        if len(children) == first + 1:
            child = children[first]
            kind = type(child)
            if kind is SafeString:
                return SafeString(f"{opened}{child._text}{close}")
            if kind is str:
                if "&" in child or "<" in child or ">" in child:
                    child = escape_text(child)
                return SafeString(f"{opened}{child}{close}")
            if kind is int:
                return SafeString(f"{opened}{child}{close}")
            return assemble(children)
        parts = [opened]
        for child in children[first:]:
            kind = type(child)
            if kind is SafeString:
                parts.append(child._text)
            elif kind is str:
                if "&" in child or "<" in child or ">" in child:
                    child = escape_text(child)
                parts.append(child)
            else:
                return assemble(children)
        if len(parts) == 1:
            return assemble(children)
        parts.append(close)
        try:
            return SafeString("".join(parts))
        except TypeError:
            raise not_markup_text(parts) from None

    def open_with_class(css: str) -> str:
        opened = f"{with_attributes(start, {'class': css})}>"
        remember(opened_by_class, css, opened, _MANY_CLASSES)
        return opened

    def assemble(arguments: tuple[Any, ...]) -> SafeString:
        parts: list[Any] = [start]
        children = append_leading(parts, arguments)
        if children:
            parts.append(">")
            append_children(parts, children)
            parts.append(close)
        else:
            parts.append(childless)
        return node_of(parts)

    return build


def _raw_text_element(name: str, start: str) -> Any:
    def build(*arguments: Any) -> SafeString:
        parts: list[Any] = [start]
        children = append_leading(parts, arguments)
        parts.append(">")
        append_raw_text(parts, name.lower(), children)
        parts.append(f"</{name}>")
        return node_of(parts)

    return build


def _void_element(name: str, start: str) -> Any:
    def build(*arguments: Any) -> SafeString:
        parts: list[Any] = [start]
        for child in append_leading(parts, arguments):
            raise children_in_void(name, child)
        parts.append("/>")
        return node_of(parts)

    return build


def append_leading(parts: list[Any], arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Write the attributes that `arguments` start with, and return the children behind them."""
    for index, argument in enumerate(arguments):
        kind = type(argument)
        if kind is SafeString or kind is str:
            return arguments[index:]
        if kind is dict:
            append_attributes(parts, argument)
        elif isinstance(argument, Attrs):
            parts.append(argument._text)
        elif argument is not None:
            if not isinstance(argument, Mapping):
                return arguments[index:]
            append_attributes(parts, cast("Mapping[str, Any]", argument))
    return ()
