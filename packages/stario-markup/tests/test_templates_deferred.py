"""Deferred children in t-strings, which Python has from 3.14 on."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from typing import TYPE_CHECKING, Any

import pytest
from stario.markup import SafeString, baked, deferred, fragment, render, stream
from stario.markup import html as h
from stario.markup.errors import StarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def items() -> Iterator[SafeString]:
    return map(h.Li, "ab")


def test_they_are_a_value_between_tags() -> None:
    for _ in range(300):  # walked at first, then compiled
        node = h.Div(t"<ul id={'x'}>{deferred(items)}</ul>")
        assert list(stream(node, size=1)) == [
            b'<div><ul id="x">',
            b"<li>a</li>",
            b"<li>b</li>",
            b"</ul></div>",
        ]
        assert render(node) == '<div><ul id="x"><li>a</li><li>b</li></ul></div>'


def test_a_template_in_a_template_keeps_them() -> None:
    for _ in range(300):
        rows = deferred(items())
        page = stream(t"<p>{t'<b>{rows}</b>'}{h.I(rows)}</p>", size=1)
        assert [next(page), next(page)] == [b"<p><b>", b"<li>a</li>"]
        with pytest.raises(StarioError, match="a second time"):
            list(page)


def test_a_template_is_deferred() -> None:
    node = deferred(t"<b>{name}</b>" for name in "a<")
    assert render(fragment(node)) == "<b>a</b><b>&lt;</b>"
    assert render(deferred(lambda: t"<hr>")) == "<hr>"
    with pytest.raises(StarioError, match="cannot be deferred"):
        deferred(t"<hr>")  # type: ignore[arg-type]


def test_a_template_in_a_baked_function_takes_them() -> None:
    @baked
    def page(body: Any) -> SafeString:
        return h.Body(t"<main>{body}</main>")

    assert render(page(deferred(items))) == render(page(items()))


@pytest.mark.parametrize(
    "use",
    [
        lambda node: t"<p id={node}></p>",
        lambda node: t'<p id="a{node}"></p>',
        lambda node: t'<a href="/{node}"></a>',
        lambda node: t'<p style="color: {node}"></p>',
        lambda node: t'<p onclick="f({node})"></p>',
        lambda node: t"<p {node}></p>",
        lambda node: t"<script>{node}</script>",
        lambda node: t"<style>{node}</style>",
        lambda node: t"<!-- {node} -->",
    ],
)
@pytest.mark.parametrize("around", [lambda node: node, h.B])
def test_where_text_is_needed_at_once_they_are_refused(
    use: Callable[[Any], Any], around: Callable[[Any], Any]
) -> None:
    def never() -> Iterator[str]:
        raise AssertionError("built")

    for write in (render, lambda node: list(stream(node))):
        with pytest.raises(StarioError, match="slot="):
            write(use(around(deferred(never))))
