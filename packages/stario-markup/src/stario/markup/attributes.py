"""Attributes: names checked once, values escaped, what comes again remembered.

A name is met with the same few values (`class`, `type`, `rel`) or with ever new ones (`href`,
`value`). So the values of a name are remembered with their finished text, ` name="value"`, until
they become too many: from then on only ` name="` is, which is put in front of each value. A URL is
looked at before it is remembered (see `urls`), and each time where it isn't. Four names take more
than one value: `class`, `style`, `data`, `aria`.
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from stario.markup.complaints import bad_attribute_value, url_runs_code
from stario.markup.escape import escape_attribute, require_sendable
from stario.markup.holes import AttributeHole, NotKnownYet, Placeholder, misused
from stario.markup.names import checked_name
from stario.markup.styling import classes_text, mapping_of, styles_text
from stario.markup.templates import Template, filling
from stario.markup.trusted import Attrs, Node, SafeString
from stario.markup.urls import FRAMES, URL_ATTRIBUTES, runs_code
from stario.markup.values import markup_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from stario.markup.types import AttributeValue

_MANY_NAMES = 1024  # in one process: far above what a code base has, far below what hurts
_MANY_VALUES = 256  # of one name: those that stay the same are met before it is reached
_LONG = 400  # characters: a longer text is not worth keeping

type _Values = dict[str | int, str]  # of one name: each value with the text of the attribute


class _UrlPrefix:
    """The text in front of the value, for a URL attribute whose values are ever new."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


class Vocabulary:
    """The attributes met so far, with one prefix (mostly none), of elements with one rule for URLs.

    `element` is the name of an element whose URLs have a rule of their own.
    """

    __slots__ = ("bare", "element", "known", "prefix")

    def __init__(self, prefix: str = "", element: str = "") -> None:
        self.prefix = prefix
        self.element = element
        self.bare: dict[str, str] = {}  # each good name, as the text of an attribute without value
        self.known: dict[str, _Values | str | _UrlPrefix] = {}  # its values, or what precedes them

    def written(self, text: str, attributes: Mapping[str, Any]) -> str:
        """`text` with `attributes` behind it, each with a space in front.

        Raises StarioError for a bad name, a value of another type, and a URL that runs code, and
        NotKnownYet for a placeholder.
        """
        written = text
        names = self.known
        try:
            for name, value in attributes.items():
                kind = type(value)
                if kind is str:
                    known = names[name]
                    if type(known) is dict:
                        written += known[value]
                        continue
                    if type(known) is _UrlPrefix:
                        if ":" in value:
                            self.require_harmless(name, value)
                        known = known.text
                    if '"' in value or "&" in value or "<" in value or ">" in value:
                        value = escape_attribute(value)
                    elif not value.isascii():
                        require_sendable(value)
                    written = f'{written}{known}{value}"'
                elif kind is int:
                    known = names[name]
                    written += known[value] if type(known) is dict else f'{known}{value}"'
                elif value is True:
                    written += self.bare[name]
                elif value is None or value is False:
                    self.bare[name]
                else:
                    written += self._other_text(self.bare[name], value)
        except KeyError:  # a new name or value: look at each, and remember
            return text + "".join([self._new(name, value) for name, value in attributes.items()])
        return written

    def _new(self, name: str, value: Any) -> str:
        bare = self.bare.get(name) or self._learned(name)
        if value is None or value is False:
            return ""
        if value is True:
            return bare
        if type(value) is not str and type(value) is not int:
            return self._other_text(bare, value)
        text = self._escaped(bare, str(value))
        if name in self.bare:
            self._remember(name, value, text)
        return text

    def _learned(self, name: str) -> str:
        bare = f" {checked_name(self.prefix + checked_name(name))}"
        if len(bare) <= _LONG:
            if len(self.bare) >= _MANY_NAMES:
                self.bare.clear()
                self.known.clear()
            self.bare[name] = bare
        return bare

    def _remember(self, name: str, value: str | int, text: str) -> None:
        values = self.known.setdefault(name, {})
        if isinstance(values, dict):
            values[value] = text
            if len(values) > _MANY_VALUES or len(text) > _LONG:
                prefix = f'{self.bare[name]}="'
                self.known[name] = _UrlPrefix(prefix) if _is_url(name) else prefix

    def _escaped(self, bare: str, text: str) -> str:
        self.require_harmless(bare[1:], text)
        return f'{bare}="{escape_attribute(text)}"'

    def require_harmless(self, name: str, value: str) -> None:
        """Refuse a URL that runs code, if `name` is that of a URL."""
        if ":" in value and _is_url(name) and runs_code(name.lower(), value, self.element):
            raise url_runs_code(name, value)

    def _other_text(self, bare: str, value: Any) -> str:
        kind = type(value)
        if kind is float:
            return f'{bare}="{value}"'
        if kind is list or kind is dict:
            return _structured(self.element, bare[1:], value)
        if isinstance(value, Placeholder):
            raise NotKnownYet
        if (markup := _verbatim(value)) is not None:
            return f'{bare}="{markup}"'
        if (text := text_of(value)) is not None:
            return self._escaped(bare, text)
        return _structured(self.element, bare[1:], value)


