"""`script_json`: data for scripts, in an element that the data cannot end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from stario.markup.complaints import deferred_is_no_text, not_attributes, not_json
from stario.markup.element import element
from stario.markup.holes import Placeholder, Unfinished, misused, unfinished
from stario.markup.trusted import Attrs, SafeString
from stario.markup.unbuilt import Deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from stario.markup.types import TagAttributes

_script = element("script")
_TYPE = {"type": "application/json"}
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def script_json(value: object, attrs: TagAttributes | None = None) -> SafeString:
    """`<script type="application/json">` with `value` as compact JSON.

    A `type` in `attrs` replaces that type, say with `importmap` or `application/ld+json`. Raises
    StarioError for what JSON cannot say, NaN and infinity among it.
    """
    text = json_for_script(value)
    own_type = isinstance(attrs, Mapping) and "type" in attrs
    _require_attributes(attrs)
    return _script(None if own_type else _TYPE, attrs, SafeString(text))


def _require_attributes(attrs: object) -> None:
    if attrs is not None and not isinstance(attrs, Mapping | Attrs):
        raise not_attributes(attrs)


def json_for_script(value: object) -> str:
    """`value` as compact JSON that cannot end a script and is a JavaScript literal as well.

    Raises StarioError for what JSON cannot say.
    """
    try:
        return _encoder()(value).translate(_ESCAPES)
    except (TypeError, ValueError, RecursionError) as error:
        raise not_json(value, error) from error


def _refuse(value: object) -> NoReturn:
    if isinstance(value, Placeholder):
        raise misused(value, "in JSON")
    if isinstance(value, Unfinished):
        raise unfinished("JSON")
    if isinstance(value, Deferred):
        raise deferred_is_no_text(value)
    raise not_json(value)


@cache
def _encoder() -> Callable[[Any], str]:
    from json import JSONEncoder  # costs 4 ms of import, and most programs never come here

    return JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_refuse
    ).encode
