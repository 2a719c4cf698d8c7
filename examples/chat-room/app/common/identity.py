"""Who asks: a random number in a cookie. Nobody has an account, and nothing is stored for it.

The number is a secret, since who knows it is that person; so pages show a hash of it as the id.
Only pages give the cookie out. Actions and streams ask for it, so a request that another site makes
a browser send, which comes without the cookie, changes nothing.
"""

import re
import secrets
from hashlib import blake2s

from stario import Context, HttpException, Writer
from stario.cookies import set_cookie

COOKIE = "chat_person"
_SECONDS = 400 * 86_400  # browsers keep none for longer
_TOKEN = re.compile("[0-9a-f]{32}")


def visitor(c: Context, w: Writer) -> str:
    """Return the id of whoever asks for a page; who has none gets one."""
    token = known_token(c)
    if token is None:
        token = secrets.token_hex(16)
        is_secure = c.req.scheme == "https"
        set_cookie(w, COOKIE, token, max_age=_SECONDS, httponly=True, secure=is_secure)
    # The page is about this person: it belongs into no cache.
    w.headers.set("cache-control", "no-store")
    return id_of(token)


def require_person(c: Context) -> str:
    """Return the id of whoever acts. Raises HttpException(403) for who has none, and for a request
    from another site.
    """
    # "same-site" is a neighbour below the same domain, whose requests the cookie goes along with.
    if c.req.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise HttpException(403, "This was sent by another site.")
    token = known_token(c)
    if token is None:
        raise HttpException(403, "Please allow cookies, and load the page again.")
    return id_of(token)


def known_token(c: Context) -> str | None:
    token = c.req.cookies.get(COOKIE, "")
    return token if _TOKEN.fullmatch(token) else None


def id_of(token: str) -> str:
    return blake2s(token.encode(), digest_size=10).hexdigest()
