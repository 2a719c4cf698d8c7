"""Cookies that the framework writes: every attribute is checked, so that none can be injected.

A value that is not made of plain cookie characters stands in double quotes, with `\\"`, `\\\\` and
octal escapes, and reads back as it was. RFC 6265 rules; the name prefixes and the sizes are those
of RFC 6265bis. What a browser would drop without a word is refused here, where somebody reads it.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from stario.exceptions import StarioError, StarioRuntime
from stario.http.cookie_header import COOKIE_NAME, parse_cookie_headers
from stario.markup.errors import shown

if TYPE_CHECKING:
    from stario.http.writer import Writer

__all__ = ["delete_cookie", "parse_cookie_headers", "set_cookie"]

type SameSite = Literal["lax", "strict", "none"]

_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~:-]+")
# Browsers forget a cookie that is longer, and an attribute (RFC 6265bis, 5.6 and 5.7).
_LONGEST_COOKIE = 4096
_LONGEST_ATTRIBUTE = 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ATTRIBUTE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")  # no control characters, no semicolon
_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
# Browsers ignore the dot in front, and match nothing with one at the end (RFC 6265, 5.2.3).
_DOMAIN = re.compile(rf"\.?(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
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

    * `max_age` is in seconds; `expires` is a time, Unix seconds, or a date as it is to be sent; a
      time without a zone is UTC. With neither the cookie lasts until the browser is closed, and
      browsers keep none for more than 400 days.
    * `path` is what the cookie is sent below: the whole site, since a browser would otherwise take
      the folder of the page that happened to set it. An empty one is left out.
    * `domain` is left out, so that only the host that set the cookie gets it back; a domain also
      gives it to every host below.
    * `secure` is off, so that the cookie also works on plain http, as in development or behind a
      proxy on a private network. Switch it on for whatever the site serves over https.
    * `httponly` is off, since signals of a page may be meant for its scripts. Switch it on for what
      no script has to read.
    * `samesite` is `"lax"`: other sites can link to a page and its visitor is known there, but what
      they post, embed or fetch comes without the cookie. `"strict"` leaves it out of links too;
      `"none"` sends it from everywhere, and implies `secure`.

    For a session: `set_cookie(w, "__Host-sid", token, secure=True, httponly=True)`. Neither a
    script, nor plain http, nor another host of the same domain can then read or replace it.

    Raises StarioError, and adds nothing, for a bad name or attribute, for control characters, for a
    value beyond Latin-1, for a name whose prefix (`__Secure-`, `__Host-`, `__Http-`,
    `__Host-Http-`) promises something else, and for more than browsers keep: 4,096 bytes of name
    and value, as they are sent, or 1,024 of an attribute. Raises StarioRuntime when the head of the
    answer was sent before, which the cookie would have to be in.
    """
    if w.started:
        raise too_late(name, w)
    same_site = _same_site(samesite)
    secure = secure or same_site == "none"
    _require_name(name)
    _keep_promise(name, secure, httponly, host_only=path == "/" and not domain)
    sent = _quoted(value)
    if len(name) + len(sent) > _LONGEST_COOKIE:
        raise too_long(name, len(name) + len(sent))
    attributes = (
        _domain(domain),
        _text_attribute("expires", _date(expires)),
        "HttpOnly" if httponly else "",
        _max_age(max_age),
        _path(path),
        f"SameSite={same_site}" if same_site else "",
        "Secure" if secure else "",
    )
    line = "; ".join(filter(None, (f"{name}={sent}", *attributes)))
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
    """Tell the client to forget a cookie.

    `path` and `domain` must be those it was set with, and a name with a prefix needs what the
    prefix promises, such as `secure=True`: browsers ignore the line otherwise. Raises StarioError
    as `set_cookie` does.
    """
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


def _quoted(value: object) -> str:
    if not isinstance(value, str):
        raise not_text(value)
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


def _require_name(name: object) -> None:
    if not isinstance(name, str) or not COOKIE_NAME.fullmatch(name):
        raise bad_name(name)


