"""An element's function: a closure with its open and close text ready.

`element` decides once how a tag ends and returns the function for that. The usual calls (one dict
or none, one child) are answered in a few lines, without a list. Other attributes are read
by `leading`, and what waits for `@baked` is left to `unfinished`.
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping

from stario.markup.attributes import PLAIN, Vocabulary, attribute_parts, vocabulary_of
from stario.markup.children import part_of, parts_of, raw_part_of
from stario.markup.complaints import children_in_void
from stario.markup.errors import StarioError
from stario.markup.escape import escape_text, require_sendable
from stario.markup.holes import IfGiven, NotKnownYet, node_of, only_placeholders
from stario.markup.places import placed
from stario.markup.trusted import Attrs, Node, SafeString, node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stario.markup.types import Element, EmptyMode, VoidElement

RAW_TEXT = frozenset({"script", "style"})

_CHILDREN = frozenset({Node, SafeString, float, int, list, str, tuple})  # never attributes
_MANY_CLASSES = 128  # values of `class` on one tag whose whole open tag is kept


def element(name: str, empty: EmptyMode = "normal", prefix: str = "") -> Element:
    """The function that builds the HTML element `name`."""
    if empty == "void":
        return void(name, prefix)  # type: ignore[return-value]  # it refuses children itself
    if name.lower() in RAW_TEXT:
        return _named(name, _raw_text_element(name, f"{prefix}<{name}"))
    return _escaped(name, empty, prefix)


def foreign(name: str, empty: EmptyMode = "normal") -> Element:
    """The function that builds the SVG element `name`, where even `<style>` is ordinary text."""
    return _escaped(name, empty, "")


def void(name: str, prefix: str = "") -> VoidElement:
    """The function that builds the element `name`, which never has children."""
    return _named(name, _void_element(name, f"{prefix}<{name}"))


def _escaped(name: str, empty: EmptyMode, prefix: str) -> Element:
    closes_itself = empty == "self_closing_when_empty"
    return _named(name, _element(name, f"{prefix}<{name}", closes_itself=closes_itself))


def _named(name: str, function: Any) -> Any:
    function.__name__ = function.__qualname__ = function.tag_name = name
    function.__doc__ = f"Build a <{name}> element: attributes first, then children."
    return function


def _element(name: str, start: str, *, closes_itself: bool) -> Any:
    rare = _Rare(name, start, closes_itself=closes_itself)
    close = rare.close
    opened_by_class = _OpenTags(start)
    with_attributes = rare.vocabulary.written

    # Long, since each call that it saves is a fifth of a small element, and with few variables from
    # around it, since each call copies them (benchmarks/markup). None is skipped anywhere, so an
    # argument that is missing may as well be None.
    def build(first: Any = None, second: Any = None, /, *more: Any) -> SafeString:
        try:
            child: Any = first
            kind = type(first)
            beside = second
            rest = more
            if kind is dict or kind is Attrs:
                if kind is Attrs:
                    opened = f"{start}{first._text}"
                elif "class" in first and len(first) == 1 and type(css := first["class"]) is str:
                    opened = opened_by_class[css]
                else:
                    opened = with_attributes(start, first)
                child = second
                kind = type(second)
                beside = None
                while kind is Attrs:
                    opened += child._text
                    child = None
                    if rest:
                        child, rest = rest[0], rest[1:]
                    kind = type(child)
            else:
                opened = start
            if beside is None and not rest:
                if kind is str:
                    if "&" in child or "<" in child or ">" in child:
                        child = escape_text(child)
                    elif not child.isascii() and not child.isprintable():
                        require_sendable(child)
                    text = f"{opened}>{child}{close}"
                elif kind is Node:
                    text = f"{opened}>{child._text}{close}"
                elif kind is list:
                    parts = [part._text if type(part) is Node else part_of(part) for part in child]
                    parts = [f"{opened}>", *parts, close]
                    try:
                        text = "".join(parts)
                    except TypeError:  # a part that waits for @baked
                        return node_of(parts)
                elif child is None:
                    text = f"{opened}{rare.childless}"
                elif kind is int:
                    text = f"{opened}>{child}{close}"
                else:
                    return rare.assembled(opened, (child,))
            elif kind is Node or kind is str or kind in _CHILDREN:
                parts = [f"{opened}>", child._text if kind is Node else part_of(child)]
                if beside is not None:
                    parts.append(beside._text if type(beside) is Node else part_of(beside))
                parts += [part._text if type(part) is Node else part_of(part) for part in rest]
                parts.append(close)
                try:
                    text = "".join(parts)
                except TypeError:
                    return node_of(parts)
            else:
                return rare.assembled(opened, (child, beside, *rest))
            made = Node()
            made._text = text
            return made
        except NotKnownYet:
            return rare.unfinished((first, second, *more))
        except (StarioError, RecursionError) as error:
            raise placed(error, rare.place, (first, second, *more)) from error.__cause__

    return build


class _Rare:
    """The calls of one element that `build` does not see often."""

    __slots__ = ("childless", "close", "closes_itself", "place", "start", "vocabulary")

    def __init__(self, name: str, start: str, *, closes_itself: bool) -> None:
        self.start = start
        self.close = f"</{name}>"
        self.childless = "/>" if closes_itself else f">{self.close}"
        self.closes_itself = closes_itself
        self.place = f"<{name}>"
        self.vocabulary = vocabulary_of(name)

    def assembled(self, opened: str, arguments: tuple[Any, ...]) -> SafeString:
        """The element of a tag that is open so far, perhaps with more attributes, and children."""
        opened, children = leading(opened, arguments, self.vocabulary)
        return node_of([opened, *self._ending(children)])

    def unfinished(self, arguments: tuple[Any, ...]) -> SafeString:
        """The element of `arguments`, with holes where attributes wait for `@baked`."""
        parts, children = leading_parts(self.start, arguments, self.vocabulary)
        return node_of([*parts, *self._ending(children)])

    def _ending(self, children: tuple[Any, ...]) -> list[Any]:
        if not children:
            return [self.childless]
        if self.closes_itself and (waiting := only_placeholders(children)):
            first, last = IfGiven(waiting, ">", self.childless), IfGiven(waiting, self.close, "")
            return [first, *parts_of(children), last]
        return [">", *parts_of(children), self.close]


class _OpenTags(dict[str, str]):
    """The open tags of one element that have a class and nothing else, without their end."""

    def __init__(self, start: str) -> None:
        self.start = start

    def __missing__(self, css: str) -> str:
        if len(self) >= _MANY_CLASSES:
            self.clear()
        self[css] = opened = PLAIN.written(self.start, {"class": css})
        return opened


def _raw_text_element(name: str, start: str) -> Any:
    vocabulary = vocabulary_of(name)

    def build(*arguments: Any) -> SafeString:
        try:
            parts, children = leading_parts(start, arguments, vocabulary)
            return node_of([*parts, ">", raw_part_of(name.lower(), children), f"</{name}>"])
        except (StarioError, RecursionError) as error:
            raise placed(error, f"<{name}>", arguments) from error.__cause__

    return build


def _void_element(name: str, start: str) -> Any:
    place = f"<{name}>"
    bare = node(f"{start}/>")
    vocabulary = vocabulary_of(name)
    with_attributes = vocabulary.written

    def build(first: Any = None, /, *more: Any) -> SafeString:
        try:
            rest = more
            if type(first) is dict:
                opened = with_attributes(start, first)
            elif first is None and not more:
                return bare
            else:
                opened = start
                rest = (first, *more)
            if rest:
                opened, children = leading(opened, rest, vocabulary)
                if children:
                    raise children_in_void(name, children[0])
            made = Node()
            made._text = f"{opened}/>"
            return made
        except NotKnownYet:
            return node_of([*leading_parts(start, (first, *more), vocabulary)[0], "/>"])
        except (StarioError, RecursionError) as error:
            raise placed(error, place, (first, *more)) from error.__cause__

    return build


def leading(
    opened: str, arguments: tuple[Any, ...], vocabulary: Vocabulary
) -> tuple[str, tuple[Any, ...]]:
    """The open tag without its end, with the attributes that come first, and the children.

    Raises NotKnownYet for a placeholder among the attributes.
    """
    for index, argument in enumerate(arguments):
        kind = type(argument)
        if kind is Attrs:
            opened += argument._text
        elif kind is Node or kind is str:
            return opened, arguments[index:]
        elif argument is None:
            continue
        elif kind is dict:
            opened = vocabulary.written(opened, argument)
        elif _are_attributes(argument):
            opened += vocabulary.rewritten(argument)
        else:
            return opened, arguments[index:]
    return opened, ()


def leading_parts(
    start: str, arguments: tuple[Any, ...], vocabulary: Vocabulary
) -> tuple[list[Any], tuple[Any, ...]]:
    """As `leading`, with holes where attributes wait for a parameter of `@baked`."""
    parts: list[Any] = [start]
    for index, argument in enumerate(arguments):
        if _are_attributes(argument):
            parts += attribute_parts(vocabulary, argument)
        elif isinstance(argument, Attrs):
            parts.append(argument._text)
        elif argument is not None:
            return parts, arguments[index:]
    return parts, ()


def _are_attributes(argument: object) -> bool:
    return isinstance(argument, Mapping) and hasattr(argument, "items")
