"""The attributes `class` and `style`, from Python values."""

# Tests of the type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping

from stario.markup.complaints import bad_class, bad_style_name, bad_style_value, not_a_mapping
from stario.markup.escape import escape_attribute
from stario.markup.holes import Placeholder, misused
from stario.markup.trusted import Attrs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from stario.markup.types import ClassInput, StyleDeclarations


def classes(*tokens: ClassInput) -> Attrs:
    """The attribute `class`, from names and from mappings of names to conditions.

    Raises StarioError for a token that is neither a str, None, False nor a mapping.
    """
    return Attrs(classes_text(tokens))


def classes_text(tokens: Iterable[Any]) -> str:
    """` class="…"` from tokens of any of the allowed kinds."""
    names: list[str] = []
    for token in tokens:
        if type(token) is str:
            names.append(token)
        elif token is not None and token is not False:
            names += _class_names(token)
    return f' class="{escape_attribute(" ".join(filter(None, names)))}"'


def _class_names(token: Any) -> list[str]:
    if isinstance(token, Placeholder):
        raise misused(token, "inside a class list")
    if isinstance(token, Mapping):
        return [_class_name(name) for name, wanted in token.items() if wanted]
    return [_class_name(token)]


def _class_name(token: object) -> str:
    if not isinstance(token, str):
        raise bad_class(token)
    return str.__str__(token)


def styles(declarations: StyleDeclarations) -> Attrs:
    """The attribute `style`, from properties and values; None and False are left out.

    Values are escaped for HTML, not for CSS: never take one from a user unchecked. Raises
    StarioError for a property that would end its declaration, and for values of other types.
    """
    return Attrs(styles_text(declarations))


def styles_text(declarations: Any) -> str:
    """` style="…"` from a mapping."""
    written = "".join(
        f"{_style_name(name)}:{_style_value(name, value)};"
        for name, value in mapping_of("styles", declarations).items()
        if value is not None and value is not False
    )
    return f' style="{escape_attribute(written)}"'


def _style_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or name.startswith("@"):
        raise bad_style_name(name)
    if not set(":;{}").isdisjoint(name):
        raise bad_style_name(name)
    return str.__str__(name)


def _style_value(name: str, value: object) -> str:
    if isinstance(value, Placeholder):
        raise misused(value, "inside styles")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad_style_value(name, value)
    return str.__str__(value) if isinstance(value, str) else str(value)


def mapping_of(what: str, value: Any) -> Mapping[Any, Any]:
    """`value`, refused unless it is a mapping; `what` names the function in the refusal."""
    if isinstance(value, Placeholder):
        raise misused(value, f"inside {what}")
    if not isinstance(value, Mapping):
        raise not_a_mapping(what, value)
    return value
