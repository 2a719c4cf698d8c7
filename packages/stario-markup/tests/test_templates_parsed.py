"""Whatever a value is, a browser finds exactly it in its place, and the document as it was."""

# html5lib has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree.ElementTree import Comment

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stario.markup import render
from stario.markup.errors import StarioError

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

# What HTML itself changes or drops (CR, NUL and other controls) is left out.
SIGNS = "<>&\"'`/\\!-=;:?#%{}$()[] \n\tabZ0é\u2028\U0001f600"
WORDS = """
    </script> </style> </title> </textarea> <script> <!-- --> --!> ]]> &lt; &amp; &#60; lt; amp
    ${ \\u0027 // /* */ onload= --
"""
TEXTS = st.lists(st.sampled_from([*SIGNS, *WORDS.split()]), max_size=12).map("".join)


def attribute(tag: str, name: str) -> Callable[[Element], str]:
    def find(root: Element) -> str:
        element = root.find(f".//{{*}}{tag}")
        assert element is not None
        return element.attrib[name]

    return find


def text(tag: str) -> Callable[[Element], str]:
    def find(root: Element) -> str:
        element = root.find(f".//{{*}}{tag}")
        assert element is not None
        return element.text or ""

    return find


def between(start: str, find: Callable[[Element], str], end: str) -> Callable[[Element], str]:
    def cut(root: Element) -> str:
        found = find(root)
        assert found.startswith(start)
        assert found.endswith(end)
        return found[len(start) : len(found) - len(end)]

    return cut


def literal(find: Callable[[Element], str]) -> Callable[[Element], str]:
    return lambda root: json.loads(find(root))


def in_string(find: Callable[[Element], str]) -> Callable[[Element], str]:
    def decoded(root: Element) -> str:
        found = find(root)
        assert not re.search(r"""['"`<>&${}\n]""", found)
        return json.loads(f'"{found}"')

    return decoded


def unquoted(find: Callable[[Element], str]) -> Callable[[Element], str]:
    return lambda root: unquote(find(root))


def comment(root: Element) -> str:
    found = next(node for node in root.iter() if node.tag is Comment)  # type: ignore[comparison-overlap]
    return found.text or ""


CASES: list[tuple[Callable[[str], Any], Callable[[Element], str]]] = [
    (lambda v: t"<p>{v}</p>", text("p")),
    (lambda v: t"<p>a&amp;{v};</p>", between("a&", text("p"), ";")),
    (lambda v: t"<textarea>x{v}</textarea><b></b>", between("x", text("textarea"), "")),
    (lambda v: t"<title>{v}</title><b></b>", text("title")),
    (lambda v: t"<svg><title>{v}</title></svg>", text("title")),
    (lambda v: t"<svg><text>{v}</text><a/></svg>", text("text")),
    (lambda v: t"<noscript><p>{v}</p></noscript>", text("p")),
    (lambda v: t"<p title={v} id=x>a</p>", attribute("p", "title")),
    (lambda v: t"<p title='{v}' id=x>a</p>", attribute("p", "title")),
    (lambda v: t'<p class="{v}" id="x">a</p>', attribute("p", "class")),
    (lambda v: t"<p class='a {v}' id=x>a</p>", between("a ", attribute("p", "class"), "")),
    (lambda v: t'<p class="{v}{1};b">a</p>', between("", attribute("p", "class"), "1;b")),
    (lambda v: t"<p { ({'title': v}) }>a</p>", attribute("p", "title")),
    (lambda v: t"<b onclick={v}></b>", attribute("b", "onclick")),
    (lambda v: t"<iframe srcdoc={v}></iframe>", attribute("iframe", "srcdoc")),
    (lambda v: t"<img src='/{v}/x'>", unquoted(between("/", attribute("img", "src"), "/x"))),
    (lambda v: t"<img src='/?q={v}'>", unquoted(between("/?q=", attribute("img", "src"), ""))),
    (lambda v: t'<img src="a#{v}">', unquoted(between("a#", attribute("img", "src"), ""))),
    (lambda v: t"<img src='/x/{1}{v}'>", unquoted(between("/x/1", attribute("img", "src"), ""))),
    (lambda v: t"<script>x={v};</script>", literal(between("x=", text("script"), ";"))),
    (
        lambda v: t"<script>f({ {'a': [v]} })</script>",
        literal(between('f({"a":[', text("script"), "]})")),
    ),
    (lambda v: t"<script>f('{v}')</script>", in_string(between("f('", text("script"), "')"))),
    (lambda v: t'<script>f("{v}")</script>', in_string(between('f("', text("script"), '")'))),
    (lambda v: t"<script>f(`{v}`)</script>", in_string(between("f(`", text("script"), "`)"))),
    (lambda v: t"<script type=importmap>{v}</script>", literal(text("script"))),
    (lambda v: t"<b onclick='f({v})'></b>", literal(between("f(", attribute("b", "onclick"), ")"))),
    (
        lambda v: t"<b onclick='f(\"{v}\")'></b>",
        in_string(between('f("', attribute("b", "onclick"), '")')),
    ),
    (
        lambda v: t"<b data-on:click=\"@get('{v}')\"></b>",
        in_string(between("@get('", attribute("b", "data-on:click"), "')")),
    ),
]


