"""Heads that were met before: a request line and a block of fields, each known by its bytes.

A client sends the same fields with request after request, and most request lines repeat too. Where
a read begins with a known request line and the block that this connection sent last, it is that
request, and no parser has to look at it. What is remembered was read by the parser first: as a
request of HTTP/1.1 in origin-form that lets the connection live on, and that came in one read of
its own, with a body of declared length or none.
"""

from typing import NamedTuple

from stario.http.headers import KnownLines
from stario.http.request import ReceivedRequest

# This many of each are remembered, none longer than this, in all 1 MiB or so.
_MANY_LINES = 1024
_MANY_BLOCKS = 256
_LONG_LINE = 256
_LONG_BLOCK = 2048
LONGEST = _LONG_LINE + _LONG_BLOCK


class RequestLine(NamedTuple):
    """What a request line says."""

    method: str
    path: str
    query_bytes: bytes
    target: bytes


class Block(NamedTuple):
    """The fields of a head, from the end of its request line to its own, and what they say."""

    text: bytes
    lines: KnownLines
    body_length: int


# No read ends with it: a NUL is in no head.
NO_BLOCK = Block(b"\0", KnownLines([]), 0)

known_lines: dict[bytes, RequestLine] = {}
_known_blocks: dict[bytes, Block] = {}


def learn(data: bytes, request: ReceivedRequest) -> Block:
    """Remember a read that was this request alone, and return its block, or NO_BLOCK."""
    start, end = data.find(b"\r\n"), data.find(b"\r\n\r\n") + 4
    body_length = len(data) - end
    # Nothing before the request line: empty lines may stand there.
    if start <= 0 or end - start > _LONG_BLOCK or not _is_usual(request, body_length):
        return NO_BLOCK
    if start <= _LONG_LINE:
        _learn_line(data[:start], request)
    text = data[start:end]
    return _known_blocks.get(text) or _learn_block(text, request, body_length)


def _is_usual(request: ReceivedRequest, body_length: int) -> bool:
    body = request.received_body
    return (
        body_length == (0 if body is None else body.declared)
        and request.keep_alive
        and request.protocol_version == "1.1"
        and request.target.startswith(b"/")
        and request.first_line(b"expect") is None
    )


def _learn_line(text: bytes, request: ReceivedRequest) -> None:
    if len(known_lines) >= _MANY_LINES:
        known_lines.clear()
    known_lines[text] = RequestLine(
        request.method, request.path, request.query_bytes, request.target
    )


def _learn_block(text: bytes, request: ReceivedRequest, body_length: int) -> Block:
    if len(_known_blocks) >= _MANY_BLOCKS:
        _known_blocks.clear()
    block = _known_blocks[text] = Block(text, KnownLines(request.lines), body_length)
    return block
