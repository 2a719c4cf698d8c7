"""What a request wants of a file: conditions and ranges of RFC 9110, sections 13 and 14.

A field that cannot be understood counts as absent, except a broken `range` of bytes, and broken
tags, which match no file.
"""

from typing import TYPE_CHECKING, Literal

from stario.http.headers import FieldNames
from stario.staticassets.dates import parse_http_date
from stario.staticassets.ranges import ByteRange, Unsatisfiable, parse_range

if TYPE_CHECKING:
    from stario.http.headers import Headers
    from stario.http.request import Request

_OWS = " \t"

# All that the answer of a file depends on; `if-range` does nothing without `range`.
LOOKED_AT = FieldNames(
    (
        b"accept-encoding",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-unmodified-since",
        b"range",
    )
)


def wanted_range(
    req: "Request", size: int, etag: str, modified: int
) -> ByteRange | Unsatisfiable | None:
    """Return the range to send, or None for the whole file.

    Only GET has ranges (section 14.2). `etag` is that of the plain file, `modified` its time in
    seconds. `if-range` compares strongly, so that a weak tag never holds (section 13.1.5).
    """
    if req.method != "GET" or "range" not in req.headers:
        return None
    if not _if_range_holds(req.headers, etag, modified):
        return None
    return parse_range(_whole(req.headers, "range"), size)


def failed_condition(req: "Request", etag: str, modified: int) -> Literal[304, 412] | None:
    """Return the status that a condition asks for instead of the file (section 13.2.2).

    Only GET and HEAD have conditions here: another method has done its work already, and the file
    is its result.
    """
    if req.method not in ("GET", "HEAD"):
        return None
    headers = req.headers
    if not _is_as_wanted(headers, etag, modified):
        return 412
    return 304 if _is_known(headers, etag, modified) else None


def _is_as_wanted(headers: "Headers", etag: str, modified: int) -> bool:
    """Tell whether this is the file that the client expects (sections 13.1.1 and 13.1.4)."""
    if "if-match" in headers:
        # Compared strongly: a weak tag matches none, not even itself.
        tags = _tags(headers, "if-match")
        return tags == ["*"] or (not etag.startswith("W/") and etag in tags)
    date = _date(headers, "if-unmodified-since")
    return date is None or date >= modified


def _is_known(headers: "Headers", etag: str, modified: int) -> bool:
    """Tell whether the client has this form already (sections 13.1.2 and 13.1.3)."""
    if "if-none-match" in headers:
        tags = _tags(headers, "if-none-match")
        return tags == ["*"] or etag.removeprefix("W/") in (tag.removeprefix("W/") for tag in tags)
    date = _date(headers, "if-modified-since")
    return date is not None and date >= modified


def _if_range_holds(headers: "Headers", etag: str, modified: int) -> bool:
    if "if-range" not in headers:
        return True
    if _whole(headers, "if-range").strip(_OWS) == etag:
        return not etag.startswith("W/")
    date = _date(headers, "if-range")
    return date is not None and date >= modified


def _tags(headers: "Headers", name: str) -> list[str]:
    """Return the tags of a list. Ours hold neither commas nor quotes, so a split is enough."""
    return [tag.strip(_OWS) for tag in _whole(headers, name).split(",")]


def _date(headers: "Headers", name: str) -> int | None:
    """Return the date, or None when there is none or more than one."""
    return parse_http_date(_whole(headers, name).strip(_OWS))


def _whole(headers: "Headers", name: str) -> str:
    return ",".join(headers.getlist(name))
