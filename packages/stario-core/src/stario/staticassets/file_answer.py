"""A file of the disk as an answer: found, compared and sent as it is now, with ranges.

RFC 9110, sections 13 and 14. Fields that the handler set in `w.headers` stay, but for those that
the answer has itself.
"""

import asyncio
import os
from typing import TYPE_CHECKING

from stario.exceptions import HttpException, StarioError
from stario.markup.errors import shown
from stario.staticassets.content_types import CONTENT_TYPES, DEFAULT_CONTENT_TYPE, suffix_of
from stario.staticassets.dates import last_modified
from stario.staticassets.disk import OpenFile, is_no_file, open_regular
from stario.staticassets.disposition import attachment
from stario.staticassets.inside import inside
from stario.staticassets.passing import send_planned
from stario.staticassets.plan import plan_for
from stario.staticassets.representation import FileFacts, Representation
from stario.staticassets.settings import header_text

if TYPE_CHECKING:
    from stario.http.context import Context
    from stario.http.writer import Writer

type AnyPath = str | os.PathLike[str]

_CHUNK_SIZE = 64 * 1024


async def send_file(
    c: "Context",
    w: "Writer",
    path: AnyPath,
    *,
    root: AnyPath | None,
    hidden: bool,
    content_type: str | None,
    download: str | None,
    cache_control: str,
) -> None:
    """Answer with a file; see `responses.file`."""
    if not isinstance(path, str | os.PathLike):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_path(path)
    # In a thread: a network file system may be slow.
    file = await asyncio.to_thread(_opened, path, root, hidden)
    form = _form(file.facts(), _content_type(path, content_type), cache_control)
    plan = plan_for(c.req, form, form)
    coding = w.headers.get("content-encoding")
    if coding is not None and plan.part.length:
        # Only the handler knows that the file on the disk is compressed.
        plan = plan._replace(fields=(*plan.fields, ("content-encoding", coding)))
    if download is not None:
        w.headers.set("content-disposition", attachment(download))
    await send_planned(c.req, w, plan, file, path, _CHUNK_SIZE)


def _opened(path: AnyPath, root: AnyPath | None, hidden: bool) -> OpenFile:
    try:
        if root is None:
            return open_regular(path)
        # Links are resolved already: one that stands there now was put there meanwhile.
        return open_regular(inside(root, path, hidden=hidden), follow_link=False)
    except ValueError:  # a NUL, or half a surrogate pair
        raise not_found() from None
    except OSError as error:
        if not is_no_file(error):
            raise
        raise not_found() from error


def _form(facts: os.stat_result, content_type: str, cache_control: str) -> Representation:
    """Return the heads of a file.

    Its tag is weak: two writes within the grain of the clock, or a time that is set back, change
    the content and not the tag (RFC 9110, 8.8.1).
    """
    return Representation(
        FileFacts(
            fingerprint=f"{facts.st_mtime_ns:x}-{facts.st_size:x}",
            size=facts.st_size,
            modified=last_modified(facts.st_mtime_ns),
            content_type=content_type,
            cache_control=header_text("cache_control", cache_control),
            varies=False,
            is_weak=True,
        ),
        facts.st_size,
    )


def _content_type(path: AnyPath, content_type: str | None) -> str:
    if content_type is not None:
        return header_text("content_type", content_type)
    suffix = suffix_of(os.path.basename(path))  # noqa: PTH119 - no Path for one name
    return CONTENT_TYPES.get(suffix, DEFAULT_CONTENT_TYPE)


def not_a_path(path: object) -> StarioError:
    return StarioError(
        f"file() answers with the file of a path, not {shown(path)}.",
        help_text="Bytes in memory are answered with w.respond().",
        example='await responses.file(c, w, c.route.params["path"], root="uploads")',
    )


def not_found() -> HttpException:
    return HttpException(404, "Not Found")
