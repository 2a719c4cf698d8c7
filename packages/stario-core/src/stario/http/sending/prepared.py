"""An answer that is made once and sent often: its head, but for the date, and its body.

It knows what it sends. So a field that was set before is dropped where the answer has it too, and
where it describes a body that is not sent; `vary` alone is merged, and every other field stays.
"""

from functools import cache
from typing import TYPE_CHECKING

from stario.http.compression import merge_vary

if TYPE_CHECKING:
    from stario.http.headers import Headers

type Fields = tuple[tuple[str, str], ...]

# Fields about the body, which only the answer that sends it knows.
_OF_THE_BODY = (
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "transfer-encoding",
)


class Prepared:
    """A whole answer. One that `is_kept` is asked for again, so that its bytes may be kept."""

    __slots__ = ("body", "fields", "is_kept", "lines", "size", "status")

    def __init__(
        self, status: int, fields: Fields, body: bytes = b"", *, is_kept: bool = True
    ) -> None:
        self.status = status
        self.fields = fields
        self.lines = header_lines(fields)
        self.body = body
        self.size = len(body)
        self.is_kept = is_kept

    def __repr__(self) -> str:
        return f"<Prepared {self.status}, {self.size} bytes>"

    def lines_beside(self, headers: "Headers") -> bytes:
        """Return the lines that go out behind `headers`, which lose what the answer says itself."""
        if not headers.has_any(_claimed(tuple(name for name, _ in self.fields))):
            return self.lines
        claim(headers, self.fields)
        return b""


@cache
def _claimed(names: tuple[str, ...]) -> frozenset[str]:
    """Return the names that others may not set; there are a handful of sets for all files."""
    return frozenset((*names, *_OF_THE_BODY))


def claim(headers: "Headers", fields: Fields) -> None:
    """Put the fields of an answer in the place of those that were set before."""
    for name in _OF_THE_BODY:
        headers.remove(name)
    for name, value in fields:
        if name == "vary":
            merge_vary(headers, value.encode("latin-1"))
        else:
            headers.set(name, value)


def header_lines(fields: Fields) -> bytes:
    """Return fields as they go over the wire."""
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("latin-1")
