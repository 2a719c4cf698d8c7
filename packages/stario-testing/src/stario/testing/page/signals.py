"""The signals of a page: a dict that merge patches change (RFC 7386), and what is sent of it."""

import re
from collections.abc import Mapping
from typing import Any, cast

from stario.testing.errors import no_such_signal

# What stays in the browser: every path with a segment that starts with an underscore.
LOCAL = re.compile(r"(^|\.)_")


class Signals(dict[str, Any]):
    """Signals by name, nested as the client has them; a name that is not there says which are."""

    def __init__(self) -> None:
        super().__init__()
        self.expressions: list[str] = []

    def __missing__(self, name: str) -> Any:
        raise no_such_signal(name, list(self), self.expressions)


def merge(signals: dict[str, Any], patch: Mapping[str, Any], *, only_if_missing: bool) -> None:
    """Change signals as a merge patch says; None removes."""
    for name, value in patch.items():
        if value is None:
            if not only_if_missing:
                signals.pop(name, None)
        elif isinstance(value, Mapping):
            _merge_below(signals, name, cast("Mapping[str, Any]", value), only_if_missing)
        elif not (only_if_missing and name in signals):
            signals[name] = _stored(value)


def _merge_below(
    signals: dict[str, Any], name: str, patch: Mapping[str, Any], only_if_missing: bool
) -> None:
    below: Any = signals.get(name)
    if not isinstance(below, dict):
        if only_if_missing and name in signals:
            return
        below = signals[name] = {}
    merge(cast("dict[str, Any]", below), patch, only_if_missing=only_if_missing)


def _stored(value: Any) -> Any:
    """Return a value as the client keeps it: inside a list, null becomes empty text (measured)."""
    if isinstance(value, list):
        return [_in_list(one) for one in cast("list[Any]", value)]
    return value


def _in_list(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_list(one) for name, one in cast("dict[str, Any]", value).items()}
    return "" if value is None else _stored(value)


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return a value at a path with dots as a patch."""
    *above, last = path.split(".")
    patch: dict[str, Any] = {last: value}
    for name in reversed(above):
        patch = {name: patch}
    return patch


def value_at(signals: Mapping[str, Any], path: str) -> Any:
    """Return what is at a path with dots. Raises KeyError where nothing is."""
    found: Any = dict(signals)
    for name in path.split("."):
        if not isinstance(found, dict):
            raise KeyError(path)
        found = cast("dict[str, Any]", found)[name]
    return found


def filtered(
    signals: Mapping[str, Any],
    include: re.Pattern[str] | None,
    exclude: re.Pattern[str],
    at: str = "",
) -> dict[str, Any]:
    """Return the signals whose paths one expression finds and the other does not."""
    found: dict[str, Any] = {}
    for name, value in signals.items():
        path = f"{at}{name}"
        if isinstance(value, dict):
            below = filtered(cast("dict[str, Any]", value), include, exclude, f"{path}.")
            if below:
                found[name] = below
        elif (include is None or include.search(path)) and not exclude.search(path):
            found[name] = value
    return found
