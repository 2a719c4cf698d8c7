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


def test_a_chain_that_is_a_circle_ends() -> None:
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


def test_notes_are_told() -> None:
    error = ValueError("why")
    error.add_note("while reading line 7")
    assert traceback_text(error) == "ValueError: why\nwhile reading line 7"


def test_a_long_message_is_cut_in_its_middle() -> None:
    error = ValueError("begin" + "x" * 10_000_000 + "end")
    for text in (message_of(error), traceback_text(error)):
        assert len(text) < 66_000
        assert "begin" in text
        assert text.endswith("end")
        assert "characters …" in text


def test_a_long_chain_of_causes_is_cut_at_its_far_end() -> None:
    """As a loop that tries again for days makes it; also none that recursion could not walk."""
    error = ValueError("0")
    for number in range(1, 3_000):
        later = ValueError(str(number))
        later.__context__, error = error, later
    lines = traceback_text(error).splitlines()
    told = [line for line in lines if line.startswith("ValueError: ")]
    assert told == [f"ValueError: {number}" for number in range(2_979, 3_000)]


def test_a_large_group_is_bounded() -> None:
    group = ExceptionGroup("many", [ValueError("x" * 100) for _ in range(20_000)])
    assert len(traceback_text(group)) < 10_000
    for _ in range(100):
        group = ExceptionGroup("deep", [group])
    assert len(traceback_text(group)) < 66_000


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_exception_that_cannot_be_said_is_told_all_the_same() -> None:
    assert message_of(Unspeakable()) == "<Unspeakable whose str() failed>"
    assert "Unspeakable" in traceback_text(Unspeakable())
    assert "Unspeakable" in traceback_text(ExceptionGroup("g", [Unspeakable()]))


def test_odd_notes_do_no_harm() -> None:
    error = ValueError("why")
    error.__notes__ = object()  # type: ignore[assignment]
    assert traceback_text(error).startswith("ValueError: why")
