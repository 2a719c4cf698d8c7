"""An expression that is one plain call of an action, such as `@post('/vote')`."""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from stario.testing.page.literal import Lookup, NotLiteral, Reader

_CALL = re.compile(r"@(get|post|put|patch|delete|query)\b")
_KNOWN = frozenset(
    {
        "contentType",
        "filterSignals",
        "headers",
        "openWhenHidden",
        "payload",
        "requestCancellation",
        "retry",
        "retryInterval",
        "retryMaxCount",
        "retryMaxWait",
        "retryScaler",
        "selector",
    }
)


@dataclass(frozen=True, slots=True)
class Action:
    """What a call asks for."""

    method: str
    url: str
    options: dict[str, Any] = field(default_factory=dict[str, Any])


def read_action(expression: str, lookup: Lookup) -> Action | None:
    """Return the action of an expression, or None where it is more than one plain call."""
    try:
        return _read(Reader(expression, lookup))
    except (NotLiteral, KeyError):
        return None


def _read(reader: Reader) -> Action | None:
    name = reader.match(_CALL)
    if name is None:
        return None
    reader.must_take("(")
    url: Any = reader.value()
    options: Any = {}
    if reader.take(","):
        options = reader.value()
        reader.take(",")
    reader.must_take(")")
    reader.take(";")
    if not reader.at_end or not isinstance(url, str) or not isinstance(options, dict):
        return None
    given = cast("dict[str, Any]", options)
    return Action(name[1].upper(), url, given) if given.keys() <= _KNOWN else None
