"""A query is read as forms write it, and nothing in it is an error."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioError
from stario.http.query import ParsedQuery

RAW = b"x=1&x=2&y&&=z&a+b=%C3%A9"


def test_the_query_of_the_contract() -> None:
    lists = {"x": ["1", "2"], "y": [""], "": ["z"], "a b": ["é"]}
    assert ParsedQuery(RAW).as_lists() == lists


@pytest.mark.parametrize(
    ("raw", "items"),
    [
        (b"", []),
        (b"&&", []),
        (b"=", [("", "")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
        (b"a=%2B+%20", [("a", "+  ")]),
        (b"a%3Db=%26", [("a=b", "&")]),
        (b"a=%&b=%4&c=%zz", [("a", "%"), ("b", "%4"), ("c", "%zz")]),
        (b"a=%FF\xff", [("a", "\ufffd\ufffd")]),
        (b"a=\xc3\xa9", [("a", "é")]),
        (b"a=%00", [("a", "\0")]),
        (b"a=1&b=2&a=3", [("a", "1"), ("a", "3"), ("b", "2")]),
    ],
)
def test_pairs_are_decoded_and_grouped_by_key(raw: bytes, items: list[tuple[str, str]]) -> None:
    assert ParsedQuery(raw).items() == items


def test_get_returns_the_first_value_or_the_default() -> None:
    query = ParsedQuery(RAW)
    assert (query.get("x"), query.get("y"), query.get("no"), query.get("no", 7)) == (
        "1",
        "",
        None,
        7,
    )


def test_getlist_returns_every_value() -> None:
    query = ParsedQuery(RAW)
    assert (query.getlist("x"), query.getlist("no")) == (["1", "2"], [])


def test_as_dict_returns_the_first_value_or_the_last() -> None:
    query = ParsedQuery(b"x=1&x=2&y=3")
    assert query.as_dict() == {"x": "1", "y": "3"}
    assert query.as_dict(last=True) == {"x": "2", "y": "3"}


def test_it_has_keys_a_length_and_a_truth() -> None:
    query = ParsedQuery(RAW)
    assert "x" in query
    assert "no" not in query
    assert len(query) == 4
    assert query
    assert not ParsedQuery(b"")


def test_equality_is_by_contents() -> None:
    assert ParsedQuery(b"a=b+c&&") == ParsedQuery(b"a=b%20c")
    assert ParsedQuery(b"a=1") != ParsedQuery(b"a=1&a=1")
    assert ParsedQuery(b"a=1") != {"a": ["1"]}


def test_what_it_hands_out_cannot_change_it() -> None:
    query = ParsedQuery(b"a=1")
    query.getlist("a").append("2")
    query.as_lists()["a"].append("2")
    query.as_dict()["b"] = "2"
    query.items().clear()
    assert query == ParsedQuery(b"a=1")


def test_the_repr_is_the_contents() -> None:
    assert repr(ParsedQuery(b"a=1&a=2")) == "ParsedQuery({'a': ['1', '2']})"


@pytest.mark.parametrize("raw", ["a=1", None, {"a": "1"}])
def test_what_is_not_bytes_is_refused(raw: Any) -> None:
    with pytest.raises(StarioError, match="A query is parsed from bytes"):
        ParsedQuery(raw)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXT, st.lists(TEXT, min_size=1)))
def test_what_a_form_sends_comes_back(lists: dict[str, list[str]]) -> None:
    assert ParsedQuery(urlencode(lists, doseq=True).encode()).as_lists() == lists
