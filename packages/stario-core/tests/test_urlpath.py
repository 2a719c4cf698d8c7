"""A pattern says what it means when it is built, or it is refused with a sentence."""

import copy
import pickle
from typing import Any

import pytest
from stario.exceptions import StarioError
from stario.routing import UrlPath, normalize_path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "/"),
        ("/", "/"),
        ("///", "/"),
        ("/a", "/a"),
        ("a/b", "/a/b"),
        ("/a/", "/a"),
        ("//a/b//", "/a/b"),
        ("/users/{id}", "/users/{id}"),
        ("/files/{path...}", "/files/{path...}"),
        ("/{_a1}/{B}", "/{_a1}/{B}"),
        ("/{match}", "/{match}"),
        ("/.well-known/a:b@c;d=1", "/.well-known/a:b@c;d=1"),
    ],
)
def test_a_path_has_one_slash_in_front_and_none_at_the_end(path: str, text: str) -> None:
    pattern = UrlPath(path)
    assert (pattern.path_text, pattern.text, pattern.host_text) == (text, text, None)


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("x.com", "x.com"),
        ("API.Example.COM", "api.example.com"),
        ("localhost", "localhost"),
        ("{Tenant}.Ex.com", "{Tenant}.ex.com"),
        ("{t...}.e.com", "{t...}.e.com"),
        ("{t...}", "{t...}"),
        ("a.{b}.c", "a.{b}.c"),
        ("[::1]", "[::1]"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
    ],
)
def test_exact_labels_of_a_host_are_lower_case(host: str, text: str) -> None:
    pattern = UrlPath("/a", host=host)
    assert (pattern.host_text, pattern.text) == (text, f"{text}/a")


def test_the_text_of_a_host_alone_ends_with_the_root_path() -> None:
    assert UrlPath("", host="x.com").text == "x.com/"


def test_placeholders_are_those_of_host_and_path() -> None:
    pattern = UrlPath("/{a}/x/{b...}", host="{t}.x.com")
    assert pattern.placeholders == frozenset({"t", "a", "b"})


@pytest.mark.parametrize(
    "path",
    [
        "/a//b",
        "/a{x}",
        "/{x}a",
        "/{x",
        "/x}",
        "/{}",
        "/{...}",
        "/{a}{b}",
        "/{{a}}",
        "/{a b}",
        "/{a-b}",
        "/{1a}",
        "/{a.b}",
        "/{a..}",
        "/{a....}",
        "/{class}",
        "/{None}",
        "/{a}/{a}",
        "/{a}/x/{a...}",
        "/{a...}/b",
        "/{a...}/{b...}",
        "/a?b=1",
        "/a#b",
        "/%FF",
    ],
)
def test_a_path_that_cannot_be_a_pattern_is_refused(path: str) -> None:
    with pytest.raises(StarioError) as caught:
        UrlPath(path)
    assert caught.value.help_text
    assert caught.value.context


@pytest.mark.parametrize("value", [None, 0, 5, b"", b"/a", [], ["/a"], print])
def test_what_is_no_text_is_no_pattern(value: Any) -> None:
    with pytest.raises(StarioError, match="A pattern is text, not"):
        UrlPath(value)
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = UrlPath("/") / value
    if value is not None:
        with pytest.raises(StarioError, match="A pattern is text, not"):
            UrlPath("/", host=value)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        ".a",
        "a.",
        "a{x}.com",
        "{x.com",
        "x}.com",
        "{}.com",
        "{class}.com",
        "a.{t...}",
        "a.{t...}.com",
        "{a}.{a}",
        "{id}.com",  # the path has it too
        "x.com:8000",
        "x.com/a",
        "user@x.com",
        "x .com",
        "x\n.com",
        "münchen.de",
    ],
)
def test_a_host_that_cannot_be_a_pattern_is_refused(host: str) -> None:
    with pytest.raises(StarioError) as caught:
        UrlPath("/{id}", host=host)
    assert caught.value.help_text


@pytest.mark.parametrize(
    ("path", "suffix", "joined"),
    [
        ("/api", "/users/", "/api/users"),
        ("/api", "users/{id}", "/api/users/{id}"),
        ("/", "a", "/a"),
        ("/api", "", "/api"),
        ("/api", "//", "/api"),
    ],
)
def test_a_slash_joins(path: str, suffix: str, joined: str) -> None:
    assert UrlPath(path) / suffix == UrlPath(joined)


def test_joining_keeps_the_host() -> None:
    assert UrlPath("/a", host="x.com") / "b" == UrlPath("/a/b", host="x.com")


@pytest.mark.parametrize("suffix", ["a//b", "{id}", "{b...}/c", "c{"])
def test_joining_refuses_what_makes_no_pattern(suffix: str) -> None:
    with pytest.raises(StarioError):
        _ = UrlPath("/{id}") / suffix


def test_equality_and_hash_are_by_value() -> None:
    assert UrlPath("/a/") == UrlPath("/a")
    assert UrlPath("/a", host="X.com") == UrlPath("/a", host="x.com")
    assert UrlPath("/a") != UrlPath("/a", host="x.com")
    assert UrlPath("/a") != "/a"
    assert len({UrlPath("/a"), UrlPath("/a/"), UrlPath("/b")}) == 2


@pytest.mark.parametrize("name", ["path_text", "host_text", "text", "new"])
def test_a_pattern_cannot_be_changed(name: str) -> None:
    with pytest.raises((AttributeError, TypeError)):
        setattr(UrlPath("/a"), name, "/b")


def test_the_repr_makes_the_pattern_again() -> None:
    assert repr(UrlPath("/a")) == "UrlPath('/a')"
    assert repr(UrlPath("/a", host="x.com")) == "UrlPath('/a', host='x.com')"


def test_a_pattern_can_be_copied_and_pickled() -> None:
    pattern = UrlPath("/a/{id}", host="{t}.x.com")
    for twin in (copy.deepcopy(pattern), pickle.loads(pickle.dumps(pattern))):
        assert twin == pattern
        assert twin.href(id=1, t="a") == "//a.x.com/a/1"


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("", "/"),
        ("users", "/users"),
        ("/users/", "/users"),
        ("//host/", "/host"),
        ("///", "/"),
        ("/a//b", "/a//b"),
    ],
)
def test_normalize_path(path: str, normal: str) -> None:
    assert normalize_path(path) == normal


@pytest.mark.parametrize("path", [None, 5, b"/a", UrlPath("/a")])
def test_only_text_is_normalized(path: Any) -> None:
    with pytest.raises(StarioError, match="A path is text, not"):
        normalize_path(path)
