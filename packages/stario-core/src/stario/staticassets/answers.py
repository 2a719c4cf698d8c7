"""How one path is answered: from memory, from the disk, with a redirect, or with 404.

Each kind is made at the start; an answer from memory is its prebuilt head and body.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Protocol

from stario.http.compression.negotiate import Negotiator
from stario.staticassets.asset import Asset
from stario.staticassets.conditions import is_conditional, is_not_modified, wanted_range
from stario.staticassets.disk import OpenFile, open_unchanged
from stario.staticassets.ranges import ByteRange, Unsatisfiable
from stario.staticassets.representation import (
    NOSNIFF,
    Fields,
    FileFacts,
    Representation,
    header_lines,
)

if TYPE_CHECKING:
    from stario.http.request import Request
    from stario.http.writer import Writer


class Answer(Protocol):
    """What stands behind a path."""

    def send(self, req: "Request", w: "Writer") -> Awaitable[None] | None:
        """Answer now, or return what has to be awaited."""
        ...


class Prepared:
    """The same answer to every request."""

    __slots__ = ("_body", "_lines", "_status")

    def __init__(self, status: int, fields: Fields, body: bytes) -> None:
        content = (
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(body))),
        )
        self._status = status
        self._lines = header_lines((*fields, *content, NOSNIFF))
        self._body = body

    def send(self, req: "Request", w: "Writer") -> None:
        """Send it."""
        w.respond_prepared(self._status, self._lines, self._body)


NOT_FOUND = Prepared(404, (), b"Not Found")


def redirect_to(url: str) -> Prepared:
    """Return the answer to a path without the hash."""
    return Prepared(307, (("location", url),), b"")


class MemoryFile:
    """A file that is kept in memory, plain and in the codings that make it smaller."""

    __slots__ = ("_forms", "_negotiate", "_plain", "_plain_body")

    def __init__(self, facts: FileFacts, body: bytes, variants: Mapping[bytes, bytes]) -> None:
        self._plain = Representation(facts, len(body))
        self._plain_body = body
        self._forms: dict[bytes | None, tuple[Representation, bytes]] = {None: (self._plain, body)}
        for encoding, packed in variants.items():
            form = Representation(facts, len(packed), encoding.decode())
            self._forms[encoding] = (form, packed)
        self._negotiate = Negotiator(variants)

    def send(self, req: "Request", w: "Writer") -> None:
        """Answer with the form that the client likes best, or with a part of the plain one."""
        # Each field is looked up by itself: to wrap them all costs more than the whole answer.
        first_line = req.first_line
        if first_line(b"range") is not None and self._send_part(req, w):
            return
        form, body = self._forms[self._negotiate(first_line(b"accept-encoding"))]
        if is_conditional(req) and is_not_modified(req.headers, form.etag, form.facts.modified):
            w.respond_prepared(304, form.not_modified, b"")
        else:
            w.respond_prepared(200, form.whole, body)

    def _send_part(self, req: "Request", w: "Writer") -> bool:
        plain, facts = self._plain, self._plain.facts
        part = wanted_range(req, facts.size, plain.etag, facts.modified)
        if part is None:
            return False
        if is_not_modified(req.headers, plain.etag, facts.modified):
            w.respond_prepared(304, plain.not_modified, b"")
        elif isinstance(part, Unsatisfiable):
            w.respond_prepared(416, plain.unsatisfiable(), b"")
        else:
            body = self._plain_body[part.first : part.last + 1]
            w.respond_prepared(206, header_lines(plain.part_fields(part)), body)
        return True


class DiskFile:
    """A file that is too large for memory: sent as fast as the client takes it.

    The kernel passes it on where it can; elsewhere, over TLS for one, it is read in pieces.
    """

    __slots__ = ("_asset", "_chunk_size", "_form")

    def __init__(self, facts: FileFacts, asset: Asset, chunk_size: int) -> None:
        self._asset = asset
        self._chunk_size = chunk_size
        self._form = Representation(facts, facts.size)

    async def send(self, req: "Request", w: "Writer") -> None:
        """Answer with the file, or a part of it, unless it changed since the start."""
        file = open_unchanged(self._asset)
        if file is None:
            NOT_FOUND.send(req, w)
            return
        form, facts = self._form, self._form.facts
        part = wanted_range(req, facts.size, form.etag, facts.modified)
        if is_not_modified(req.headers, form.etag, facts.modified):
            w.respond_prepared(304, form.not_modified, b"")
        elif part is None:
            whole = ByteRange(0, facts.size - 1)
            await self._stream(req, w, 200, form.whole_fields, file, whole)
        elif isinstance(part, Unsatisfiable):
            w.respond_prepared(416, form.unsatisfiable(), b"")
        else:
            await self._stream(req, w, 206, form.part_fields(part), file, part)

    async def _stream(
        self,
        req: "Request",
        w: "Writer",
        status: int,
        fields: Fields,
        file: OpenFile,
        part: ByteRange,
    ) -> None:
        for name, value in fields:
            w.headers.set(name, value)
        w.write_headers(status)
        if req.method == "HEAD" or await copy_part(file, part, w, self._chunk_size):
            w.end()
        else:
            w.abort()  # the file shrank below the length that was promised


async def copy_part(file: OpenFile, part: ByteRange, w: "Writer", chunk_size: int) -> bool:
    """Send a part of a file, as fast as the client takes it; False when the file ends before.

    The kernel passes it on where it can; elsewhere it is read in pieces of `chunk_size` bytes.
    """
    end = part.last + 1
    offset = await w.pass_on(file, part.first, end)
    while offset < end:
        chunk = await asyncio.to_thread(file.read, min(chunk_size, end - offset), offset)
        if not chunk:
            return False
        w.write(chunk)
        await w.drain()
        offset += len(chunk)
    return True
