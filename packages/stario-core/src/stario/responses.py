"""Answers by kind: HTML, JSON, text, redirects, answers without a body, files, streams.

A whole answer goes out at once. `file` and `stream` take their time, so they are awaited, and take
`c` as well: its request may ask for a part of the file, and a stream ends when its client leaves.
"""

import os
from collections.abc import AsyncIterable, Callable, Iterable
from json import encoder as json_encoder
from typing import TYPE_CHECKING, Any, Never

from stario.exceptions import StarioError
from stario.http.redirect import normalized_location
from stario.http.sending.pieces import send_pieces
from stario.markup import render
from stario.markup.errors import shown

if TYPE_CHECKING:
    from stario.http.context import Context
    from stario.http.writer import Writer
    from stario.markup.types import HtmlElement

__all__ = [
    "JsonValue",
    "empty",
    "file",
    "html",
    "json",
    "normalized_location",
    "redirect",
    "stream",
    "text",
]

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
    """Answer with plain text. Raises StarioError for what is no str."""
    try:
        data = body.encode()
    except AttributeError:
        raise not_text(body) from None
    w.respond(data, _TEXT, status)


def redirect(w: "Writer", url: str, status: int = 307, *, local_only: bool = False) -> None:
    """Answer with a redirect to `url`, without a body (RFC 9110, 15.4).

    Raises StarioError for a status outside 300 to 399 and for a target that is no path or http URL;
    `local_only` refuses everything that could leave this site.
    """
    if not isinstance(status, int) or not 300 <= status <= 399:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_redirect(status)
    w.headers.set("location", normalized_location(url, local_only=local_only))
    w.respond(b"", _TEXT, status)


def empty(w: "Writer", status: int = 204) -> None:
    """Answer without a body."""
    w.respond(b"", _TEXT, status)


async def file(
    c: "Context",
    w: "Writer",
    path: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    hidden: bool = False,
    content_type: str | None = None,
    download: str | None = None,
    cache_control: str = "private, no-cache",
) -> None:
    """Answer with a file from the disk as it is now (RFC 9110, 13 and 14).

    With the file that is 200, with a part of it 206, without it 304, 412 or 416. It is sent as fast
    as the client takes it, and not compressed; for one that is compressed on the disk, set
    `content-encoding` before. Other fields of `w.headers` stay, but for those that the answer has
    itself.

    For a `path` that a client has a say in, give the `root` below which it must lie: a path that is
    absolute, has `..` or leaves through a link is not found then, nor is a name that begins with a
    dot, unless `hidden`.

    `content_type` is that of the suffix unless given. `download` is the name under which the client
    saves it instead of showing it (RFC 6266); do that with files that users sent, which could be
    pages with scripts. By default the client asks again each time, and no cache in between keeps
    the file. The tag is weak, of time and size.

    Raises HttpException(404) before anything is sent where there is no regular file that may be
    read, StarioError for a `root` that is no directory and for values that no header can carry,
    other OSErrors as they are, ClientDisconnected when the client leaves, and StarioRuntime when
    the file becomes shorter meanwhile, which cuts the connection.
    """
    # An app that sends no files does not load the modules for it.
    from stario.staticassets.file_answer import send_file

    await send_file(
        c,
        w,
        path,
        root=root,
        hidden=hidden,
        content_type=content_type,
        download=download,
        cache_control=cache_control,
    )


async def stream(
    c: "Context",
    w: "Writer",
    source: "AsyncIterable[bytes | str] | Iterable[bytes | str]",
    content_type: str,
    status: int = 200,
) -> None:
    """Answer with a body that is made piece by piece; text is sent as UTF-8.

    The head goes out with the first piece, so that what fails before it is answered like any
    failure; what fails later cuts the connection, and the client sees that the body is not whole.
    Between pieces the client may catch up. When it leaves, the wait for the next piece ends with
    ClientDisconnected. Whatever happens, `source` is closed. HEAD is answered without a look at it.

    A shutdown waits for the end of the body. A stream that has none is given as
    `c.alive(source)`, and ends with a whole body when the app drains.

    Raises StarioError for a `source` that is one `bytes` or `str`, ValueError for a content type
    that no header can carry, StarioRuntime when something was sent before.
    """
    if isinstance(source, bytes | bytearray | memoryview | str):
        raise one_piece(source)
    await send_pieces(c, w, source, content_type, status)


def not_a_redirect(status: object) -> StarioError:
    return StarioError(
        f"redirect() takes a status from 300 to 399, not {shown(status)}.",
        context={"status": status},
        help_text="303 turns a POST into a GET; 307 keeps the method; 308 is permanent.",
    )


def one_piece(source: object) -> StarioError:
    return StarioError(
        f"stream() takes an iterable of pieces, not one {type(source).__name__}.",
        help_text="Send what is whole with text(), html() or w.respond().",
    )


def not_text(body: object) -> StarioError:
    return StarioError(
        f"text() sends a str, not {shown(body)}.",
        help_text="Write str(value), or send bytes with w.respond(data, content_type).",
    )


def not_json(value: object, error: Exception) -> StarioError:
    return StarioError(
        f"The {type(value).__name__} cannot be sent as JSON: {error}",
        help_text="JSON has text, finite numbers, booleans, None, lists and dicts with text keys.",
    )
