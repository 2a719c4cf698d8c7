"""A signal of a model stands wherever a name or an expression does, and is neither by accident."""

import copy
import pickle
from typing import Any

import pytest
from stario.datastar import Signal, at, data
from stario.datastar.events import patch_signals
from stario.datastar.format import filter_js, js_object
from stario.datastar.names import signal_key, signal_path
from stario.datastar.payload import signals_json
from stario.datastar.signal import SignalGroup
from stario.exceptions import StarioError

TITLE = Signal("title", "Draft")
CITY = Signal("address.city", "Draft.address")
NAME = Signal("address.name", "Draft.address")
ADDRESS = SignalGroup("address", "Draft.address", {"city": CITY, "name": NAME})


def test_its_text_is_the_expression_and_its_name_is_bare() -> None:
    assert str(TITLE) == "$title"
    assert f"{CITY} > 3" == "$address.city > 3"
    assert f"{TITLE:>8}" == "  $title"
    assert TITLE.name == "title"
    assert repr(TITLE) == "<Signal title>"
    assert str(TITLE.error) == "$_errors.title"


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        (data.bind(CITY), ' data-bind="address.city"'),
        (data.bind(TITLE, event="change"), " data-bind:title__case.snake__event.change"),
        (data.indicator(TITLE), ' data-indicator="title"'),
        (data.ref(TITLE), ' data-ref="title"'),
        (data.text(CITY), ' data-text="$address.city"'),
        (data.show(TITLE.error), ' data-show="$_errors.title"'),
        (data.effect(TITLE), ' data-effect="$title"'),
        (data.attr("title", TITLE), ' data-attr:title="$title"'),
        (data.attrs({"title": TITLE}), " data-attr=\"{'title':$title}\""),
        (data.class_("wrong", TITLE.error), ' data-class:wrong="$_errors.title"'),
        (data.classes({"wrong": CITY}), " data-class=\"{'wrong':$address.city}\""),
        (data.styles({"width": TITLE}), " data-style=\"{'width':$title}\""),
        (data.on("click", TITLE), ' data-on:click="$title"'),
        (data.signal(TITLE, "1"), ' data-signals:title__case.snake="1"'),
        (
            data.signals({TITLE: "x", CITY: "y"}),
            """ data-signals='{"title":"x","address":{"city":"y"}}'""",
        ),
        (data.computed(TITLE, CITY), ' data-computed:title__case.snake="$address.city"'),
        (data.match_media(TITLE, "'x'"), " data-match-media:title__case.snake=\"'x'\""),
    ],
)
def test_attributes_take_it(written: Any, rendered: str) -> None:
    assert written.rendered == rendered


def test_actions_take_it() -> None:
    assert at.post("/x", include=[TITLE, CITY]) == (
        "@post('/x', {filterSignals: {'include':'^(?:title|address\\\\.city)(?:\\\\.|$)'}})"
    )
    assert at.post("/x", payload={"t": TITLE}) == "@post('/x', {payload: {'t':$title}})"
    assert at.set_all(TITLE, include=[CITY]) == (
        "@setAll($title, {'include':'^(?:address\\\\.city)(?:\\\\.|$)'})"
    )
    assert at.fit(TITLE, 0, 1, 0, 2) == "@fit($title, 0, 1, 0, 2, false, false)"


def test_patches_and_formats_take_it() -> None:
    assert signals_json({CITY: 1, "title": 2}) == '{"address":{"city":1},"title":2}'
    assert b'data: signals {"title":1}' in bytes(patch_signals({TITLE: 1}))
    assert js_object({"a": TITLE}) == "{'a':$title}"
    assert filter_js([TITLE], None) == "{'include':'^(?:title)(?:\\\\.|$)'}"
    assert signal_path(CITY) == ("address", "city")
    assert signal_key(Signal("myCount")) == ("my-count", None)


def test_a_name_that_is_text_is_not_taken_for_a_signal_of_the_same_text() -> None:
    assert signal_path(TITLE) == ("title",)
    with pytest.raises(StarioError, match="not the name of a signal"):
        signal_path("$title")
    assert Signal("title") == TITLE != "title"
    assert {TITLE: 1}[Signal("title")] == 1


def test_a_comparison_in_python_is_no_expression() -> None:
    """`S.amount == 3` is False at once, and would hide an element for ever."""
    comparison: Any = TITLE == 3
    with pytest.raises(StarioError, match="must be a str, not bool"):
        data.show(comparison)
    mistake: Any = TITLE
    with pytest.raises(TypeError):
        _ = mistake > 3


def test_there_is_nothing_below_a_value() -> None:
    with pytest.raises(StarioError, match=r"Draft has no signal 'title\.first'"):
        _ = TITLE.first
    assert not hasattr(TITLE, "first")


def test_a_group_knows_its_fields_and_a_field_comes_first() -> None:
    """A nested model may have a field called `name`."""
    assert ADDRESS.city is CITY
    assert str(ADDRESS.name) == "$address.name"
    assert data.bind(ADDRESS).rendered == ' data-bind="address"'
    assert str(ADDRESS.error) == "$_errors.address._"
    assert {"city", "name"} <= set(dir(ADDRESS))
    with pytest.raises(StarioError, match=r"Draft\.address has no signal 'cty'") as wrong:
        _ = ADDRESS.cty
    assert "Did you mean 'city'? It has city, name." in str(wrong.value)


def test_it_can_be_copied_and_pickled() -> None:
    assert copy.deepcopy(TITLE) == TITLE
    assert pickle.loads(pickle.dumps(CITY)) == CITY
    assert str(copy.deepcopy(ADDRESS).city) == "$address.city"
    assert str(pickle.loads(pickle.dumps(ADDRESS)).name) == "$address.name"
