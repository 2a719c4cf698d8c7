"""A file on the disk, as long as it is the one that was hashed."""

import os

from stario.staticassets.asset import Asset, is_same_file

# Without O_NONBLOCK a FIFO in the file's place would hold the loop until somebody writes to it.
OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class OpenFile:
    """An open file that is closed when nobody holds it any more.

    A cancelled handler may leave a thread behind that still reads: closing by hand would let that
    thread read from whatever gets the same descriptor next.
    """

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        """Close it."""
        os.close(self.descriptor)

    def facts(self) -> os.stat_result:
        """Return what the file system says of it."""
        return os.fstat(self.descriptor)

    def read(self, size: int, offset: int) -> bytes:
        """Return at most `size` bytes from `offset` on; nothing at the end. Blocks."""
        return _read_at(self.descriptor, size, offset)


def open_unchanged(asset: Asset) -> OpenFile | None:
    """Open the file; None when it is gone or no longer what it was."""
    try:
        file = OpenFile(os.open(asset.source, OPEN_FLAGS))
    except OSError:
        return None
    return file if is_same_file(file.facts(), asset.size, asset.modified_ns) else None


def read_unchanged(asset: Asset) -> bytes | None:
    """Return the whole content; None when it is gone or no longer what it was."""
    file = open_unchanged(asset)
    if file is None:
        return None
    content = bytearray()
    while chunk := file.read(asset.size + 1 - len(content), len(content)):
        content += chunk
    return bytes(content) if len(content) == asset.size else None


def _seek_and_read(descriptor: int, size: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, size)


# Windows has no pread; one task reads a file at a time, so that seeking is as good.
_read_at = getattr(os, "pread", _seek_and_read)
