"""Controls of a form that no signal is bound to, filled as a person fills them."""

from typing import Any, cast

from stario.testing.errors import no_option, not_a_control, not_checkable
from stario.testing.page.attributes import option_value, shown
from stario.testing.page.dom import (
    Node,
    attribute,
    children,
    closest,
    detach,
    elements,
    insert,
    text_node,
)


def fill(selector: str, node: Node, value: Any, root: Node) -> None:
    """Set the value of a control. Raises ValueError where a person could not do that."""
    kind = (attribute(node, "type") or "text").lower()
    if node.name == "textarea":
        _write(node, shown(value))
    elif node.name == "select":
        _choose(selector, node, value)
    elif node.name != "input":
        raise not_a_control(selector, node.name)
    elif kind in ("checkbox", "radio"):
        if not isinstance(value, bool):
            raise not_checkable(selector, kind, value)
        _check(node, root, checked=value, is_radio=kind == "radio")
    else:
        node.attrs["value"] = shown(value)


def _write(node: Node, text: str) -> None:
    for child in list(children(node)):
        detach(child)
    insert(node, text_node(text), None)


def _choose(selector: str, node: Node, value: Any) -> None:
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    wanted = [shown(one) for one in values]
    options = {option_value(one): one for one in elements(node) if one.name == "option"}
    if unknown := [one for one in wanted if one not in options]:
        raise no_option(selector, unknown[0], list(options))
    for name, option in options.items():
        option.attrs.pop("selected", None)
        if name in wanted:
            option.attrs["selected"] = ""


def _check(node: Node, root: Node, *, checked: bool, is_radio: bool) -> None:
    if checked and is_radio:
        for one in _group(node, root):
            one.attrs.pop("checked", None)
    node.attrs.pop("checked", None)
    node.attrs |= {"checked": ""} if checked else {}


def _group(node: Node, root: Node) -> list[Node]:
    """Return the radio buttons of which one is checked at a time."""
    name = attribute(node, "name")
    within = closest(node, lambda one: one.name == "form") or root
    return [
        one
        for one in elements(within)
        if attribute(one, "type") == "radio" and attribute(one, "name") == name
    ]
