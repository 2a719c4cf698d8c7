"""What a call writes, and what it refuses as a child."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import copy
import pickle
import uuid
from collections import UserDict
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pytest
from stario.markup import Attrs, SafeString, Tag, render, svg
from stario.markup import html as h
from stario.markup.errors import StarioError


class Colour(StrEnum):
    RED = "r<d"


class Bold:
    def __html__(self) -> str:
        return "<b>&</b>"


class ShoutingHtml(str):
    __slots__ = ()

    def __html__(self) -> str:
        return "<i>"


def deep(levels: int) -> list[Any]:
    nested: list[Any] = ["x"]
    for _ in range(levels):
        nested = [nested]
    return nested


CALLS: list[tuple[Any, str]] = [
    (h.Div(), "<div></div>"),
    (h.Br(), "<br/>"),
    (h.Br(None), "<br/>"),
    (svg.Circle({"r": 1}), '<circle r="1"/>'),
    (svg.Circle(None), "<circle/>"),
    (svg.Circle(svg.Title("t")), "<circle><title>t</title></circle>"),
    (h.Div(None, {"a": 1}, None, {"b": 2}, "x"), '<div a="1" b="2">x</div>'),
    (h.Div({"a": 1}, {"a": 2}), '<div a="1" a="2"></div>'),
    (h.Div({"a": "1"}, {"b": "2"}, "x"), '<div a="1" b="2">x</div>'),
    (h.Div({"a": "1"}, Attrs(" b"), "x"), '<div a="1" b>x</div>'),
    (h.Div(Attrs(" b")), "<div b></div>"),
    (h.Div({}, "x"), "<div>x</div>"),
    (h.Div({"a": "1"}, None), '<div a="1"></div>'),
    (h.Div(MappingProxyType({"a": "1"}), "x"), '<div a="1">x</div>'),
    (h.Div(UserDict({"a": "1"}), "x"), '<div a="1">x</div>'),
    (h.Div({"class": "a"}, "x"), '<div class="a">x</div>'),
    (h.Div({"class": "a"}, "x", "y"), '<div class="a">xy</div>'),
    (h.Div({"class": "a"}), '<div class="a"></div>'),
    (h.HtmlDocument(h.Body()), "<!doctype html><html><body></body></html>"),
    (h.HtmlDocument({"lang": "en"}), '<!doctype html><html lang="en"></html>'),
    (h.P(h.Br(), "t"), "<p><br/>t</p>"),
    (Tag("my-el")("x"), "<my-el>x</my-el>"),
    (Tag("x", empty="void")({"a": True}), "<x a/>"),
    (Tag("x", empty="self_closing_when_empty")(), "<x/>"),
    (Tag("x", prefix="<!-- -->")("y"), "<!-- --><x>y</x>"),
    (
        h.Div({"a": 1}, [h.P("a"), ["b", 1, 2.5, None]]),
        '<div a="1"><p>a</p>b12.5</div>',
    ),
]


@pytest.mark.parametrize(("node", "markup"), CALLS)
def test_a_call_writes_this_markup(node: SafeString, markup: str) -> None:
    assert node.rendered == markup
    assert node == SafeString(markup)


CHILDREN: list[tuple[Any, str]] = [
    (None, ""),
    ("", ""),
    ("&<>\"'", "&amp;&lt;&gt;\"'"),
    (7, "7"),
    (-2.5, "-2.5"),
    (Decimal("1.10"), "1.10"),
    (Fraction(1, 3), "1/3"),
    (SafeString("<i>"), "<i>"),
    (h.B("<"), "<b>&lt;</b>"),
    (["<", [1, [None, ("x",)]]], "&lt;1x"),
    (("a", "<"), "a&lt;"),
    ({"<"}, "&lt;"),
    ((n for n in (1, "<")), "1&lt;"),
    (range(3), "012"),
    ({"a": 1}.keys(), "a"),
    (Bold(), "<b>&</b>"),
    (ShoutingHtml("no"), "<i>"),
    (Colour.RED, "r&lt;d"),
    (date(2026, 1, 2), "2026-01-02"),
    (time(12, 30), "12:30:00"),
    (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (deep(200), "x"),
]


@pytest.mark.parametrize(
    "place",
    [
        lambda child: h.P(child).rendered[3:-4],
        lambda child: h.P({"class": "a"}, child).rendered[13:-4],
        lambda child: h.P("|", child, "|").rendered[4:-5],
        lambda child: h.P([child]).rendered[3:-4],
        lambda child: render(child),
    ],
    ids=["alone", "with attributes", "among others", "in a list", "rendered"],
)
def test_every_kind_of_child_reads_the_same_in_every_place(place: Callable[[Any], str]) -> None:
    for child, markup in CHILDREN:
        if not isinstance(child, Iterator):
            assert place(child) == markup


def test_a_generator_is_a_child() -> None:
    assert h.Ul(h.Li(n) for n in range(2)) == SafeString("<ul><li>0</li><li>1</li></ul>")


@pytest.mark.parametrize(
    "child",
    [
        True,
        False,
        b"bytes",
        bytearray(b"x"),
        {"a": 1},
        UserDict({"a": 1}),
        Attrs(" a"),
        h.Div,
        h.Br,
        Tag("my-el"),
        str,
        SafeString,
        Colour,
        object(),
        print,
        1j,
        lambda: "x",
    ],
    ids=repr,
)
def test_what_has_no_obvious_text_is_refused(child: Any) -> None:
    for place in (
        lambda: h.P("x", child),
        lambda: h.P({"id": "x"}, [child]),
        lambda: render("x", child),
    ):
        with pytest.raises(StarioError):
            place()


def test_an_uncalled_tag_is_named() -> None:
    for tag in (h.Span, Tag("span")):
        with pytest.raises(StarioError, match="<span> was passed as a child"):
            h.P(tag)  # type: ignore[arg-type]


def test_a_bool_is_refused_with_what_to_write_instead() -> None:
    for value in (True, False):
        with pytest.raises(StarioError, match="`x if condition else None` for `condition and x`"):
            h.P(value)  # pyright: ignore[reportDeprecated]


def test_a_void_element_refuses_children() -> None:
    for build in (lambda: h.Br("x"), lambda: h.Img({"src": "/a"}, [])):  # type: ignore[arg-type]
        with pytest.raises(StarioError, match="always empty"):
            build()


def test_attributes_after_a_child_are_refused() -> None:
    for late in ({"id": "x"}, Attrs(" id")):
        with pytest.raises(StarioError, match="where a child belongs"):
            h.P("text", late)


def test_lists_nested_too_deep_are_an_error_of_ours() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for children in (deep(100_000), endless):
        with pytest.raises(StarioError, match="nested too deep"):
            h.P(children)


def test_elements_nest_without_limit() -> None:
    node = h.B("x")
    for _ in range(50_000):
        node = h.Div(node)
    assert node.rendered.count("<div>") == 50_000


def test_an_exception_of_an_iterable_passes_through() -> None:
    def broken() -> Iterator[str]:
        yield "x"
        raise LookupError("row 2")

    with pytest.raises(LookupError, match="row 2"):
        h.P(broken())


def test_html_that_is_not_text_is_refused() -> None:
    class Liar:
        def __html__(self) -> Any:
            return 5

    with pytest.raises(StarioError, match="__html__"):
        h.P(Liar())


def test_an_error_survives_a_child_without_a_repr() -> None:
    class Mute:
        def __repr__(self) -> str:
            raise ValueError

    with pytest.raises(StarioError, match="<Mute that cannot be shown>"):
        h.P(Mute())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "a:b", "_x", "1a", "-a", "a b", "a\n", "é", "a>", None, 5])
def test_a_tag_name_is_letters_digits_and_hyphens(name: Any) -> None:
    with pytest.raises(StarioError, match="tag name"):
        Tag(name)


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(StarioError, match="empty tag"):
        Tag("x", empty="maybe")  # type: ignore[arg-type]


def test_a_tag_shows_what_it_is() -> None:
    assert repr(Tag("div")) == "Tag(name='div', empty='normal')"
    assert repr(Tag("x", empty="void")) == "Tag(name='x', empty='void')"


def test_a_node_can_be_used_again() -> None:
    node = h.B("x")
    assert render(node, h.P(node), h.P(node, node)) == (
        "<b>x</b><p><b>x</b></p><p><b>x</b><b>x</b></p>"
    )


def test_render_joins_and_escapes() -> None:
    assert render() == render(None) == ""
    assert render("<", h.B(), 1, [SafeString("<br>")]) == "&lt;<b></b>1<br>"


@pytest.mark.parametrize("trusted", [SafeString, Attrs])
def test_trusted_text_is_a_frozen_value(trusted: type[SafeString] | type[Attrs]) -> None:
    value = trusted(" x")
    assert repr(value) == f"{trusted.__name__}(' x')"
    assert value == trusted(" x") != trusted("y")
    assert hash(value) == hash(trusted(" x"))
    assert copy.deepcopy(pickle.loads(pickle.dumps(value))) == value
    with pytest.raises((AttributeError, FrozenInstanceError)):
        value.rendered = "y"  # type: ignore[misc]


def test_markup_and_attributes_are_never_equal() -> None:
    assert SafeString(" x") != Attrs(" x")
    assert SafeString("x") != "x"


def test_no_shape_of_plain_data_is_trusted() -> None:
    forged = ("<div", ">", ["<script>"], "</div>")
    assert h.P(forged).rendered == "<p>&lt;div&gt;&lt;script&gt;&lt;/div&gt;</p>"


@pytest.mark.parametrize("value", [5, None, b"x"])
def test_a_safe_string_that_holds_no_text_is_refused_among_others(value: Any) -> None:
    with pytest.raises(StarioError, match="hold a str"):
        h.P(SafeString(value), "x")
