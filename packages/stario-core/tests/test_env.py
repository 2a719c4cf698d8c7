"""The readers of `stario.env`: what they accept, and the sentence they refuse with."""

from collections.abc import Callable
from pathlib import Path

import pytest
import stario.env as env
from stario.exceptions import StarioError

NAME = "STARIO_TEST_SETTING"
LOOPS = ("auto", "asyncio", "uvloop")


def read_loop(name: str, default: object) -> object:
    return env.read_enum(name, LOOPS, default)


type Reader = Callable[[str, object], object]

READERS: list[Reader] = [
    env.read_str,
    env.read_bool,
    env.read_int,
    env.read_float,
    env.read_octal,
    env.read_path,
    env.read_list,
    read_loop,
]


@pytest.mark.parametrize("reader", READERS)
def test_an_unset_variable_is_the_default(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    default = object()
    assert reader(NAME, default) is default


@pytest.mark.parametrize("reader", [r for r in READERS if r is not env.read_path])
@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_a_blank_variable_is_the_default(
    reader: Reader, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, text)
    default = object()
    assert reader(NAME, default) is default


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (env.read_str, " two words ", "two words"),
        *((env.read_bool, text, True) for text in ("1", "true", "YES", " On ")),
        *((env.read_bool, text, False) for text in ("0", "False", "no", "OFF")),
        (env.read_int, "8000", 8000),
        (env.read_int, " -1 ", -1),
        (env.read_int, "65_536", 65536),
        (env.read_float, "0.125", 0.125),
        (env.read_float, "1e-3", 0.001),
        (env.read_float, "5", 5.0),
        (env.read_float, "inf", float("inf")),
        *((env.read_octal, text, 0o660) for text in ("660", "0660", "0o660", "0O660")),
        (env.read_octal, "0", 0),
        (env.read_octal, "7777", 0o7777),
        (env.read_path, " traces.sqlite3 ", Path("traces.sqlite3")),
        (env.read_list, " a , b c,,", ("a", "b c")),
        (read_loop, "UVLoop", "uvloop"),
    ],
)
def test_good_text_is_read(
    reader: Reader, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, text)
    result = reader(NAME, None)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("reader", "text", "accepted"),
    [
        *((env.read_bool, text, "true") for text in ("2", "y", "truee", "None")),
        *((env.read_int, text, "whole number") for text in ("x", "1.5", "1e3", "0x10", "9" * 5000)),
        *((env.read_float, text, "a number") for text in ("x", "1,5", "1 2", "nan", "-NaN")),
        *((env.read_octal, text, "660") for text in ("8", "-1", "10000", "0x1", "6_0", "٦", "0o")),
        *((env.read_path, text, "not blank") for text in ("", "  ")),
        *((read_loop, text, "auto, asyncio, uvloop") for text in ("gevent", "auto,", "au to")),
    ],
)
def test_bad_text_is_refused_in_a_sentence(
    reader: Reader, text: str, accepted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the variable, the value and what is accepted."""
    monkeypatch.setenv(NAME, text)
    with pytest.raises(ValueError, match=NAME) as caught:
        reader(NAME, None)
    sentence = str(caught.value)
    assert repr(text.strip()[:80])[:-1] in sentence
    assert accepted in sentence


def test_a_long_value_is_clipped_and_its_control_bytes_are_shown_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(NAME, "x\x1b[31m" + "y" * 10_000)
    with pytest.raises(ValueError, match=NAME) as caught:
        env.read_int(NAME, 1)
    assert len(str(caught.value)) < 200
    assert "\x1b" not in str(caught.value)
    assert "\\x1b[31m" in str(caught.value)


@pytest.mark.parametrize("text", ["", "0", "1"])
def test_presence_counts_even_when_empty(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, text)
    assert env.is_present(NAME)
    monkeypatch.delenv(NAME)
    assert not env.is_present(NAME)


def test_a_bad_setting_becomes_a_stario_error_with_the_same_sentence() -> None:
    error = env.bad_setting(ValueError("STARIO_PORT is 'x', but takes a whole number."))
    assert isinstance(error, StarioError)
    assert str(error).startswith("STARIO_PORT is 'x', but takes a whole number.\n  Help: ")