pytestmark = pytest.mark.usefixtures("both_ways")


def parsed(markup: str) -> Element:
    return html5lib.parse(f"<!doctype html><body>{markup}<i>end</i>", namespaceHTMLElements=False)


def shape(root: Element) -> list[Any]:
    """The tree without what stands in its texts."""
    return [(str(node.tag), sorted(map(str, node.attrib))) for node in root.iter()]


@pytest.mark.parametrize(("make", "find"), CASES, ids=range(len(CASES)))
def test_a_value_arrives_in_its_place(
    make: Callable[[str], Any], find: Callable[[Element], str]
) -> None:
    expected = shape(parsed(render(make("x"))))

    @settings(max_examples=60, database=None)
    @given(TEXTS)
    @example("</script><script>alert(1)</script>")
    @example("'\"`;alert(1)//\\")
    @example("/")
    @example("")
    def arrives(value: str) -> None:
        root = parsed(render(make(value)))
        assert find(root) == value
        assert shape(root) == expected

    arrives()


HARMLESS: list[Callable[[str], Any]] = [
    lambda v: t"<!--{v}--><b></b>",
    lambda v: t"<!-- a -{v} - --><b></b>",
    lambda v: t"<script type=text/x>a {v}b{v}</script>",
    lambda v: t"<script type=text/x>{v}/script>{v}--</script>",
    lambda v: t"<style>a{{b:{v}}}</style>",
    lambda v: t"<b style='a:{v}'></b>",
    lambda v: t"<img src='{v}'>",
    lambda v: t"<img src='{v}/{v}?{v}'>",
    lambda v: t"<script>a{v}b</script>",
    lambda v: t"<script>`${{ {v} }}{v}` / {v}</script>",
]


@pytest.mark.parametrize("make", HARMLESS, ids=range(len(HARMLESS)))
def test_a_value_changes_no_structure(make: Callable[[str], Any]) -> None:
    expected = shape(parsed(render(make("x"))))

    @settings(max_examples=60, database=None)
    @given(TEXTS)
    def harmless(value: str) -> None:
        try:
            markup = render(make(value))
        except StarioError:
            return  # CSS and URLs that are not plain
        assert shape(parsed(markup)) == expected

    harmless()


def test_a_comment_holds_escaped_text() -> None:
    @settings(max_examples=60, database=None)
    @given(TEXTS)
    def holds(value: str) -> None:
        escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert comment(parsed(render(t"<!--{value}-->"))) == escaped

    holds()
