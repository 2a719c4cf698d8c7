"""The content codings: br, zstd and gzip, for whole bodies and for streams.

A `Compressor` is one response and owns the state of its stream, which is made at the first block. A
codec whose library is not installed is not there.

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
No window makes that smaller, and level 1 forgets all at every flush. So a client that likes several
codings equally, as browsers do, gets a stream in zstd, else in gzip, and in br where it takes
nothing else. An application that sends large fragments to few clients wins by a larger
`stream_window_log`. `benchmarks/compression` measures these figures, and the time.

Streams that all send the same, as segments, keep no window at all.
"""

from collections.abc import Callable

from stario.exceptions import StarioRuntime
from stario.http.compression import brotli_codec, zstd_codec
from stario.http.compression.brotli_codec import BrotliCodec
from stario.http.compression.codec import Codec, SegmentCodec, Stream
from stario.http.compression.gzip_codec import GzipCodec
from stario.http.compression.zstd_codec import ZstdCodec


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

    def segmented(self) -> SegmentCodec | None:
        """Return the codec, if its streams may have segments. Internal."""
        return self._codec.segmented()

    def _opened(self) -> Stream:
        if self._stream is None:
            if self._finished:
                raise stream_finished(self)
            self._stream = self._codec.open()
        return self._stream

    def __repr__(self) -> str:
        state = "finished" if self._finished else "fresh" if self._stream is None else "open"
        return f"<Compressor {self.encoding.decode()} {state}>"


type CodecFactory = Callable[[int, int | None, int | None], Codec]


def installed_codecs() -> dict[bytes, CodecFactory]:
    """Return the codecs whose library is there, in the order of preference."""
    codecs: dict[bytes, CodecFactory] = {}
    if brotli_codec.is_installed():
        codecs[b"br"] = BrotliCodec
    if zstd_codec.is_installed():
        codecs[b"zstd"] = ZstdCodec
    codecs[b"gzip"] = GzipCodec
    return codecs


def stream_finished(compressor: Compressor) -> StarioRuntime:
    return StarioRuntime(
        f"The {compressor.encoding.decode()} stream is finished; nothing can follow its end.",
        context={"encoding": compressor.encoding},
        help_text="Take a new compressor for each response.",
    )
