"""Blocks in a row, each of which refers to those before, and what is remembered for that.

An encoder takes 70 to 100 KB, and memory that a process has used for encoders it mostly never gives
back. Many streams send one private state and then what all share, or nothing for a long time. So
behind a first block its data is remembered, not the encoder: a new one that compresses the same
again, for nobody, is where the first one was.
"""

from collections.abc import Callable

# Compresses a piece, so that the receiver can read all of it at once.
type Encode = Callable[[bytes], bytes]

# With longer data the encoder is the smaller one, or nearly so.
_REMEMBERED_MAX = 32 * 1024


class Window:
    """Compresses blocks: fresh, or behind one block, or wide, which is with an encoder open."""

    __slots__ = ("_encode", "_first", "_new_encode")

    def __init__(self, new_encode: Callable[[], Encode]) -> None:
        self._new_encode = new_encode
        self._first: bytes | None = None
        self._encode: Encode | None = None

    @property
    def is_fresh(self) -> bool:
        """There is no block to refer to."""
        return self._first is None and self._encode is None

    @property
    def is_wide(self) -> bool:
        """An encoder is open."""
        return self._encode is not None

    def block(self, data: bytes) -> bytes:
        """Compress a block."""
        if self._encode is not None:
            return self._encode(data)
        encode = self._new_encode()
        if self._first is not None:
            encode(self._first)
            self._first = None
        elif len(data) <= _REMEMBERED_MAX:
            self._first = data
            return encode(data)
        self._encode = encode
        return encode(data)

    def forget(self) -> None:
        """Begin afresh."""
        self._first = self._encode = None
