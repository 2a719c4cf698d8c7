"""Whatever is written, an HTML parser reads the same tree back, and text never becomes markup.

The trees nest only as the parser allows without mending them (no `<p>` in a `<p>`, cells in rows),
and the alphabet leaves out what it changes by itself: NUL, carriage returns, lone surrogates.
"""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any, cast

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stario.markup import Comment, SafeString, Tag, baked, render, script_json, svg
from stario.markup import html as h
from stario.markup.errors import StarioError

a_few = settings(max_examples=50)

_HOSTILE = r"""
    < > & " ' ` = / \ -- ! {} %s ]]> &lt &#60; &amp; <!-- --> --!> <![CDATA[ <? </ </script <script>
    </style> </title> </textarea> </svg> </p> é 😀 javascript: data:text/html,
"""
HOSTILE = (
    *_HOSTILE.split(),
    *" \n\t\x0b\x7f\x85\ufeff\u2028",
    "<img src=x onerror=y>",
)
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
texts = st.text(characters, max_size=6) | st.lists(st.sampled_from(HOSTILE), max_size=4).map(
    "".join
)
numbers = st.integers() | st.floats() | st.decimals(allow_nan=False)
names = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Lu", "Zs", "Zl", "Zp"], exclude_characters="\"'<>/=&`\\"
    ),
    min_size=1,
    max_size=4,
).map("x-{}".format)


@dataclass
class Group:
    """Children side by side: in a list, a tuple or a generator."""

    kind: Callable[[list[Any]], Any]
    items: list[Any]


@dataclass
class Node:
    """A call of `factory`; `place` is where its attributes are split into two arguments."""

    factory: Any
    attributes: dict[str, Any]
    children: list[Any]
    place: int = 0


@dataclass
class Note:
    """A comment."""

    text: str


def generated(items: list[Any]) -> Iterator[Any]:
    return (item for item in items)


def built(model: Any, value: Callable[[Any], Any] = lambda value: value) -> Any:
    """The markup of a model, where `value` gives each text, number, list and attribute value."""
    if isinstance(model, Note):
        return Comment(model.text)
    if isinstance(model, Group):
        return model.kind([built(item, value) for item in model.items])
    if not isinstance(model, Node):
        return value(model)
    attributes = [(name, value(given)) for name, given in model.attributes.items()]
    return model.factory(
        dict(attributes[: model.place]),
        None,
        dict(attributes[model.place :]),
        *(built(child, value) for child in model.children),
    )


def written(name: str, value: Any) -> dict[str, str]:
    """The attributes that a parser should find."""
    if value is None or value is False:
        return {}
    if name == "class" and isinstance(value, list):
        tokens = cast("list[str | None]", value)
        return {"class": " ".join(token for token in tokens if token)}
    if name == "style" and isinstance(value, dict):
        declarations = cast("dict[str, Any]", value)
        return {"style": "".join(f"{key}:{text};" for key, text in declarations.items())}
    if name == "data" and isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return {
            key: text for pair in pairs for key, text in written(f"data-{pair[0]}", pair[1]).items()
        }
    if isinstance(value, SafeString):
        return {name: "&<"}
    return {name: "" if value is True else str(value)}


def expected(model: Any) -> list[Any]:
    """What a parser should find: texts, comments, and elements as (name, attributes, content)."""
    if isinstance(model, Note):
        return [("#comment", escape(model.text, quote=False))]
    if isinstance(model, Group):
        return [part for item in model.items for part in expected(item)]
    if isinstance(model, Node):
        found: dict[str, str] = {}
        for name, value in model.attributes.items():
            found |= written(name, value)
        return [(model.factory.tag_name, found, contents(model.children))]
    if isinstance(model, SafeString):
        return ["&<", ("i", {"id": "a"}, ["b"])]
    return [] if model is None else [str(model)]


def contents(models: list[Any]) -> list[Any]:
    return merged([part for model in models for part in expected(model)])


def merged(parts: list[Any]) -> list[Any]:
    """`parts` with neighbouring texts as one."""
    joined: list[Any] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return joined


def parsed(markup: str) -> list[Any]:
    root = cast("Any", html5lib).parseFragment(markup, "div", namespaceHTMLElements=False)
    return found_in(root)


def found_in(element: Any) -> list[Any]:
    parts: list[Any] = [element.text or ""]
    for child in element:
        if callable(child.tag):
            parts.append(("#comment", child.text or ""))
        else:
            name = child.tag.rpartition("}")[2]
            parts.append((name, dict(child.attrib), found_in(child)))
        parts.append(child.tail or "")
    return merged(parts)


