"""`Comment`: text for those who read the source."""

from stario.markup.complaints import bad_comment
from stario.markup.escape import escape_text
from stario.markup.trusted import SafeString
from stario.markup.values import text_of


def Comment(content: str | SafeString | int | float | None = "") -> SafeString:
    """An HTML comment. The text is escaped, so that it cannot end the comment.

    Raises StarioError for a bool and other types.
    """
    return SafeString(f"<!--{_content(content)}-->")


def _content(content: object) -> str:
    if content is None:
        return ""
    if type(content) is SafeString:
        return content.rendered
    text = text_of(content)
    if text is None:
        raise bad_comment(content)
    return escape_text(text)
