"""Values in JavaScript, JSON and CSS.

In code a value becomes a literal, in a string the text of it. CSS takes plain values only.
"""

from typing import TYPE_CHECKING, Any

from stario.markup.escape import escape_attribute, escape_raw_text, require_sendable
from stario.markup.script_json import json_for_script
from stario.markup.templates.refusals import not_a_css_value, not_text
from stario.markup.templates.slots import PartSlot, Slot
from stario.markup.values import markup_of, text_of

if TYPE_CHECKING:
    from stario.markup.templates.javascript import Place

_IN_STRING = {
    ord(character): f"\\u{ord(character):04x}"
    for character in "'\"`\\<>&${}\u2028\u2029" + "".join(map(chr, [*range(0x20), 0x7F]))
}


def script_text(place: "Place", value: Any, where: str) -> str:
    """`value` as JavaScript or JSON: a literal in code, text inside a string."""
    if (markup := markup_of(value)) is not None:
        return markup
    text = text_of(value) if place.in_string else json_for_script(value)
    if text is None:
        raise not_text(value, where)
    require_sendable(text)
    if place.in_string:
        return text.translate(_IN_STRING)
    return f"{place.before}{text}{place.after}"


class ScriptSlot(Slot):
    """In `<script>`, as JavaScript or JSON."""

    def __init__(self, place: "Place") -> None:
        super().__init__("a string in <script>" if place.in_string else "the code of <script>")
        self.script = place

    def text(self, value: Any) -> str:
        return script_text(self.script, value, self.place)


class HandlerSlot(PartSlot):
    """Part of an attribute whose value is JavaScript."""

    def __init__(self, name: str, quote: str, place: "Place") -> None:
        super().__init__(name, quote)
        self.script = place

    def text(self, value: Any) -> str:
        written = script_text(self.script, value, self.place)
        if markup_of(value) is None:
            written = escape_attribute(written)
        return self.keep_quote(written)


class RawSlot(Slot):
    """In a `<script>` of another type: text that cannot end the element."""

    def text(self, value: Any) -> str:
        if (markup := markup_of(value)) is not None:
            return markup
        if (text := text_of(value)) is None:
            raise not_text(value, self.place)
        import re

        return re.sub(r"<(?=(?:/[a-zA-Z]*|!-?)?\Z)", r"<\\", escape_raw_text("script", text))


_CSS_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#%.,+-_! ")


def css_text(value: Any) -> str:
    """`value` if it is plain: ASCII letters, digits, spaces and `# % . , + - _ !`, not blank.

    So no value can end a declaration, a string or a comment, call `url()`, or escape a character.
    """
    text = text_of(value)
    if text is None or not text.strip() or not _CSS_SIGNS.issuperset(text):
        raise not_a_css_value(value)
    return text


class StyleSlot(Slot):
    """In `<style>`."""

    def text(self, value: Any) -> str:
        markup = markup_of(value)
        return css_text(value) if markup is None else markup


class StylePartSlot(PartSlot):
    """Part of the attribute `style`."""

    def text(self, value: Any) -> str:
        markup = markup_of(value)
        return css_text(value) if markup is None else self.keep_quote(markup)
