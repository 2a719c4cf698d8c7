"""The types that the public signatures speak of.

Nothing here is needed to build markup, so the package loads this file only for type checkers and
for those who ask: `decimal`, `datetime` and `uuid` would cost as much as all the rest.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from stario.markup.trusted import Attrs, SafeString

__all__ = [
    "AttributeDict",
    "AttributeValue",
    "ClassInput",
    "Element",
    "EmptyMode",
    "HasHtml",
    "HtmlElement",
    "StyleDeclarations",
    "StyleValue",
    "TagAttributes",
    "VoidElement",
]

type EmptyMode = Literal["normal", "void", "self_closing_when_empty"]
"""How a tag without children ends: `<x></x>`, `<x/>` and never any children, or `<x/>`."""


class HasHtml(Protocol):
    """Vouches for its own markup, as `markupsafe.Markup` does."""

    def __html__(self) -> str: ...


type HtmlElement = (
    SafeString
    | HasHtml
    | str
    | int
    | float
    | Decimal
    | date
    | time
    | UUID
    | Iterable[HtmlElement]
    | None
)
"""Whatever can be a child: markup, text, a number, a date, or any iterable of these."""

type ClassInput = str | Mapping[str, Any] | Literal[False] | None
"""A token of `class`, nothing, or tokens with the condition under which each is written."""

type StyleValue = str | int | float | Literal[False] | None
type StyleDeclarations = Mapping[str, StyleValue]

type AttributeValue = (
    str
    | int
    | float
    | Decimal
    | SafeString
    | HasHtml
    | list[ClassInput]
    | list[str]
    | tuple[ClassInput, ...]
    | AbstractSet[str]
    | Mapping[str, Any]
    | None
)
"""One value: sequences only under `class`, mappings under `class`, `style`, `data`, `aria`."""

type AttributeDict = dict[str, AttributeValue]
type TagAttributes = Mapping[str, AttributeValue] | Attrs


class Element(Protocol):
    """Builds one kind of element: attributes first, then children."""

    def __call__(self, *children: TagAttributes | HtmlElement) -> SafeString: ...


class VoidElement(Protocol):
    """Builds one kind of element that takes attributes and never children."""

    def __call__(self, *attributes: TagAttributes | None) -> SafeString: ...
