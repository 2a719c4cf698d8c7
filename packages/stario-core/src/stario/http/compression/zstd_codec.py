"""zstd, RFC 8878: a body is any number of frames, so a segment is a frame of its own."""

from functools import partial
from typing import Any, Final

from stario.http.compression.codec import Segment
from stario.http.compression.window import Encode, Window

zstd: Any  # its types are not known on every Python
try:
    from compression import zstd  # pyright: ignore
except ImportError:
    try:
        from backports import zstd  # pyright: ignore
    except ImportError:  # pragma: no cover
        zstd = None

ZSTD_STREAM_LEVEL_MAX: Final = 3
ZSTD_STREAM_WINDOW_LOG: Final = 15

# 32 KB of window need no more than 2,048 entries to find the last event again: 16 KB less each.
_ZSTD_TABLE_BELOW_WINDOW = 4
_ZSTD_IDLE_MAX = 4
# Raw and empty, in frames that have no checksum (3.1.1.2). No encoder is needed to write it.
_LAST_BLOCK = b"\x01\0\0"


class ZstdCodec:
    """Frames at the level of whole bodies, blocks with a small window."""

    encoding = b"zstd"
    sums = False

    def __init__(self, level: int, window_log: int | None, stream_window_log: int | None) -> None:
        self.options = _zstd_options(level, window_log)
        self.stream_options = _zstd_stream_options(
            level, stream_window_log or window_log or ZSTD_STREAM_WINDOW_LOG
        )
        self._idle: list[Any] = []

    def frame(self, data: bytes) -> bytes:
        """Compress a whole body.

        An encoder that has worked before takes 9 µs for 1 KB where a new one takes 24. Pop and
        append are atomic, so threads never share one; one that failed is not put back.
        """
        try:
            encoder = self._idle.pop()
        except IndexError:
            encoder = zstd.ZstdCompressor(options=self.options)
        encoder.set_pledged_input_size(len(data))
        packed = encoder.compress(data, encoder.FLUSH_FRAME)
        if len(self._idle) < _ZSTD_IDLE_MAX:
            self._idle.append(encoder)
        return packed

    def open(self) -> "ZstdStream":
        """Begin a stream."""
        return ZstdStream(self)

    def segmented(self) -> "ZstdCodec":
        """Return itself."""
        return self

    def segment(self, data: bytes) -> Segment:
        """Compress `data` for all streams of this codec."""
        return Segment(self.frame(data))

    def new_encode(self) -> Encode:
        """Return an encoder of blocks."""
        encoder = zstd.ZstdCompressor(options=self.stream_options)
        return partial(encoder.compress, mode=encoder.FLUSH_BLOCK)


class ZstdStream:
    """Frames: one for each segment, and one for all blocks in a row."""

    __slots__ = ("_codec", "_is_behind_segment", "_window")

    def __init__(self, codec: ZstdCodec) -> None:
        self._codec = codec
        self._window = Window(codec.new_encode)
        self._is_behind_segment = False

    @property
    def is_wide(self) -> bool:
        """An encoder is open."""
        return self._window.is_wide

    def block(self, data: bytes) -> bytes:
        """Compress `data` so that the receiver can read all of it at once."""
        self._is_behind_segment = False
        return self._window.block(data)

    def lead(self, data: bytes, segment: Segment) -> bytes:
        """Return the end of the blocks' frame before a segment."""
        if self._is_behind_segment:
            return b""
        self._is_behind_segment = True
        return b"" if self._window.is_fresh else self._end_of_blocks()

    def finish(self) -> bytes:
        """Return what closes the stream; without a piece before, a whole empty body."""
        if self._is_behind_segment:
            return b""
        return self._codec.frame(b"") if self._window.is_fresh else self._end_of_blocks()

    def _end_of_blocks(self) -> bytes:
        self._window.forget()
        return _LAST_BLOCK


def _zstd_options(level: int, window_log: int | None) -> dict[int, int]:
    options = {zstd.CompressionParameter.compression_level: level}
    if window_log is not None:
        options[zstd.CompressionParameter.window_log] = window_log
    return options


def _zstd_stream_options(level: int, window_log: int) -> dict[int, int]:
    parameter = zstd.CompressionParameter
    table_log = max(window_log - _ZSTD_TABLE_BELOW_WINDOW, parameter.hash_log.bounds()[0])
    return {
        parameter.compression_level: min(level, ZSTD_STREAM_LEVEL_MAX),
        parameter.strategy: zstd.Strategy.dfast,
        parameter.window_log: window_log,
        parameter.hash_log: table_log,
        parameter.chain_log: table_log,
    }


def is_installed() -> bool:
    """Tell whether the library is there."""
    return zstd is not None


def zstd_window_bounds() -> tuple[int, int]:
    """Return the smallest and the largest window_log of the zstd that is installed."""
    return (10, 31) if zstd is None else zstd.CompressionParameter.window_log.bounds()
