"""gzip, RFC 1952: one header, deflate blocks by whomever, and one trailer.

A segment is a run of blocks that refers to nothing before it and ends on a byte (RFC 1951, 3.2.4).
The checksum in the trailer is of all the data, so each stream has its own; how it gets it without
a look at every segment stands in `checksum`.
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
        # A window as large as the data: zlib clears its tables, for a small event that is most
        # of its time.
        bits = min(self.window_bits, max(len(data).bit_length() + 1, _WINDOW_BITS_MIN))
        encoder = zlib.compressobj(self.level, zlib.DEFLATED, -bits, max(bits - 8, 1))
        return Segment(encoder.compress(data) + encoder.flush(zlib.Z_FULL_FLUSH))

    def new_encode(self) -> Encode:
        """Return an encoder of blocks."""
        bits = self.stream_window_bits
        tables = max(bits - 9, 1)  # zlib keeps 2^(7+n) hash entries and 2^(6+n) symbols
        return partial(_flushed, zlib.compressobj(self.level, zlib.DEFLATED, -bits, tables))


def _flushed(encoder: Any, data: bytes) -> bytes:
    return encoder.compress(data) + encoder.flush(zlib.Z_SYNC_FLUSH)


class GzipStream:
    """One member: a header, deflate blocks by whomever, and the checksum of all that they hold."""

    __slots__ = ("_header", "_joined", "_own", "_reached", "_window")

    def __init__(self, codec: GzipCodec) -> None:
        self._window = Window(codec.new_encode)
        self._header = _HEADER
        # Behind a block the checksum is `_own`, and `_reached` is None. Behind a segment it follows
        # that of another stream: `_own` and `_joined` are ours and the other's where ours began to
        # follow it, and `_reached` is the other's now.
        self._own = self._joined = Checksum()
        self._reached: Checksum | None = None

    @property
    def is_wide(self) -> bool:
        """An encoder is open."""
        return self._window.is_wide

    def block(self, data: bytes) -> bytes:
        """Compress `data` so that the receiver can read all of it at once."""
        self._own = self._checksum().after(data)
        self._reached = None
        return self._taken_header() + self._window.block(data)

    def lead(self, data: bytes, segment: Segment) -> bytes:
        """Return the header before the first segment; the end of a block needs no mark."""
        reached, step = self._reached, segment.step
        if reached is None:
            return self._lead_after_block(data, segment)
        if step is None:
            step = segment.step = (reached, reached.after(data))
        if step[0] is reached:  # as for most: the stream that we follow has sent it here as well
            self._reached = step[1]
        else:
            self._own = self._checksum().after(data)
            self._joined = self._reached = step[1]
        return b""

    def _lead_after_block(self, data: bytes, segment: Segment) -> bytes:
        self._own = self._own.after(data)
        if segment.step is None:
            segment.step = (None, self._own)
        self._joined = self._reached = segment.step[1]
        self._window.forget()
        return self._taken_header()

    def finish(self) -> bytes:
        """Return what closes the stream (RFC 1952, 2.3.1)."""
        self._window.forget()
        end = self._checksum()
        trailer = end.crc.to_bytes(4, "little") + (end.size & 0xFFFFFFFF).to_bytes(4, "little")
        return self._taken_header() + _LAST_BLOCK + trailer

    def _checksum(self) -> Checksum:
        if self._reached is None:
            return self._own
        return self._own.after_text_of(self._joined, self._reached)

    def _taken_header(self) -> bytes:
        header, self._header = self._header, b""
        return header
