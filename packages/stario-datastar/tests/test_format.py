"""Python values become JavaScript literals, filters and modifiers, or a StarioError."""

from collections.abc import Callable
from typing import Any

import pytest
from stario.datastar import Signal
from stario.datastar import format as formats
from stario.datastar.format import (
    debounce_to_string,
    filter_js,
    js_object,
    parse_filter_value,
    string_literal,
    throttle_to_string,
    time_to_string,
)
from stario.exceptions import StarioError


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", "''"),
        ("a", "'a'"),
        ("it's", r"'it\'s'"),
        ('say "x"', "'say \"x\"'"),
        ("a\\b", r"'a\\b'"),
        ("\r\n\t", r"'\r\n\t'"),
        ("\x00\x1b\x7f\x85", r"'\u0000\u001b\u007f\u0085'"),
        ("\u2028\u2029", r"'\u2028\u2029'"),
        ("\ud800", r"'\ud800'"),
        ("a@b.c", "'a@b.c'"),
        ("@get(1)", r"'\u0040get(1)'"),
        ("żółć 😀", "'żółć 😀'"),
    ],
)
def test_text_cannot_leave_its_string_literal(text: str, literal: str) -> None:
    assert string_literal(text) == literal


def test_an_object_quotes_its_keys_and_keeps_expressions() -> None:
    given = {"a": 1, "b": None, "c": True, "d": "x", "e": [1, "y"]}
    assert js_object(given) == "{'a':1,'b':null,'c':true,'d':x,'e':[1,y]}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (js_object(), "{}"),
        (js_object(None), "{}"),
        (js_object(a=1), "{'a':1}"),
        (js_object({"a": "1"}, b="2"), "{'a':1,'b':2}"),
        (js_object({"obj": 1}, obj=2), "{'obj':2}"),
        (js_object({"it's": {"f": (1.5, False, -2)}}), r"{'it\'s':{'f':[1.5,false,-2]}}"),
    ],
)
def test_objects_nest_and_merge_keywords(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), b"x", {1}, object(), 1j]
)
def test_a_value_without_a_javascript_form_is_refused(value: Any) -> None:
    with pytest.raises(StarioError, match="cannot be written as JavaScript"):
        js_object({"a": [value]})


def test_an_object_that_holds_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    with pytest.raises(StarioError, match="too deeply"):
        js_object(loop)


@pytest.mark.parametrize("given", [{1: "a"}, [("a", 1)], "a"])
def test_an_object_is_made_of_a_mapping_with_text_keys(given: Any) -> None:
    with pytest.raises(StarioError):
        js_object(given)


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("^_", "^_"),
        ("", ""),
        (["a.b", "c"], r"^(?:a\.b|c)(?:\.|$)"),
        (("a",), r"^(?:a)(?:\.|$)"),
        ((name for name in "ab"), r"^(?:a|b)(?:\.|$)"),
        (["a+(b)"], r"^(?:a\+\(b\))(?:\.|$)"),
        (["my-count"], r"^(?:my-count)(?:\.|$)"),
    ],
)
def test_names_of_a_filter_are_escaped_and_anchored(value: Any, pattern: str) -> None:
    assert parse_filter_value(value) == pattern


@pytest.mark.parametrize("value", [[""], [1], [None], b"ab", 5, True, Signal("a")])
def test_a_filter_that_is_no_text_and_holds_no_names_is_refused(value: Any) -> None:
    with pytest.raises(StarioError, match="filter"):
        parse_filter_value(value)


def test_a_filter_holds_the_halves_that_are_given() -> None:
    assert filter_js(None, None) is None
    assert filter_js("a", None) == "{'include':'a'}"
    assert filter_js("a", ["b"]) == r"{'include':'a','exclude':'^(?:b)(?:\\.|$)'}"


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (0, "0s"),
        (1, "1s"),
        (0.5, "500ms"),
        (1.0, "1000ms"),
        (0.0004, "0ms"),
        ("300ms", "300ms"),
        ("2s", "2s"),
    ],
)
def test_times_are_seconds_or_text_with_a_unit(time: Any, written: str) -> None:
    assert time_to_string(time) == written


BAD_TIMES = (
    -1,
    -0.5,
    float("nan"),
    float("inf"),
    1e308,
    True,
    None,
    "1.5s",
    "-1s",
    "s",
    "5",
    "1m",
    "1s\n",
    "",
    "١s",
    [1],
)


@pytest.mark.parametrize("time", BAD_TIMES)
@pytest.mark.parametrize("write", [time_to_string, debounce_to_string, throttle_to_string])
def test_a_time_that_nobody_can_wait_is_refused(write: Callable[[Any], str], time: Any) -> None:
    with pytest.raises(StarioError, match="not a time"):
        write(time)


@pytest.mark.parametrize(
    ("write", "value", "written"),
    [
        (debounce_to_string, "300ms", "debounce.300ms"),
        (debounce_to_string, ("300ms", "leading"), "debounce.300ms.leading"),
        (debounce_to_string, (1, "leading", "notrailing"), "debounce.1s.leading.notrailing"),
        (debounce_to_string, (1, "notrailing", "leading"), "debounce.1s.notrailing.leading"),
        (throttle_to_string, 0.1, "throttle.100ms"),
        (throttle_to_string, (1, "noleading", "trailing"), "throttle.1s.noleading.trailing"),
    ],
)
def test_flags_follow_the_time(write: Callable[[Any], str], value: Any, written: str) -> None:
    assert write(value) == written


@pytest.mark.parametrize("write", [debounce_to_string, throttle_to_string])
@pytest.mark.parametrize(
    "value",
    [(), ("1s",), (1, "x"), (1, "leading", "trailing"), (1, "trailing", "trailing"), (1, 2)],
)
def test_flags_of_the_wrong_kind_or_number_are_refused(
    write: Callable[[Any], str], value: Any
) -> None:
    with pytest.raises(StarioError, match="tuple of a time and flags"):
        write(value)


def test_the_public_names_are_those_of_the_contract() -> None:
    functions = {"string_literal", "js_object", "filter_js", "parse_filter_value"}
    times = {"time_to_string", "debounce_to_string", "throttle_to_string"}
    types = {"FilterValue", "TimeValue", "Debounce", "Throttle", "Case", "SignalValue", "PatchMode"}
    assert set(formats.__all__) == functions | times | types
