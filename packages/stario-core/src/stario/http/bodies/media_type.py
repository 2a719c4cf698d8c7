"""What a body says that it is, by which JSON and forms are read: RFC 9110, section 8.3.

A body without a type is neither: a page of another site can send one with this site's cookies and
without asking first, where `application/json` would make the browser ask.
"""

import re
from typing import TYPE_CHECKING

from stario.exceptions import HttpException

if TYPE_CHECKING:
    from stario.http.headers import Headers

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MEDIA_TYPE = re.compile(rf"({_TOKEN}/{_TOKEN})[ \t]*(?:;|$)")
_CHARSET = re.compile(rf';[ \t]*charset=(?:"([^"\\]*)"|({_TOKEN}))', re.IGNORECASE)
# An error shows no more of what a client sent than this.
_SHOWN_MAX = 80


def require_json(headers: "Headers") -> None:
    """Raise HttpException(415) unless the body is called JSON (RFC 8259, 11, and RFC 6839, 3.1).

    Parameters have no meaning for JSON, `charset` neither.
    """
    _require_no_coding(headers)
    media_type = media_type_of(headers)
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise wrong_type(headers, "application/json")


def require_form(headers: "Headers") -> None:
    """Raise HttpException(415) unless the body is called a urlencoded form in UTF-8."""
    _require_no_coding(headers)
    media_type = media_type_of(headers)
    if media_type == MULTIPART:
        raise no_multipart()
    if media_type != FORM:
        raise wrong_type(headers, FORM)
    charset = _CHARSET.search(headers.get("content-type") or "")
    if charset is not None and (charset[1] or charset[2] or "").lower() not in ("utf-8", "utf8"):
        raise wrong_charset(headers)


def media_type_of(headers: "Headers") -> str:
    """Return `type/subtype` in lower case; "" where there is none, or not exactly one."""
    lines = headers.getlist("content-type")
    found = _MEDIA_TYPE.match(lines[0]) if len(lines) == 1 else None
    return found[1].lower() if found else ""


def _require_no_coding(headers: "Headers") -> None:
    coding = headers.get("content-encoding")
    if coding is not None and coding.lower() != "identity":
        raise coded_body(coding)


def wrong_type(headers: "Headers", accepted: str) -> HttpException:
    sent = ", ".join(headers.getlist("content-type"))
    told = f"content-type {_shown(sent)} is not accepted" if sent else "there is no content-type"
    return HttpException(415, f"The body has to be {accepted}; {told}.")


def no_multipart() -> HttpException:
    return HttpException(415, f"The body has to be {FORM}; {MULTIPART} is not supported yet.")


def wrong_charset(headers: "Headers") -> HttpException:
    sent = _shown(headers.get("content-type") or "")
    return HttpException(415, f"A form has to be in UTF-8; content-type {sent} is not accepted.")


def coded_body(coding: str) -> HttpException:
    return HttpException(
        415, f"The body has to come without content-encoding; it has {_shown(coding)}."
    )


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN_MAX else value[:_SHOWN_MAX] + "…")
