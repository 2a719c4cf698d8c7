# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Mistakes that a type checker must see: an `ignore` here that hides nothing fails the check."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

from stario.markup import (
    Attrs,
    Comment,
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


class Account:
    name = "x"


async def load() -> str:
    await asyncio.sleep(0)
    return "x"


def name_of(account: Account) -> str:
    return account.name


@baked
def card(title: str, count: int = 0, *, cls: str | None = None) -> SafeString:
    return h.Div({"class": cls}, h.H1(title), count)


def children() -> None:
    h.P(Account())  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P("x", Account())  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(["x", Account()])  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P([["x"], [Account()]])  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(Account() for _ in "x")  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(name_of)  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(lambda: "x")  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(load())  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(h.B)  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(h.Br)  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(Tag("x-y"))  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(card)  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(Path("/"))  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(timedelta(1))  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(1j)  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(...)  # pyright: ignore[reportArgumentType, reportCallIssue]
    h.P(text="x")  # pyright: ignore[reportCallIssue]
    svg.Circle(Account())  # pyright: ignore[reportArgumentType, reportCallIssue]
    Tag("x-y")(Account())  # pyright: ignore[reportArgumentType]
    render(Account())  # pyright: ignore[reportArgumentType]
    render(h.B)  # pyright: ignore[reportArgumentType]


def void_elements() -> None:
    h.Br("x")  # pyright: ignore[reportArgumentType]
    h.Br(1)  # pyright: ignore[reportArgumentType]
    h.Img({"src": "/a"}, h.B())  # pyright: ignore[reportArgumentType]
    h.Input(["x"])  # pyright: ignore[reportArgumentType]
    h.Hr(SafeString("x"))  # pyright: ignore[reportArgumentType]


def attributes() -> None:
    h.Br({"id": Account()})  # pyright: ignore[reportArgumentType]
    h.Br({"id": b"x"})  # pyright: ignore[reportArgumentType]
    h.Br({"id": h.B})  # pyright: ignore[reportArgumentType]
    h.Br({"id": Attrs(" x")})  # pyright: ignore[reportArgumentType]
    h.Br({"onclick": lambda: None})  # pyright: ignore[reportArgumentType]
    h.Br({"title": date(2026, 1, 2)})  # pyright: ignore[reportArgumentType]
    h.Br({"title": Path("/")})  # pyright: ignore[reportArgumentType]
    h.Br({"class": ["a", 1]})  # pyright: ignore[reportArgumentType]
    h.Br({"class": [["a"]]})  # pyright: ignore[reportArgumentType]
    h.Br({"class": (name for name in "ab")})  # pyright: ignore[reportArgumentType]
    h.Br({1: "x"})  # pyright: ignore[reportArgumentType]
    h.Br({None: "x"})  # pyright: ignore[reportArgumentType]
    h.P({Account(): "x"})  # pyright: ignore[reportDeprecated]


def bools_and_bytes() -> None:
    """To a type checker a bool is an int, and bytes are a list of them; overloads know better."""
    h.P(len("x") > 1 and h.B())  # pyright: ignore[reportDeprecated]
    h.P({"id": "x"}, "x", len("x") > 1 and h.B())  # pyright: ignore[reportDeprecated]
    h.P(len("x") > 1 and "x", None, [h.B()])  # pyright: ignore[reportDeprecated]
    h.P([name == "x" and h.B(name) for name in "xy"])  # pyright: ignore[reportDeprecated]
    h.P(name == "x" and h.B(name) for name in "xy")  # pyright: ignore[reportDeprecated]
    h.P("x", True)  # pyright: ignore[reportDeprecated]
    h.P(b"x")  # pyright: ignore[reportDeprecated]
    h.P("x", bytearray())  # pyright: ignore[reportDeprecated]


def caught_as_the_first_argument() -> None:
    """To a type checker a dict is an iterable of children; an overload knows better."""
    h.P({"id": Account()})  # pyright: ignore[reportDeprecated]
    h.P({"id": b"x"}, "y")  # pyright: ignore[reportDeprecated]
    h.P({1: "x"})  # pyright: ignore[reportDeprecated]
    h.P({None: "x"})  # pyright: ignore[reportDeprecated]


def what_no_type_can_say() -> None:
    """Refused when they run."""
    h.P("x", {"id": 1})
    h.P(1, True)  # beside a number
    Comment(True)
    h.Br({"title": ["a"]})
    h.Br({"title": {"a": 1}})
    styles({"top": True})


def helpers() -> None:
    classes(1)  # pyright: ignore[reportArgumentType]
    classes(True)  # pyright: ignore[reportArgumentType]
    classes(["a"])  # pyright: ignore[reportArgumentType]
    classes({1: True})  # pyright: ignore[reportArgumentType]
    styles("a:b")  # pyright: ignore[reportArgumentType]
    styles({"a": []})  # pyright: ignore[reportArgumentType]
    styles({"a": b"x"})  # pyright: ignore[reportArgumentType]
    styles({1: "x"})  # pyright: ignore[reportArgumentType]
    data("x")  # pyright: ignore[reportArgumentType]
    data({"x": Account()})  # pyright: ignore[reportArgumentType]
    aria({1: "x"})  # pyright: ignore[reportArgumentType]
    Comment(["x"])  # pyright: ignore[reportArgumentType]
    Comment(b"x")  # pyright: ignore[reportArgumentType]
    Comment(h.B)  # pyright: ignore[reportArgumentType]
    Tag(1)  # pyright: ignore[reportArgumentType]
    Tag("x", "void")  # pyright: ignore[reportCallIssue]
    Tag("x", empty="y")  # pyright: ignore[reportArgumentType]
    Tag("x", prefix=None)  # pyright: ignore[reportArgumentType]
    SafeString(1)  # pyright: ignore[reportArgumentType]
    SafeString(h.B())  # pyright: ignore[reportArgumentType]
    Attrs(None)  # pyright: ignore[reportArgumentType]
    script_json({}, "x")  # pyright: ignore[reportArgumentType]
    script_json()  # pyright: ignore[reportCallIssue]


def nodes() -> None:
    node = h.P("x")
    node.rendered = "y"  # pyright: ignore[reportAttributeAccessIssue]
    print(node + "x")  # pyright: ignore[reportOperatorIssue, reportUnknownArgumentType]
    print("x" + node)  # pyright: ignore[reportOperatorIssue, reportUnknownArgumentType]
    print(node.upper())  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    print(node.replace)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    node()  # pyright: ignore[reportCallIssue]


def pages() -> None:
    fragment(Account())  # pyright: ignore[reportArgumentType]
    stream(Account())  # pyright: ignore[reportArgumentType]
    stream(h.B)  # pyright: ignore[reportArgumentType]
    stream("x", size="1")  # pyright: ignore[reportArgumentType]
    deferred(h.P())  # pyright: ignore[reportArgumentType]
    deferred(1)  # pyright: ignore[reportArgumentType]
    deferred([Account()])  # pyright: ignore[reportArgumentType]
    deferred(lambda: Account())  # pyright: ignore[reportArgumentType]
    deferred(name_of)  # pyright: ignore[reportArgumentType]
    deferred(load)  # pyright: ignore[reportArgumentType]
    deferred("x", "y")  # pyright: ignore[reportCallIssue]


def baked_functions() -> None:
    card()  # pyright: ignore[reportCallIssue]
    card(1)  # pyright: ignore[reportArgumentType]
    card("x", "y")  # pyright: ignore[reportArgumentType]
    card("x", 1, "z")  # pyright: ignore[reportCallIssue]
    card("x", klass="y")  # pyright: ignore[reportCallIssue]
    card("x", cls=1)  # pyright: ignore[reportArgumentType]
    card(h.B("x"))  # pyright: ignore[reportArgumentType]
    baked(1)  # pyright: ignore[reportArgumentType, reportCallIssue]
    baked(load)  # pyright: ignore[reportArgumentType, reportCallIssue]
    baked(name_of("x"))  # pyright: ignore[reportArgumentType, reportCallIssue]
