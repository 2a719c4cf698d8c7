"""The heads of a file's answers, built once for each form of its content.

A form is the plain content or the content in one coding; each has an ETag of its own.
"""

from dataclasses import dataclass

from stario.staticassets.asset import Asset
from stario.staticassets.dates import format_http_date
from stario.staticassets.ranges import ByteRange

type Fields = tuple[tuple[str, str], ...]

NOSNIFF = ("x-content-type-options", "nosniff")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the heads of one file say, whatever its form; `modified` is in seconds."""

    fingerprint: str
    size: int
    modified: int
    content_type: str
    cache_control: str
    varies: bool
    is_weak: bool = False

    @classmethod
    def of(
        cls, asset: Asset, content_type: bytes, cache_control: bytes, *, size: int, varies: bool
    ) -> "FileFacts":
        """Collect them; `size` is that of what is sent, uncompressed."""
        return cls(
            fingerprint=asset.fingerprint,
            size=size,
            modified=asset.modified_ns // 1_000_000_000,
            content_type=content_type.decode("latin-1"),
            cache_control=cache_control.decode("latin-1"),
            varies=varies,
        )


class Representation:
    """One form of a file, with the lines of its 200 and its 304."""

    __slots__ = ("etag", "facts", "not_modified", "shared", "whole", "whole_fields")

    def __init__(self, facts: FileFacts, size: int, encoding: str | None = None) -> None:
        self.facts = facts
        tag = f'"{facts.fingerprint}-{encoding}"' if encoding else f'"{facts.fingerprint}"'
        self.etag = f"W/{tag}" if facts.is_weak else tag
        self.shared = _shared_fields(facts, self.etag)
        coded = (("content-encoding", encoding),) if encoding else ()
        self.whole_fields = (*coded, *self._content(size), *self.shared)
        self.whole = header_lines(self.whole_fields)
        self.not_modified = header_lines(self.shared)

    def part_fields(self, part: ByteRange) -> Fields:
        """Return the fields of a 206."""
        content_range = f"bytes {part.first}-{part.last}/{self.facts.size}"
        return (("content-range", content_range), *self._content(part.length), *self.shared)

    def unsatisfiable(self) -> bytes:
        """Return the lines of a 416."""
        return header_lines(self.unsatisfiable_fields())

    def unsatisfiable_fields(self) -> Fields:
        """Return the fields of a 416."""
        content_range = f"bytes */{self.facts.size}"
        return (("content-range", content_range), *self._content(0), *self.shared)

    def _content(self, length: int) -> Fields:
        return (("content-type", self.facts.content_type), ("content-length", str(length)))


def header_lines(fields: Fields) -> bytes:
    """Return fields as they go over the wire."""
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("latin-1")


def _shared_fields(facts: FileFacts, etag: str) -> Fields:
    vary = (("vary", "accept-encoding"),) if facts.varies else ()
    return (
        ("cache-control", facts.cache_control),
        ("etag", etag),
        ("last-modified", format_http_date(facts.modified)),
        ("accept-ranges", "bytes"),
        *vary,
        NOSNIFF,
    )
