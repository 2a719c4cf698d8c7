"""One repaint: trees of the forest as lines for a screen of this width, at this moment."""

from time import time_ns
from typing import TYPE_CHECKING

from stario.telemetry.failures import message_of
from stario.telemetry.tty.cells import value_text
from stario.telemetry.tty.digest import Entry, Rest
from stario.telemetry.tty.forest import Tree
from stario.telemetry.tty.renderer import BLOCK_LINES, TTYRenderer

if TYPE_CHECKING:
    from uuid import UUID

    from stario.telemetry.spans import RecordingSpan


class Painting:
    """Renders for a screen that is `width` cells wide."""

    def __init__(self, width: int, *, color: bool) -> None:
        self.now = time_ns()
        self._width = width
        self._color = color
        self._plain = TTYRenderer(width, {}, color=color)

    def finished(self, entry: Entry) -> list[str]:
        """Return the lines of what the digest chose."""
        if isinstance(entry, Tree):
            return self.block(entry)
        if isinstance(entry, Rest):
            return [self.note(f"… {entry.count:,} more of other names")]
        return [self.header(entry.first) if entry.count == 1 else self._plain.summary(entry)]

    def block(self, tree: Tree, most: int = BLOCK_LINES) -> list[str]:
        """Return a root's block, at most `most` lines of it; a block never ends the view."""
        children: dict[UUID, list[RecordingSpan]] = {}
        forgotten: dict[UUID, int] = {}
        for each in tree.all():
            if each.children:
                children[each.span.id] = [child.span for child in each.children]
            if each.forgotten:
                forgotten[each.span.id] = each.forgotten
        renderer = TTYRenderer(self._width, children, color=self._color, forgotten=forgotten)
        try:
            return renderer.root_lines(tree.span, most)
        except Exception as error:
            fault = f"{type(error).__name__}: {message_of(error)}"
            return [self.note(f"A span cannot be shown: {self.text(fault)}")]

    def header(self, tree: Tree) -> str:
        """Return a root's header alone."""
        return self._plain.header(tree.span)

    def note(self, left: str, right: str = "") -> str:
        """Return one line of harmless text."""
        return self._plain.note(left, right)

    def text(self, text: str) -> str:
        """Return text of unknown origin made harmless."""
        return value_text(text, self._width)
