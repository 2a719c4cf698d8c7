"""Comments cannot be closed by their text, nor a script by its data."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

import json
from typing import Any

import pytest
from stario.markup import Attrs, Comment, SafeString, baked, script_json
from stario.markup import html as h
from stario.markup.errors import StarioError


@pytest.mark.parametrize(
    ("content", "markup"),
    [
        ("a --> b <", "<!--a --&gt; b &lt;-->"),
        ("&", "<!--&amp;-->"),
        ("", "<!---->"),
        (None, "<!---->"),
        (1, "<!--1-->"),
        (1.5, "<!--1.5-->"),
        (SafeString("[if <x>]"), "<!--[if <x>]-->"),
    ],
)
def test_a_comment_is_written_so(content: Any, markup: str) -> None:
    assert Comment(content) == SafeString(markup)


def test_a_comment_may_be_empty() -> None:
    assert h.P(Comment()).rendered == "<p><!----></p>"


@pytest.mark.parametrize("content", [True, False, b"x", ["x"], object(), h.Div])
def test_a_comment_refuses_other_types(content: Any) -> None:
    with pytest.raises(StarioError, match="comment"):
        Comment(content)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1.5,
        "</script>",
        {"<!--": ["&", ">"]},
        "\u2028\u2029",
        "é😀",
        [[], {}],
        "\\u003c",
    ],
)
def test_json_survives_the_page(value: Any) -> None:
    markup = script_json(value).rendered
    text = markup.removeprefix('<script type="application/json">').removesuffix("</script>")
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_json_is_compact_and_its_escapes_exact() -> None:
    assert script_json({"a": [1, "<&>"]}).rendered == (
        '<script type="application/json">{"a":[1,"\\u003c\\u0026\\u003e"]}</script>'
    )


def test_attributes_follow_the_type_or_replace_it() -> None:
    assert script_json(1, {"id": "x"}).rendered == (
        '<script type="application/json" id="x">1</script>'
    )
    assert script_json(1, {"type": "importmap"}).rendered == '<script type="importmap">1</script>'
    assert script_json(1, Attrs(" a")).rendered == '<script type="application/json" a>1</script>'


@pytest.mark.parametrize("attrs", ["id", ["id"], h.B("x"), 1, b"id", True], ids=repr)
def test_what_is_no_attributes_does_not_become_content(attrs: Any) -> None:
    with pytest.raises(StarioError, match="cannot stand for attributes"):
        script_json({}, attrs)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "'float' cannot be written as JSON: Out of range"),
        ([float("inf")], "'list' cannot be written as JSON: Out of range"),
        ({(): 1}, "'dict' cannot be written as JSON: keys must be str"),
        (object(), "'object' cannot be written as JSON."),
        ({1, 2}, "'set' cannot be written as JSON."),
        ({"a": [1, b"x"]}, "'bytes' cannot be written as JSON."),
        ([h.B("x")], "'Node' cannot be written as JSON."),
    ],
    ids=repr,
)
def test_what_json_cannot_say_is_refused_and_named(value: Any, message: str) -> None:
    with pytest.raises(StarioError) as refusal:
        script_json(value)
    assert refusal.value.message.startswith(message)


@pytest.mark.parametrize("value", [lambda a: a, lambda a: {"x": [a]}])
def test_json_of_a_parameter_is_refused_by_its_name(value: Any) -> None:
    with pytest.raises(StarioError, match="parameter 'a' of a @baked builder was used in JSON"):
        baked(lambda a: script_json(value(a)))


def test_data_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(StarioError, match="JSON"):
        script_json(endless)
