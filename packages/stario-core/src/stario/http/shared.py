"""Bytes that go out on many streams: what one stream made of them serves all the others."""


class SharedBytes(bytes):
    """Immutable bytes for `w.write`, for streams that all send the same.

    They are ordinary bytes in every other place.
    """
