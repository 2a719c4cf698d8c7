"""Cookies that the framework writes: every attribute is checked, so that none can be injected.

A value that is not made of plain cookie characters stands in double quotes, with `\\"`, `\\\\` and
octal escapes, and reads back as it was. RFC 6265 rules; the name prefixes are those of RFC 6265bis.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from stario.exceptions import StarioError
from stario.http.cookie_header import COOKIE_NAME, parse_cookie_headers

if TYPE_CHECKING:
    from stario.http.writer import Writer

__all__ = ["delete_cookie", "parse_cookie_headers", "set_cookie"]

type SameSite = Literal["lax", "strict", "none"]

_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~:-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ATTRIBUTE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")  # no control characters, no semicolon
_ESCAPED_CHARACTER = re.compile(r'["\\]|[^A-Za-z0-9!#$%&\'*+.^_`|~: ()/<=>?@\[\]{}-]')
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def set_cookie(
    w: "Writer",
    name: str,
    value: str,
    *,
    max_age: int | None = None,
    expires: datetime | str | int | None = None,
    path: str = "/",
    domain: str | None = None,
    secure: bool = False,
    httponly: bool = False,
    samesite: SameSite | None = "lax",
) -> "Writer":
    """Add a `set-cookie` line to the answer.

    `max_age` is in seconds; `expires` is a time, Unix seconds, or a date as it is to be sent; a
    time without a zone is UTC. An empty `path` or `domain` is left out. `samesite="none"` implies
    `secure`. Raises StarioError for a bad name or attribute, for control characters, for a value
    beyond Latin-1, and for a `__Secure-` or `__Host-` name without what its prefix promises.
    """
    same_site = _same_site(samesite)
    secure = secure or same_site == "none"
    _require_name(name, secure=secure, host_only=path == "/" and not domain)
    attributes = (
        _text_attribute("Domain", domain),
        _text_attribute("expires", _date(expires)),
        "HttpOnly" if httponly else "",
        _max_age(max_age),
        _text_attribute("Path", path),
        f"SameSite={same_site}" if same_site else "",
        "Secure" if secure else "",
    )
    line = "; ".join(filter(None, (f"{name}={_quoted(value)}", *attributes)))
    w.headers.add("set-cookie", line)
    return w


def delete_cookie(
    w: "Writer",
    name: str,
    *,
    path: str = "/",
    domain: str | None = None,
    secure: bool = False,
    httponly: bool = False,
    samesite: SameSite | None = "lax",
) -> "Writer":
    """Tell the client to forget a cookie; `path` and `domain` must be those it was set with."""
    return set_cookie(
        w,
        name,
        "",
        max_age=0,
        path=path,
        domain=domain,
        secure=secure,
        httponly=httponly,
        samesite=samesite,
    )


def _quoted(value: str) -> str:
    if _CONTROL.search(value):
        raise control_characters("value", value)
    if _PLAIN.fullmatch(value):
        return value
    return f'"{_ESCAPED_CHARACTER.sub(_escape, value)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return f"\\{character}"
    if character > "\xff":
        raise beyond_latin1(found.string)
    return f"\\{ord(character):03o}"


def _require_name(name: str, *, secure: bool, host_only: bool) -> None:
    if not COOKIE_NAME.fullmatch(name):
        raise bad_name(name)
    prefix = name.lower()  # browsers compare the prefix without regard to case
    if prefix.startswith("__secure-") and not secure:
        raise broken_prefix(name, "__Secure-", "secure=True")
    if prefix.startswith("__host-") and not (secure and host_only):
        raise broken_prefix(name, "__Host-", 'secure=True, path="/" and no domain')


def _same_site(samesite: str | None) -> str | None:
    if samesite is None:
        return None
    word = samesite.lower()
    if word not in ("lax", "strict", "none"):
        raise bad_samesite(samesite)
    return word


def _max_age(seconds: int | None) -> str:
    try:
        return "" if seconds is None else f"Max-Age={int(seconds)}"
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_max_age(seconds) from error


def _text_attribute(name: str, value: str | None) -> str:
    if not value:
        return ""
    if not _ATTRIBUTE.fullmatch(value):
        raise bad_attribute(name, value)
    return f"{name}={value}"


def _date(expires: datetime | str | int | None) -> str | None:
    if expires is None or isinstance(expires, str):
        return expires
    try:
        return _http_date(_in_utc(expires))
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise bad_date(expires) from error


def _in_utc(expires: datetime | int) -> datetime:
    if not isinstance(expires, datetime):
        return datetime.fromtimestamp(expires, UTC)
    return expires.replace(tzinfo=UTC) if expires.tzinfo is None else expires.astimezone(UTC)


def _http_date(time: datetime) -> str:
    """Write a date in the form of RFC 9110, section 5.6.7, whatever the locale."""
    day, month = _DAYS[time.weekday()], _MONTHS[time.month - 1]
    return f"{day}, {time.day:02} {month} {time.year:04} {time:%H:%M:%S} GMT"


def bad_name(name: str) -> StarioError:
    return StarioError(
        f"{name!r} cannot be the name of a cookie.",
        context={"name": name},
        help_text="Use ASCII letters, digits, hyphens and underscores.",
    )


def broken_prefix(name: str, prefix: str, needs: str) -> StarioError:
    return StarioError(
        f"Browsers refuse the cookie {name!r}: the prefix {prefix} promises {needs}.",
        context={"name": name},
        help_text=f"Pass {needs}, or choose a name without the prefix.",
    )


def control_characters(what: str, value: str) -> StarioError:
    return StarioError(
        f"The {what} of a cookie cannot hold control characters.",
        context={what: value},
        help_text="Encode it first, for example with urllib.parse.quote or base64.",
    )


def beyond_latin1(value: str) -> StarioError:
    return StarioError(
        "The value of a cookie cannot hold characters beyond Latin-1.",
        context={"value": value},
        help_text="Encode it with urllib.parse.quote, and decode it where you read it.",
    )


def bad_samesite(samesite: str) -> StarioError:
    return StarioError(
        f"{samesite!r} is not a value of SameSite.",
        context={"samesite": samesite},
        help_text="Use 'lax', 'strict', 'none', or None to leave the attribute out.",
    )


def bad_attribute(name: str, value: str) -> StarioError:
    return StarioError(
        f"The cookie attribute {name} cannot hold {value!r}.",
        context={name: value},
        help_text="Use printable ASCII without a semicolon; percent-encode other characters.",
    )


def bad_max_age(seconds: object) -> StarioError:
    # Python does not write an int of more than 4,300 digits.
    shown = "a number without end" if isinstance(seconds, int) else repr(seconds)
    return StarioError(
        f"{shown} is no number of seconds.",
        context={"max_age": shown},
        help_text="Give max_age a whole number of seconds.",
    )


def bad_date(expires: object) -> StarioError:
    return StarioError(
        f"{expires!r} is no time at which a cookie can expire.",
        context={"expires": expires},
        help_text="Use a datetime, Unix seconds, or max_age in seconds from now.",
    )
