"""Tracebacks hold the application's frames and nobody else's."""

import pytest
from stario.telemetry.failures import message_of, traceback_text
from stario.telemetry.tty import TTYTracer


def raised(code: str) -> BaseException:
    try:
        exec(code, {"TTYTracer": TTYTracer})
    except BaseException as error:
        return error
    raise AssertionError


def test_frames_of_the_framework_and_of_nameless_files_are_left_out() -> None:
    """Here `create` raises inside the framework, called from `exec`, called from this file."""
    text = traceback_text(raised("TTYTracer().create('x')"))
    assert text.startswith("Traceback (most recent call last):\n")
    assert __file__ in text
    assert "recording.py" not in text
    assert "<string>" not in text
    assert text.splitlines()[-1].startswith("RuntimeError: TTYTracer creates no spans")


def test_causes_and_groups_are_filtered_too() -> None:
    code = """
try:
    TTYTracer().create('x')
except RuntimeError as error:
    raise ExceptionGroup("many", [error, KeyError("k")]) from error
"""
    text = traceback_text(raised(code))
    assert "direct cause" in text
    assert "KeyError: 'k'" in text
    assert "recording.py" not in text
    assert "<string>" not in text


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__context__, second.__context__ = second, first
    assert "ValueError: 1" in traceback_text(first)


def test_endless_mutual_recursion_is_cut() -> None:
    def ping() -> None:
        pong()

    def pong() -> None:
        ping()

    with pytest.raises(RecursionError) as caught:
        ping()
    assert traceback_text(caught.value).count("\n") < 500


def test_an_exception_without_frames_is_its_last_line() -> None:
    assert traceback_text(ValueError("why")) == "ValueError: why"
    assert message_of(KeyError("k")) == "'k'"
