"""`Comment`: text for those who read the source."""

from __future__ import annotations

from stario.markup.complaints import bad_comment, deferred_is_no_text
from stario.markup.escape import escape_text
from stario.markup.trusted import Node, SafeString, node
from stario.markup.unbuilt import Deferred
from stario.markup.values import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def Comment(content: str | SafeString | int | float | None = "") -> SafeString:
    """An HTML comment. The text is escaped, so that it cannot end the comment.

    Raises StarioError for a bool and other types.
    """
    return node(f"<!--{_content(content)}-->")


def _content(content: Any) -> str:
    if content is None:
        return ""
    if type(content) in (Node, SafeString):
        return content.rendered
    if type(content) is Deferred:
        raise deferred_is_no_text(content)
    text = text_of(content)
    if text is None:
        raise bad_comment(content)
    return escape_text(text)
