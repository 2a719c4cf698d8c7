"""br, RFC 7932."""

from typing import Any, Final

from stario.http.compression.codec import Stream

brotli: Any  # it has no types
try:
    import brotli  # pyright: ignore[reportMissingImports,reportMissingTypeStubs]
except ImportError:  # pragma: no cover
    brotli = None

BROTLI_STREAM_LEVEL_MAX: Final = 3
BROTLI_STREAM_WINDOW_LOG: Final = 16
BROTLI_WINDOW_LOG: Final = 22


def is_installed() -> bool:
    """Tell whether the library is there."""
    return brotli is not None


class BrotliCodec:
    """Whole bodies at their level, streams at a small one."""

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

    def segmented(self) -> None:
        """Return nothing: the library has no form for what can stand anywhere in a stream."""


class _BrotliStream:
    __slots__ = ("_encoder",)

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def block(self, data: bytes) -> bytes:
        return self._encoder.process(data) + self._encoder.flush()

    def finish(self) -> bytes:
        return self._encoder.finish()
