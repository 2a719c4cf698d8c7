"""An error says in which call, which argument and which item the trouble is."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from collections.abc import Callable
from typing import Any

import pytest
from stario.markup import baked, fragment, render, stream, svg
from stario.markup import html as h
from stario.markup.errors import StarioError

wrong: Any = object()


@baked
def row(cells: Any, css: Any = None) -> Any:
    return h.Tr({"class": css}, cells)


PLACES: list[tuple[Callable[[], object], str]] = [
    (lambda: h.P(wrong), "<p>, argument 1"),
    (lambda: h.P({"id": "x"}, "text", wrong), "<p>, argument 3"),
    (lambda: h.Ul(None, [h.Li("a"), wrong]), "<ul>, argument 2, item 2"),
    (lambda: h.Ul(["a", ("b", ["c", wrong])]), "<ul>, argument 1, item 2, item 2, item 2"),
    (lambda: h.Ul(item for item in ["a", wrong]), "<ul>"),  # a generator is gone
    (lambda: h.Section(h.P("x"), h.Ul(wrong)), "<ul>, argument 1"),
    (lambda: h.Section(h.Li(item) for item in [wrong]), "<li>, argument 1"),
    (lambda: h.P("x", {"id": 1}), "<p>, argument 2"),
    (lambda: h.P({"title": wrong}), "<p>"),
    (lambda: h.P({"a b": "x"}), "<p>"),
    (lambda: h.P({None: "x"}, None), "<p>"),  # type: ignore[dict-item]  # the name, no argument
    (lambda: h.A({"href": "javascript:x"}), "<a>"),
    (lambda: h.P("\ud800"), "<p>, argument 1"),
    (lambda: h.Img({"alt": "\ud800"}), "<img>"),
    (lambda: h.Br(wrong), "<br>, argument 1"),
    (lambda: h.Script("x", wrong), "<script>, argument 2"),
    (lambda: svg.G(svg.Path({"d": wrong})), "<path>"),
    (lambda: render("x", wrong), "render(), argument 2"),
    (lambda: fragment("x", wrong), "fragment(), argument 2"),
    (lambda: list(stream("x", wrong)), "stream(), argument 2"),
    (lambda: row(wrong), "row(), argument 1"),
    (lambda: row("x", css=["a", wrong]), "row(), argument 2, item 2"),
    (lambda: h.Table(row(wrong)), "row(), argument 1"),
]


@pytest.mark.parametrize(("build", "place"), PLACES, ids=[place for _, place in PLACES])
def test_an_error_names_its_place(build: Callable[[], object], place: str) -> None:
    with pytest.raises(StarioError) as raised:
        build()
    assert str(raised.value.context["place"]) == place
    assert f"place={place}" in str(raised.value)


def test_what_an_iterable_raises_is_left_alone() -> None:
    def broken() -> Any:
        yield "x"
        raise LookupError("row 2")

    with pytest.raises(LookupError) as raised:
        h.Ul(h.Li("x"), broken())
    assert raised.value.args == ("row 2",)
