"""The types that the public signatures speak of.

Nothing here is needed to build markup, so the package loads this file only for type checkers and
for those who ask: `decimal`, `datetime` and `uuid` would cost as much as all the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload
from uuid import UUID

from stario.markup.trusted import Attrs, SafeString

if TYPE_CHECKING:
    from typing_extensions import deprecated  # every type checker has it
else:

    def deprecated(_: str) -> Any:
        return lambda function: function


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
    "TemplateString",
    "VoidElement",
]

type EmptyMode = Literal["normal", "void", "self_closing_when_empty"]
"""How a tag without children ends: `<x></x>`, `<x/>` and never any children, or `<x/>`."""


class HasHtml(Protocol):
    """Vouches for its own markup, as `markupsafe.Markup` does."""

    def __html__(self) -> str: ...


class TemplateString(Protocol):
    """A t-string, `string.templatelib.Template`, which Python has from 3.14 on."""

    @property
    def strings(self) -> tuple[str, ...]: ...
    @property
    def interpolations(self) -> tuple[Any, ...]: ...


type HtmlElement = (
    SafeString
    | HasHtml
    | str
    | int
    | float
    | Decimal
    | Fraction
    | date
    | time
    | UUID
    | TemplateString
    | Iterable[HtmlElement]
    | None
)
"""Whatever can be a child: markup, text, a number, a date, or any iterable of these."""

type _NoNumber = (
    SafeString
    | HasHtml
    | str
    | Decimal
    | date
    | time
    | UUID
    | TemplateString
    | Sequence[_NoNumber]
    | Iterator[_NoNumber]
    | None
)
type _NoChild = (
    bool | bytes | bytearray | memoryview | Sequence[_NoNumber | bool] | Iterator[_NoNumber | bool]
)

type ClassInput = str | Mapping[str, Any] | Literal[False] | None
"""A token of `class`, nothing, or tokens with the condition under which each is written."""

type StyleValue = str | int | float | Literal[False] | None
type StyleDeclarations = Mapping[str, StyleValue]

type AttributeValue = (
    str
    | int
    | float
    | Decimal
    | Fraction
    | SafeString
    | HasHtml
    | Sequence[ClassInput]
    | AbstractSet[str | None]
    | Mapping[str, Any]
    | TemplateString
    | None
)
"""One value: sequences only under `class`, mappings under `class`, `style`, `data`, `aria`."""

type AttributeDict = dict[str, AttributeValue]
type TagAttributes = Mapping[str, AttributeValue] | Attrs


class Element(Protocol):
    """Builds one kind of element: attributes first, then children."""

    # To a type checker a dict is an iterable of children, and a bool an int. So calls that hold no
    # number match first, then those that hold a bool or bytes besides; what neither takes, such as
    # a number, matches after them.

    @overload
    def __call__(self, *attributes_then_children: TagAttributes | _NoNumber) -> SafeString:
        """Build the element: `h.A({"href": "/"}, "Home")`."""

    @overload
    @deprecated("A bool or bytes cannot be a child: write `x if condition else None`, or decode.")
    def __call__(
        self, *attributes_then_children: TagAttributes | _NoNumber | _NoChild
    ) -> SafeString: ...
    @overload
    def __call__(
        self, attributes: TagAttributes, /, *children: TagAttributes | HtmlElement
    ) -> SafeString: ...
    @overload
    @deprecated("Attributes are a mapping of str to str, numbers, bool or None (and see the docs).")
    def __call__(self, attributes: Mapping[Any, Any], /, *children: Any) -> SafeString: ...
    @overload
    def __call__(self, *attributes_then_children: TagAttributes | HtmlElement) -> SafeString:
        """Build the element: `h.A({"href": "/"}, "Home")`."""


class VoidElement(Protocol):
    """Builds one kind of element that takes attributes and never children."""

    def __call__(self, *attributes: TagAttributes | None) -> SafeString:
        """Build the element: `h.Img({"src": "/a.png", "alt": "A"})`."""
        ...
