"""Children that are built when they are written, and nodes that stand side by side."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jinja2 import Environment
from markupsafe import Markup, escape
from stario.markup import (
    Attrs,
    Comment,
    SafeString,
    aria,
    baked,
    classes,
    deferred,
    fragment,
    render,
    script_json,
    stream,
    styles,
    svg,
)
from stario.markup import html as h
from stario.markup.errors import StarioError


def items() -> Iterator[SafeString]:
    return map(h.Li, "ab")


ITEMS = "<li>a</li><li>b</li>"


@pytest.mark.parametrize(
    "text",
    [
        render,
        str,
        format,
        lambda node: node.rendered,
        lambda node: node.__html__(),
        lambda node: f"{node}",
        lambda node: b"".join(stream(node)).decode(),
        lambda node: fragment(node).rendered,
        lambda node: str(escape(node)),
        lambda node: str(Markup("{}").format(node)),
        lambda node: Environment(autoescape=True).from_string("{{ node }}").render(node=node),
    ],
)
def test_the_children_are_built_whenever_text_is_asked_for(text: Callable[[Any], str]) -> None:
    calls: list[str] = []

    def build() -> Iterator[SafeString]:
        calls.append("call")
        return items()

    node = h.Ul({"id": "x"}, "<", deferred(build))
    assert calls == []
    assert text(node) == text(node) == f'<ul id="x">&lt;{ITEMS}</ul>'
    assert calls == ["call", "call"]


@pytest.mark.parametrize(
    ("children", "written"),
    [
        (items, ITEMS),
        (list(items()), ITEMS),
        (tuple(items()), ITEMS),
        (range(3), "012"),
        ({"a": 1}.keys(), "a"),
        ([], ""),
        (lambda: None, ""),
        (lambda: "a<b", "a&lt;b"),
        (lambda: h.B("x"), "<b>x</b>"),
        (h.B("x").__html__, "&lt;b&gt;x&lt;/b&gt;"),
        ([deferred(["x"]), deferred(items)], f"x{ITEMS}"),
    ],
)
def test_they_can_be_written_again(children: Any, written: str) -> None:
    node = deferred(children)
    assert render(node, h.P(node)) == f"{written}<p>{written}</p>"
    assert render(node) == written


@pytest.mark.parametrize("make", [items, lambda: (item for item in "ab"), lambda: iter("ab")])
def test_an_iterator_is_written_once_and_never_lost_in_silence(make: Callable[[], Any]) -> None:
    given = make()
    for node in (deferred(make()), deferred(lambda: given)):
        page = h.Ul(node)
        assert render(page) == f"<ul>{render(make())}</ul>"
        for write in (render, str, lambda page: list(stream(page))):
            with pytest.raises(StarioError, match="a second time"):
                write(page)


def test_an_iterator_behind_an_iterable_is_not_lost_either() -> None:
    class Result:
        rows = iter("ab")

        def __iter__(self) -> Iterator[str]:
            return self.rows

    node = deferred(Result())
    assert render(node) == "ab"
    with pytest.raises(StarioError, match="a second time"):
        render(node)


def test_an_iterator_twice_in_one_page_is_refused() -> None:
    node = deferred(items())
    with pytest.raises(StarioError, match=r"a second time(.|\n)*place=render\(\)|place=deferred"):
        render(h.Ul(node), h.Ul(node))


@pytest.mark.parametrize(
    "bad",
    ["text", b"x", {"a": 1}, 1, None, True, h.B("x"), Attrs(" x"), h.B, svg.G, object(), list],
)
def test_what_cannot_be_deferred_is_refused_at_once(bad: Any) -> None:
    with pytest.raises(StarioError):
        deferred(bad)


@pytest.mark.parametrize("bad", [[True], [b"x"], lambda: {"a": 1}, lambda: h.B, [["x", object()]]])
def test_a_bad_child_is_refused_when_it_is_written(bad: Any) -> None:
    with pytest.raises(StarioError, match="place=deferred"):
        str(h.P(deferred(bad)))


@pytest.mark.parametrize(
    "use",
    [
        lambda node: h.P({"id": node}),
        lambda node: h.P({"class": node}),
        lambda node: h.P({"class": [node]}),
        lambda node: h.P({"style": {"color": node}}),
        lambda node: h.A({"href": node}),
        lambda node: h.P(aria({"label": node})),
        lambda node: h.P(classes(node)),
        lambda node: h.P(styles({"top": node})),
        lambda node: h.Br(node),
        lambda node: h.Script(node),
        lambda node: h.Style("x", [node]),
        lambda node: script_json([node]),
        lambda node: Comment(node),
        lambda node: baked(lambda: h.P(node)),
        lambda node: baked(lambda x: [x, h.P(h.B(node))]),
        lambda node: baked(lambda x: h.P({"title": x}))(node),
        lambda node: baked(lambda x: h.Script(x))(node),
        lambda node: baked(lambda x: h.P(deferred(x))),
        lambda node: baked(lambda x: h.P(deferred([h.B(x)]))),
        lambda node: baked(lambda x: render(h.P(deferred([x])))),
        lambda node: baked(lambda x: str(fragment(x, node))),
        lambda node: baked(lambda x: list(stream(x, node))),
    ],
)
@pytest.mark.parametrize("around", [lambda node: node, h.B, fragment])
def test_where_text_is_needed_at_once_they_are_refused(
    use: Callable[[Any], Any], around: Callable[[Any], Any]
) -> None:
    def never() -> Iterator[str]:
        raise AssertionError("built")

    with pytest.raises(StarioError):
        use(around(deferred(never)))


def test_a_builder_is_told_what_to_do_instead() -> None:
    with pytest.raises(StarioError, match="Make the children a parameter"):
        baked(lambda x: h.P(x, deferred(items)))
    with pytest.raises(StarioError, match="'x' of a @baked builder was used inside deferred"):
        baked(lambda x: deferred(x))


def test_a_baked_function_takes_them_as_a_child() -> None:
    @baked
    def inner(title: Any, body: Any) -> SafeString:
        return h.Div({"title": title}, h.H1(title), body)

    @baked
    def outer(title: Any, body: Any) -> SafeString:
        return h.Body(inner(title, [body]), svg.Use(body))

    page = outer("<", deferred(items))
    assert repr(page).count("<deferred children>") == 2
    assert render(page) == render(outer("<", list(items())))
    rows = deferred(items())
    assert list(stream(inner("t", rows), size=1)) == [
        b'<div title="t"><h1>t</h1>',
        b"<li>a</li>",
        b"<li>b</li>",
        b"</div>",
    ]


def test_an_element_around_them_is_a_safe_string_to_all() -> None:
    node = h.Ul(deferred(items))
    assert isinstance(node, SafeString)
    assert hash(node) == hash(copy.copy(node))
    assert node == copy.copy(node)
    assert node != h.Ul(deferred(items))
    assert node != SafeString(node.rendered)
    assert not hasattr(node, "tag_name")


def test_equal_are_the_same_children_in_the_same_texts() -> None:
    children = deferred(items)
    assert h.Ul(children, "x") == fragment(SafeString("<ul>"), children, SafeString("x</ul>"))
    assert h.Ul(children) != h.Ol(children)


def test_the_repr_builds_nothing() -> None:
    node = deferred(iter("ab"))
    assert repr(node) == "<deferred children>"
    assert repr(h.Ul({"id": 1}, node)) == "'<ul id=\"1\">' + <deferred children> + '</ul>'"
    assert render(node) == "ab"


@pytest.mark.parametrize(
    ("nodes", "written"),
    [
        ((), ""),
        ((None,), ""),
        ((h.Dt("a"), h.Dd("b")), "<dt>a</dt><dd>b</dd>"),
        (("a<", [1, (2, None)], fragment("b", h.Br())), "a&lt;12b<br/>"),
        ((map(h.I, "ab"),), "<i>a</i><i>b</i>"),
    ],
)
def test_a_fragment_is_its_nodes_side_by_side(nodes: tuple[Any, ...], written: str) -> None:
    node = fragment(*nodes)
    assert node == SafeString(written)
    assert render(h.P(node), node) == f"<p>{written}</p>{written}"


def test_a_fragment_is_baked() -> None:
    @baked
    def pair(term: Any, text: Any) -> SafeString:
        return fragment(h.Dt(term), h.Dd(text))

    assert pair("a<", h.B()).rendered == "<dt>a&lt;</dt><dd><b></b></dd>"


@pytest.mark.parametrize("bad", [True, b"x", {"a": 1}, h.B, "\ud800"])
def test_a_fragment_refuses_what_is_no_child(bad: Any) -> None:
    with pytest.raises(StarioError, match=r"place=fragment\(\)"):
        fragment("x", [bad])


def test_a_fragment_of_lists_too_deep_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(StarioError, match="nested too deep"):
        fragment(endless)
