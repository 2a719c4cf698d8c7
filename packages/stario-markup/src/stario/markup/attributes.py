"""Attributes: names checked once, values escaped.

A name that passed its check is remembered as the text in front of its value, ` name="`, so the
usual attribute costs one look-up. URL attributes are remembered apart, since their values are
looked at (see `urls`). Four names take more than one value: `class`, `style`, `data`, `aria`.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, cast

from stario.markup.complaints import (
    bad_attribute_name,
    bad_attribute_value,
    url_runs_code,
)
from stario.markup.escape import escape_attribute
from stario.markup.holes import AttributeHole, NotKnownYet, Placeholder, misused
from stario.markup.styling import classes_text, mapping_of, styles_text
from stario.markup.trusted import Attrs, SafeString
from stario.markup.urls import URL_ATTRIBUTES, runs_code
from stario.markup.values import markup_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stario.markup.types import AttributeValue

_MANY = 2048  # names in one process: far above what a code base has, far below what hurts
_LONG = 200  # characters: a longer key is not worth keeping

_prefixes: dict[str, str] = {}
_url_prefixes: dict[str, str] = {}


def remember(cache: dict[str, str], key: str, text: str, limit: int = _MANY) -> None:
    """Keep `text` in a cache that starts afresh when it is full."""
    if len(key) <= _LONG:
        if len(cache) >= limit:
            cache.clear()
        cache[key] = text


def with_attributes(text: str, attributes: Mapping[str, Any]) -> str:
    """`text` with `attributes` behind it, each with a space in front.

    Raises StarioError for a bad name, a value of another type, and a URL that runs code, and
    NotKnownYet for a placeholder.
    """
    for name, value in attributes.items():
        if type(value) is str:
            prefix = _prefixes.get(name)
            if prefix is None:
                prefix = _url_prefixes.get(name)
                if prefix is None or ":" in value:
                    prefix = _prefix_for(name, value)
            if '"' in value or "&" in value or "<" in value or ">" in value:
                value = escape_attribute(value)
            text = f'{text}{prefix}{value}"'
        else:
            text += _other_text(name, value)
    return text


def append_attributes(parts: list[Any], attributes: Mapping[str, Any]) -> None:
    """Write `attributes` at the end of `parts`, with holes for placeholders."""
    try:
        parts.append(with_attributes("", attributes))
    except NotKnownYet:
        for name, value in attributes.items():
            known = not isinstance(value, Placeholder)
            parts.append(with_attributes("", {name: value}) if known else _hole(name, value))


def _hole(name: str, placeholder: Placeholder) -> AttributeHole:
    with_attributes("", {name: None})  # refuses a bad name
    return AttributeHole(name, placeholder)


def _other_text(name: str, value: Any) -> str:
    prefix = _prefixes.get(name) or _url_prefixes.get(name) or _learn(name)
    if value is None or value is False:
        return ""
    if value is True:
        return prefix[:-2]
    if type(value) is int or type(value) is float:
        return f'{prefix}{value}"'
    if isinstance(value, Placeholder):
        raise NotKnownYet
    if (markup := _verbatim(value)) is not None:
        return f'{prefix}{markup}"'
    if (text := text_of(value)) is not None:
        return f'{_prefix_for(name, text)}{escape_attribute(text)}"'
    return _structured(name, value)


def _verbatim(value: object) -> str | None:
    if type(value) is SafeString:
        return value._text
    markup = markup_of(value)
    return None if markup is None else markup.replace('"', "&quot;")


def _prefix_for(name: str, value: str) -> str:
    """The text in front of `value`, after a look at the value if the name is that of a URL."""
    prefix = _prefixes.get(name)
    if prefix is not None:
        return prefix
    prefix = _url_prefixes.get(name) or _learn(name)
    if ":" in value and name.lower() in URL_ATTRIBUTES and runs_code(name.lower(), value):
        raise url_runs_code(name, value)
    return prefix


_FORBIDDEN = frozenset("\"'<>/=&`\\ \xa0").union(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))


def _learn(name: object) -> str:
    """Check a name that was not met before."""
    if not isinstance(name, str) or not name:
        raise bad_attribute_name(name)
    if not _FORBIDDEN.isdisjoint(name) or (not name.isascii() and _has_space(name)):
        raise bad_attribute_name(name)
    prefix = f' {name}="'
    known = _url_prefixes if name.lower() in URL_ATTRIBUTES else _prefixes
    remember(known, name, prefix)
    return prefix


def _has_space(name: str) -> bool:
    return any(character.isspace() for character in name)


def data(attrs: "Mapping[str, AttributeValue]") -> Attrs:
    """The attributes `data-…`: `data({"id": 1})` is ` data-id="1"`."""
    return prefixed("data", attrs)


def aria(attrs: "Mapping[str, AttributeValue]") -> Attrs:
    """The attributes `aria-…`: `aria({"label": "x"})` is ` aria-label="x"`."""
    return prefixed("aria", attrs)


def prefixed(prefix: str, attrs: "Mapping[str, AttributeValue]") -> Attrs:
    """Attributes whose names all start with `prefix` and a hyphen.

    Raises StarioError as tags do for names and values.
    """
    return Attrs(_prefixed_text(prefix, attrs))


def _prefixed_text(prefix: str, attrs: Any) -> str:
    text = ""
    for name, value in mapping_of(prefix, attrs).items():
        if isinstance(value, Placeholder):
            raise misused(value, f"inside {prefix}")
        if not name or not isinstance(name, str):
            raise bad_attribute_name(name)
        text = with_attributes(text, {f"{prefix}-{name}": value})
    return text


_FROM_MAPPING: dict[str, Callable[[Any], str]] = {
    "class": lambda value: classes_text((value,)),
    "style": styles_text,
    "data": lambda value: _prefixed_text("data", value),
    "aria": lambda value: _prefixed_text("aria", value),
}


def _structured(name: str, value: Any) -> str:
    if name in _FROM_MAPPING and isinstance(value, Mapping):
        return _FROM_MAPPING[name](value)
    if name == "class" and isinstance(value, list | tuple | AbstractSet):
        return classes_text(cast("Iterable[object]", value))
    raise bad_attribute_value(name, value)
