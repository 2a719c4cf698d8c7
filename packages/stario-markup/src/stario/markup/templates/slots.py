"""What each place of a template takes, and how the value is written there.

A slot appends exactly one text for its value (a child of the text may append many, or holes). Where
only text makes sense, `str` and numbers are taken, None is nothing where that is harmless, and an
object that vouches for its markup is written as it is.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from stario.markup import names
from stario.markup.attributes import PLAIN, attribute_parts
from stario.markup.children import part_of
from stario.markup.comment import Comment
from stario.markup.complaints import url_runs_code
from stario.markup.escape import escape_attribute, escape_raw_text
from stario.markup.holes import Placeholder, Unfinished, misused, unfinished
from stario.markup.script_json import json_for_script
from stario.markup.templates.refusals import not_a_css_value, not_attributes, not_text
from stario.markup.trusted import Attrs
from stario.markup.urls import URL_ATTRIBUTES, runs_code
from stario.markup.values import markup_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stario.markup.templates.javascript import Place

# These URL attributes hold more than a URL (SVG's animations): checked, but not percent-encoded.
ENCODED_ATTRIBUTES = URL_ATTRIBUTES - {"from", "to", "by", "values"}


class Slot:
    """A place that takes one text. `place` names it in errors."""

    def __init__(self, place: str) -> None:
        self.place = place

    def append(self, parts: list[Any], value: Any) -> None:
        """Write `value` at the end of `parts`."""
        parts.append(self.written(value))

    def written(self, value: Any) -> str:
        """The text for `value`, which must be known."""
        if isinstance(value, Placeholder):
            raise misused(value, f"in {self.place}")
        if isinstance(value, Unfinished):
            raise unfinished(self.place)
        return self.text(value)

    def text(self, value: Any) -> str:
        """The text that is written for `value`."""
        raise NotImplementedError


class TextSlot(Slot):
    """Between tags: whatever is a child."""

    def append(self, parts: list[Any], value: Any) -> None:
        parts.append(part_of(value))


TEXT = TextSlot("the text between tags")


class AttributeSlot(Slot):
    """A whole attribute, its name included."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the attribute {name!r}")
        self.name = name
        self.prefix = f' {name}="'
        self.is_url = name.lower() in URL_ATTRIBUTES

    def append(self, parts: list[Any], value: Any) -> None:
        if type(value) is str and not (self.is_url and ":" in value):
            if '"' in value or "&" in value or "<" in value or ">" in value:
                value = escape_attribute(value)
            parts.append(f'{self.prefix}{value}"')
        else:
            parts += attribute_parts(PLAIN, {self.name: value})


class AttributesSlot(Slot):
    """Any attributes: a mapping, `Attrs` or None."""

    def append(self, parts: list[Any], value: Any) -> None:
        if isinstance(value, Mapping):
            parts += attribute_parts(PLAIN, cast("Mapping[str, Any]", value))
        else:
            super().append(parts, value)

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, Attrs):
            return value.rendered
        raise not_attributes(value)


class PartSlot(Slot):
    """Part of an attribute's value between `quote` signs."""

    def __init__(self, name: str, quote: str) -> None:
        super().__init__(f"part of the attribute {name!r}")
        self.name = name
        self.quote = quote

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        if (markup := markup_of(value)) is not None:
            return self._keep_quote(markup)
        if (text := text_of(value)) is not None:
            return self._keep_quote(escape_attribute(self.plain(text)))
        return self.other(value)

    def plain(self, text: str) -> str:
        """The value of the attribute, before it is escaped."""
        return text

    def other(self, value: Any) -> str:
        """The text of a value that is neither text nor a number."""
        raise not_text(value, self.place)

    def _keep_quote(self, text: str) -> str:
        return text.replace(self.quote, "&quot;" if self.quote == '"' else "&#39;")


class UrlSlot(PartSlot):
    """Part of a URL, where `before` (what the template has in front, decoded) says what may vary.

    The first slot of a URL is a URL itself. Behind `?` or `#` all is percent-encoded; in the path
    `/` stays, except right after another `/`, since `//` would begin a host.
    """

    def __init__(self, name: str, quote: str, before: str, is_first: bool) -> None:
        super().__init__(name, quote)
        self.before = before
        self.encodes = name.lower() in ENCODED_ATTRIBUTES
        self.begins = is_first and not before.strip("\0\t\n\f\r ")
        self.keeps = "" if "?" in before or "#" in before else "/"

    def plain(self, text: str) -> str:
        if self.begins or not self.encodes:
            return text
        if self.before.endswith("/") and text.startswith("/"):
            return "%2F" + _quoted(text[1:], self.keeps)
        return _quoted(text, self.keeps)


class LastUrlSlot(UrlSlot):
    """The last slot of a URL: checks the whole. `count` slots it has, `start` and `end` around."""

    def surround(self, start: str, end: str, count: int) -> None:
        """Say what the template has in front of the first slot, behind the last, and how many."""
        self.start, self.end, self.count = start, end, count

    def append(self, parts: list[Any], value: Any) -> None:
        super().append(parts, value)
        self.check(self.start + "".join(parts[1 - 2 * self.count :]) + self.end)

    def check(self, written: str) -> None:
        """Refuse a URL that runs code, as it is `written` between the quotes."""
        if ":" not in written and "%" not in written and "&" not in written:
            return
        from html import unescape
        from urllib.parse import unquote

        url = unquote(unescape(written))
        if runs_code(self.name.lower(), url):
            raise url_runs_code(self.name, url)


@cache
def _quote() -> "Callable[..., str]":
    from urllib.parse import quote  # the first URL with a part in it pays for this import

    return quote


def _quoted(text: str, safe: str) -> str:
    return _quote()(text, safe, errors="replace")


_IN_STRING = {
    ord(character): f"\\u{ord(character):04x}"
    for character in "'\"`\\<>&${}\u2028\u2029" + "".join(map(chr, [*range(0x20), 0x7F]))
}


def script_text(place: "Place", value: Any, where: str) -> str:
    """`value` as JavaScript or JSON: a literal in code, text inside a string."""
    if (markup := markup_of(value)) is not None:
        return markup
    if not place.in_string:
        return f"{place.before}{json_for_script(value)}{place.after}"
    if (text := text_of(value)) is not None:
        return text.translate(_IN_STRING)
    raise not_text(value, where)


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
        return self._keep_quote(written)


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
        return css_text(value) if markup is None else self._keep_quote(markup)


class CommentSlot(Slot):
    """In a comment."""

    def text(self, value: Any) -> str:
        return Comment(value).rendered[4:-3]


def checked_name(name: str) -> str:
    """`name`, which raises StarioError if it is no name of an attribute."""
    return names.checked_name(name)
