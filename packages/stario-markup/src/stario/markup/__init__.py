"""HTML and SVG as plain Python calls, escaped by default.

    from stario.markup import html as h

    h.P({"class": greeting}, "Hello, ", h.B(name))

A tag takes attributes first, then children, and returns a `SafeString`: the finished text.
"""

from stario.markup import html, svg
from stario.markup.attributes import aria, data
from stario.markup.baked import baked
from stario.markup.comment import Comment
from stario.markup.deferred import deferred
from stario.markup.fragment import fragment
from stario.markup.render import render
from stario.markup.script_json import script_json
from stario.markup.stream import stream
from stario.markup.styling import classes, styles
from stario.markup.tags import Tag
from stario.markup.trusted import Attrs, SafeString

TYPE_CHECKING = False  # `typing` itself would be half of what our import costs
if TYPE_CHECKING:
    from stario.markup.types import HtmlElement

__all__ = [
    "Attrs",
    "Comment",
    "HtmlElement",
    "SafeString",
    "Tag",
    "aria",
    "baked",
    "classes",
    "data",
    "deferred",
    "fragment",
    "html",
    "render",
    "script_json",
    "stream",
    "styles",
    "svg",
]


def __getattr__(name: str) -> object:
    if name == "HtmlElement":  # a type, which no page needs: see stario.markup.types
        from stario.markup.types import HtmlElement

        globals()[name] = HtmlElement
        return HtmlElement
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
