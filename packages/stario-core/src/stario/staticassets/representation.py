"""The heads of a file's answers, built once for each form of its content.

A form is the plain content or the content in one coding; each has an ETag of its own.
"""

from dataclasses import dataclass

from stario.http.sending.prepared import Fields
from stario.staticassets.asset import Asset
from stario.staticassets.dates import format_http_date, last_modified
from stario.staticassets.ranges import ByteRange

NOSNIFF = ("x-content-type-options", "nosniff")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the heads of one file have in common, whatever its form; `modified` is in seconds."""

    fingerprint: str
    size: int
    modified: int
    content_type: str
    cache_control: str
    varies: bool
    is_weak: bool = False

    @classmethod
    def of(
        cls, asset: Asset, content_type: str, cache_control: str, *, size: int, varies: bool
    ) -> "FileFacts":
        """Collect them; `size` is that of what is sent, uncompressed."""
        return cls(
            fingerprint=asset.fingerprint,
            size=size,
            modified=last_modified(asset.modified_ns),
            content_type=content_type,
            cache_control=cache_control,
            varies=varies,
        )


class Representation:
    """One form of a file; `shared` are the fields of its 304, `whole_fields` those of its 200."""

    __slots__ = ("etag", "facts", "shared", "whole_fields")

    def __init__(self, facts: FileFacts, size: int, encoding: str | None = None) -> None:
        self.facts = facts
        tag = f'"{facts.fingerprint}-{encoding}"' if encoding else f'"{facts.fingerprint}"'
        self.etag = f"W/{tag}" if facts.is_weak else tag
        self.shared = _shared_fields(facts, self.etag)
        coded = (("content-encoding", encoding),) if encoding else ()
        self.whole_fields = (*coded, *self._content(size), *self.shared)

    def part_fields(self, part: ByteRange) -> Fields:
        """Return the fields of a 206."""
        content_range = f"bytes {part.first}-{part.last}/{self.facts.size}"
        return (("content-range", content_range), *self._content(part.length), *self.shared)

    def unsatisfiable_fields(self) -> Fields:
        """Return the fields of a 416."""
        content_range = f"bytes */{self.facts.size}"
        return (("content-range", content_range), *self._content(0), *self.shared)

    def failed_fields(self) -> Fields:
        """Return the fields of a 412, which no cache may reuse for another request."""
        named = (("cache-control", "no-store"), ("etag", self.etag))
        return (("content-length", "0"), *named, _last_modified(self.facts), NOSNIFF)

    def _content(self, length: int) -> Fields:
        return (("content-type", self.facts.content_type), ("content-length", str(length)))


def _shared_fields(facts: FileFacts, etag: str) -> Fields:
    vary = (("vary", "accept-encoding"),) if facts.varies else ()
    return (
        ("cache-control", facts.cache_control),
        ("etag", etag),
        _last_modified(facts),
        ("accept-ranges", "bytes"),
        *vary,
        NOSNIFF,
    )


def _last_modified(facts: FileFacts) -> tuple[str, str]:
    return ("last-modified", format_http_date(facts.modified))
