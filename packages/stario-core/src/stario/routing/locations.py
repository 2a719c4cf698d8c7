"""The text of a URL: what is percent-encoded where, and how a query and a fragment are joined on.

The sets of characters are those of RFC 3986: `pchar` in a path segment (section 3.3), `fragment`
in section 3.5. A query is written as forms write it, with `+` for a space.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast
from urllib.parse import quote, quote_plus

from stario.exceptions import StarioError
from stario.markup.errors import shown

SEGMENT_SAFE = "!$&'()*+,;=:@"
FRAGMENT_SAFE = "/?:@!$&'()*+,;="

_NO_TEXT = (bytes, bytearray, memoryview, Mapping)


def normalize_path(path: str) -> str:
    """Return `path` with one slash in front and none at the end; StarioError unless it is text."""
    if not isinstance(path, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_text("A path", path)
    return "/" + path.strip("/")


def append_query_fragment(
    href: str, *, query: Mapping[str, object] | None = None, fragment: str | None = None
) -> str:
    """Return `href` with a query and a fragment.

    In `query` a value of None is left out and a list repeats its key. A query that `href` already
    has is kept and continued; its fragment is kept unless `fragment` replaces it. Raises
    StarioError for text that UTF-8 cannot encode, and for bytes and mappings in the query.
    """
    if not isinstance(href, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_text("A link", href)
    location, hash_sign, old_fragment = href.partition("#")
    if query:
        if not isinstance(query, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_a_mapping(query)
        location = _with_query(location, query)
    if fragment is not None:
        if not isinstance(fragment, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_text("The fragment of a link", fragment)
        return f"{location}#{encoded(fragment, FRAGMENT_SAFE)}"
    return location + hash_sign + old_fragment


def encoded(text: str, safe: str = "") -> str:
    """Percent-encode `text` as UTF-8, but for unreserved characters and those in `safe`."""
    try:
        return quote(text, safe)
    except UnicodeEncodeError as error:
        raise not_encodable(text) from error


def require_text(value: object) -> None:
    """Refuse bytes and mappings, whose `str` is how Python writes them."""
    if not isinstance(value, str) and isinstance(value, _NO_TEXT):
        raise no_text_of(cast("object", value))


def _with_query(location: str, query: Mapping[str, object]) -> str:
    pairs = "&".join(_pairs(query))
    if not pairs:
        return location
    if "?" not in location:
        return f"{location}?{pairs}"
    return location + pairs if location.endswith(("?", "&")) else f"{location}&{pairs}"


def _pairs(query: Mapping[str, object]) -> Iterator[str]:
    for key, value in query.items():
        name = _form_encoded(key)
        for item in _items(value):
            if item is not None:
                yield f"{name}={_form_encoded(item)}"


def _items(value: object) -> Iterable[object]:
    if isinstance(value, Iterable) and not isinstance(value, (str, *_NO_TEXT)):
        return cast("Iterable[object]", value)
    return (cast("object", value),)


def _form_encoded(value: object) -> str:
    require_text(value)
    text = str(value)
    try:
        return quote_plus(text)
    except UnicodeEncodeError as error:
        raise not_encodable(text) from error


def not_text(what: str, value: object) -> StarioError:
    return StarioError(
        f"{what} is text, not {shown(value)}.",
        help_text="A UrlPath becomes text with href(), bytes with decode(), others with str().",
    )


def no_text_of(value: object) -> StarioError:
    return StarioError(
        f"{shown(value)} cannot stand in a URL: it is {type(value).__name__}.",
        help_text="Decode bytes to text first, and give each value of a mapping a name of its own.",
    )


def not_encodable(text: str) -> StarioError:
    return StarioError(
        "This text cannot stand in a URL: UTF-8 cannot encode it.",
        context={"text": text},
        help_text="It holds half of a surrogate pair. Mend it where it was decoded.",
    )


def not_a_mapping(query: object) -> StarioError:
    return StarioError(
        f"The query of a link is a mapping, not {shown(query)}.",
        help_text="Give names and values; a list repeats its name.",
        example='UrlPath("/search").href(query={"q": "cats", "tag": ["a", "b"]})',
    )
