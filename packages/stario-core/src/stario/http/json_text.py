"""JSON that somebody else wrote (RFC 8259): a value that this server could write again, or why not.

Where the RFC leaves a choice, the strict one is taken, since two readers that differ can be played
off against each other: a name twice in one object is refused (section 4), a byte order mark too
(8.1), and numbers and texts that have no form outside (6, 8.2). No input ends in another exception.
"""

import json
import re
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any, NoReturn, cast

from stario.http import json_places as places

# Far beyond any document, and a tenth of what Python lets a function call itself, so that what was
# read can be walked and written again by code that does so.
MAX_DEPTH = 100

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_NAME_SHOWN = 40
# The parser makes these and no subclasses; `isinstance` would take most of the time of a large one.
_BRANCHES = frozenset((dict, list))


class UnreadableJson(ValueError):
    """What is wrong with a JSON text, and where: `expecting value at line 3, column 7`."""


class _Fault(ValueError):
    """Found inside the parser, which does not say where it is."""

    def __init__(self, reason: str, find: places.Finder) -> None:
        super().__init__(reason)
        self.reason = reason
        self.find = find


def read_json(data: bytes | str, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of a JSON text; UnreadableJson for everything else.

    Arrays and objects may be nested in each other `max_depth` times. An integer has as many digits
    as the interpreter converts (`sys.get_int_max_str_digits`, 4,300).
    """
    text = data if isinstance(data, str) else _utf8(data)
    try:
        return _checked(text, max_depth)
    except _Fault as fault:
        raise unreadable(fault.reason, text, places.find(text, fault.find)) from None


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        good = data[: error.start].decode()
        raise unreadable("it is not UTF-8", good, len(good)) from None


def _checked(text: str, max_depth: int) -> object:
    try:
        value = _parsed(text)
        _require_depth(text, value, max_depth)
        if _SURROGATE_ESCAPE.search(text):
            _require_text(value)
    except RecursionError:
        raise _too_deep(max_depth) from None
    return value


def _parsed(text: str) -> object:
    if text.startswith("\ufeff"):
        raise unreadable("it begins with a byte order mark", text, 0)
    try:
        return _decode(text)
    except json.JSONDecodeError as error:
        reason = error.msg.rstrip(": ").removesuffix(" at")
        raise unreadable(reason[:1].lower() + reason[1:], text, error.pos) from None
    except _Fault:
        raise
    except ValueError:
        raise _Fault("a number is too long", places.long_number) from None


def _require_depth(text: str, value: object, max_depth: int) -> None:
    """Look at the value only where the text has brackets enough."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    level: list[Any] = [value] if type(value) in _BRANCHES else []
    for _ in range(max_depth):
        level = [child for node in level for child in _children(node) if type(child) in _BRANCHES]
        if not level:
            return
    if level:
        raise _too_deep(max_depth)


def _children(branch: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return branch.values() if isinstance(branch, dict) else branch


def _require_text(value: object) -> None:
    """Refuse half a surrogate pair: it would fail later, wherever the text is encoded."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _Fault("half a surrogate pair stands in a text", places.half_a_pair) from None


def _refuse_constant(name: str) -> NoReturn:
    raise _Fault(f"{name} is no number of JSON", places.constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise _Fault("a number is too large", places.infinite_number)
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _twice(pairs)
    return members


_decode = cast(
    "Callable[[str], object]",
    json.JSONDecoder(
        object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
    ).decode,
)


def _twice(pairs: list[tuple[str, Any]]) -> _Fault:
    seen: set[str] = set()
    name = next(name for name, _ in pairs if name in seen or seen.add(name))
    shown = name if len(name) <= _NAME_SHOWN else name[:_NAME_SHOWN] + "…"
    return _Fault(f"the name {shown!r} stands twice in one object", places.name_again(name))


def _too_deep(max_depth: int) -> _Fault:
    return _Fault(f"it is nested deeper than {max_depth} levels", places.deeper_than(max_depth))


def unreadable(reason: str, text: str, position: int | None) -> UnreadableJson:
    """Say what is wrong, and where if that is known."""
    if position is None:
        return UnreadableJson(reason)
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return UnreadableJson(f"{reason} at line {line}, column {column}")
