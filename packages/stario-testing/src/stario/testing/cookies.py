"""Cookies of a test client: a plain dict to read and write, and where each of them came from.

The dict is what the test sees. What a server set is remembered beside it with its domain and path,
and goes back as it was received, where RFC 6265 says so (sections 5.1.3, 5.1.4 and 5.4). What the
test itself put into the dict goes everywhere. `Secure` is ignored: nobody listens in memory.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from stario.cookies import parse_cookie_headers
from stario.testing.errors import bad_argument, bad_cookie
from stario.testing.inputs import CookieMap
from stario.testing.url import Url

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IP_ADDRESS = re.compile(r"[0-9.]+|\[.*\]")


@dataclass(frozen=True, slots=True)
class StoredCookie:
    """One cookie that a server set. An empty domain means: only the host that set it."""

    name: str
    raw: str
    value: str
    host: str
    domain: str
    path: str
    removes: bool

    @property
    def scope(self) -> tuple[str, str, str]:
        return self.host if not self.domain else "", self.domain, self.path

    def goes_to(self, url: Url) -> bool:
        if not self.domain:
            return url.host == self.host and _path_matches(self.path, url.path)
        return _domain_matches(self.domain, url.host) and _path_matches(self.path, url.path)


class CookieJar:
    """The cookies of one client."""

    def __init__(self, cookies: CookieMap | None) -> None:
        self.values = all_checked(cookies)
        self._stored: dict[str, dict[tuple[str, str, str], StoredCookie]] = {}

    def receive(self, lines: Iterable[str], url: Url) -> dict[str, str]:
        """Keep what `set-cookie` lines say, and return them as name and value."""
        received: dict[str, str] = {}
        for line in lines:
            cookie = parse_set_cookie(line, url)
            if cookie is not None:
                received[cookie.name] = cookie.value
                self._keep(cookie)
        return received

    def line_for(self, url: Url, cookies: Mapping[str, str]) -> str:
        """Return the `cookie` line for a request; its own `cookies`, which are checked, win."""
        pairs = [
            f"{name}={raw}"
            for name in self.values
            if name not in cookies
            for raw in self._sendable(name, url)
        ]
        pairs += [f"{name}={value}" for name, value in cookies.items()]
        return "; ".join(pairs)

    def _keep(self, cookie: StoredCookie) -> None:
        if cookie.domain and not _domain_matches(cookie.domain, cookie.host):
            return  # a foreign domain; browsers refuse it too
        scopes = self._stored.setdefault(cookie.name, {})
        if not cookie.removes:
            scopes[cookie.scope] = cookie
            self.values[cookie.name] = cookie.value
            return
        if not self._came_from_server(cookie.name):
            scopes.clear()
        scopes.pop(cookie.scope, None)
        self.values.pop(cookie.name, None)
        for left in scopes.values():
            self.values[cookie.name] = left.value

    def _came_from_server(self, name: str) -> bool:
        value = self.values.get(name)
        return any(cookie.value == value for cookie in self._stored.get(name, {}).values())

    def _sendable(self, name: str, url: Url) -> list[str]:
        if not self._came_from_server(name):
            return [checked(name, self.values[name])]
        fitting = [cookie for cookie in self._stored[name].values() if cookie.goes_to(url)]
        # The narrower path comes first (RFC 6265, section 5.4).
        return [cookie.raw for cookie in sorted(fitting, key=_narrowness, reverse=True)]


def parse_set_cookie(line: str, url: Url) -> StoredCookie | None:
    """Read one `set-cookie` line (RFC 6265, section 5.2), or return None where it is none."""
    pair, *rest = line.split(";")
    name, equals, raw = pair.partition("=")
    name, raw = name.strip(" \t"), raw.strip(" \t")
    if not equals or not _TOKEN.fullmatch(name):
        return None
    attributes = {
        key.strip(" \t").lower(): value.strip(" \t")
        for key, _, value in (part.partition("=") for part in rest)
    }
    value = parse_cookie_headers([f"{name}={raw}"]).get(name, raw)
    path = attributes.get("path", "")
    return StoredCookie(
        name=name,
        raw=raw,
        value=value,
        host=url.host,
        domain=attributes.get("domain", "").lower().removeprefix("."),
        path=path if path.startswith("/") else _default_path(url.path),
        removes=not value or _is_over(attributes),
    )


def all_checked(cookies: CookieMap | None) -> dict[str, str]:
    """Return the cookies of a test where they can be sent as they are, or raise StarioError."""
    given = cookies or {}
    if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_argument("cookies", given, "a mapping of names to values")
    return {name: checked(name, value) for name, value in given.items()}


def checked(name: object, value: object) -> str:
    """Return a cookie value that can be sent as it is, or raise StarioError."""
    if not isinstance(value, str):
        raise bad_cookie(name, value, f"its value is of type {type(value).__name__}")
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise bad_cookie(name, value, "its name is no token")
    if _CONTROL.search(value) or ";" in value:
        raise bad_cookie(name, value, "its value holds a semicolon or a control character")
    if value != value.strip(" "):
        raise bad_cookie(name, value, "its value begins or ends with a space")
    if value and max(value) > "\xff":
        raise bad_cookie(name, value, "its value goes beyond Latin-1")
    return value


def _is_over(attributes: Mapping[str, str]) -> bool:
    """Tell whether Max-Age, or else Expires, says that the cookie is to be forgotten."""
    max_age = attributes.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", max_age):
        return max_age.startswith("-") or not max_age.strip("0")
    try:
        expires = parsedate_to_datetime(attributes["expires"])
    except (KeyError, ValueError):
        return False
    return expires.replace(tzinfo=expires.tzinfo or UTC) <= datetime.now(UTC)


def _default_path(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _path_matches(path: str, request_path: str) -> bool:
    return request_path == path or request_path.startswith(path.rstrip("/") + "/")


def _domain_matches(domain: str, host: str) -> bool:
    if host == domain:
        return True
    return host.endswith(f".{domain}") and not _IP_ADDRESS.fullmatch(host)


def _narrowness(cookie: StoredCookie) -> int:
    return len(cookie.path)
