"""Python values as JavaScript source.

A `str` in an object is an expression and stays as it is; text becomes a literal only through
`string_literal`, which no value can end.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, cast

from stario.datastar.errors import (
    bad_filter,
    nested_too_deep,
    no_javascript_for,
    not_a_mapping,
    not_text,
)
from stario.datastar.signal import Expression, Signal, SignalName, signal_name

# No `type` statement: applications use it in isinstance-like positions and unions at run time.
FilterValue = str | Iterable[SignalName]
"""One regular expression, or the names of signals."""

# Surrogates too: alone they cannot be encoded as UTF-8 when the page is sent. And `@name(`, which
# the client takes for an action even inside a string.
_ESCAPED = re.compile("[\\\\'\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|@(?=\\w+\\()")
_SHORT = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Not re.escape: it also escapes what JavaScript refuses to see escaped under the `u` flag.
_PATTERN_SYNTAX = re.compile(r"[\\^$.*+?()\[\]{}|/]")


def string_literal(value: str) -> str:
    """Write text as a JavaScript string in single quotes."""
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_text("The text of a string literal", value)
    return f"'{_ESCAPED.sub(_escape, value)}'"


def js_object(obj: Mapping[str, Any] | None = None, /, **kwargs: Any) -> str:
    """Write a mapping as a JavaScript object; a `str` value is an expression.

    Raises `StarioError` for numbers that are not finite and for types without a JavaScript form.
    """
    if obj is None:
        return _written(kwargs, _expression)
    if not isinstance(obj, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_mapping(obj)
    return _written({**obj, **kwargs}, _expression)


def js_data(value: Any) -> str:
    """Write a value as JavaScript, with a `str` as text and not as an expression."""
    return _written(value, string_literal)


def js_number(value: object) -> str:
    """Write a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise no_javascript_for(value)
    return int.__repr__(value) if isinstance(value, int) else float.__repr__(value)


def js_expression(value: Expression) -> str:
    """Write an expression as it is."""
    if isinstance(value, Signal):
        return str(value)
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_text("An expression", value)
    return value


def js_bool(value: bool) -> str:
    """Write the truth of a value."""
    return "true" if value else "false"


def parse_filter_value(value: FilterValue) -> str:
    """Make the regular expression of a filter.

    A `str` is one already. Names are escaped and anchored, so that a name matches its signal and
    what lies below it: `["a.b", "c"]` gives `^(?:a\\.b|c)(?:\\.|$)`.
    """
    if isinstance(value, str):
        return value
    if not hasattr(value, "__iter__"):
        raise bad_filter(value)
    return f"^(?:{'|'.join(_pattern(name) for name in value)})(?:\\.|$)"


def filter_js(include: FilterValue | None, exclude: FilterValue | None) -> str | None:
    """Write a filter object, or give None when neither half is given."""
    halves = (("include", include), ("exclude", exclude))
    given = {name: parse_filter_value(half) for name, half in halves if half is not None}
    return js_data(given) if given else None


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def _expression(value: str) -> str:
    return str.__str__(value)


def _pattern(name: object) -> str:
    name = signal_name(name) if isinstance(name, Signal) else name
    if not isinstance(name, str) or not name:
        raise bad_filter(name)
    return _PATTERN_SYNTAX.sub(r"\\\g<0>", name)


def _written(value: Any, text: Callable[[str], str]) -> str:
    try:
        return _value(value, text)
    except RecursionError:
        raise nested_too_deep("This JavaScript value") from None


def _value(value: Any, text: Callable[[str], str]) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return js_bool(value)
        case str():
            return text(value)
        case Signal():
            return str(value)
        case Mapping():
            members = cast("Mapping[str, Any]", value).items()
            return f"{{{','.join(f'{string_literal(k)}:{_value(v, text)}' for k, v in members)}}}"
        case list() | tuple():
            items = cast("list[Any]", value)
            return f"[{','.join(_value(item, text) for item in items)}]"
        case _:
            return js_number(value)
