"""How one attribute is written: `data-NAME[:KEY][__MODIFIER…][="VALUE"]`.

The key and the modifiers are refused if they could leave the attribute name; the value is the
developer's expression, escaped for the attribute and otherwise untouched.
"""

import re
from functools import lru_cache

from stario.datastar.errors import bad_key
from stario.datastar.page.js import js_expression
from stario.datastar.signal import Expression
from stario.markup import Attrs
from stario.markup.escape import escape_attribute, escape_text

_LEAVES_THE_NAME = re.compile("[\\s\x00-\x1f\x7f-\x9f\"'<>/=&`]|__")
_ACTION = re.compile(r"@(?=\w+\()")


class AttributeWriter:
    """Writes attributes under one prefix, `data-` unless the client was built with another."""

    __slots__ = ("prefix",)

    def __init__(self, prefix: str = "data-") -> None:
        """`prefix` gets a `-` at its end if it has none; an empty one raises `ValueError`."""
        if not prefix:
            raise ValueError("The prefix of Datastar attributes cannot be empty.")
        prefix = prefix if prefix.endswith("-") else f"{prefix}-"
        self.prefix = checked_key(prefix)

    def write(self, name: str, expression: Expression, modifiers: str = "") -> Attrs:
        """Write an attribute with its expression."""
        value = escape_attribute(js_expression(expression))
        return Attrs(f' {self.prefix}{name}{modifiers}="{value}"')

    def write_key(self, name: str, key: str, expression: Expression, modifiers: str = "") -> Attrs:
        """Write an attribute with a key and its expression."""
        return self.write(keyed(name, key, modifiers), expression, modifiers)

    def write_bare(self, name: str, modifiers: str = "") -> Attrs:
        """Write an attribute without a value."""
        return Attrs(f" {self.prefix}{name}{modifiers}")

    def write_filter(self, name: str, chosen: str | None, modifiers: str = "") -> Attrs:
        """Write an attribute with the filter that was chosen, if one was."""
        if chosen is None:
            return self.write_bare(name, modifiers)
        return self.write(name, chosen, modifiers)


# Bounded: keys are the developer's, but a careless application can make them from input.
@lru_cache(maxsize=1024)
def keyed(name: str, key: str, modifiers: str) -> str:
    """Join a name and a checked key.

    The client splits at `__`, so a key that ends in `_` cannot stand before a modifier.
    """
    checked_key(key)
    if modifiers and key.endswith("_"):
        raise bad_key(key)
    return f"{name}:{key}"


def modifiers(*parts: str | bool | None) -> str:
    """Join the modifiers that are given, in this order."""
    return "".join([f"__{part}" for part in parts if part])


def checked_key(key: str) -> str:
    """Give the key back if it stays inside an attribute name."""
    if not isinstance(key, str) or not key:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_key(key)
    if _LEAVES_THE_NAME.search(key):
        raise bad_key(key)
    return key


def escape_json(text: str) -> str:
    """Escape JSON for an attribute in single quotes, where its own quotes need nothing.

    The client takes `@name(` for an action even inside a string, and the text would be torn apart.
    """
    if "@" in text:
        text = _ACTION.sub(r"\\u0040", text)
    return escape_text(text).replace("'", "&#39;")
