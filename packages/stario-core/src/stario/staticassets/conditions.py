"""What a request wants of a file: conditions and ranges of RFC 9110, sections 13 and 14.

A field that cannot be understood is as good as absent, except a broken `range` of bytes.
"""

from typing import TYPE_CHECKING

from stario.staticassets.dates import parse_http_date
from stario.staticassets.ranges import ByteRange, Unsatisfiable, parse_range

if TYPE_CHECKING:
    from stario.http.headers import Headers
    from stario.http.request import Request

_OWS = " \t"


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


def is_conditional(req: "Request") -> bool:
    """Tell whether the client may have the file already; if not, no condition has to be read."""
    return (
        req.first_line(b"if-none-match") is not None
        or req.first_line(b"if-modified-since") is not None
    )


def is_not_modified(headers: "Headers", etag: str, modified: int) -> bool:
    """Tell whether the client has this representation already (sections 13.1.2 and 13.1.3)."""
    if headers.wire_get("if-none-match") is not None:
        return _names(_whole(headers, "if-none-match"), etag)
    since = headers.wire_get("if-modified-since")
    if since is None:
        return False
    date = parse_http_date(since.decode("latin-1").strip(_OWS))
    return date is not None and date >= modified


def _names(if_none_match: str, etag: str) -> bool:
    """Compare weakly. Our tags hold neither commas nor quotes, so commas can be cut at."""
    if if_none_match.strip(_OWS) == "*":
        return True
    tags = (tag.strip(_OWS).removeprefix("W/") for tag in if_none_match.split(","))
    return etag.removeprefix("W/") in tags


def _if_range_holds(headers: "Headers", etag: str, modified: int) -> bool:
    value = headers.get("if-range")
    if value is None:
        return True
    value = value.strip(_OWS)
    if value == etag and not etag.startswith("W/"):
        return True
    date = parse_http_date(value)
    return date is not None and date >= modified


def _whole(headers: "Headers", name: str) -> str:
    return ",".join(headers.getlist(name))
