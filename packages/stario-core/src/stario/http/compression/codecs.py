"""The content codings: br, zstd and gzip, for whole bodies and for streams.

A codec holds settings and is shared; a `Compressor` is one response and owns the state of its
stream, which is made at the first block. A codec whose library is not installed is not there.

A stream that lives for hours must be small, so streams get tables and windows of their own. KB
held by one open stream after events of 2 and 18 KB, and bytes sent for an event that repeats the
one before with one row changed (brotli 1.2.1, libzstd 1.5, zlib 1.3; 64-bit):

=======================  ==========  ==========  ============  ============
setting                  KB at 2 KB  KB at 18 KB bytes of 2 KB bytes of 18 KB
=======================  ==========  ==========  ============  ============
brotli 4, window 18      669         781         48            256
**brotli 3, window 16**  362         406         50            256
brotli 1 (no window)     24          141         392           2828
zstd 3, as it comes      871         859         53            473
**zstd 3, window 15**    99          111         53            777
zstd 3, window 14        99          99          62            2237
gzip 6, window 15        213         206         48            552
**gzip 6, window 14**    94          88          48            2489
=======================  ==========  ==========  ============  ============

The marked ones are the defaults of streams. Brotli's hash table alone takes 256 KB from level 2
to 3 and 512 KB at level 4, so brotli streams stay at level 3: half the memory for the same bytes.
No window makes that smaller, and level 1 forgets all at every flush, so a client that likes several
codings as much, as browsers do, gets a stream in zstd, else in gzip, and br where that is all it
takes. An application that sends large fragments to few clients wins by a larger
`stream_window_log`. `benchmarks/compression` measures these figures, and the time.
"""

import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol

from stario.exceptions import StarioRuntime

# Two libraries, neither with types that a checker would know on every Python.
brotli: Any
zstd: Any
try:
    import brotli  # pyright: ignore[reportMissingImports,reportMissingTypeStubs]
except ImportError:  # pragma: no cover
    brotli = None
try:
    from compression import zstd  # pyright: ignore
except ImportError:
    try:
        from backports import zstd  # pyright: ignore
    except ImportError:  # pragma: no cover
        zstd = None

BROTLI_STREAM_LEVEL_MAX: Final = 3
BROTLI_STREAM_WINDOW_LOG: Final = 16
BROTLI_WINDOW_LOG: Final = 22
ZSTD_STREAM_LEVEL_MAX: Final = 3
ZSTD_STREAM_WINDOW_LOG: Final = 15
GZIP_STREAM_WINDOW_BITS: Final = 14
GZIP_WINDOW_BITS: Final = 15

# 32 KB of window need no more than 2,048 entries to find the last event again: 16 KB less each.
_ZSTD_TABLE_BELOW_WINDOW = 4
_ZSTD_IDLE_MAX = 4
_GZIP_FRAMING = 16  # zlib writes gzip's header and trailer when this is added to the window


class Stream(Protocol):
    """The state of one compressed stream."""

    def block(self, data: bytes) -> bytes:
        """Compress `data` so that the receiver can read all of it at once."""
        ...

    def finish(self) -> bytes:
        """Return what closes the stream."""
        ...


class Codec(Protocol):
    """One content coding with its settings."""

    @property
    def encoding(self) -> bytes:
        """The coding's name in `content-encoding`."""
        ...

    def frame(self, data: bytes) -> bytes:
        """Compress a whole body."""
        ...

    def open(self) -> Stream:
        """Begin a stream."""
        ...


class Compressor:
    """Compresses one response: one `frame`, or any number of `block`s and a `finish`."""

    __slots__ = ("_codec", "_finished", "_stream", "encoding")

    def __init__(self, codec: Codec) -> None:
        self.encoding = codec.encoding
        self._codec = codec
        self._stream: Stream | None = None
        self._finished = False

    def frame(self, data: bytes) -> bytes:
        """Compress a whole body."""
        return self._codec.frame(data)

    def block(self, data: bytes) -> bytes:
        """Compress one piece of a stream and flush it; after `finish` this is a StarioRuntime."""
        return self._opened().block(data)

    def finish(self) -> bytes:
        """Return the end of the stream, which is a whole empty body without a block before."""
        end = self._opened().finish()
        self._stream, self._finished = None, True
        return end

    def _opened(self) -> Stream:
        if self._stream is None:
            if self._finished:
                raise stream_finished(self)
            self._stream = self._codec.open()
        return self._stream

    def __repr__(self) -> str:
        state = "finished" if self._finished else "fresh" if self._stream is None else "open"
        return f"<Compressor {self.encoding.decode()} {state}>"


