"""Which framing a stream gets: chosen once, when its head is written, and told in its fields.

A body of unknown length goes out differently in HTTP/1.1 and HTTP/1.0, with or without a
compressor, to GET and to HEAD (RFC 9112, section 6.3).
"""

from typing import TYPE_CHECKING

from stario.exceptions import StarioError
from stario.http.compression import merge_vary
from stario.http.sending.framing import (
    CHUNKED,
    DROPPED,
    UNTIL_CLOSE,
    Declared,
    Forbidden,
    Framing,
    compressed,
)
from stario.http.wire import status_forbids_body

if TYPE_CHECKING:
    from stario.http.compression import CompressionConfig, Compressor
    from stario.http.headers import Headers
    from stario.http.request import Request


def choose_framing(
    status: int, headers: "Headers", request: "Request", compression: "CompressionConfig"
) -> Framing:
    """Return the framing, and set in `headers` what a client must know of it.

    Raises StarioError for a `content-length` that is no single number.
    """
    # How the body goes out is for us to say: a field that a handler copied from elsewhere would
    # make the client read the end of one answer as the beginning of the next.
    headers.remove("transfer-encoding")
    if status_forbids_body(status):
        headers.remove("content-length")
        return Forbidden(status)
    if declared := headers.getlist("content-length"):
        length = declared_length(declared)
        return Declared(length) if request.method != "HEAD" else DROPPED
    compressor = _select_compressor(headers, request, compression)
    framing = UNTIL_CLOSE
    if request.protocol_version == "1.1":
        headers.wire_set("transfer-encoding", b"chunked")
        framing = CHUNKED
    if request.method == "HEAD":
        return DROPPED
    return framing if compressor is None else compressed(compressor, framing)


def _select_compressor(
    headers: "Headers", request: "Request", compression: "CompressionConfig"
) -> "Compressor | None":
    if "content-encoding" in headers:
        return None
    accepted = request.first_line(b"accept-encoding")
    compressor = compression.select_stream(accepted, headers.wire_get("content-type"))
    if compressor is not None:
        headers.wire_set("content-encoding", compressor.encoding)
        merge_vary(headers, b"accept-encoding")
    return compressor


def declared_length(lines: list[str]) -> int:
    """Return the number in the lines of `content-length`, or raise StarioError."""
    length = lines[0]
    if len(lines) > 1 or not (length.isascii() and length.isdigit()):
        raise not_a_length(lines)
    return int(length)


def not_a_length(lines: list[str]) -> StarioError:
    return StarioError(
        f"content-length must be one number of bytes, not {', '.join(lines)!r}.",
        help_text="Leave it out to stream a body of unknown length.",
    )
