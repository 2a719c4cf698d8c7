"""An element of a page as a test looks at it."""

from typing import ClassVar, cast

from stario.testing.page.attributes import texts_of_signals
from stario.testing.page.dom import Node, inner_html, outer_html, text_of
from stario.testing.page.signals import Signals


class PageElement:
    """An element as it is now; later patches may change it, or take it off the page."""

    __test__: ClassVar[bool] = False
    __slots__ = ("_node", "_signals")

    def __init__(self, node: Node, signals: Signals) -> None:
        self._node = node
        self._signals = signals

    def __repr__(self) -> str:
        return f"<PageElement {self.html.partition('>')[0]}>>"

    def __str__(self) -> str:
        return self.html

    @property
    def tag(self) -> str:
        """The name, in lower case for HTML."""
        return self._node.name

    @property
    def text(self) -> str:
        """The text, with runs of white space as one space.

        An element whose `data-text` is a plain signal has the text of the signal.
        """
        return text_of(self._node, lambda node: texts_of_signals(self._signals, node))

    @property
    def html(self) -> str:
        """The element as HTML, as browsers write it."""
        return outer_html(self._node)

    @property
    def inner_html(self) -> str:
        """What is in the element, as HTML."""
        return inner_html(self._node)

    @property
    def attrs(self) -> dict[str, str]:
        """The attributes; one without a value is empty."""
        attrs = cast("dict[str, str | None]", self._node.attrs or {})
        return {name: value or "" for name, value in attrs.items()}
