"""Whole answers by kind: HTML, JSON, text, redirects, and answers without a body."""

from collections.abc import Callable
from json import encoder as json_encoder
from typing import TYPE_CHECKING, Any, Never

from stario.exceptions import StarioError
from stario.http.redirect import normalized_location
from stario.markup import render

if TYPE_CHECKING:
    from stario.http.writer import Writer
    from stario.markup.types import HtmlElement

__all__ = ["JsonValue", "empty", "html", "json", "normalized_location", "redirect", "text"]

type JsonValue = str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None

_HTML = b"text/html; charset=utf-8"
_JSON = b"application/json; charset=utf-8"
_TEXT = b"text/plain; charset=utf-8"


def _json_encoder() -> Callable[[Any], str]:
    """Return an encoder that is built once.

    `json.dumps` with arguments builds one per call, and even `JSONEncoder.encode` builds its inner
    half per call; together that costs five times as much as the encoding of a small answer.
    """
    build: Any = getattr(json_encoder, "c_make_encoder", None)
    if build is None:
        return json_encoder.JSONEncoder(
            ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
        ).encode
    quote: Any = json_encoder.encode_basestring
    # markers, default, encoder, indent, separators, sort_keys, skipkeys, allow_nan
    chunks = build(None, _refuse, quote, None, ":", ",", False, False, False)

    def encode(value: Any) -> str:
        return "".join(chunks(value, 0))

    return encode


def _refuse(value: object) -> Never:
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_encode_json = _json_encoder()


def html(w: "Writer", content: "bytes | str | HtmlElement", status: int = 200) -> None:
    """Answer with HTML: `bytes` and `str` are sent as they are, nodes are rendered."""
    if isinstance(content, bytes):
        body = content
    elif isinstance(content, str):
        body = content.encode()
    else:
        body = render(content).encode()
    w.respond(body, _HTML, status)


def json(w: "Writer", value: JsonValue, status: int = 200) -> None:
    """Answer with compact JSON in UTF-8 (RFC 8259).

    Raises StarioError for a value that JSON has no form for, NaN and infinity among them.
    """
    try:
        body = _encode_json(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise not_json(value, error) from error
    w.respond(body, _JSON, status)


def text(w: "Writer", body: str, status: int = 200) -> None:
    """Answer with plain text."""
    w.respond(body.encode(), _TEXT, status)


def redirect(w: "Writer", url: str, status: int = 307, *, local_only: bool = False) -> None:
    """Answer with a redirect to `url`, without a body (RFC 9110, 15.4).

    Raises StarioError for a status outside 300 to 399 and for a target that is no path or http URL;
    `local_only` refuses everything that could leave this site.
    """
    if not 300 <= status <= 399:
        raise StarioError(
            f"redirect() takes a status from 300 to 399, not {status}.",
            context={"status": status},
            help_text="303 turns a POST into a GET; 307 keeps the method; 308 is permanent.",
        )
    w.headers.set("location", normalized_location(url, local_only=local_only))
    w.respond(b"", _TEXT, status)


def empty(w: "Writer", status: int = 204) -> None:
    """Answer without a body."""
    w.respond(b"", _TEXT, status)


def not_json(value: object, error: Exception) -> StarioError:
    return StarioError(
        f"The {type(value).__name__} cannot be sent as JSON: {error}",
        help_text="JSON has text, finite numbers, booleans, None, lists and dicts with text keys.",
    )
