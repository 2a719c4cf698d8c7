"""One file of a manifest, and the name that it gets from its hash."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

FINGERPRINT_DIGITS = 16


@dataclass(frozen=True)
class Asset:
    """One file: its path below the directory, the same with the hash in it, and its URL.

    `size`, in bytes, and `modified_ns` are those of the file `source`.
    """

    logical_path: str
    hashed_path: str
    url: str
    source: Path
    size: int
    modified_ns: int

    @property
    def fingerprint(self) -> str:
        """The hash, 16 hex digits: of the content, and of what a stylesheet refers to."""
        start = len(split_name(self.logical_path)[0]) + 1
        return self.hashed_path[start : start + FINGERPRINT_DIGITS]


def split_name(logical_path: str) -> tuple[str, str]:
    """Split before the last suffix: `a/b.tar.gz` is `a/b.tar` and `.gz`, `.env` has none."""
    directory, slash, name = logical_path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    if not stem or not extension:
        return logical_path, ""
    return f"{directory}{slash}{stem}", dot + extension


def hashed_name(logical_path: str, digits: str) -> str:
    """Put a hash before the last suffix."""
    stem, extension = split_name(logical_path)
    return f"{stem}.{digits}{extension}"


def is_same_file(facts: os.stat_result, size: int, modified_ns: int) -> bool:
    """Tell whether this is a regular file with the size and time that it had before."""
    same = facts.st_size == size and facts.st_mtime_ns == modified_ns
    return same and stat.S_ISREG(facts.st_mode)