def _keep_promise(name: str, secure: bool, httponly: bool, *, host_only: bool) -> None:
    prefix = name.lower()  # browsers compare it without regard to case
    if prefix.startswith("__secure-") and not secure:
        raise broken_prefix(name, "__Secure-", "secure=True")
    if prefix.startswith("__host-") and not (secure and host_only):
        raise broken_prefix(name, "__Host-", 'secure=True, path="/" and no domain')
    if prefix.startswith("__http-") and not (secure and httponly):
        raise broken_prefix(name, "__Http-", "secure=True and httponly=True")
    if prefix.startswith("__host-http-") and not httponly:
        raise broken_prefix(name, "__Host-Http-", "httponly=True, beside those of __Host-")


def _same_site(samesite: str | None) -> str | None:
    if samesite is None:
        return None
    word = str(samesite).lower()
    if word not in ("lax", "strict", "none"):
        raise bad_samesite(samesite)
    return word


def _max_age(seconds: int | None) -> str:
    try:
        return "" if seconds is None else f"Max-Age={int(seconds)}"
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_max_age(seconds) from error


def _domain(domain: object) -> str:
    if not domain:
        return ""
    if not isinstance(domain, str) or not _DOMAIN.fullmatch(domain):
        raise bad_domain(domain)
    return f"Domain={domain}"


def _path(path: object) -> str:
    if not path:
        return ""
    if not isinstance(path, str) or path[0] != "/":
        raise bad_path(path)
    return _text_attribute("Path", path)


def _text_attribute(name: str, value: str | None) -> str:
    if not value:
        return ""
    if not _ATTRIBUTE.fullmatch(value) or len(value) > _LONGEST_ATTRIBUTE:
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


def bad_name(name: object) -> StarioError:
    return StarioError(
        f"{shown(name)} cannot be the name of a cookie.",
        context={"name": name},
        help_text="Use ASCII letters, digits, hyphens and underscores.",
    )


def too_late(name: object, w: "Writer") -> StarioRuntime:
    return StarioRuntime(
        f"The cookie {shown(name)} comes too late for the head of the answer: {w!r}.",
        context={"name": name},
        help_text="Set cookies before responses.html(), w.write() and whatever else answers.",
    )


def broken_prefix(name: str, prefix: str, needs: str) -> StarioError:
    return StarioError(
        f"Browsers refuse the cookie {shown(name)}: the prefix {prefix} promises {needs}.",
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


def not_text(value: object) -> StarioError:
    return StarioError(
        f"The value of a cookie is text, not {shown(value)}.",
        context={"value": value},
        help_text="Write str(value), or decode bytes.",
    )


def too_long(name: str, size: int) -> StarioError:
    return StarioError(
        f"The cookie {shown(name)} takes {size} bytes, and browsers forget one of more than 4,096.",
        context={"name": name, "size": size},
        help_text="Keep the data on the server, and in the cookie what it is found by.",
    )


def bad_domain(domain: object) -> StarioError:
    return StarioError(
        f"{shown(domain)} is no domain of a cookie.",
        context={"domain": domain},
        help_text="Give a host name without scheme, port and path, other scripts in their 'xn--'"
        " form; or leave it out, and only this host gets the cookie.",
    )


def bad_path(path: object) -> StarioError:
    return StarioError(
        f"Browsers ignore the cookie path {shown(path)}: it does not start with a slash.",
        context={"path": path},
        help_text="Give the path of a URL, percent-encoded, such as '/' or '/admin'.",
    )


def bad_samesite(samesite: str) -> StarioError:
    return StarioError(
        f"{shown(samesite)} is not a value of SameSite.",
        context={"samesite": samesite},
        help_text="Use 'lax', 'strict', 'none', or None to leave the attribute out.",
    )


def bad_attribute(name: str, value: str) -> StarioError:
    return StarioError(
        f"The cookie attribute {name} cannot hold {shown(value)}.",
        context={name: value},
        help_text="Use printable ASCII without a semicolon, at most 1,024 characters of it;"
        " percent-encode others.",
    )


def bad_max_age(seconds: object) -> StarioError:
    return StarioError(
        f"{shown(seconds)} is no number of seconds.",
        context={"max_age": seconds},
        help_text="Give max_age a whole number of seconds.",
    )


def bad_date(expires: object) -> StarioError:
    return StarioError(
        f"{shown(expires)} is no time at which a cookie can expire.",
        context={"expires": expires},
        help_text="Use a datetime, Unix seconds, or max_age in seconds from now.",
    )
