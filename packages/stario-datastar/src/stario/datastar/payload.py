"""Signals on their way to the browser: names checked, dotted names nested, one JSON text."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from json import JSONEncoder
from typing import Any, cast

from stario.datastar.errors import contradiction, nested_too_deep, no_signals, not_json
from stario.datastar.names import signal_path
from stario.datastar.signal import SignalName

type SignalValue = str | int | float | bool | dict[str, SignalValue] | list[SignalValue] | None

_encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
# Asked first: a test against the abstract Mapping costs more than all the rest of a signal.
_LEAVES = frozenset((str, int, float, bool, type(None), list, tuple))
_SURROGATE = re.compile("[\ud800-\udfff]")


class PageSignals(ABC):
    """What knows the signals that a page begins with, and stands for them."""

    __slots__ = ()

    @abstractmethod
    def defaults(self) -> dict[str, Any]: ...


def signals_json(payload: Mapping[Any, Any] | PageSignals) -> str:
    """Write signals as compact JSON that can always be encoded as UTF-8. A name is a `str` or a
    `Signal`.

    Raises `TypeError` when it is not a mapping, `StarioError` for a bad or contradicting name and
    for a value that JSON cannot hold.
    """
    if isinstance(payload, PageSignals):
        payload = payload.defaults()
    if not isinstance(payload, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise no_signals(payload)
    try:
        text = _encode(_nested(payload))
    except RecursionError:
        raise nested_too_deep("This set of signals") from None
    except (TypeError, ValueError) as error:
        raise not_json(error) from error
    return text if text.isascii() else _SURROGATE.sub(_escape, text)


def _nested(payload: Mapping[Any, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    _merge(tree, payload)
    return tree


def _merge(tree: dict[str, Any], payload: Mapping[Any, Any]) -> None:
    for name, value in payload.items():
        node = tree
        *branches, leaf = signal_path(name)
        for branch in branches:
            node = _branch(node, branch, name)
        if type(value) not in _LEAVES and isinstance(value, Mapping):
            _merge(_branch(node, leaf, name), cast("Mapping[Any, Any]", value))
        elif leaf in node:
            raise contradiction(name)
        else:
            node[leaf] = value


def _branch(node: dict[str, Any], segment: str, name: SignalName) -> dict[str, Any]:
    # Mappings are always merged, so a dict in the tree is a branch and anything else a value.
    branch = node.setdefault(segment, {})
    if type(branch) is not dict:
        raise contradiction(name)
    return cast("dict[str, Any]", branch)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
