"""A file on the disk: as it is now, or as long as it is the one that was hashed."""

import errno
import os
import stat
from pathlib import Path

from stario.exceptions import StarioError
from stario.staticassets.asset import Asset, is_same_file

# Without O_NONBLOCK a FIFO in the file's place would hold the loop until somebody writes to it.
OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)

# There is no file to send, or none that we may read; other errors are the server's own.
_NO_FILE = frozenset(
    (
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EACCES,
        errno.EPERM,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENXIO,  # a socket
        errno.ENODEV,
        errno.EINVAL,  # Windows: a name that cannot be one
    )
)


class OpenFile:
    """An open file that is closed when the last reference to it is gone.

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
        """Return its size, time and kind."""
        return os.fstat(self.descriptor)

    def read(self, size: int, offset: int) -> bytes:
        """Return at most `size` bytes from `offset` on; nothing at the end. Blocks."""
        return _read_at(self.descriptor, size, offset)


def open_regular(path: str | os.PathLike[str], *, follow_link: bool = True) -> OpenFile:
    """Open a file as it is now. Blocks.

    Raises an OSError for which `is_no_file` is true where there is no regular file, and unless
    `follow_link` for a link, where the system can tell.
    """
    flags = OPEN_FLAGS if follow_link else OPEN_FLAGS | getattr(os, "O_NOFOLLOW", 0)
    file = OpenFile(os.open(path, flags))
    if not stat.S_ISREG(file.facts().st_mode):
        raise IsADirectoryError(errno.EISDIR, "not a regular file", os.fspath(path))
    return file


def is_no_file(error: OSError) -> bool:
    """Tell whether there is nothing to send, rather than that something failed."""
    return isinstance(error, FileNotFoundError | PermissionError) or error.errno in _NO_FILE


def open_unchanged(asset: Asset) -> OpenFile | None:
    """Open the file; None when it is gone or no longer what it was. Other OSErrors as they are."""
    try:
        file = OpenFile(os.open(asset.source, OPEN_FLAGS))
    except OSError as error:
        if not is_no_file(error):
            raise
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


def missing_directory(directory: str | os.PathLike[str]) -> StarioError:
    name = os.fspath(directory)
    return StarioError(
        f"There is no directory {name!r} to serve files from.",
        context={"directory": os.fspath(Path(name).absolute())},
        help_text="A relative path starts at the working directory; start from __file__ instead.",
        example='AssetManifest(Path(__file__).resolve().parent / "static")',
    )
