"""An open file on its way to a client, as fast as that takes it.

The kernel passes it on where it can; elsewhere, over TLS for one, it is read in pieces.
"""

import asyncio
import os
from typing import TYPE_CHECKING

from stario.exceptions import StarioRuntime
from stario.http.sending.prepared import claim

if TYPE_CHECKING:
    from stario.http.request import Request
    from stario.http.writer import Writer
    from stario.staticassets.disk import OpenFile
    from stario.staticassets.plan import Plan
    from stario.staticassets.ranges import ByteRange


async def send_planned(
    req: "Request",
    w: "Writer",
    plan: "Plan",
    file: "OpenFile",
    path: str | os.PathLike[str],
    chunk_size: int,
) -> None:
    """Answer as planned; StarioRuntime, which cuts the connection, when the file shrinks."""
    claim(w.headers, plan.fields)
    w.write_headers(plan.status)
    if req.method != "HEAD" and not await _copied(file, plan.part, w, chunk_size):
        raise file_shrank(path)
    w.end()


async def _copied(file: "OpenFile", part: "ByteRange", w: "Writer", chunk_size: int) -> bool:
    """Send a part of a file; False when the file ends before."""
    end = part.last + 1
    offset = await w.pass_on(file, part.first, end) if part.length else end
    while offset < end:
        chunk = await asyncio.to_thread(file.read, min(chunk_size, end - offset), offset)
        if not chunk:
            return False
        w.write(chunk)
        await w.drain()
        offset += len(chunk)
    return True


def file_shrank(path: str | os.PathLike[str]) -> StarioRuntime:
    return StarioRuntime(
        f"The file {os.fspath(path)!r} became shorter while it was sent.",
        help_text="Write a new file and rename it into place; what is being sent stays as it was.",
    )
