"""`render`: the text of nodes, side by side."""

from typing import TYPE_CHECKING, Any

from stario.markup.children import append_children
from stario.markup.holes import node_of
from stario.markup.trusted import SafeString

if TYPE_CHECKING:
    from stario.markup.types import HtmlElement


def render(*nodes: "HtmlElement") -> str:
    """The markup of `nodes` as text; a str among them is escaped, as it is as a child.

    Raises StarioError for what cannot be a child.
    """
    if len(nodes) == 1 and type(nodes[0]) is SafeString:
        return nodes[0]._text
    parts: list[Any] = []
    append_children(parts, nodes)
    return node_of(parts).rendered
