"""The address of a request action: fixed text, and the values of signals that the client puts in.

A query value that is one signal, `$name` or `$a.b`, is read when the request is made and encoded by
the client. Every other value is text and is encoded here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote_plus

from stario.datastar.errors import mapping_in_a_query, no_queries, not_encodable
from stario.datastar.names import SIGNAL_NAME
from stario.datastar.page.js import string_literal

# "$5" is a price: only what begins like a name is a signal.
_SIGNAL_REFERENCE = re.compile(rf"\$(?=[A-Za-z_])(?!.*__){SIGNAL_NAME}")


def url_js(url: str, queries: Mapping[str, Any]) -> str:
    """Write an address with query parameters before its fragment, as a JavaScript expression.

    A list repeats its key, None is left out.
    """
    if not isinstance(queries, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise no_queries(queries)
    target, hash_mark, fragment = url.partition("#")
    joint = "?" if "?" not in target else "" if target.endswith(("?", "&")) else "&"
    pieces: list[str] = []
    text = target
    for key, value in _pairs(queries):
        text += f"{joint}{_encoded(key)}="
        joint = "&"
        if _is_signal(value):
            pieces += (string_literal(text), f"encodeURIComponent({value})")
            text = ""
        else:
            text += _encoded(value)
    text += f"{hash_mark}{fragment}"
    return " + ".join([*pieces, string_literal(text)] if text or not pieces else pieces)


def _pairs(queries: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for key, value in queries.items():
        for item in _items(value):
            if item is not None:
                yield key, item


def _items(value: object) -> Iterable[object]:
    if isinstance(value, str | bytes) or _is_signal(value) or not isinstance(value, Iterable):
        return (value,)
    if isinstance(value, Mapping):
        raise mapping_in_a_query(cast("object", value))
    return cast("Iterable[object]", value)


def _is_signal(value: Any) -> bool:
    written = str(value)
    return "$" in written and _SIGNAL_REFERENCE.fullmatch(written) is not None


def _encoded(value: object) -> str:
    try:
        return quote_plus(value if isinstance(value, bytes) else str(value))
    except UnicodeEncodeError:
        raise not_encodable(value) from None