def _is_url(name: str) -> bool:
    return name.lower() in URL_ATTRIBUTES


def _verbatim(value: Any) -> str | None:
    if type(value) is Node or type(value) is SafeString:
        return value._text
    markup = markup_of(value)
    return None if markup is None else markup.replace('"', "&quot;")


PLAIN = Vocabulary()
_OF_FRAMES = Vocabulary(element="iframe")
_WITH_A_RULE = dict.fromkeys(FRAMES, _OF_FRAMES) | {"script": Vocabulary(element="script")}


def vocabulary_of(element: str) -> Vocabulary:
    """What is known of the attributes of `element`: mostly what is known of all."""
    return _WITH_A_RULE.get(element.lower(), PLAIN)


def attribute_parts(vocabulary: Vocabulary, attributes: Mapping[str, Any]) -> list[Any]:
    """The texts of `attributes`, with holes for placeholders."""
    return [
        AttributeHole(checked_name(name), value, vocabulary.element)
        if isinstance(value, Placeholder)
        else vocabulary.written("", {name: value})
        for name, value in attributes.items()
    ]


def data(attrs: Mapping[str, AttributeValue]) -> Attrs:
    """The attributes `data-…`: `data({"id": 1})` is ` data-id="1"`."""
    return Attrs(_data(attrs))


def aria(attrs: Mapping[str, AttributeValue]) -> Attrs:
    """The attributes `aria-…`: `aria({"label": "x"})` is ` aria-label="x"`."""
    return Attrs(_aria(attrs))


def prefixed(prefix: str, attrs: Mapping[str, AttributeValue]) -> Attrs:
    """Attributes whose names all start with `prefix` and a hyphen.

    Raises StarioError as tags do for names and values.
    """
    if len(_prefixed) >= _MANY_NAMES:
        _prefixed.clear()
    if prefix not in _prefixed:
        _prefixed[prefix] = _prefixing(prefix)
    return Attrs(_prefixed[prefix](attrs))


def _prefixing(prefix: str) -> Callable[[Any], str]:
    write = Vocabulary(f"{prefix}-").written

    def text(attrs: Any) -> str:
        if type(attrs) is not dict:
            attrs = mapping_of(prefix, attrs)
        try:
            return write("", attrs)
        except NotKnownYet:
            placeholder = next(each for each in attrs.values() if isinstance(each, Placeholder))
            raise misused(placeholder, f"inside {prefix}") from None

    return text


_data = _prefixing("data")
_aria = _prefixing("aria")
_prefixed: dict[str, Callable[[Any], str]] = {}

_FROM_MAPPING: dict[str, Callable[[Any], str]] = {
    "class": lambda value: classes_text((value,)),
    "style": styles_text,
    "data": _data,
    "aria": _aria,
}


def _structured(element: str, name: str, value: Any) -> str:
    if type(value) is Template:
        return filling().attribute_text(element, name, value)
    if name in _FROM_MAPPING and isinstance(value, Mapping):
        return _FROM_MAPPING[name](value)
    if name == "class" and isinstance(value, list | tuple | AbstractSet):
        return classes_text(value)
    raise bad_attribute_value(name, value)
