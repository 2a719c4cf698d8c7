"""How one path is answered: from memory, from the disk, with a redirect, or with 404.

Each kind is made at the start; an answer from memory is its prebuilt head and body.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Protocol

from stario.http.compression.negotiate import Negotiator
from stario.http.sending.prepared import Fields, Prepared
from stario.staticassets.asset import Asset
from stario.staticassets.conditions import LOOKED_AT
from stario.staticassets.disk import open_unchanged
from stario.staticassets.passing import send_planned
from stario.staticassets.plan import plan_for
from stario.staticassets.representation import NOSNIFF, FileFacts, Representation

if TYPE_CHECKING:
    from stario.http.request import Request
    from stario.http.writer import Writer


class Answer(Protocol):
    """What a path leads to."""

    def send(self, req: "Request", w: "Writer") -> Awaitable[None] | None:
        """Answer now, or return what has to be awaited."""
        ...


class Fixed:
    """The same answer to every request."""

    __slots__ = ("_answer",)

    def __init__(self, status: int, fields: Fields, body: bytes) -> None:
        content = (
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(body))),
        )
        self._answer = Prepared(status, (*fields, *content, NOSNIFF), body)

    def send(self, req: "Request", w: "Writer") -> None:
        """Send it."""
        w.respond_prepared(self._answer)


NOT_FOUND = Fixed(404, (), b"Not Found")


def redirect_to(url: str) -> Fixed:
    """Return the answer to a path without the hash."""
    return Fixed(307, (("location", url),), b"")


class _Form:
    """One form of a file in memory, with the answers that repeat."""

    __slots__ = ("not_modified", "representation", "whole")

    def __init__(self, representation: Representation, body: bytes) -> None:
        self.representation = representation
        self.whole = Prepared(200, representation.whole_fields, body)
        self.not_modified = Prepared(304, representation.shared)


class MemoryFile:
    """A file that is kept in memory, plain and in the codings that make it smaller."""

    __slots__ = ("_forms", "_negotiate", "_plain")

    def __init__(self, facts: FileFacts, body: bytes, variants: Mapping[bytes, bytes]) -> None:
        self._plain = _Form(Representation(facts, len(body)), body)
        self._forms: dict[bytes | None, _Form] = {None: self._plain}
        for encoding, packed in variants.items():
            form = Representation(facts, len(packed), encoding.decode())
            self._forms[encoding] = _Form(form, packed)
        self._negotiate = Negotiator(variants)

    def send(self, req: "Request", w: "Writer") -> None:
        """Answer with the form that the client prefers, or with a part of the plain one."""
        asked = req.first_lines(LOOKED_AT)
        form = self._plain
        if asked:
            coding = asked.get(b"accept-encoding")
            form = self._forms[self._negotiate(coding)]
            if coding is None or len(asked) > 1:
                self._send_as_asked(req, w, form)
                return
        w.respond_prepared(form.whole)

    def _send_as_asked(self, req: "Request", w: "Writer", form: _Form) -> None:
        plain = self._plain
        plan = plan_for(req, form.representation, plain.representation)
        if plan.status == 200:
            answer = form.whole
        elif plan.fields is form.not_modified.fields:
            answer = form.not_modified
        else:
            part = plain.whole.body[plan.part.first : plan.part.last + 1]
            answer = Prepared(plan.status, plan.fields, part, is_kept=False)
        w.respond_prepared(answer)


class DiskFile:
    """A file that is too large for memory."""

    __slots__ = ("_asset", "_chunk_size", "_form")

    def __init__(self, facts: FileFacts, asset: Asset, chunk_size: int) -> None:
        self._asset = asset
        self._chunk_size = chunk_size
        self._form = Representation(facts, facts.size)

    async def send(self, req: "Request", w: "Writer") -> None:
        """Answer with the file, or a part of it, unless it changed since the start."""
        asset = self._asset
        # In a thread: a network file system may be slow.
        file = await asyncio.to_thread(open_unchanged, asset)
        if file is None:
            NOT_FOUND.send(req, w)
            return
        plan = plan_for(req, self._form, self._form)
        await send_planned(req, w, plan, file, asset.source, self._chunk_size)
