"""What attributes say about signals, read in the order in which the client applies them.

`data-signals`, `data-bind`, `data-indicator` and `data-ref` define signals. What is in an element
with `data-ignore` says nothing. Expressions that are no literals are noted, not evaluated.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from stario.testing.page.dom import (
    Node,
    attribute,
    children,
    closest,
    elements,
    text_of,
)
from stario.testing.page.literal import UNDEFINED, Lookup, NotLiteral, read_literal
from stario.testing.page.signals import Signals, merge, nested, value_at

_ATTRIBUTE = re.compile(
    r"data-(signals|bind|indicator|ref|computed)(?::([^_]+(?:_[^_]+)*))?(__.+)?"
)


def apply_element(signals: Signals, top: Node) -> None:
    """Apply what an element and all below it say."""
    for node in [top, *elements(top)]:
        for name in list(node.attrs or {}):
            apply_attribute(signals, node, name)


def apply_attribute(signals: Signals, node: Node, name: str) -> None:
    """Apply one attribute, if it says something about signals."""
    found = _ATTRIBUTE.fullmatch(name)
    value = attribute(node, name)
    if found is None or value is None or is_ignored(node):
        return
    plugin, key, modifiers = found[1], found[2], (found[3] or "").split("__")
    path = cased(key, modifiers) if key else value.strip()
    if plugin == "signals":
        _define(signals, path if key else None, value, only_if_missing="ifmissing" in modifiers)
    elif plugin == "computed":
        signals.expressions.append(f"{name}={value!r}")
    elif path:
        known = _is_known(signals, path)
        if plugin == "bind" and not known:
            merge(signals, nested(path, bound_value(node)), only_if_missing=True)
        elif plugin == "indicator" and not known:
            merge(signals, nested(path, False), only_if_missing=True)


def is_ignored(node: Node) -> bool:
    """Tell whether the client leaves this element alone."""
    if attribute(node, "data-ignore__self") is not None:
        return True
    return closest(node, lambda one: attribute(one, "data-ignore") is not None) is not None


def cased(key: str, modifiers: list[str]) -> str:
    """Return a signal's name for the key of an attribute: in camel case unless it says so."""
    case = next((one[5:] for one in modifiers if one.startswith("case.")), "camel")
    if case == "kebab":
        return key
    if case == "snake":
        return key.replace("-", "_")
    camel = re.sub(r"-([a-z])", lambda found: found[1].upper(), key)
    return camel[:1].upper() + camel[1:] if case == "pascal" else camel


def bound_path(node: Node) -> str | None:
    """Return the path of the signal that an element is bound to."""
    for name, value in cast("dict[str, str | None]", node.attrs or {}).items():
        found = _ATTRIBUTE.fullmatch(name)
        if found is not None and found[1] == "bind":
            return cased(found[2], (found[3] or "").split("__")) if found[2] else (value or "")
    return None


def bound_value(node: Node) -> Any:
    """Return the value that a control has as the server wrote it."""
    if node.name == "select":
        return _selected(node)
    if node.name == "textarea":
        return "".join(child.data or "" for child in children(node))
    if node.name != "input":
        return attribute(node, "value") or ""
    kind = (attribute(node, "type") or "text").lower()
    value, checked = attribute(node, "value"), attribute(node, "checked") is not None
    if kind == "checkbox":
        return checked if value in (None, "on") else (value if checked else "")
    if kind == "radio":
        return value if checked else ""
    if kind in ("number", "range"):
        return _number(value, 50 if kind == "range" else 0)
    return [] if kind == "file" else value or ""


def _selected(node: Node) -> str | list[str]:
    options = [one for one in elements(node) if one.name == "option"]
    chosen = [option_value(one) for one in options if attribute(one, "selected") is not None]
    if attribute(node, "multiple") is not None:
        return chosen
    return chosen[-1] if chosen else option_value(options[0]) if options else ""


def option_value(option: Node) -> str:
    value = attribute(option, "value")
    return text_of(option, lambda _: None) if value is None else value


def _number(text: str | None, default: int) -> int | float:
    try:
        number = float(text or default)
    except ValueError:
        return default
    return int(number) if number.is_integer() else number


def _define(signals: Signals, path: str | None, value: str, *, only_if_missing: bool) -> None:
    try:
        read = read_literal(value or ("{}" if path is None else "''"), reader_of(signals))
    except (NotLiteral, KeyError):
        signals.expressions.append(value)
        return
    if path is not None:
        merge(
            signals,
            nested(path, "" if read is UNDEFINED else read),
            only_if_missing=only_if_missing,
        )
    elif isinstance(read, dict):
        merge(signals, cast("dict[str, Any]", read), only_if_missing=only_if_missing)


def reader_of(signals: Signals) -> Lookup:
    """Return what looks up the signals that a literal names."""
    return lambda path: value_at(signals, path)


def _is_known(signals: Signals, path: str) -> bool:
    try:
        value_at(signals, path)
    except KeyError:
        return False
    return True


def texts_of_signals(signals: Signals, node: Node) -> str | None:
    """Return the text of an element whose `data-text` is a plain signal, as the client shows it."""
    expression = attribute(node, "data-text")
    if expression is None or is_ignored(node):
        return None
    try:
        value = read_literal(expression, reader_of(signals))
    except (NotLiteral, KeyError):
        return None
    return shown(value)


def shown(value: Any) -> str:
    """Return a value as JavaScript's text of it."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case list():
            return ",".join(shown(one) for one in cast("list[Any]", value))
        case dict():
            return "[object Object]"
        case _:
            return str(value)


def form_fields(signals: Signals, form: Node, submitter: Node | None) -> list[tuple[str, str]]:
    """Return what a form would send: its successful controls, bound ones with their signals."""
    found: list[tuple[str, str]] = []
    for node in elements(form):
        name = attribute(node, "name")
        if name and node.name in ("input", "select", "textarea", "button"):
            found += ((name, value) for value in _values(signals, node, submitter))
    return found


def _values(signals: Signals, node: Node, submitter: Node | None) -> Iterator[str]:
    kind = (attribute(node, "type") or "").lower()
    if attribute(node, "disabled") is not None or kind in ("file", "reset", "button", "image"):
        return
    if node.name == "button" or kind == "submit":
        if node is submitter:
            yield attribute(node, "value") or ""
        return
    path = bound_path(node)
    value: Any = value_at(signals, path) if path and _is_known(signals, path) else None
    if kind in ("checkbox", "radio"):
        own = attribute(node, "value")
        own = "on" if own is None else own
        checked = attribute(node, "checked") is not None
        if checked if value is None else value is True or value == own:
            yield own
    elif value is None:
        written = attribute(node, "value") or "" if node.name == "input" else bound_value(node)
        yield from map(str, _listed(written))
    else:
        yield from map(shown, _listed(value))


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
