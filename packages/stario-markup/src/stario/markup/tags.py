"""`Tag`: an element of any name, for what `html` and `svg` don't have."""

from __future__ import annotations

from stario.markup.complaints import bad_empty_mode, bad_tag_name
from stario.markup.element import element
from stario.markup.trusted import SafeString

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stario.markup.types import EmptyMode, HtmlElement, TagAttributes

_MODES = ("normal", "void", "self_closing_when_empty")


class Tag:
    """Builds elements called `name`: a custom element, or one that is newer than this package.

    `empty` says how it is written without children, `prefix` is trusted text before it.
    Raises StarioError for a bad name or mode. Keep the Tag: making one costs more than using it.
    """

    __slots__ = ("_build", "empty", "name", "prefix")

    def __init__(self, name: str, *, empty: EmptyMode = "normal", prefix: str = "") -> None:
        if not _is_tag_name(name):
            raise bad_tag_name(name)
        if empty not in _MODES:
            raise bad_empty_mode(empty)
        self.name = name = str.__str__(name)
        self.empty = empty
        self.prefix = prefix
        self._build = element(name, empty, SafeString(prefix).rendered)

    def __call__(self, *children: TagAttributes | HtmlElement) -> SafeString:
        """Build the element: attributes first, then children."""
        return self._build(*children)

    @property
    def tag_name(self) -> str:
        """The name, where the functions of `html` and `svg` have it too."""
        return self.name

    def __repr__(self) -> str:
        return f"Tag(name={self.name!r}, empty={self.empty!r})"


def _is_tag_name(name: object) -> bool:
    return (
        isinstance(name, str)
        and name.isascii()
        and name[:1].isalpha()
        and name.replace("-", "").isalnum()
    )
