"""How the body of a started response goes out: a framing turns pieces into wire bytes.

RFC 9112, section 6: in chunks, up to a declared length, or until the connection closes; and to
HEAD, or with a status that forbids a body, not at all.
"""

from typing import TYPE_CHECKING, Final

from stario.exceptions import StarioRuntime
from stario.http.compression.codec import Segment

if TYPE_CHECKING:
    from stario.http.compression import Compressor
    from stario.http.compression.codec import SegmentCodec
    from stario.http.shared import SharedBytes

# No event is shorter, only a comment that keeps a stream open: that must not end a window. Nor open
# one, on the many streams that are idle.
_COMMENT_MAX = 32


class Framing:
    """Until the connection closes: pieces go out as they are, and nothing marks the end."""

    __slots__ = ()

    # Bytes of a declared length that are still to come, and the content coding.
    missing = 0
    coding = b""
    # Nothing can be sent that the handler did not write: the length is known, or there is no body.
    is_fixed = False

    def frame(self, data: bytes) -> bytes:
        """Return what is sent for a piece, which is not empty."""
        return data

    def share(self, data: "SharedBytes") -> bytes:
        """Return what is sent for a piece that other streams send too."""
        return self.frame(data)

    def last(self) -> bytes:
        """Return what is sent at the end."""
        return b""


class Chunked(Framing):
    """One chunk a piece (7.1)."""

    __slots__ = ()

    def frame(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data)

    def share(self, data: "SharedBytes") -> bytes:
        return data.kept.get(self) or data.keep(self, self.frame(data))

    def held(self, chunk: bytes) -> bytes:
        """Return the piece in a chunk of ours."""
        return chunk[chunk.index(b"\n") + 1 : -2]

    def last(self) -> bytes:
        return b"0\r\n\r\n"


class Dropped(Framing):
    """The answer to HEAD: a body may be written, and none is sent."""

    __slots__ = ()

    def frame(self, data: bytes) -> bytes:
        return b""


class Declared(Framing):
    """Exactly as many bytes as `content-length` says."""

    __slots__ = ("missing",)

    is_fixed = True

    def __init__(self, length: int) -> None:
        self.missing = length

    def frame(self, data: bytes) -> bytes:
        """Return the piece. More than was declared is a StarioRuntime, and none of it is sent."""
        if len(data) > self.missing:
            raise longer_than_declared(len(data), self.missing)
        self.missing -= len(data)
        return data


class Forbidden(Framing):
    """A status that has no body, such as 204."""

    __slots__ = ("_status",)

    is_fixed = True

    def __init__(self, status: int) -> None:
        self._status = status

    def frame(self, data: bytes) -> bytes:
        """Refuse the piece: StarioRuntime."""
        raise status_without_body(self._status)


class Compressed(Framing):
    """Pieces through a compressor, each flushed, and then through another framing."""

    __slots__ = ("_compressor", "_inner", "coding")

    def __init__(self, compressor: "Compressor", inner: Framing) -> None:
        self._compressor = compressor
        self._inner = inner
        self.coding = compressor.encoding

    def frame(self, data: bytes) -> bytes:
        return self._inner.frame(self._compressor.block(data))

    def last(self) -> bytes:
        tail = self._compressor.finish()
        return (self._inner.frame(tail) if tail else b"") + self._inner.last()


class Segmented(Framing):
    """Chunks of a codec that has segments, so that what is shared is compressed once for all.

    Private pieces are blocks, in a window of the stream's own, which ends at the next shared piece.
    """

    __slots__ = ("_codec", "_leads", "_stream", "coding")

    def __init__(self, codec: "SegmentCodec") -> None:
        self._codec = codec
        self._stream = codec.open()
        self._leads = True  # something may be to go before a segment
        self.coding = codec.encoding

    def frame(self, data: bytes) -> bytes:
        self._leads = True
        return CHUNKED.frame(self._stream.block(data))

    def share(self, data: "SharedBytes") -> bytes:
        if len(data) < _COMMENT_MAX and self._stream.is_wide:
            return self.frame(data)
        codec = self._codec
        segment: Segment = data.kept.get(codec) or self._segment(data)
        if self._leads or codec.sums:
            self._leads = False
            if lead := self._stream.lead(data, segment):
                return CHUNKED.frame(lead + CHUNKED.held(segment.wire))
        return segment.wire

    def _segment(self, data: "SharedBytes") -> Segment:
        segment = self._codec.segment(data)
        segment.wire = CHUNKED.frame(segment.wire)
        return data.keep(self._codec, segment)

    def last(self) -> bytes:
        tail = self._stream.finish()
        return CHUNKED.frame(tail) + CHUNKED.last() if tail else CHUNKED.last()


def compressed(compressor: "Compressor", inner: Framing) -> Framing:
    """Return the framing of pieces that go through a compressor first."""
    codec = compressor.segmented() if inner is CHUNKED else None
    return Compressed(compressor, inner) if codec is None else Segmented(codec)


UNTIL_CLOSE: Final = Framing()
CHUNKED: Final = Chunked()
DROPPED: Final = Dropped()


def longer_than_declared(size: int, missing: int) -> StarioRuntime:
    return StarioRuntime(
        f"A piece of {size} bytes does not fit: {missing} of the declared content-length are left.",
        help_text="Declare the true length, or leave content-length out to stream.",
    )


def status_without_body(status: int) -> StarioRuntime:
    return StarioRuntime(
        f"Status {status} has no body.", help_text="Use another status, or end() without data."
    )
