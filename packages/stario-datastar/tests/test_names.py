"""A signal name in an attribute key comes back unchanged in the browser."""

import re
from typing import Any

import pytest
from stario.datastar import data
from stario.datastar.names import signal_key
from stario.exceptions import StarioError


def read_back(key: str, modifier: str | None) -> str:
    """What the client makes of a key: its own `case` functions, written in Python."""
    case = (modifier or "case.camel").removeprefix("case.")
    if case == "snake":
        return key.replace("-", "_")
    if case == "kebab":
        return key
    head, tail = (key[0].upper(), key[1:]) if case == "pascal" else ("", key)
    return head + re.sub("-([a-z])", lambda found: found[1].upper(), tail)


KEYS = [
    ("my_count", "my-count", "case.snake"),
    ("email", "email", "case.snake"),
    ("a.b_c", "a.b-c", "case.snake"),
    ("a1_2", "a1-2", "case.snake"),
    ("a_", "a-", "case.snake"),
    ("myCount", "my-count", None),
    ("myURL", "my-u-r-l", None),
    ("ui.isOpen", "ui.is-open", None),
    ("my_Count", "my_-count", None),
    ("_Local", "_-local", None),
    ("MyCount", "my-count", "case.pascal"),
    ("Ui.IsOpen", "ui.-is-open", "case.pascal"),
    ("ABC", "a-b-c", "case.pascal"),
    ("my-count", "my-count", "case.kebab"),
    ("a_b-c", "a_b-c", "case.kebab"),
    ("a-1--b", "a-1--b", "case.kebab"),
    ("_local", "_local", None),
    ("_a.b_c", "_a.b_c", None),
    ("a._b", "a._b", None),
    ("1a", "1a", None),
]


@pytest.mark.parametrize(("name", "key", "modifier"), KEYS)
def test_a_signal_name_has_its_key_and_case(name: str, key: str, modifier: str | None) -> None:
    assert signal_key(name) == (key, modifier)


@pytest.mark.parametrize(("name", "key", "modifier"), KEYS)
def test_the_client_reads_the_same_name_back(name: str, key: str, modifier: str | None) -> None:
    assert key == key.lower()
    assert read_back(key, modifier) == name


BAD_NAMES = [
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "a b",
    "-a",
    "a-",
    "a.-b",
    "a__b",
    "__proto__",
    "a.__proto__",
    "$a",
    "é",
    "a\n",
    "a=b",
    'a"',
    "a/b",
    "a:b",
    1,
    None,
    b"a",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_signal_name_is_refused(name: Any) -> None:
    for write in (data.bind, data.ref, data.indicator):
        with pytest.raises(StarioError, match="not the name of a signal"):
            write(name)
    for keyed in (data.signal, data.computed, data.match_media):
        with pytest.raises(StarioError, match="not the name of a signal"):
            keyed(name, "1")


def test_a_name_that_is_written_as_an_expression_is_told_apart() -> None:
    with pytest.raises(StarioError, match=r"A name has no \$"):
        data.bind("$email")


def test_hyphens_with_capitals_cannot_be_a_key_but_a_value() -> None:
    with pytest.raises(StarioError, match="both hyphens and capitals"):
        data.signal("my-Count", "0")
    assert data.bind("my-Count").rendered == ' data-bind="my-Count"'


def test_an_underscore_cannot_stand_before_a_modifier() -> None:
    """The client splits an attribute name at its first `__`."""
    assert data.signal("_a_", "0").rendered == ' data-signals:_a_="0"'
    with pytest.raises(StarioError, match="attribute name"):
        data.signal("_a_", "0", if_missing=True)
    with pytest.raises(StarioError, match="attribute name"):
        data.persist(storage_key="k_", session=True)
