"""`fragment`: several nodes as one, without an element around them."""

from __future__ import annotations

from stario.markup.children import parts_of
from stario.markup.errors import StarioError
from stario.markup.holes import node_of
from stario.markup.places import placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stario.markup.trusted import SafeString
    from stario.markup.types import HtmlElement


def fragment(*nodes: HtmlElement) -> SafeString:
    """The markup of `nodes`, side by side, as one node; a str among them is escaped.

    Raises StarioError for what cannot be a child.
    """
    try:
        return node_of(parts_of(nodes))
    except (StarioError, RecursionError) as error:
        raise placed(error, "fragment()", nodes) from error.__cause__
