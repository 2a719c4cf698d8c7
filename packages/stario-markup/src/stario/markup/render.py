"""`render`: the text of nodes, side by side."""

from __future__ import annotations

from stario.markup.children import part_of, parts_of
from stario.markup.errors import StarioError
from stario.markup.holes import node_of
from stario.markup.places import placed
from stario.markup.trusted import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stario.markup.types import HtmlElement


def render(*nodes: HtmlElement) -> str:
    """The markup of `nodes` as text; a str among them is escaped, as it is as a child.

    Raises StarioError for what cannot be a child.
    """
    try:
        if len(nodes) != 1:
            return node_of(parts_of(nodes)).rendered
        node: Any = nodes[0]
        part = node._text if type(node) is Node else part_of(node)
        return part if type(part) is str else node_of([part]).rendered
    except (StarioError, RecursionError) as error:
        raise placed(error, "render()", nodes) from error.__cause__
