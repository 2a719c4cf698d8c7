"""A link leads to its pattern, with its values, or it is not made."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioError
from stario.http.router import Router
from stario.routing import UrlPath, append_query_fragment


async def handler(c: object, w: object) -> None: ...


def test_the_links_of_the_contract() -> None:
    user = UrlPath("/u/{id}")
    assert user.href(id="a b", query={"q": [1, 2], "n": None}) == "/u/a%20b?q=1&q=2"
    assert user.href({"id": 1}) == "/u/1"
    assert UrlPath("/d").href(fragment="install guide") == "/d#install%20guide"
    assert UrlPath("/s/{query}").href({"query": "q"}, query={"p": 2}) == "/s/q?p=2"
    assert UrlPath("/f/{p...}").href(p="a/b c") == "/f/a/b%20c"
    assert UrlPath("/x", host="{t}.Ex.com").href(t="ACME") == "//acme.ex.com/x"
    assert UrlPath("/x", host="{t...}.e.com").href(t="a.b") == "//a.b.e.com/x"
    assert UrlPath("/v1", host="API.Example.COM").href() == "//api.example.com/v1"


@pytest.mark.parametrize(
    ("pattern", "link"),
    [
        (UrlPath("/"), "/"),
        (UrlPath("/", host="x.com"), "//x.com/"),
        (UrlPath("/a b/ü"), "/a%20b/%C3%BC"),
        (UrlPath("/a%20b"), "/a%20b"),
        (UrlPath("/100%25"), "/100%25"),
        (UrlPath("/a%2Fb%2fc"), "/a%2Fb%2fc"),
        (UrlPath("/~u/@me/a:b;c=1,(d)!$&'*+"), "/~u/@me/a:b;c=1,(d)!$&'*+"),
        (UrlPath("/", host="[::1]"), "//[::1]/"),
    ],
)
def test_exact_text_is_encoded_once(pattern: UrlPath, link: str) -> None:
    assert pattern.href() == link
    assert pattern.format({}) == link


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-1, "-1"),
        (True, "True"),
        (1.5, "1.5"),
        ("é", "%C3%A9"),
        ("?#&=+;:@%", "%3F%23%26%3D%2B%3B%3A%40%25"),
        ("%2F", "%252F"),
        ("a\\b\r\n", "a%5Cb%0D%0A"),
        ("_.-~", "_.-~"),
        ("٣", "%D9%A3"),
    ],
)
def test_a_value_is_encoded(value: object, text: str) -> None:
    assert UrlPath("/a/{x}/b").href(x=value) == f"/a/{text}/b"


@pytest.mark.parametrize("value", ["a/b", "/", "", None, "\ud800", b"x", bytearray(b"x"), {"a": 1}])
def test_a_value_that_is_no_segment_is_refused(value: object) -> None:
    with pytest.raises(StarioError):
        UrlPath("/a/{x}").href(x=value)


@pytest.mark.parametrize("value", ["", None, "/", "/a", "a/", "a//b", "a/\ud800"])
def test_a_rest_that_is_no_row_of_segments_is_refused(value: object) -> None:
    with pytest.raises(StarioError):
        UrlPath("/a/{x...}").href(x=value)


BAD_LABELS = [
    "",
    None,
    "a/b",
    "a:1",
    "u@a",
    "[a]",
    "a..b",
    ".a",
    "a.",
    "a b",
    "a?",
    "a#",
    "a%",
    "ü",
]


@pytest.mark.parametrize("value", [*BAD_LABELS, "a.b", "a\n", "a\\"])
def test_a_value_that_is_no_label_is_refused(value: object) -> None:
    with pytest.raises(StarioError):
        UrlPath("/", host="{x}.e.com").href(x=value)


@pytest.mark.parametrize("value", BAD_LABELS)
def test_a_rest_that_is_no_row_of_labels_is_refused(value: object) -> None:
    with pytest.raises(StarioError):
        UrlPath("/", host="{x...}.e.com").href(x=value)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/{a}", {}),
        ("/{a}", {"b": 1}),
        ("/{a}", {"a": 1, "b": 1}),
        ("/{a}/{b}", {"a": 1}),
        ("/a", {"a": 1}),
        ("/a", {1: 1}),
    ],
)
def test_a_missing_or_unknown_parameter_is_refused(path: str, params: Mapping[str, object]) -> None:
    with pytest.raises(StarioError) as caught:
        UrlPath(path).href(params)
    assert caught.value.context.keys() == {"missing", "unknown"}
    with pytest.raises(StarioError):
        UrlPath(path).format(params)


def test_mapping_and_keywords_fill_in_together_and_keywords_win() -> None:
    pattern = UrlPath("/{a}/{b}")
    assert pattern.href({"a": 1}, b=2) == "/1/2"
    assert pattern.href({"a": 1, "b": 3}, b=2) == "/1/2"


@pytest.mark.parametrize(
    ("href", "query", "fragment", "link"),
    [
        ("/s", {"q": "a b", "n": None}, None, "/s?q=a+b"),
        ("/d", {}, "", "/d#"),
        ("/d", None, None, "/d"),
        ("/d", {"n": None, "l": []}, None, "/d"),
        ("/d", {"b": 1, "a": 2}, None, "/d?b=1&a=2"),
        ("/d", {"t": (1, None, 2), "s": {3}}, None, "/d?t=1&t=2&s=3"),
        ("/d", {"a&b": "c=d/é", "e": ""}, None, "/d?a%26b=c%3Dd%2F%C3%A9&e="),
        ("/d", {"on": True}, None, "/d?on=True"),
        ("/d", None, "/?:@!$&'()*+,;=", "/d#/?:@!$&'()*+,;="),
        ("/d", None, 'a#b"<%>', "/d#a%23b%22%3C%25%3E"),
        ("/d?a=1", {"b": 2}, None, "/d?a=1&b=2"),
        ("/d?", {"b": 2}, None, "/d?b=2"),
        ("/d#old", {"b": 2}, None, "/d?b=2#old"),
        ("/d#old", None, "new", "/d#new"),
    ],
)
def test_append_query_fragment(
    href: str, query: Mapping[str, object] | None, fragment: str | None, link: str
) -> None:
    assert append_query_fragment(href, query=query, fragment=fragment) == link


@pytest.mark.parametrize("value", [".", ".."])
def test_a_segment_that_browsers_would_resolve_is_refused(value: str) -> None:
    """Encoded or not: it would lead to another path of this site."""
    with pytest.raises(StarioError, match="dot segment"):
        UrlPath("/u/{id}").href(id=value)
    for rest in (value, f"{value}/x", f"x/{value}/y", f"x/{value}"):
        with pytest.raises(StarioError, match="dot segment"):
            UrlPath("/f/{p...}").href(p=rest)
    assert UrlPath("/f/{p...}").href(p=f"{value}a/.../{value}b") == f"/f/{value}a/.../{value}b"


@pytest.mark.parametrize("query", ["a=b", [("a", "b")], 5])
def test_a_query_that_is_no_mapping_is_refused(query: Any) -> None:
    with pytest.raises(StarioError, match="is a mapping, not"):
        UrlPath("/").href(query=query)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"q": "\ud800"}, "UTF-8 cannot encode it"),
        ({"\ud800": 1}, "UTF-8 cannot encode it"),
        ({"q": b"x"}, "b'x' cannot stand in a URL: it is bytes"),
        ({b"q": "x"}, "b'q' cannot stand in a URL: it is bytes"),
        ({"q": ["a", b"x"]}, "b'x' cannot stand in a URL: it is bytes"),
        ({"q": bytearray(b"x")}, "it is bytearray"),
        ({"q": memoryview(b"x")}, "it is memoryview"),
        ({"q": {"a": 1}}, "{'a': 1} cannot stand in a URL: it is dict"),
    ],
)
def test_what_a_query_cannot_say_is_refused(query: Any, complaint: str) -> None:
    with pytest.raises(StarioError, match=complaint):
        append_query_fragment("/", query=query)


@pytest.mark.parametrize("fragment", ["\ud800", 1, b"x", ["x"]])
def test_a_fragment_that_is_not_text_is_refused(fragment: Any) -> None:
    for link in (UrlPath("/").href, partial(append_query_fragment, "/")):
        with pytest.raises(StarioError):
            link(fragment=fragment)


@pytest.mark.parametrize("href", [None, 5, b"/a", UrlPath("/a")])
def test_a_query_is_joined_to_text_only(href: Any) -> None:
    with pytest.raises(StarioError, match="A link is text, not"):
        append_query_fragment(href, query={"a": 1})


@pytest.mark.parametrize("values", ["x", 5, ["x"], [("id", 1)]])
def test_values_without_names_are_refused(values: Any) -> None:
    for link in (UrlPath("/u/{id}").href, UrlPath("/u/{id}").format):
        with pytest.raises(StarioError, match="The values of a link have names"):
            link(values)


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
SEGMENTS = VALUES.filter(lambda text: "/" not in text and text not in (".", ".."))
LABELS = st.from_regex("[a-z0-9_-]{1,9}", fullmatch=True)


def params_of(pattern: UrlPath, link: str) -> dict[str, str]:
    """Follow a link as a server does: the host apart, each segment of the path decoded alone."""
    router = Router()
    router.get(pattern, handler)
    host, path = "", link
    if link.startswith("//"):
        host, _, path = link[2:].partition("/")
        path = f"/{path}"
    decoded = "/".join(map(unquote, path.split("/")))
    match = router.find_handler(host, decoded, "GET")[1]
    assert match.pattern == pattern.text
    return dict(match.params)


@given(SEGMENTS, st.lists(SEGMENTS, min_size=1).map("/".join))
def test_a_link_leads_back_to_its_values(a: str, rest: str) -> None:
    pattern = UrlPath("/x y/{a}/é/{rest...}")
    assert params_of(pattern, pattern.href(a=a, rest=rest)) == {"a": a, "rest": rest}


@given(LABELS, st.lists(LABELS, min_size=1).map(".".join), SEGMENTS)
def test_a_link_with_a_host_leads_back_to_its_values(b: str, rest: str, a: str) -> None:
    pattern = UrlPath("/{a}", host="{rest...}.{b}.example.com")
    assert params_of(pattern, pattern.href(a=a, b=b, rest=rest)) == {"a": a, "b": b, "rest": rest}


@given(VALUES, st.text(st.characters(exclude_categories=["Cs"])))
def test_a_link_is_plain_ascii(name: str, fragment: str) -> None:
    link = UrlPath("/a").href(query={name: fragment}, fragment=fragment)
    assert link.isascii()
    assert link.isprintable()
    assert link.count("#") == 1
    assert " " not in link