values = texts | numbers | st.booleans() | st.none() | st.just(SafeString("&amp;<"))
special = st.sampled_from(
    [
        {"class": ["a", None, "<b>", ""]},
        {"style": {"top": 1, "--x": '"<>'}},
        {"data": {"id": '"', "on:click": True}},
        {"hidden": True, "value": ""},
        {"é": "&lt;", "@click": "a && b"},
    ]
)
attributes = special | st.dictionaries(names, values, max_size=2)
plain = texts | numbers | st.none() | st.just(SafeString('&amp;&lt;<i id="a">b</i>'))
kinds = st.sampled_from([list, tuple, generated])


def calls(
    factories: list[Any], content: st.SearchStrategy[Any], most: int = 3
) -> st.SearchStrategy[Any]:
    children = st.lists(content, max_size=most)
    return st.builds(Node, st.sampled_from(factories), attributes, children, st.integers(0, 3))


def grouped(content: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return content | st.builds(Group, kinds, st.lists(content, max_size=3))


INLINE = [
    *(h.B, h.I, h.Em, h.Strong, h.Code, h.S, h.U, h.Small, h.Span, h.Abbr, h.Bdi, h.Cite, h.Data),
    *(h.Del, h.Dfn, h.Ins, h.Kbd, h.Label, h.Mark, h.Output, h.Q, h.Samp, h.Slot, h.Sub, h.Time),
    *(h.Sup, h.Var, h.Canvas, h.Audio, h.Video, h.Picture, h.Object, h.Progress, Tag("my-tag")),
]
EMPTY = [h.Br, h.Img, h.Input, h.Wbr, h.Embed, h.Link, h.Meta, h.Source, h.Track, h.Area]
SHALLOW = [h.A, h.Button]
BLOCKS = [
    *(h.Div, h.Section, h.Article, h.Aside, h.Header, h.Footer, h.Nav, h.Main, h.Blockquote),
    *(h.Figure, h.Figcaption, h.Details, h.Fieldset, h.Dialog, h.Address, h.Search, Tag("my-box")),
]
LINES = [h.P, h.H1, h.H6, h.Summary]

words = st.builds(Note, texts) | grouped(plain)
inline = st.recursive(
    words | calls(EMPTY, st.nothing(), 0) | calls(SHALLOW, words),
    lambda inner: calls(INLINE, grouped(inner)),
    max_leaves=6,
)
options = calls([h.Option], st.text("ab<>&", max_size=3))
cells = calls([h.Tr], calls([h.Td, h.Th], words))
blocks = st.recursive(
    inline
    | calls(LINES, inline)
    | calls([h.Select, h.Datalist], options)
    | calls([h.Table], calls([h.Thead, h.Tbody, h.Tfoot], cells)),
    lambda inner: (
        calls(BLOCKS, grouped(inner))
        | calls([h.Ul, h.Ol, h.Menu], calls([h.Li], inner))
        | calls([h.Dl], calls([h.Dt, h.Dd], inner))
    ),
    max_leaves=6,
)
SHAPES = [svg.Circle, svg.Path, svg.Rect, svg.Use, svg.FeBlend, svg.Stop, svg.Animate, svg.Image]
GROUPS = [
    svg.G,
    svg.Defs,
    svg.LinearGradient,
    svg.ClipPath,
    svg.Text,
    svg.TextPath,
    svg.A,
    svg.Filter,
]
drawn = texts | numbers | st.none() | st.builds(Note, texts)
drawings = calls(
    [svg.Svg],
    st.recursive(
        drawn | calls(SHAPES, st.nothing(), 0) | calls([svg.Style, svg.Script, svg.Title], texts),
        lambda inner: calls(GROUPS, grouped(inner)),
        max_leaves=6,
    ),
)


@a_few
@given(st.lists(blocks | drawings, max_size=3))
def test_a_parser_reads_the_tree_that_was_written(models: list[Any]) -> None:
    assert parsed(render(*map(built, models))) == contents(models)


@a_few
@given(blocks | drawings)
def test_baked_and_plain_write_the_same_bytes_each_time(model: Any) -> None:
    """Names and values are remembered; what is remembered must not show."""
    found: list[Any] = []
    markup = render(built(model, lambda value: found.append(value) or value))
    parameters = ", ".join(f"v{number}" for number in range(len(found)))

    def shape(*placeholders: Any) -> Any:
        rest = iter(placeholders)
        return [built(model, lambda _: next(rest))]

    builder = eval(f"lambda {parameters}: shape({parameters})", {"shape": shape})
    made: Callable[..., SafeString] = baked(cast("Callable[..., Any]", builder))
    assert made(*found).rendered == made(*found).rendered == render(built(model)) == markup


def outcome(call: Callable[[], SafeString]) -> SafeString | StarioError:
    try:
        return call()
    except StarioError as refusal:
        return refusal


URL_NAMES = ["href", "src", "action", "formaction", "poster", "data", "cite", "xlink:href", "ping"]


@a_few
@given(st.sampled_from(URL_NAMES), texts)
@example("href", "java\nscript:x")
def test_a_url_is_refused_or_comes_back_exactly(name: str, url: str) -> None:
    node = outcome(lambda: h.Video({name: url}))
    if isinstance(node, StarioError):
        assert "would run code" in node.message
    else:
        assert parsed(node.rendered) == [("video", {name: url}, [])]


# Only here is text not escaped: the parser ends the element at the first end tag that it sees.
SPLITS = st.lists(
    st.sampled_from(["<", "/", "!", "-", "--", "script", "STYLE", ">", " ", *HOSTILE])
)


@a_few
@given(st.sampled_from([h.Script, h.Style, Tag("SCRIPT"), Tag("sTyle")]), SPLITS)
@example(h.Script, ["<!--", "<script>", "-->"])
@example(h.Script, ["<", "!", "--", "<", "script", ">"])
@example(h.Style, ["<", "/", "style"])
def test_raw_text_stays_inside_its_element(factory: Any, pieces: list[str]) -> None:
    node = factory(pieces)
    content = node.rendered.partition(">")[2].rpartition("<")[0]
    name = factory.tag_name.lower()
    after: list[Any] = [("p", {}, ["after"])]
    assert parsed(render(node, h.P("after"))) == [(name, {}, merged([content])), *after]
    assert unmasked(content) == unmasked("".join(pieces))
    assert factory("".join(pieces)) == node
    assert baked(lambda a, b: factory(a, b))(pieces, None) == node


def unmasked(text: str) -> str:
    for mask in ("<\\/", "\\u003C!--", "<\\!--"):
        text = text.replace(mask, mask.replace("\\u003C", "<").replace("\\", ""))
    return text


@a_few
@given(st.sampled_from([h.Textarea, h.Title]), texts)
def test_what_a_user_typed_stays_in_textareas_and_titles(factory: Any, text: str) -> None:
    typed = f"|{text}"  # a parser drops a line end at the start
    assert parsed(factory(typed).rendered) == [(factory.tag_name, {}, [typed])]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@a_few
@given(json_values)
def test_json_comes_back_from_the_page(value: Any) -> None:
    [(name, found, content)] = parsed(script_json(value).rendered)
    assert (name, found) == ("script", {"type": "application/json"})
    assert json.loads(content[0]) == value


class Odd:
    pass


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=3),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.timedeltas(),
    st.uuids(),
    texts,
    st.sampled_from([Odd, Odd(), h.P, h.Br, Tag("x"), str, int, print, ..., b""]),
)

