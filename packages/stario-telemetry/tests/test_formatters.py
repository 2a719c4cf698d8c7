"""Any value becomes one line of valid JSON."""

import json
from enum import Enum, IntEnum
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from stario.telemetry.formatters import JsonFormatter, ascii_only, clean


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Mute:
    def __str__(self) -> str:
        raise RuntimeError


def circle() -> list[Any]:
    items: list[Any] = [1]
    items.append(items)
    return items


def deep(levels: int) -> Any:
    value: Any = "core"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b": "x", "c": None}, '{"a":1,"b":"x","c":null}'),
        ({"d": True, "e": 1.5}, '{"d":true,"e":1.5}'),
        ({"ü": "日本 🎉"}, '{"ü":"日本 🎉"}'),
        ({"a": (1, [2])}, '{"a":[1,[2]]}'),
        ({"p": PurePosixPath("/x")}, '{"p":"/x"}'),
        ({"u": UUID(int=1)}, '{"u":"00000000-0000-0000-0000-000000000001"}'),
        ({"b": b"x"}, '{"b":"b\'x\'"}'),
        ({"e": Colour.RED, "i": Level.HIGH}, '{"e":"Colour.RED","i":3}'),
        ({"n": float("nan")}, '{"n":"nan"}'),
        ({"i": float("inf"), "m": float("-inf")}, '{"i":"inf","m":"-inf"}'),
        ({"deep": [{"n": float("nan")}]}, '{"deep":[{"n":"nan"}]}'),
        ({1: "a", None: "b", False: "c"}, '{"1":"a","null":"b","false":"c"}'),
        ({(1, 2): "t", float("nan"): "n"}, '{"(1, 2)":"t","nan":"n"}'),
        ({"s": {1}}, '{"s":"{1}"}'),
    ],
)
def test_values_are_written_compactly_and_unknown_ones_through_str(value: Any, text: str) -> None:
    formatter = JsonFormatter()
    assert formatter.text(value) == text
    assert formatter.failures == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": Mute(), "b": 1}, '{"a":"<Mute>","b":1}'),
        ({"a": 10**5_000}, '{"a":"<int>"}'),
        ({Mute(): 1}, '{"<Mute>":1}'),
    ],
)
def test_what_cannot_be_written_is_named_by_its_type_and_counted(value: Any, text: str) -> None:
    formatter = JsonFormatter()
    assert formatter.text(value) == text
    assert formatter.failures == 1


@pytest.mark.parametrize("value", [circle(), deep(100_000), {"x": circle()}])
def test_endless_values_are_cut_off(value: Any) -> None:
    formatter = JsonFormatter()
    text = formatter.text(value)
    json.loads(text)
    assert len(text) < 500
    assert formatter.failures == 1


@pytest.mark.parametrize(
    "character",
    "\x00\n\r\x1b\x7f\x85\x9b\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069",
)
def test_what_a_terminal_obeys_is_escaped_and_reads_back(character: str) -> None:
    text = JsonFormatter().text({character: f"a{character}b"})
    assert character not in text
    assert len(text.splitlines()) == 1
    assert json.loads(text) == {character: f"a{character}b"}


def test_lone_surrogates_become_the_replacement_character() -> None:
    text = JsonFormatter().text({"path": "/\udcff"})
    assert text == '{"path":"/\ufffd"}'
    assert clean("a\udcffb") == "a\ufffdb"
    text.encode()


def test_json_can_be_narrowed_to_ascii() -> None:
    text = ascii_only('{"é":"🎉"}')
    assert text == '{"\\u00e9":"\\ud83c\\udf89"}'
    assert json.loads(text) == {"é": "🎉"}
