"""A redirect goes where its text says, on every browser, or it is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioError
from stario.http.redirect import normalized_location
from stario.routing import UrlPath


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/a b?x=ü#f", "/a%20b?x=%C3%BC#f"),
        ("/a%2Fb", "/a%2Fb"),
        ("/", "/"),
        ("/a//b", "/a//b"),
        ("https://x.org/p", "https://x.org/p"),
        ("HTTP://X.org", "HTTP://X.org"),
        ("http://x.org:80/?q#f", "http://x.org:80/?q#f"),
        ("https://user:pw@x.org/", "https://user:pw@x.org/"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("//host/p", "//host/p"),
        ("/:/%#?=@[]!$&'()*+,;_.-~", "/:/%#?=@[]!$&'()*+,;_.-~"),
        ('/"<>^`{|}', "/%22%3C%3E%5E%60%7B%7C%7D"),
        ("/\t/x\0", "/%09/x%00"),
        ("/\t//x", "/%09//x"),
        ("/€/😀", "/%E2%82%AC/%F0%9F%98%80"),
    ],
)
def test_a_target_is_encoded_where_it_must_be(url: str, location: str) -> None:
    assert normalized_location(url) == location


@pytest.mark.parametrize(
    "url",
    [
        "/a\rb",
        "/a\nb",
        "/a\r\nset-cookie: x=1",
        "/\\evil.com",
        "\\\\evil.com",
        "/a\\b",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "mailto:a@b.c",
        "data:text/html,x",
        "ftp://x.org/",
        "x/y",
        "",
        "?a=1",
        "#a",
        " /a",
        "\t//x.org",
        "http://",
        "https:///x.org",
        "http:/x.org",
        "http:x.org",
        "http://?x",
        "http://:80/",
        "http://user@/",
        "http://user@:80/",
        "//",
        "///x.org",
        "//?x",
        "/\ud800",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(StarioError):
        normalized_location(url)


@pytest.mark.parametrize("url", [None, b"/", 5, UrlPath("/a")])
@pytest.mark.parametrize("local_only", [False, True])
def test_what_is_no_text_is_refused(url: Any, local_only: bool) -> None:
    with pytest.raises(StarioError, match="A redirect target is text, not"):
        normalized_location(url, local_only=local_only)


@pytest.mark.parametrize("url", ["/", "/a b", "/a//b", "/?u=https://x.org"])
def test_a_local_target_is_a_path(url: str) -> None:
    assert normalized_location(url, local_only=True) == normalized_location(url)


@pytest.mark.parametrize(
    "url", ["//x.org", "///x.org", "https://x.org/", "http://localhost/", "", "x", "/\\x.org"]
)
def test_local_only_refuses_what_could_leave_the_site(url: str) -> None:
    with pytest.raises(StarioError):
        normalized_location(url, local_only=True)


@given(st.text().map(lambda text: f"/{text}"))
def test_what_passes_is_printable_ascii_and_passes_unchanged_again(url: str) -> None:
    try:
        location = normalized_location(url)
    except StarioError:
        return
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    assert normalized_location(location) == location