anything = st.recursive(
    scalars
    | st.frozensets(scalars, max_size=3)
    | st.sampled_from([{}, bytearray(), Decimal("sNaN")]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(scalars, inner, max_size=2)
        | st.lists(inner, max_size=3).map(generated)
    ),
    max_leaves=8,
)
PLACES: list[Callable[[Any], SafeString]] = [
    h.P,
    h.Br,
    svg.Circle,
    partial(h.P, "x"),
    partial(h.P, {"class": "a"}),
    h.Script,
    Comment,
    lambda value: h.P({"title": value}),
    lambda value: h.P({"href": value}),
    lambda value: h.P({"class": value}),
    lambda value: h.P({"style": value}),
    lambda value: h.P({"data": value}),
    lambda value: h.P({"class": {"a": value}}),
    baked(lambda value: h.P(value)),
    baked(lambda value: h.P({"class": value})),
]


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
@settings(max_examples=30)
@given(value=anything)
def test_misuse_is_an_error_of_ours_or_one_element(
    place: Callable[[Any], SafeString], value: Any
) -> None:
    node = outcome(lambda: place(value))
    if isinstance(node, StarioError):
        assert str(node).startswith(node.message)
    else:
        [part] = parsed(node.rendered)
        assert all(isinstance(text, str) for text in part[-1])


@a_few
@given(st.integers(1, 3000), st.sampled_from([list, tuple, generated]))
def test_deep_lists_are_written_or_refused(levels: int, kind: Callable[[list[Any]], Any]) -> None:
    nested: Any = "x"
    for _ in range(levels):
        nested = kind([nested])
    node = outcome(lambda: h.P(nested))
    assert node == SafeString("<p>x</p>") or "nested too deep" in str(node)


@a_few
@given(st.decimals(), texts)
def test_a_text_means_the_same_as_child_and_as_attribute(number: Decimal, text: str) -> None:
    for value in (number, text):
        [(_, found, content)] = parsed(h.P({"title": value}, value).rendered)
        assert "".join(content) == found["title"] == str(value)
