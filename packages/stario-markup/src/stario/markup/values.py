"""What a value says as text, asked only when it is none of the usual types.

`markup_of` answers for objects that vouch for their own markup, `text_of` for plain text and
numbers, `stamp_of` for dates, times and UUIDs. Each returns None for a value that is not its own.
"""

from __future__ import annotations

import sys

from stario.markup.complaints import deferred_is_no_text, html_is_not_text
from stario.markup.escape import require_sendable
from stario.markup.unbuilt import Deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def markup_of(value: Any) -> str | None:
    """The markup of an object with `__html__`, which is trusted."""
    html = None if isinstance(value, type) else getattr(value, "__html__", None)
    if html is None:
        return None
    if type(value) is Deferred:
        raise deferred_is_no_text(value)
    markup = html() if callable(html) else None
    if not issubclass(type(markup), str):
        raise html_is_not_text(value, markup)
    text = str.__str__(markup)  # type: ignore[arg-type]
    require_sendable(text)
    return text


def text_of(value: Any) -> str | None:
    """The text of a `str`, its subclasses included, or of a real number that is not a `bool`."""
    if issubclass(type(value), str):
        return str.__str__(value)
    if isinstance(value, str) or _is_a(value, "collections", "UserString"):
        return str(value)  # a proxy that says it is one
    if isinstance(value, bool | complex):
        return None
    if isinstance(value, int | float) or _is_a(value, "numbers", "Number"):
        return str(value)
    return None


def stamp_of(value: object) -> str | None:
    """The text of a date, a time, a datetime or a UUID."""
    if (
        _is_a(value, "datetime", "date")  # datetime is one too
        or _is_a(value, "datetime", "time")
        or _is_a(value, "uuid", "UUID")
    ):
        return str(value)
    return None


def _is_a(value: object, module: str, name: str) -> bool:
    """`isinstance` that imports nothing: an instance exists only after its module was loaded."""
    return isinstance(value, getattr(sys.modules.get(module), name, ()))
