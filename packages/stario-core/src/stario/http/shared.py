"""Bytes that go out on many streams: what one stream made of them serves all the others."""

from typing import Any, Final

# A process has one server, with one codec for each coding and plain chunks besides; a test may
# have several. Whoever has more makes things twice.
_KEPT_MAX = 8
_NOTHING: Final[dict[object, Any]] = {}


class SharedBytes(bytes):
    """Immutable bytes for `w.write`, for streams that all send the same.

    Each stream would frame and compress them to the same end. So that is done once for each coding,
    on first use, and kept with the value; for the other streams it is a look-up and a write. On a
    compressed stream such a piece costs some more bytes than a private one, which refers to those
    before, and the stream keeps no window for it. They are ordinary bytes in every other place.
    """

    # What was made of these bytes, by its maker; internal. No slot: a type of variable size cannot
    # have any. The empty one is never written to.
    kept: dict[object, Any] = _NOTHING

    def keep[T](self, maker: object, made: T) -> T:
        """Keep what `maker` made for the other streams, and return it. Internal.

        Threads may get here at once: then one of them makes in vain.
        """
        if len(self.kept) in (0, _KEPT_MAX):
            self.kept = {maker: made}
        else:
            self.kept[maker] = made
        return made

    def __getstate__(self) -> None:
        """A copy, or what travels to another process, is the bytes alone."""
        return
