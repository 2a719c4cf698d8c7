"""Attributes: names checked once, values escaped, what comes again remembered.

A name is met with the same few values (`class`, `type`, `rel`) or with ever new ones (`href`,
`value`). So the values of a name are remembered with their finished text, ` name="value"`, until
they become too many: from then on only ` name="` is, which is put before each value. A URL is
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
from stario.markup.urls import FRAMES, HARMLESS_STARTS, MANY_URLS, URL_ATTRIBUTES, runs_code
from stario.markup.values import markup_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from stario.markup.types import AttributeValue

_MANY_NAMES = 1024  # in one process: far above what a code base has, far below what hurts
_MANY_VALUES = 256  # of one name: those that stay the same are met before it is reached
_LONG = 400  # characters: a longer text is not worth keeping


class Vocabulary:
    """The attributes met so far, with one prefix (mostly none), of elements with one rule for URLs.

    `element` is the name of an element whose URLs have a rule of their own.
    """

    __slots__ = ("bare", "element", "known", "prefix", "prefixes", "urls")

    def __init__(self, prefix: str = "", element: str = "") -> None:
        self.prefix = prefix
        self.element = element
        self.bare: dict[str, str] = {}  # each good name, as the text of an attribute without value
        self.known: dict[str, dict[str | int, str]] = {}  # of a name, the text for each value
        self.prefixes: dict[str, str] = {}  # of a name with ever new values, the text before each
        self.urls: set[str] = set()  # those whose values are URLs; kept, as threads may be reading

    def written(self, text: str, attributes: dict[str, Any]) -> str:
        """`text`, then `attributes`, each with a space before it.

        Raises StarioError for a bad name, a value of another type, and a URL that runs code, and
        NotKnownYet for a placeholder.
        """
        written = text
        known = self.known
        try:
            for name in attributes:  # for one or two, quicker than items()
                value = attributes[name]
                if type(value) is str:
                    if name in known:
                        written += known[name][value]
                        continue
                    prefix = self.prefixes[name]
                    if ":" in value and name in self.urls and not value.startswith(HARMLESS_STARTS):
                        self.require_harmless(name, value)
                    if '"' in value or "&" in value or "<" in value or ">" in value:
                        value = escape_attribute(value)
                    elif not value.isascii() and not value.isprintable():
                        require_sendable(value)
                    written = f'{written}{prefix}{value}"'
                elif type(value) is int:
                    if name in known:
                        written += known[name][value]
                    else:
                        written = f'{written}{self.prefixes[name]}{value}"'
                elif value is True:
                    written += self.bare[name]
                elif value is None or value is False:
                    self.bare[name]
                else:
                    written += self._other_text(self.bare[name], value)
        except KeyError:  # a new name or value: look at each, and remember
            return text + self.rewritten(attributes)
        return written

    def rewritten(self, attributes: Mapping[str, Any]) -> str:
        """As `written` with no text before it, for any mapping; what is new in it is remembered."""
        return "".join([self._new(name, value) for name, value in attributes.items()])

    def text_of(self, attributes: Mapping[str, Any]) -> str:
        """As `written` with no text before it, for any mapping."""
        if type(attributes) is dict:
            return self.written("", attributes)
        return self.rewritten(attributes)

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
                self.prefixes.clear()
            self.bare[name] = bare
        return bare

    def _remember(self, name: str, value: str | int, text: str) -> None:
        if name in self.prefixes:
            return
        values = self.known.setdefault(name, {})
        values[value] = text
        if len(values) > _MANY_VALUES or len(text) > _LONG:
            self._forget(name)

    def _forget(self, name: str) -> None:
        self.known.pop(name, None)
        if name.lower() in MANY_URLS:
            return  # how it starts says little about it
        if not self.prefix and _is_url(name):
            self.urls.add(name)
        self.prefixes[name] = f'{self.bare[name]}="'

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
            raise misused(value, f"inside {self.prefix[:-1]}") if self.prefix else NotKnownYet
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
    return Attrs(_DATA.written("", attrs) if type(attrs) is dict else _prefixed_text(_DATA, attrs))


def aria(attrs: Mapping[str, AttributeValue]) -> Attrs:
    """The attributes `aria-…`: `aria({"label": "x"})` is ` aria-label="x"`."""
    return Attrs(_ARIA.written("", attrs) if type(attrs) is dict else _prefixed_text(_ARIA, attrs))


def prefixed(prefix: str, attrs: Mapping[str, AttributeValue]) -> Attrs:
    """Attributes whose names all start with `prefix` and a hyphen.

    Raises StarioError as tags do for names, the prefix among them, and values.
    """
    prefix = checked_name(prefix)
    if len(_prefixed) >= _MANY_NAMES:
        _prefixed.clear()
    if prefix not in _prefixed:
        _prefixed[prefix] = Vocabulary(f"{prefix}-")
    return Attrs(_prefixed_text(_prefixed[prefix], attrs))


def _prefixed_text(vocabulary: Vocabulary, attributes: Any) -> str:
    return vocabulary.text_of(mapping_of(vocabulary.prefix[:-1], attributes))


_DATA = Vocabulary("data-")
_ARIA = Vocabulary("aria-")
_prefixed: dict[str, Vocabulary] = {}

_FROM_MAPPING: dict[str, Callable[[Any], str]] = {
    "class": lambda value: classes_text((value,)),
    "style": styles_text,
    "data": lambda value: _prefixed_text(_DATA, value),
    "aria": lambda value: _prefixed_text(_ARIA, value),
}


def _structured(element: str, name: str, value: Any) -> str:
    if type(value) is Template:
        return filling().attribute_text(element, name, value)
    if name in _FROM_MAPPING and isinstance(value, Mapping):
        return _FROM_MAPPING[name](value)
    if name == "class" and isinstance(value, list | tuple | AbstractSet):
        return classes_text(value)
    raise bad_attribute_value(name, value)
