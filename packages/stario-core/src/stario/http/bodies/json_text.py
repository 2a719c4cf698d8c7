"""JSON that somebody else wrote (RFC 8259): a value that this server could write again, or why not.

Where the RFC leaves a choice, the strict one is taken, since two readers that differ can be played
off against each other: a name twice in one object is refused (section 4), a byte order mark too
(8.1), and numbers and texts that have no form outside (6, 8.2). No input ends in another exception.
"""

import json
import re
from itertools import accumulate
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn, cast

from stario.http.bodies import json_places as places

if TYPE_CHECKING:
    from collections.abc import Callable

# Far beyond any document, and a tenth of what Python lets a function call itself, so that what was
# read can be walked and written again by code that does so.
MAX_DEPTH = 100

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_NAME_SHOWN = 40
# How a bracket changes the depth, as signed bytes; all but brackets and quotes is dropped.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_STEPS = bytes(byte for byte in range(256) if byte not in b'[{]}"')


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
        if text.count("[") + text.count("{") > max_depth and depth_of(text) > max_depth:
            raise _too_deep(max_depth)
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


def depth_of(text: str) -> int:
    """Return how deep arrays and objects are nested in a text that is known to be JSON.

    It looks at brackets and not at the value, which may be a million small objects.
    """
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = data.translate(_STEPS, _NO_STEPS)
    # Two quotes side by side have nothing between them or nothing that counts: without them the
    # rest is as much inside a text, or outside, as before.
    outside = b"".join(marks.replace(b'""', b"").split(b'"')[::2])
    # Most brackets have no other between them: the innermost level goes at once.
    above = outside.replace(b"\x01\xff", b"")
    return bool(outside) + max(accumulate(memoryview(above).cast("b")), default=0)


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
