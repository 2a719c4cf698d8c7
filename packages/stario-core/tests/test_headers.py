"""Header fields: a multi-map without regard to case that nothing bad gets into."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.http.headers import Headers, field_name, field_value

TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def headers(*lines: tuple[str, str]) -> Headers:
    made = Headers()
    for name, value in lines:
        made.add(name, value)
    return made


def test_names_are_found_in_any_case_and_kept_in_lower_case() -> None:
    one = headers(("Content-Type", "text/html"))
    assert one.get("content-TYPE") == "text/html"
    assert "CONTENT-TYPE" in one
    assert one.items() == [("content-type", "text/html")]


def test_add_keeps_lines_and_set_replaces_them() -> None:
    one = headers(("a", "1"), ("A", "2"), ("b", "3"), ("a", "4"))
    assert one.getlist("a") == ["1", "2", "4"]
    assert one.get("a") == "1"
    assert one.items() == [("a", "1"), ("a", "2"), ("a", "4"), ("b", "3")]
    assert len(one) == 2
    one.set("A", "5")
    assert one.items() == [("a", "5"), ("b", "3")]


def test_setdefault_returns_what_is_there() -> None:
    one = headers(("a", "1"), ("a", "2"))
    assert one.setdefault("A", "3") == "1"
    assert one.setdefault("b", "4") == "4"
    assert one.items() == [("a", "1"), ("a", "2"), ("b", "4")]


def test_remove_drops_every_line_and_forgives_a_missing_one() -> None:
    one = headers(("a", "1"), ("a", "2"))
    one.remove("A")
    one.remove("a")
    assert one.items() == []
    assert len(one) == 0


def test_a_missing_field_is_the_default() -> None:
    one = Headers()
    assert one.get("a") is None
    assert one.get("a", "x") == "x"
    assert one.get("a", 5) == 5
    assert one.getlist("a") == []
    assert "a" not in one


def test_an_empty_value_is_a_value() -> None:
    one = headers(("a", ""))
    assert one.get("a", "x") == ""
    assert one.setdefault("a", "x") == ""
    assert "a" in one


def test_a_list_is_a_copy() -> None:
    one = headers(("a", "1"), ("a", "2"))
    one.getlist("a").append("3")
    one.items().clear()
    assert one.getlist("a") == ["1", "2"]


def test_the_repr_shows_the_lines() -> None:
    assert repr(headers(("A", "1"))) == "Headers([('a', '1')])"


BAD_NAMES = [
    *("", " ", "a b", "a:", "a\n", "a\r\nb", "\0", "a\tb", "(a)", "a=b", '"a"', "@", "ä"),
    "\u212a",  # the Kelvin sign, whose lower case is an ASCII k
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    """RFC 9110, 5.1. Asking whether it is there is no mistake; it is not."""
    one = headers(("k", "1"))
    for call in (
        lambda: one.add(name, "x"),
        lambda: one.set(name, "x"),
        lambda: one.setdefault(name, "x"),
        lambda: one.get(name),
        lambda: one.getlist(name),
        lambda: one.remove(name),
    ):
        with pytest.raises(ValueError, match="no header name"):
            call()
    assert name not in one
    assert one.items() == [("k", "1")]


@pytest.mark.parametrize("name", [5, None, b"a"])
def test_what_is_no_text_is_no_name_and_not_there(name: Any) -> None:
    one = headers(("a", "1"))
    assert name not in one
    for call in (
        lambda: one.set(name, "x"),
        lambda: one.get(name),
        lambda: one.getlist(name),
        lambda: one.remove(name),
    ):
        with pytest.raises(TypeError, match="A header name is a str, not"):
            call()


@pytest.mark.parametrize("value", ["", " ", "a b", "a\tb", "é", "ÿ", "\xa0", "~", '"quoted"'])
def test_a_latin_1_value_is_kept(value: str) -> None:
    one = headers(("a", value))
    assert one.get("a") == value
    assert one.wire_get("a") == value.encode("latin-1")


@pytest.mark.parametrize("control", [*range(0x20), 0x7F])
def test_a_control_character_is_refused_save_tab(control: int) -> None:
    """So that no value splits a head (RFC 9110, 5.5)."""
    if control == 9:
        return
    for value in (f"a{chr(control)}b", chr(control), f"é{chr(control)}"):
        for call in (Headers().add, Headers().set, Headers().setdefault):
            with pytest.raises(ValueError, match="control character"):
                call("a", value)


@pytest.mark.parametrize("value", ["€", "Ā", "\ud800", "😀"])
def test_a_character_beyond_latin_1_is_refused(value: str) -> None:
    with pytest.raises(UnicodeEncodeError) as caught:
        Headers().set("a", value)
    assert "percent-encode" in caught.value.__notes__[0]


@pytest.mark.parametrize("value", [5, None, b"x", ["x"]])
def test_a_value_that_is_no_text_is_refused(value: Any) -> None:
    for call in (Headers().add, Headers().set, Headers().setdefault):
        with pytest.raises(TypeError, match="A header value is a str, not"):
            call("a", value)


def test_a_refused_value_changes_nothing() -> None:
    one = headers(("a", "1"))
    for call in (one.add, one.set):
        with pytest.raises(ValueError, match="control"):
            call("a", "x\r\ny")
    assert one.items() == [("a", "1")]


@given(st.text())
def test_a_name_is_a_token_or_refused(name: str) -> None:
    if name and all(character in TOKEN for character in name):
        assert field_name(name) == name.lower()
    else:
        with pytest.raises(ValueError, match="no header name"):
            field_name(name)


@given(st.text())
def test_a_value_is_sent_as_it_is_or_refused(value: str) -> None:
    """What passes comes back unchanged, and never holds a line end."""
    try:
        line = field_value(value)
    except ValueError:
        assert any(ord(c) > 255 or (ord(c) < 32 and c != "\t") or ord(c) == 127 for c in value)
    else:
        assert line.decode("latin-1") == value
        assert not set(line) & {0, 10, 13}


def test_names_from_requests_do_not_pile_up() -> None:
    """The memory of known names has an end."""
    from stario.http.headers import _known_names

    for number in range(3000):
        assert field_name(f"X-Made-Up-{number}") == f"x-made-up-{number}"
    assert len(_known_names) <= 1024
