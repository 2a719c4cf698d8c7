"""gzip, RFC 1952: one header, deflate blocks by whomever, and one trailer.

A segment is a run of blocks that refers to nothing before it and ends on a byte (RFC 1951, 3.2.4).
The checksum in the trailer is of all the data, so each stream carries its own.
"""

import zlib
from functools import partial
from typing import Any, Final

from stario.http.compression.checksum import Checksum
from stario.http.compression.codec import Segment
from stario.http.compression.window import Encode, Window

GZIP_STREAM_WINDOW_BITS: Final = 14
GZIP_WINDOW_BITS: Final = 15

_GZIP_FRAMING = 16  # zlib writes gzip's header and trailer when this is added to the window
# Ours around blocks: deflate, no name, no time, unknown system (RFC 1952, 2.3).
_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_LAST_BLOCK = b"\x03\0"  # final, fixed codes, and nothing but the end (RFC 1951, 3.2.3)
_WINDOW_BITS_MIN = 9
# From here on a look-up in tables is faster than a walk through the text, at 100 KB by forty times;
# the tables take as long to make as ten look-ups save.
_CHECKSUM_FROM = 8 * 1024


class GzipCodec:
    """Whole bodies with a large window, blocks with a small one."""

    encoding = b"gzip"
    sums = True

    def __init__(self, level: int, window_bits: int | None, stream_window_log: int | None) -> None:
        self.level = level
        self.window_bits = window_bits or GZIP_WINDOW_BITS
        wanted = stream_window_log or window_bits or GZIP_STREAM_WINDOW_BITS
        self.stream_window_bits = min(wanted, GZIP_WINDOW_BITS)

    def frame(self, data: bytes) -> bytes:
        """Compress a whole body."""
        encoder = zlib.compressobj(self.level, zlib.DEFLATED, _GZIP_FRAMING + self.window_bits)
        return encoder.compress(data) + encoder.flush()

    def open(self) -> "GzipStream":
        """Begin a stream."""
        return GzipStream(self)

    def segmented(self) -> "GzipCodec":
        """Return itself."""
        return self

    def segment(self, data: bytes) -> Segment:
        """Compress `data` for all streams of this codec."""
        checksum = Checksum(data) if len(data) >= _CHECKSUM_FROM else None
        # A window as large as the data: zlib clears its tables, for a small event that is most
        # of its time.
        bits = min(self.window_bits, max(len(data).bit_length() + 1, _WINDOW_BITS_MIN))
        encoder = zlib.compressobj(self.level, zlib.DEFLATED, -bits, max(bits - 8, 1))
        blocks = encoder.compress(data) + encoder.flush(zlib.Z_FULL_FLUSH)
        return Segment(blocks, checksum)

    def new_encode(self) -> Encode:
        """Return an encoder of blocks."""
        bits = self.stream_window_bits
        tables = max(bits - 9, 1)  # zlib keeps 2^(7+n) hash entries and 2^(6+n) symbols
        return partial(_flushed, zlib.compressobj(self.level, zlib.DEFLATED, -bits, tables))


def _flushed(encoder: Any, data: bytes) -> bytes:
    return encoder.compress(data) + encoder.flush(zlib.Z_SYNC_FLUSH)


class GzipStream:
    """One member: a header, deflate blocks by whomever, and the checksum of all that they hold."""

    __slots__ = ("_crc", "_header", "_is_behind_segment", "_size", "_window")

    def __init__(self, codec: GzipCodec) -> None:
        self._window = Window(codec.new_encode)
        self._is_behind_segment = False
        self._header = _HEADER
        self._crc = 0
        self._size = 0

    @property
    def is_wide(self) -> bool:
        """An encoder is open."""
        return self._window.is_wide

    def block(self, data: bytes) -> bytes:
        """Compress `data` so that the receiver can read all of it at once."""
        self._is_behind_segment = False
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        return self._taken_header() + self._window.block(data)

    def lead(self, data: bytes, segment: Segment) -> bytes:
        """Return the header before the first segment; the end of a block needs no mark."""
        checksum = segment.checksum
        crc = self._crc
        self._crc = zlib.crc32(data, crc) if checksum is None else checksum.after(crc)
        self._size += len(data)
        if self._is_behind_segment:
            return b""
        self._is_behind_segment = True
        self._window.forget()
        return self._taken_header()

    def finish(self) -> bytes:
        """Return what closes the stream (RFC 1952, 2.3.1)."""
        self._window.forget()
        trailer = self._crc.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little")
        return self._taken_header() + _LAST_BLOCK + trailer

    def _taken_header(self) -> bytes:
        header, self._header = self._header, b""
        return header
