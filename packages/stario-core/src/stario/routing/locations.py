"""The text of a URL: what is percent-encoded where, and how a query and a fragment are joined on.

The sets of characters are those of RFC 3986: `pchar` in a path segment (section 3.3), `fragment`
in section 3.5. A query is written as forms write it, with `+` for a space.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from stario.exceptions import StarioError
from stario.markup.errors import shown

SEGMENT_SAFE = "!$&'()*+,;=:@"
FRAGMENT_SAFE = "/?:@!$&'()*+,;="


def normalize_path(path: str) -> str:
    """Return `path` with one slash in front and none at the end."""
    return "/" + path.strip("/")


def append_query_fragment(
    href: str, *, query: Mapping[str, object] | None = None, fragment: str | None = None
) -> str:
    """Return `href` with a query and a fragment.

    In `query` a value of None is left out and a list repeats its key. A query that `href` already
    has is kept and continued; its fragment is kept unless `fragment` replaces it. Raises
    StarioError for text that UTF-8 cannot encode.
    """
    location, hash_sign, old_fragment = href.partition("#")
    if query:
        if not isinstance(query, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_a_mapping(query)
        location = _with_query(location, query)
    if fragment is not None:
        return f"{location}#{encoded(fragment, FRAGMENT_SAFE)}"
    return location + hash_sign + old_fragment


def encoded(text: str, safe: str = "") -> str:
    """Percent-encode `text` as UTF-8, but for unreserved characters and those in `safe`."""
    try:
        return quote(text, safe)
    except UnicodeEncodeError as error:
        raise not_encodable(text) from error


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
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return value  # pyright: ignore[reportUnknownVariableType]
    return (value,)


def _form_encoded(value: object) -> str:
    text = str(value)
    try:
        return quote_plus(text)
    except UnicodeEncodeError as error:
        raise not_encodable(text) from error
