"""Signals become one compact JSON text, nested where their names say so."""

import json
from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import pytest
from stario.datastar.payload import signals_json
from stario.exceptions import StarioError

NESTED: list[tuple[Any, str]] = [
    ({}, "{}"),
    ({"a": 1, "b": None}, '{"a":1,"b":null}'),
    ({"a": [1, {"x y": 2.5}], "b": False}, '{"a":[1,{"x y":2.5}],"b":false}'),
    ({"a": "ż😀"}, '{"a":"ż😀"}'),
    ({"a.b.c": 1}, '{"a":{"b":{"c":1}}}'),
    ({"a.b": 1, "c": 2, "a.d": 3}, '{"a":{"b":1,"d":3},"c":2}'),
    ({"a": {"b": 1}, "a.c": 2}, '{"a":{"b":1,"c":2}}'),
    ({"a": {"b.c": 1}}, '{"a":{"b":{"c":1}}}'),
    ({"a": {}}, '{"a":{}}'),
    ({"a": MappingProxyType({"b": 1})}, '{"a":{"b":1}}'),
    (OrderedDict(z=1, a=2), '{"z":1,"a":2}'),
    ({"a": (1, 2)}, '{"a":[1,2]}'),
]


@pytest.mark.parametrize(("payload", "text"), NESTED)
def test_dotted_names_are_nested(payload: dict[str, Any], text: str) -> None:
    assert signals_json(payload) == text


def test_half_a_surrogate_pair_can_still_be_sent() -> None:
    text = signals_json({"a": "x\ud800y"})
    assert text == '{"a":"x\\ud800y"}'
    assert json.loads(text.encode()) == {"a": "x\ud800y"}


@pytest.mark.parametrize(
    "payload",
    [
        {"a": 1, "a.b": 2},
        {"a.b": 2, "a": 1},
        {"a.b": 1, "a": {"b": 2}},
        {"a": {"b": 2}, "a.b": 1},
        {"a": None, "a.b": 1},
        {"a": [1], "a.b": 1},
        {"a.b.c": 1, "a.b": "x"},
    ],
)
def test_two_keys_that_contradict_each_other_are_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(StarioError, match="contradict"):
        signals_json(payload)


@pytest.mark.parametrize("name", ["", "a b", "a__b", "__proto__", "a.", 1, None])
def test_a_bad_name_is_refused_at_any_level(name: Any) -> None:
    for payload in ({name: 1}, {"a": {name: 1}}):
        with pytest.raises(StarioError, match="not the name of a signal"):
            signals_json(payload)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), -float("inf"), b"x", {1}, object(), [float("nan")], [10**5000]],
)
def test_a_value_that_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(StarioError, match="cannot be written as JSON"):
        signals_json({"a": value})


def test_signals_that_hold_themselves_are_refused() -> None:
    branch: dict[str, Any] = {}
    branch["a"] = branch
    items: list[Any] = []
    items.append(items)
    for payload in (branch, {"a": items}):
        with pytest.raises(StarioError):
            signals_json(payload)
