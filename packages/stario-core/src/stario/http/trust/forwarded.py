"""What proxies wrote about the way of a request: X-Forwarded-For and -Proto, or Forwarded.

Everything is read backwards. The nearest proxy wrote last, so what a client put in front, however
broken, changes nothing of what stands behind it; and the usual request costs one entry, however
many it brings. Nothing here raises, and a line takes time linear in its length. References are to
RFC 7239 (Forwarded) and RFC 9110.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from itertools import zip_longest
from typing import NamedTuple

from stario.http.headers import Headers
from stario.http.trust.proxies import UNIX, ProxyHeaders

_OWS = " \t"
# RFC 7239, 6.3: a port is a number or, like a node, an identifier that hides it.
_PORT = r"(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?"
_IPV6 = r"([0-9A-Fa-f]*:[0-9A-Fa-f:.]*)(?:%[^\]]+)?"
_NODE = re.compile(rf"([0-9.]+){_PORT}|\[{_IPV6}\]{_PORT}|{_IPV6}")
# An IPv6 address has up to 45 characters; brackets, a zone and a port come on top.
_NODE_MAX = 128
# Reading an address takes half of the time that a request's origin takes; many come again.
_REMEMBERED = 1024
# An element that is written backwards. Inside quotes, a quote behind an odd number of backslashes
# is escaped; one that opens has "=" before it, so the direction is nothing to what is well-formed.
_ELEMENT = re.compile(r'(?:[^",]++|"(?:[^"]++|"(?=\\(?:\\\\)*+(?!\\)))*+")*+')
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
# Values with colons and brackets belong in quotes (4), and are often sent without.
_PAIR = re.compile(
    rf'[ \t]*+(?:({_TOKEN}++)=(?:((?:{_TOKEN}|[:\[\]])++)|"((?:[^"\\]|\\.)*+)"))?+[ \t]*+(?:;|\Z)',
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


class Hop(NamedTuple):
    """What one proxy says: who called it (an IP address or "unix"), and by which scheme.

    Each is `""` where it says nothing that can be used.
    """

    address: str
    scheme: str


def hops_reader(family: ProxyHeaders) -> Callable[[Headers], Iterator[Hop]]:
    """Return the function that reads one family of fields, the nearest proxy's hop first."""
    return _forwarded if family == "forwarded" else _x_forwarded


def _x_forwarded(headers: Headers) -> Iterator[Hop]:
    nodes = _entries(headers.getlist("x-forwarded-for"))
    schemes = _entries(headers.getlist("x-forwarded-proto"))
    for node, scheme in zip_longest(nodes, schemes, fillvalue=""):
        yield Hop(node_address(_unquoted(node.strip(_OWS))), _http_scheme(scheme))


def _entries(lines: list[str]) -> Iterator[str]:
    for line in reversed(lines):
        end = len(line)
        while end >= 0:
            start = line.rfind(",", 0, end) + 1
            yield line[start:end]
            end = start - 1


def _unquoted(node: str) -> str:
    return node[1:-1] if len(node) > 1 and node[0] == node[-1] == '"' else node


def _forwarded(headers: Headers) -> Iterator[Hop]:
    for line in reversed(headers.getlist("forwarded")):
        for element in _elements(line):
            pairs = _pairs(element)
            yield Hop(node_address(pairs.get("for", "")), _http_scheme(pairs.get("proto", "")))


def _elements(line: str) -> Iterator[str]:
    """Return the elements of a line, the last one first; a quoted comma separates nothing."""
    backwards = line[::-1]
    at, length = 0, len(line)
    while at <= length:
        found = _ELEMENT.match(backwards, at)
        assert found is not None  # it matches the empty text as well
        end = found.end()
        if end < length and backwards[end] != ",":  # a quote that is never opened
            end = length
        yield backwards[at:end][::-1]
        at = end + 1


def _pairs(element: str) -> dict[str, str]:
    """Return the parameters of an element; none where it is malformed or one comes twice (4)."""
    pairs: dict[str, str] = {}
    at = 0
    while at < len(element):
        pair = _PAIR.match(element, at)
        if pair is None:
            return {}
        at = pair.end()
        name: str | None = pair[1]
        if name is not None:
            if name.lower() in pairs:
                return {}
            token: str | None = pair[2]
            pairs[name.lower()] = _QUOTED_PAIR.sub(r"\1", pair[3]) if token is None else token
    return pairs


def node_address(node: str) -> str:
    """Return the address of a node without its port, in its usual spelling, or `""`.

    `unknown`, hidden identifiers and everything else that is no address have none (6). "unix:" is
    how nginx writes who comes over a Unix socket.
    """
    if node == "unix:":
        return UNIX
    found = _NODE.fullmatch(node) if len(node) <= _NODE_MAX else None
    return "" if found is None else usual_address(found[1] or found[2] or found[3])


@lru_cache(_REMEMBERED)
def usual_address(text: str) -> str:
    """Return an IP address in its usual spelling, or `""` where it is none.

    A zone is left out, since it means something on one machine only, and an IPv4 address that is
    mapped into IPv6 is the IPv4 address: `::ffff:192.0.2.1` is who `192.0.2.1` is.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def _http_scheme(text: str) -> str:
    scheme = text.strip(_OWS).lower()
    return scheme if scheme in ("http", "https") else ""
