"""Who sent a request, and by which scheme, where proxies may stand in between.

A proxy knows who called it, and is believed where it is trusted. So the way is walked outwards from
our own connection: while the address in hand is trusted, its word for the next one is taken. The
first that is not trusted is the client. What stands beyond it was written by somebody unknown and
is not looked at; where a trusted proxy wrote nothing that can be read, the walk ends at the proxy.

The scheme is the one that the farthest trusted proxy wrote, since that is the proxy that the client
spoke to: the values of X-Forwarded-Proto are counted from the right, as the addresses are, and
where there are fewer, which is what a proxy that replaces the field leaves, the leftmost rules.

One family of fields is read, the one that the proxy is known to write: it passes the other one on
as the client sent it. And the host is neither taken from X-Forwarded-Host nor from `host=`. Proxies
can pass Host on as it came, and most pass on an X-Forwarded-Host that the client made up.
"""

import socket
from asyncio import BaseTransport
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from stario.http.headers import Headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stario.http.trust.forwarded import Hop

type ProxyHeaders = Literal["x-forwarded", "forwarded"]

UNIX = "unix"
_UNIX_FAMILY = getattr(socket, "AF_UNIX", None)
_KEEPING = ("TCPTransport", "_SelectorSocketTransport")  # of uvloop and of asyncio
_MAPPED = IPv6Network("::ffff:0:0/96")
# Requests come from a few proxies, and often from the same clients.
_REMEMBERED = 256
# No way is that long, but a client can write thousands of addresses that are trusted.
_HOPS_MAX = 64


class Peer(NamedTuple):
    """The other end of our own connection: an IP address, "unix", or `""` where it is unknown."""

    address: str
    scheme: str


class Origin(NamedTuple):
    """Where a request comes from: the client's IP address or `""`, and "http" or "https"."""

    client: str
    scheme: str


UNKNOWN_ORIGIN = Origin("", "http")


class TrustedProxies:
    """Tells the origin of requests. `names` are addresses, networks, "unix" and "*".

    Raises ValueError for a name that is none of these.
    """

    def __init__(self, names: Iterable[str] = (), family: ProxyHeaders = "x-forwarded") -> None:
        self._names = frozenset(names)
        self._networks = [proxy_network(name) for name in self._names - {UNIX, "*"}]
        self._hops: Callable[[Headers], Iterator[Hop]] | None = None
        if self._names:
            # Most servers stand behind no proxy.
            from stario.http.trust.forwarded import hops_reader

            self._hops = hops_reader(family)
        self._trusts = lru_cache(_REMEMBERED)(self._look_up)

    def __repr__(self) -> str:
        return f"TrustedProxies({sorted(self._names)!r})"

    def __bool__(self) -> bool:
        return bool(self._names)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and self._trusts(address)

    def _look_up(self, address: str) -> bool:
        if "*" in self._names:
            return True
        if address == UNIX:
            return UNIX in self._names
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def origin(self, peer: Peer, headers: Headers) -> Origin:
        """Return who sent a request that came from this peer with these fields."""
        client, scheme = peer
        if self._hops is not None and client in self:
            for hop in islice(self._hops(headers), _HOPS_MAX):
                scheme = hop.scheme or scheme
                if not hop.address:
                    break
                client = hop.address
                if client not in self:
                    break
        return Origin("" if client == UNIX else client, scheme)


def proxy_network(name: str) -> IPv4Network | IPv6Network:
    """Return the network of an address or a network, or raise ValueError.

    With a zone, or with bits set that the network's length leaves open, it is none.
    """
    if "%" in name:
        raise ValueError(f"{name!r} has a zone")
    network = ip_network(name)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        assert mapped is not None
        return IPv4Network((int(mapped), network.prefixlen - _MAPPED.prefixlen))
    return network


def keeps_peer(transport: BaseTransport) -> bool:
    """Tell whether `peer_of` may wait until somebody asks; that saves 110 bytes per connection.

    The others forget it when they close: those of TLS, and uvloop's of Unix sockets.
    """
    return type(transport).__name__ in _KEEPING


def peer_of(transport: BaseTransport) -> Peer:
    """Return who is at the other end."""
    try:
        name: object = transport.get_extra_info("peername")
    except (OSError, AttributeError):  # uvloop raises where the client has left already
        name = None
    scheme = "http" if transport.get_extra_info("ssl_object") is None else "https"
    if isinstance(name, tuple):
        address = cast("tuple[str, int]", name)[0]
        if ":" in address:
            from stario.http.trust.forwarded import usual_address

            address = usual_address(address)
        return Peer(address, scheme)
    return Peer(UNIX if _is_unix(transport) else "", scheme)


def _is_unix(transport: BaseTransport) -> bool:
    found: socket.socket | None = transport.get_extra_info("socket")
    return found is not None and _UNIX_FAMILY is not None and found.family == _UNIX_FAMILY
