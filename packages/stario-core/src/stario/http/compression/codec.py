"""What a content coding has to offer: whole bodies, and streams of blocks and segments.

A codec holds settings and is shared; a stream is one response. A block refers to the blocks before
it, so it is small, and the stream keeps a window. A segment refers to nothing, so it fits behind
any other of its codec, in any stream.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from stario.http.compression.checksum import Checksum


class Stream(Protocol):
    """The state of one compressed stream."""

    def block(self, data: bytes) -> bytes:
        """Compress `data` so that the receiver can read all of it at once."""
        ...

    def finish(self) -> bytes:
        """Return what closes the stream."""
        ...


class Segment:
    """Shared data in a form that fits behind any other segment of its codec.

    `wire` is its bytes, in the codec's form or in that of a transfer coding around it. Where the
    end of a stream tells a checksum, `step` has those before and after it on the first stream that
    sent it; None before it, where that stream had just sent a block of its own.
    """

    __slots__ = ("step", "wire")

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self.step: tuple[Checksum | None, Checksum] | None = None


class SegmentStream(Stream, Protocol):
    """A stream whose pieces can be segments too.

    A block refers to the blocks before it, and to nothing beyond a segment.
    """

    @property
    def is_wide(self) -> bool:
        """The stream holds an encoder for its blocks."""
        ...

    def lead(self, data: bytes, segment: Segment) -> bytes:
        """Return what goes before a segment, mostly nothing, and forget the blocks."""
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

    def segmented(self) -> "SegmentCodec | None":
        """Return itself, if its streams may have segments."""
        ...


class SegmentCodec(Codec, Protocol):
    """A coding whose streams may have segments."""

    @property
    def sums(self) -> bool:
        """A stream must see every segment, as its end tells a sum of all."""
        ...

    def open(self) -> SegmentStream:
        """Begin a stream."""
        ...

    def segment(self, data: bytes) -> Segment:
        """Compress `data` for all streams of this codec."""
        ...
