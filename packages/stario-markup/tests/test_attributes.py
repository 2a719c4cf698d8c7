"""Attributes: how values are written, which names and URLs are refused, and the helpers."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from stario.markup import Attrs, SafeString, aria, attributes, classes, data, styles, svg
from stario.markup import html as h
from stario.markup.attributes import prefixed
from stario.markup.errors import StarioError


class Kind(StrEnum):
    PRIMARY = 'a"b'


class Quoted:
    def __html__(self) -> str:
        return '<"&amp;'


@pytest.mark.parametrize(
    ("attributes", "markup"),
    [
        ({"x": None, "y": True, "z": False, "n": 1, "f": 1.5}, ' y n="1" f="1.5"'),
        ({"src": "x\"<>&'"}, ' src="x&quot;&lt;&gt;&amp;\'"'),
        ({"href": "/x?a=1&b=2"}, ' href="/x?a=1&amp;b=2"'),
        ({"disabled": True, "value": ""}, ' disabled value=""'),
        ({"a": SafeString('"&')}, ' a=""&"'),
        ({"a": Quoted()}, ' a="<&quot;&amp;"'),
        ({"a": Kind.PRIMARY}, ' a="a&quot;b"'),
        ({"a": Decimal("1.10")}, ' a="1.10"'),
        ({"class": ["a", None, "b"]}, ' class="a b"'),
        ({"class": ("a", {"b": 1, "c": 0}, False)}, ' class="a b"'),
        ({"class": {"a"}}, ' class="a"'),
        ({"class": {"a": 1, "b": 0}}, ' class="a"'),
        ({"class": []}, ' class=""'),
        ({"class": "a&b"}, ' class="a&amp;b"'),
        ({"class": None}, ""),
        ({"style": {"color": "red", "top": None}}, ' style="color:red;"'),
        ({"style": "color:red"}, ' style="color:red"'),
        ({"data": {"id": 1, "on": True}}, ' data-id="1" data-on'),
        ({"aria": {"label": "x", "busy": None}}, ' aria-label="x"'),
        ({"data-on:click__once": "x"}, ' data-on:click__once="x"'),
        ({"@click": "x", "x:y": "z", "[p]": 1, "é": 2}, ' @click="x" x:y="z" [p]="1" é="2"'),
        ({"{x}": "{y}"}, ' {x}="{y}"'),
        ({"onclick": "a && b"}, ' onclick="a &amp;&amp; b"'),
        ({"srcdoc": "<p>"}, ' srcdoc="&lt;p&gt;"'),
        ({"class_": "a", "For": "b"}, ' class_="a" For="b"'),
    ],
)
def test_attributes_are_written_so(attributes: dict[str, Any], markup: str) -> None:
    assert h.P(attributes).rendered == f"<p{markup}></p>"
    assert h.P(attributes, "x").rendered == f"<p{markup}>x</p>"
    assert h.P(None, attributes, "x", "y").rendered == f"<p{markup}>xy</p>"
    assert h.Br(attributes).rendered == f"<br{markup}/>"


# Each character that ends a name is tried in test_safety.
BAD_NAMES = ["", " ", "a b", 'a"', "a\x00", "a\u2003b", 5, None, True, ("a",)]


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
@pytest.mark.parametrize("value", ["x", 1, None, True, ["x"]], ids=repr)
def test_a_name_that_could_end_itself_is_refused(name: Any, value: Any) -> None:
    for build in (lambda: h.P({name: value}), lambda: h.Br({name: value})):
        with pytest.raises(StarioError, match="attribute name"):
            build()


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
def test_a_prefix_makes_no_name_good(name: Any) -> None:
    with pytest.raises(StarioError, match="attribute name"):
        data({name: "x"})


@pytest.mark.parametrize(
    "attributes",
    [
        {"a": b"x"},
        {"a": ["x"]},
        {"a": {"x": 1}},
        {"a": object()},
        {"a": h.Div},
        {"a": Attrs(" x")},
        {"class": b"x"},
        {"class": [1]},
        {"class": ["a", True]},
        {"class": {1: True}},
        {"class": [["a"]]},
        {"class": (token for token in ("a",))},
        {"style": ["x"]},
        {"data": ["x"]},
        {"aria": {"x": ["y"]}},
    ],
    ids=repr,
)
def test_a_value_of_another_type_is_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(StarioError):
        h.P(attributes, "x")


def test_a_str_subclass_is_looked_at_too() -> None:
    class Link(StrEnum):
        BAD = "javascript:x"

    with pytest.raises(StarioError, match="would run code"):
        h.A({"href": Link.BAD})


def test_what_is_remembered_is_bounded() -> None:
    for number in range(5_000):
        h.P({f"data-{number}": "x", "id": f"p{number}", "href": f"/{number}", "value": number})
        h.P({"class": f"c{number}"}, "x")
        h.P({"title": "x" * number})
    known = attributes.PLAIN
    assert len(known.bare) <= attributes._MANY_NAMES
    assert len(known.known) <= attributes._MANY_NAMES
    for values in known.known.values():
        assert not isinstance(values, dict) or len(values) <= attributes._MANY_VALUES


def test_a_name_with_many_values_is_written_as_before() -> None:
    """Also a URL is looked at however many came before it."""
    for number in range(2_000):
        assert h.A({"href": f"/{number}"}).rendered == f'<a href="/{number}"></a>'
        assert h.Li({"value": number}).rendered == f'<li value="{number}"></li>'
        assert h.Li({"title": f"<{number}é"}).rendered == f'<li title="&lt;{number}é"></li>'
    with pytest.raises(StarioError, match="would run code"):
        h.A({"href": "javascript:x"})
    assert h.A({"href": 5, "value": True}).rendered == '<a href="5" value></a>'


def test_many_urls_in_one_attribute_are_all_looked_at_however_many_came_before() -> None:
    for number in range(2_000):
        assert svg.Set({"values": f"/{number};/x"}).rendered == f'<set values="/{number};/x"/>'
    with pytest.raises(StarioError, match="would run code"):
        svg.Set({"values": "/a;javascript:x"})


def test_a_prefixed_name_is_no_url_however_many_values_came_before() -> None:
    for number in range(2_000):
        data({"src": f"/{number}"})
    assert data({"src": "javascript:x"}) == Attrs(' data-src="javascript:x"')


def test_numbers_that_are_equal_are_not_written_alike() -> None:
    for value, text in ((1, ' a="1"'), (True, " a"), (1.0, ' a="1.0"'), ("1", ' a="1"')):
        assert h.P({"a": value}).rendered == f"<p{text}></p>"


@pytest.mark.parametrize(
    ("attrs", "rendered"),
    [
        (classes("a", {"b": 1, "c": 0}, None, False), ' class="a b"'),
        (classes("a b", {"c": 1}), ' class="a b c"'),
        (classes(), ' class=""'),
        (classes('"'), ' class="&quot;"'),
        (styles({"x": None, "w": 1, "z": 'a;b"'}), ' style="w:1;z:a;b&quot;;"'),
        (styles({"--x": 1.5, "y": False}), ' style="--x:1.5;"'),
        (styles({}), ' style=""'),
        (data({"a": 1, "b": True, "c": None, "d": False}), ' data-a="1" data-b'),
        (data({"x": '<"'}), ' data-x="&lt;&quot;"'),
        (data({}), ""),
        (aria({"label": "x"}), ' aria-label="x"'),
        (prefixed("x", {"y": "1"}), ' x-y="1"'),
    ],
)
def test_helpers_write_attributes(attrs: Attrs, rendered: str) -> None:
    assert attrs == Attrs(rendered)
    assert h.P(attrs, "x").rendered == f"<p{rendered}>x</p>"


@pytest.mark.parametrize(
    "call",
    [
        lambda: classes(1),  # type: ignore[arg-type]
        lambda: classes(True),  # type: ignore[arg-type]
        lambda: classes(["a"]),  # type: ignore[arg-type]
        lambda: classes({1: True}),  # type: ignore[arg-type]
        lambda: styles({"a:b": "x"}),
        lambda: styles({"a;b": "x"}),
        lambda: styles({"a{": "x"}),
        lambda: styles({"a}": "x"}),
        lambda: styles({"@media": "x"}),
        lambda: styles({"": "x"}),
        lambda: styles({1: "x"}),  # type: ignore[arg-type]
        lambda: styles({"a": True}),
        lambda: styles({"a": b"x"}),  # type: ignore[arg-type]
        lambda: styles({"a": ["x"]}),  # type: ignore[arg-type]
        lambda: styles("a:b"),  # type: ignore[arg-type]
        lambda: data("x"),  # type: ignore[arg-type]
        lambda: data({"a": ["x"]}),
        lambda: aria({"a": b"x"}),  # type: ignore[arg-type]
        lambda: prefixed("a b", {"c": "x"}),
        lambda: prefixed("x", [("a", 1)]),  # type: ignore[arg-type]
        lambda: prefixed({"a": 1}, "x"),  # type: ignore[arg-type]
        lambda: prefixed(None, {"a": 1}),  # type: ignore[arg-type]
    ],
)
def test_helpers_refuse_what_they_cannot_write(call: Callable[[], Attrs]) -> None:
    with pytest.raises(StarioError):
        call()
