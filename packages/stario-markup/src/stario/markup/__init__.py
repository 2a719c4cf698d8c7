"""HTML and SVG as plain Python calls, escaped by default.

    from stario.markup import html as h

    h.P({"class": greeting}, "Hello, ", h.B(name))

A tag takes attributes first, then children, and returns a `SafeString`: the finished text.
"""

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
    from stario.markup import html, svg
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
    """Load what not everybody needs: a server of JSON no tags, and no page a type."""
    if name == "HtmlElement":
        from stario.markup.types import HtmlElement

        globals()[name] = HtmlElement
        return HtmlElement
    if name in ("html", "svg"):
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
