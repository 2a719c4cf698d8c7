"""Where a redirect may go: a path of this site, or an absolute http(s) or `//host` URL.

What is let through is encoded so that nobody on the way reads it differently: browsers take a
backslash for a slash and drop line ends, so those are refused.
"""

import re

from stario.exceptions import StarioError
from stario.markup.errors import shown

__all__ = ["normalized_location"]

_UNSAFE = re.compile(r"[^A-Za-z0-9_.~:/%#?=@\[\]!$&'()*+,;-]+")
_FORBIDDEN = re.compile(r"[\r\n\\]")
_LOCAL = re.compile(r"/(?!/)")
_ABSOLUTE = re.compile(r"(?:https?:)?//(?:[^/?#]*@)?+[^/?#@:]", re.IGNORECASE)


def normalized_location(url: str, *, local_only: bool = False) -> str:
    """Return `url` as the value of a `location` header (RFC 9110, section 10.2.2).

    Characters that a URL cannot hold are percent-encoded as UTF-8. Raises StarioError for CR, LF
    or a backslash, for anything but a path from `/` or an http(s) or `//host` URL, and with
    `local_only` for everything that names a host.
    """
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_text(url)
    if _FORBIDDEN.search(url):
        raise forbidden_character(url)
    if not _LOCAL.match(url):
        if local_only:
            raise not_local(url)
        if not _ABSOLUTE.match(url):
            raise not_a_target(url)
    return _UNSAFE.sub(_percent_encoded, url)


def _percent_encoded(found: re.Match[str]) -> str:
    try:
        data = found[0].encode()
    except UnicodeEncodeError as error:
        raise not_encodable(found.string) from error
    return "".join(f"%{byte:02X}" for byte in data)


def not_text(url: object) -> StarioError:
    return StarioError(
        f"A redirect target is text, not {shown(url)}.",
        help_text="Write path.href() for a UrlPath, and give a query's value a default.",
    )


def forbidden_character(url: str) -> StarioError:
    return StarioError(
        "A redirect target cannot hold a line break or a backslash.",
        context={"url": url},
        help_text="Make links with UrlPath.href(), which encodes the values.",
    )


def not_local(url: str) -> StarioError:
    return StarioError(
        "This redirect target could leave the site.",
        context={"url": url},
        help_text="With local_only=True a target is a path that starts with exactly one slash.",
    )


def not_a_target(url: str) -> StarioError:
    return StarioError(
        "This is no redirect target: neither a path from '/' nor an http(s) URL with a host.",
        context={"url": url},
        help_text="Use a path that starts with one slash, or a URL with http:// or https://.",
    )


def not_encodable(url: str) -> StarioError:
    return StarioError(
        "This redirect target cannot be encoded as UTF-8.",
        context={"url": url},
        help_text="It holds half of a surrogate pair. Mend it where it was decoded.",
    )
