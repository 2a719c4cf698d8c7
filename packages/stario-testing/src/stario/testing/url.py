"""URLs: an origin, and a target that is sent as it was given.

Only what cannot stand on the request line is percent-encoded (RFC 3986, section 2.1). Nothing is
collapsed, decoded or resolved, so `//x`, `%2F`, `..` and a broken `%` reach the server.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode, urljoin

from stario.exceptions import StarioError
from stario.testing.errors import (
    bad_argument,
    bad_base_url,
    bad_field,
    bad_location,
    bad_name,
    bad_url,
)
from stario.testing.inputs import QueryParamInput

_ABSOLUTE = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_AUTHORITY = re.compile(r"[A-Za-z0-9\-._~%!$&'()*+,;=:\[\]]+")
_UNSENDABLE = re.compile(r"[^\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL without its fragment."""

    scheme: str
    authority: str
    target: str

    def __str__(self) -> str:
        return self.origin + ("" if self.target == "*" else self.target)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def host(self) -> str:
        """The host in lower case without its port."""
        return re.sub(r":\d*\Z", "", self.authority).lower()

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def resolve(self, url: str) -> "Url":
        """Return what a test means by `url`: a whole URL, or a path of this origin as given."""
        if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_url(url, f"it is of type {type(url).__name__}")
        absolute = _ABSOLUTE.fullmatch(url.partition("#")[0])
        if absolute is not None:
            return _whole(url, *absolute.groups())
        if not url.startswith("/") and _SCHEME.match(url):
            raise bad_url(url, "it is neither a path nor an http URL")
        target = _sendable(url, url.partition("#")[0])
        return replace(self, target=target if target == "*" else _rooted(target))

    def follow(self, location: str) -> "Url":
        """Return where a redirect leads: here a reference is resolved as RFC 3986 rules."""
        try:
            return self.resolve(urljoin(str(self), location))
        except (StarioError, ValueError):
            raise bad_location(str(self), location) from None

    def with_params(self, params: QueryParamInput | None) -> "Url":
        """Append query parameters to those that are there."""
        encoded = encode_pairs("params", params) if params else ""
        if not encoded:
            return self
        mark = "&" if self.query else "" if self.target.endswith("?") else "?"
        return replace(self, target=self.target + mark + encoded)


def base(url: str) -> Url:
    """Return the origin that paths are requested from."""
    if not isinstance(url, str) or not _ABSOLUTE.match(url):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_base_url(url, "it does not start with http:// or https://")
    origin = Url("http", "", "/").resolve(url)
    if origin.target != "/":
        raise bad_base_url(url, "it goes on after its host")
    return origin


def encode_pairs(argument: str, pairs: object) -> str:
    """Return `application/x-www-form-urlencoded` text; lists repeat their key."""
    return urlencode(flat_pairs(argument, pairs))


def flat_pairs(argument: str, pairs: object) -> list[tuple[str, str]]:
    """Return names and texts; a bool becomes `true` or `false`."""
    found: list[tuple[str, str]] = []
    for name, value in named(argument, pairs):
        several = isinstance(value, list | tuple)
        values = cast("list[object]", value) if several else [value]
        found.extend((name, _scalar(name, one)) for one in values)
    return found


def named(argument: str, given: object) -> list[tuple[str, Any]]:
    """Return what a mapping or a sequence of pairs names."""
    pairs: Any = given
    if isinstance(given, Mapping):
        pairs = cast("Mapping[object, object]", given).items()
    elif not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise _not_pairs(argument, given)
    found: list[tuple[str, Any]] = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(cast("list[Any]", pair)) != 2:
            raise _not_pairs(argument, cast("object", given))
        name, value = cast("list[Any]", pair)
        if not isinstance(name, str):
            raise bad_name(argument, name)
        found.append((name, value))
    return found


def _not_pairs(argument: str, given: object) -> StarioError:
    return bad_argument(argument, given, "a mapping, or a list of pairs of a name and a value")


def _scalar(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise bad_field(name, value)


def _whole(url: str, scheme: str, authority: str, target: str) -> Url:
    if not _AUTHORITY.fullmatch(authority):
        raise bad_url(url, "its host is missing, or holds what a host cannot")
    return Url(scheme.lower(), authority, _rooted(_sendable(url, target)))


def _rooted(target: str) -> str:
    return target if target.startswith("/") else f"/{target}"


def _sendable(url: str, text: str) -> str:
    try:
        return _UNSENDABLE.sub(_percent_encoded, text)
    except UnicodeEncodeError:
        raise bad_url(url, "it holds half of a surrogate pair") from None


def _percent_encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())
