"""Markup with children that are built when it is written: what `deferred` leaves in an element.

`DeferredChildren` is one part among the texts of a `Deferred`, which is a `SafeString` to everyone
and builds its text each time that somebody asks for it. `stream` walks the parts instead.
"""

from __future__ import annotations

from stario.markup.complaints import written_twice
from stario.markup.errors import StarioError
from stario.markup.places import placed
from stario.markup.trusted import SafeString

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any


class DeferredChildren:
    """Children that `build` makes; if it gives an iterator, they can be written once."""

    __slots__ = ("build", "walked")

    def __init__(self, build: Callable[[], Any]) -> None:
        self.build = build
        self.walked: object = None  # the iterator that was given last

    def opened(self) -> Iterator[Any]:
        """The children. Raises StarioError for an iterator that was walked before."""
        children = self.build()
        if hasattr(children, "__next__"):
            if children is self.walked:
                raise written_twice(children)
            self.walked = children
        return iter((children,))

    def __repr__(self) -> str:
        return "<deferred children>"


class Deferred(SafeString):
    """Markup around deferred children. Equal to another with the same texts and children."""

    __slots__ = ("_parts",)
    _kind = "Deferred"

    def __init__(self, parts: Sequence[str | DeferredChildren]) -> None:
        self._parts = tuple(parts)

    @property
    def _text(self) -> str:  # type: ignore[override]  # of SafeString it is a slot
        from stario.markup.walk import texts_of  # which needs all that a child can be

        try:
            return "".join(texts_of((self,)))
        except StarioError as error:
            raise placed(error, "deferred()", ()) from error.__cause__

    def __eq__(self, other: object) -> bool:
        return self._parts == other._parts if isinstance(other, Deferred) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        return " + ".join(map(repr, self._parts))

    def __reduce__(self) -> tuple[Any, ...]:  # copying must not build the text
        return Deferred, (self._parts,)