class BrotliCodec:
    """RFC 7932."""

    encoding = b"br"

    def __init__(self, level: int, window_log: int | None, stream_window_log: int | None) -> None:
        self.level = level
        self.window_log = window_log or BROTLI_WINDOW_LOG
        self.stream_level = min(level, BROTLI_STREAM_LEVEL_MAX)
        self.stream_window_log = stream_window_log or window_log or BROTLI_STREAM_WINDOW_LOG

    def frame(self, data: bytes) -> bytes:
        """Compress a whole body."""
        return brotli.compress(data, quality=self.level, lgwin=self.window_log)

    def open(self) -> Stream:
        """Begin a stream."""
        return _BrotliStream(
            brotli.Compressor(quality=self.stream_level, lgwin=self.stream_window_log)
        )


class _BrotliStream:
    __slots__ = ("_encoder",)

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def block(self, data: bytes) -> bytes:
        return self._encoder.process(data) + self._encoder.flush()

    def finish(self) -> bytes:
        return self._encoder.finish()


class ZstdCodec:
    """RFC 8878."""

    encoding = b"zstd"

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

    def open(self) -> Stream:
        """Begin a stream."""
        return _ZstdStream(zstd.ZstdCompressor(options=self.stream_options))


class _ZstdStream:
    __slots__ = ("_encoder",)

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def block(self, data: bytes) -> bytes:
        return self._encoder.compress(data, self._encoder.FLUSH_BLOCK)

    def finish(self) -> bytes:
        return self._encoder.flush()


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


class GzipCodec:
    """RFC 1952."""

    encoding = b"gzip"

    def __init__(self, level: int, window_bits: int | None, stream_window_log: int | None) -> None:
        self.level = level
        self.window_bits = window_bits or GZIP_WINDOW_BITS
        wanted = stream_window_log or window_bits or GZIP_STREAM_WINDOW_BITS
        self.stream_window_bits = min(wanted, GZIP_WINDOW_BITS)

    def frame(self, data: bytes) -> bytes:
        """Compress a whole body."""
        encoder = zlib.compressobj(self.level, zlib.DEFLATED, _GZIP_FRAMING + self.window_bits)
        return encoder.compress(data) + encoder.flush()

    def open(self) -> Stream:
        """Begin a stream."""
        bits = self.stream_window_bits
        tables = max(bits - 9, 1)  # zlib keeps 2^(7+n) hash entries and 2^(6+n) symbols
        return _GzipStream(
            zlib.compressobj(self.level, zlib.DEFLATED, _GZIP_FRAMING + bits, tables)
        )


class _GzipStream:
    __slots__ = ("_encoder",)

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def block(self, data: bytes) -> bytes:
        return self._encoder.compress(data) + self._encoder.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._encoder.flush()


type CodecFactory = Callable[[int, int | None, int | None], Codec]


def installed_codecs() -> dict[bytes, CodecFactory]:
    """Return the codecs whose library is there, in the order of preference."""
    codecs: dict[bytes, CodecFactory] = {}
    if brotli is not None:
        codecs[b"br"] = BrotliCodec
    if zstd is not None:
        codecs[b"zstd"] = ZstdCodec
    codecs[b"gzip"] = GzipCodec
    return codecs


def zstd_window_bounds() -> tuple[int, int]:
    """Return the smallest and the largest window_log of the zstd that is installed."""
    return (10, 31) if zstd is None else zstd.CompressionParameter.window_log.bounds()


def stream_finished(compressor: Compressor) -> StarioRuntime:
    """The complaint of `block` and `finish` after the end."""
    return StarioRuntime(
        f"The {compressor.encoding.decode()} stream is finished; nothing can follow its end.",
        context={"encoding": compressor.encoding},
        help_text="Take a new compressor for each response.",
    )
