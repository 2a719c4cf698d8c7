"""Settings of compression, checked once; what a response asks of them is a few look-ups."""

from dataclasses import dataclass, field

from stario.exceptions import StarioError
from stario.http.compression.codec import Codec
from stario.http.compression.codecs import Compressor, installed_codecs
from stario.http.compression.content_types import content_type_is_compressible
from stario.http.compression.negotiate import STREAM_PREFERENCE, Negotiator
from stario.http.compression.zstd_codec import zstd_window_bounds


@dataclass(frozen=True, kw_only=True)
class CompressionConfig:
    """How responses are compressed; equal settings are equal objects.

    `min_size` is in bytes and for whole bodies only. A negative level switches its codec off, and
    so does a library that is not installed. Windows are base-2 logarithms of bytes; None leaves
    them to the codec, and for streams to small ones (see `stario.http.compression.codecs`).
    `stream_window_log` replaces all windows for streams. Whole bodies use the levels as given,
    streams at most level 3 of brotli and zstd: beyond, each open stream costs 0.5 MB more.

    Raises StarioError for a value outside the codec's range.
    """

    min_size: int = 512
    zstd_level: int = 3
    zstd_window_log: int | None = None
    brotli_level: int = 4
    brotli_window_log: int | None = None
    gzip_level: int = 6
    gzip_window_bits: int | None = None
    stream_window_log: int | None = None
    _codecs: dict[bytes, Codec] = field(init=False, repr=False, compare=False)
    _negotiate: Negotiator = field(init=False, repr=False, compare=False)
    _negotiate_stream: Negotiator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check every setting, then build the codecs that are on."""
        self._check()
        codecs = self._enabled_codecs()
        object.__setattr__(self, "_codecs", codecs)
        object.__setattr__(self, "_negotiate", Negotiator(codecs))
        object.__setattr__(self, "_negotiate_stream", Negotiator(codecs, STREAM_PREFERENCE))

    def enabled_encodings(self) -> tuple[bytes, ...]:
        """Return the codings that are on, in the order that decides a tie: br, zstd, gzip."""
        return tuple(self._codecs)

    def make_compressor(self, encoding: bytes) -> Compressor:
        """Return a compressor for this coding; StarioError when it is off or unknown."""
        codec = self._codecs.get(encoding)
        if codec is None:
            raise encoding_is_off(encoding, self)
        return Compressor(codec)

    def may_compress(
        self,
        accept_encoding: str | bytes | None,
        *,
        data: bytes | None = None,
        content_type: bytes | None = None,
        streaming: bool = False,
    ) -> bool:
        """Tell whether `select` returns a compressor."""
        chosen = self.select(
            accept_encoding, data=data, content_type=content_type, streaming=streaming
        )
        return chosen is not None

    def select(
        self,
        accept_encoding: str | bytes | None,
        *,
        data: bytes | None = None,
        content_type: bytes | None = None,
        streaming: bool = False,
    ) -> Compressor | None:
        """Return a compressor for this response, or None where it is better sent plain.

        What is not given does not speak against it: a type that is None, a size that is unknown.
        """
        if not streaming and data is not None and len(data) < self.min_size:
            return None
        return self._compressor(self._negotiate(accept_encoding), content_type)

    def select_stream(
        self, accept_encoding: str | bytes | None, content_type: bytes | None = None
    ) -> Compressor | None:
        """Return a compressor for a stream that the server sends, or None.

        It is that of `select`, except on a tie: a stream may stay open for hours, so the coding
        whose streams take the least memory comes first, in the order zstd, gzip, br.
        """
        return self._compressor(self._negotiate_stream(accept_encoding), content_type)

    def _compressor(self, encoding: bytes | None, content_type: bytes | None) -> Compressor | None:
        if encoding is None:
            return None
        if content_type is not None and not content_type_is_compressible(content_type):
            return None
        return Compressor(self._codecs[encoding])

    def _check(self) -> None:
        _require_range("min_size", self.min_size, 0, None)
        _require_level("zstd_level", self.zstd_level, 1, 22)
        _require_level("brotli_level", self.brotli_level, 0, 11)
        _require_level("gzip_level", self.gzip_level, 1, 9)
        _require_window("zstd_window_log", self.zstd_window_log, *zstd_window_bounds())
        _require_window("brotli_window_log", self.brotli_window_log, 10, 24)
        _require_window("gzip_window_bits", self.gzip_window_bits, 9, 15)
        _require_window("stream_window_log", self.stream_window_log, 10, 24)

    def _enabled_codecs(self) -> dict[bytes, Codec]:
        settings = {
            b"br": (self.brotli_level, self.brotli_window_log),
            b"zstd": (self.zstd_level, self.zstd_window_log),
            b"gzip": (self.gzip_level, self.gzip_window_bits),
        }
        return {
            encoding: codec(*settings[encoding], self.stream_window_log)
            for encoding, codec in installed_codecs().items()
            if settings[encoding][0] >= 0
        }


def encoding_is_off(encoding: bytes, config: CompressionConfig) -> StarioError:
    return StarioError(
        f"The content coding {encoding!r} is not available.",
        context={"encoding": encoding, "enabled": config.enabled_encodings()},
        help_text="Its level is negative, its library is not installed, or it is unknown.",
    )


def out_of_range(name: str, value: object, lowest: int, highest: int | None) -> StarioError:
    wanted = f"{lowest} or more" if highest is None else f"from {lowest} to {highest}"
    return StarioError(f"{name} must be an integer {wanted}, not {value!r}.", context={name: value})


def _require_range(name: str, value: object, lowest: int, highest: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise out_of_range(name, value, lowest, highest)
    if value < lowest or (highest is not None and value > highest):
        raise out_of_range(name, value, lowest, highest)


def _require_level(name: str, value: object, lowest: int, highest: int) -> None:
    if not (isinstance(value, int) and value < 0):
        _require_range(name, value, lowest, highest)


def _require_window(name: str, value: object, lowest: int, highest: int) -> None:
    if value is not None:
        _require_range(name, value, lowest, highest)
