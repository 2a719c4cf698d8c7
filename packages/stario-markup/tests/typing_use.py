# pyright: strict
"""What a type checker must accept without a word: there is no `ignore` in this file."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any, Literal, NewType, assert_type
from uuid import uuid4

from markupsafe import Markup
from stario.markup import (
    Attrs,
    Comment,
    HtmlElement,
    SafeString,
    Tag,
    aria,
    baked,
    classes,
    data,
    deferred,
    fragment,
    render,
    script_json,
    stream,
    styles,
    svg,
)
from stario.markup import html as h
from stario.markup.attributes import prefixed
from stario.markup.types import AttributeDict, AttributeValue, Element, TagAttributes, VoidElement


class Kind(StrEnum):
    A = "a"


AccountId = NewType("AccountId", int)


class Level(IntEnum):
    HIGH = 1


class Avatar:
    def __html__(self) -> str:
        return "<img>"


def texts(
    names: list[str], more: tuple[str, ...], some: set[str], none: None = None
) -> Iterator[str]:
    yield from (*names, *more, *some)


def maybe(name: str | None) -> SafeString | None:
    return h.B(name) if name else None


def component(*children: HtmlElement, title: str, attrs: TagAttributes | None = None) -> SafeString:
    return h.Section(attrs, h.H2(title), children)


def any_child(child: HtmlElement) -> HtmlElement:
    return [child, child]


def children(names: list[str], nodes: list[SafeString], parts: Sequence[str | SafeString]) -> None:
    assert_type(h.P(), SafeString)
    assert_type(h.Br(), SafeString)
    assert_type(svg.Circle({"r": 1}), SafeString)
    assert_type(Tag("x-y")("x"), SafeString)
    assert_type(render(h.P()), str)
    h.P("x", 1, 2.5, None, Decimal(1), h.B(), SafeString("x"), Markup("x"), Avatar())
    h.P(
        date(2026, 1, 2),
        datetime(2026, 1, 2, tzinfo=UTC),
        uuid4(),
        Kind.A,
        Level.HIGH,
        AccountId(1),
    )
    h.P(names, nodes, parts, tuple(names), set(names), frozenset(names), deque(names))
    h.P(h.Li(name) for name in names)
    h.P([h.Li(name) for name in names], [[names], [nodes, [None]]])
    h.P(map(h.Li, names), filter(None, names), reversed(nodes), zip(names, nodes, strict=True))
    h.P({"a": 1}.keys(), {"a": h.B()}.values(), range(3), texts(names, (), set()))
    h.P(maybe("x"), maybe(None), "x" if names else None, names or None, names and h.B())
    h.P(*names, *nodes)
    h.P(Comment(), Comment("x"), Comment(1), Comment(None), Comment(SafeString("x")))
    h.P(script_json({"a": [1, None]}), script_json(object(), {"id": "x"}))
    h.P(component("x", title="y"), any_child("x"), any_child(nodes))
    h.HtmlDocument({"lang": "en"}, h.Head(h.Title("x")), h.Body(h.P()))
    render("x", h.P(), names, None)


def attributes(
    variable: dict[str, str],
    optional: Mapping[str, str | None],
    numbers: dict[str, int],
    flags: dict[str, bool],
    nodes: dict[str, AttributeValue],
    anything: dict[str, Any],
    names: list[str],
    either: dict[str, str] | None,
) -> None:
    h.P(variable, optional, numbers, flags, nodes, anything, either, None, "x")
    h.Img(variable, optional, numbers, flags, nodes, anything, either, None)
    h.P({**variable, "id": 1}, variable | {"id": "x"})
    h.P({"id": 1, "hidden": True, "title": None, "x": 1.5, "y": Decimal(1), "z": Kind.A}, "x")
    h.P({"id": SafeString("x"), "title": Markup("x"), "x": Avatar()})
    h.P({"class": "a"}, {"class": ["a", None, False, {"b": 1}]}, {"class": ("a", None)})
    h.P({"class": names}, {"class": tuple(names)}, {"class": set(names)}, {"class": {"a": True}})
    h.P({"class": ["a", "b" if names else None]}, {"class": [f"x-{name}" for name in names]})
    h.P({"style": {"top": 0, "left": None}}, {"data": {"id": 1}}, {"aria": {"label": "x"}})
    h.P(Attrs(" x"), classes("a", {"b": names}, None, False), classes(*names))
    h.P(
        styles({"top": 0, "color": "red", "x": None, "y": False}), styles(variable), styles(numbers)
    )
    h.P(data(variable), data({"x": None}), aria(optional), prefixed("hx", {"get": "/"}))
    h.Div({"id": 1} if names else None, "x")
    h.Div({"id": 1} if names else {}, "x")
    made: AttributeDict = {"id": 1, "class": ["a"]}
    made["title"] = None
    h.P(made)


def factories(level: Literal[1, 2]) -> None:
    heading: Element = h.H1 if level == 1 else h.H2
    heading({"id": "x"}, "x")
    any_tag: Element = Tag("x-y")
    any_tag("x")
    rule: VoidElement = h.Hr
    rule({"id": "x"})
    makers: list[Callable[..., SafeString]] = [h.P, h.Br, svg.G, Tag("x-y"), card]
    makers[0]("x")
    named: dict[str, Element] = {"p": h.P, "b": h.B}
    named["p"]("x")


@baked
def card(title: HtmlElement, count: int = 0, *, cls: str | None = None) -> SafeString:
    """A card."""
    return h.Div({"class": cls}, h.H1(title), count)


@baked()
def items(names: Iterable[HtmlElement]) -> list[SafeString]:
    return [h.Ul(names)]


def rows(names: list[str]) -> Iterator[SafeString]:
    return (h.Tr(h.Td(name)) for name in names)


def pages(names: list[str], nodes: Sequence[str | SafeString]) -> Iterator[bytes]:
    assert_type(fragment(h.Dt("a"), "b", names, None), SafeString)
    assert_type(deferred(rows(names)), SafeString)
    assert_type(h.Table(deferred(lambda: rows(names))), SafeString)
    deferred(h.Li(name) for name in names)
    h.P(deferred(names), deferred(nodes), deferred(range(3)), deferred(lambda: h.P()))
    h.P({"id": "x"}, deferred(names), [deferred(nodes)], card(deferred(rows(names))))
    page = stream(h.P(deferred(names)), deferred(rows(names)), "x", nodes, size=4096)
    page.close()
    return stream(fragment(page_part for page_part in names))


def baked_functions() -> None:
    assert_type(card("x"), SafeString)
    assert_type(items(["x"]), SafeString)
    card(h.B(), 1, cls=None)
    card(title=["x", h.B()], count=2)
    h.P(card("x"), [card("y")])
