"""Content codings of buffered answers, undone (RFC 9110, section 8.4)."""

import gzip
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from stario.testing.errors import undecodable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

brotli: Any = import_module("brotli")  # it has no types


def decoded(content: bytes, content_encoding: str) -> bytes:
    """Return a body as it was before it was encoded, the last coding undone first.

    Raises RuntimeError for a coding that is unknown, or that the body does not have.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    for coding in reversed(codings):
        if coding and coding != "identity":
            content = _undo(coding, content)
    return content


def _undo(coding: str, content: bytes) -> bytes:
    decoder = _DECODERS.get(coding)
    if decoder is None:
        raise undecodable(coding, f"only {', '.join(_DECODERS)} are known")
    try:
        return decoder(content)
    except _FAILURES as error:
        raise undecodable(coding, str(error)) from error


def _inflate(content: bytes) -> bytes:
    """Undo `deflate`: zlib's format by the book, raw deflate as some servers send it."""
    try:
        return zlib.decompress(content)
    except zlib.error:
        return zlib.decompress(content, -zlib.MAX_WBITS)


def _brotli(content: bytes) -> bytes:
    return brotli.decompress(content)


_FAILURES: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    zlib.error,
    zstd.ZstdError,
    brotli.error,
)
_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": _inflate,
    "br": _brotli,
    "zstd": zstd.decompress,
}
