"""Settings of the server as values: checked when built, read from `STARIO_*` when asked."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict, TypeGuard, cast

from stario import env
from stario.exceptions import StarioError
from stario.http.compression import CompressionConfig, compression_config_from_env
from stario.http.process.inherited import fds_from_env
from stario.http.trust.hosts import TrustedHosts
from stario.http.trust.proxies import ProxyHeaders, TrustedProxies
from stario.markup.errors import shown

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "EventLoopKind",
    "ProxyHeaders",
    "RequestPolicy",
    "ServerConfig",
    "ServerOptions",
    "request_policy_from_env",
    "server_config_from_env",
]

type EventLoopKind = Literal["auto", "asyncio", "uvloop"]
_EVENT_LOOPS: tuple[EventLoopKind, ...] = ("auto", "asyncio", "uvloop")
_PROXY_HEADERS: tuple[ProxyHeaders, ...] = ("x-forwarded", "forwarded")


@dataclass(frozen=True, kw_only=True)
class RequestPolicy:
    """Limits for what a client may send, in bytes, and for how long it may take, in seconds.

    `max_header_bytes` and `max_header_fields` hold for a head, and again for the trailers of a
    chunked body. `header_timeout` counts from accept and from the first byte of a request,
    `body_timeout` between two pieces of a body, `keep_alive_timeout` after an answer,
    `write_timeout` while the client takes nothing. A body that comes with less than
    `min_body_rate` bytes a second on average, after its first 5 seconds, is as late as one that
    stalls; 0 sets no rate. Raises StarioError for a value out of range.
    """

    max_header_bytes: int = 65536
    max_header_fields: int = 100
    max_body_bytes: int = 10485760
    header_timeout: float = 5.0
    body_timeout: float = 30.0
    keep_alive_timeout: float = 5.0
    max_pipelined_requests: int = 8
    write_timeout: float = 30.0
    min_body_rate: int = 240

    def __post_init__(self) -> None:
        _at_least("max_header_bytes", self.max_header_bytes, 256)
        _at_least("min_body_rate", self.min_body_rate, 0)
        _at_least("max_header_fields", self.max_header_fields, 1)
        _at_least("max_body_bytes", self.max_body_bytes, 1)
        _at_least("max_pipelined_requests", self.max_pipelined_requests, 1)
        for name in ("header_timeout", "body_timeout", "keep_alive_timeout", "write_timeout"):
            seconds: object = getattr(self, name)
            if not (_is_number(seconds) and seconds > 0):
                raise out_of_range(name, seconds, "more than 0 seconds")


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """Where and how a server listens. Raises StarioError for a value out of range.

    `event_loop="auto"` takes uvloop when it is installed. With `unix_socket` set there is no TCP
    port; `fds` are sockets that listen already, TCP or Unix, and take the place of both. With
    `ssl_certfile` set (PEM) the server speaks TLS. `graceful_shutdown_timeout` is in seconds, and
    `max_connections=None` sets no limit. What blocks the event loop for more than `blocked_after`
    seconds is told to the tracer; 0 turns that off.

    `trusted_proxies` are the addresses and networks, "unix" for a Unix socket, or "*" for
    everybody, whose word `Request.client` and `Request.scheme` take for who called them;
    `proxy_headers` tells in which fields they write it: X-Forwarded-For and -Proto, or Forwarded
    (RFC 7239). With `trusted_hosts`, which are names, or "*." before a name for all that end in it,
    requests for other hosts and for none are answered 421 (RFC 9110, 15.5.20).

    `trusted_callers`, named as proxies are, may continue their traces here: where `Request.client`
    is one of them, its span follows `traceparent` (W3C Trace Context). From anybody else that
    would let strangers choose trace ids, and what is sampled.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    unix_socket: str | None = None
    unix_socket_mode: int = 0o660
    requests: RequestPolicy | None = None
    compression: CompressionConfig | None = None
    graceful_shutdown_timeout: float = 5.0
    backlog: int = 2048
    reuse_addr: bool = True
    event_loop: EventLoopKind = "auto"
    max_connections: int | None = None
    ssl_certfile: "str | Path | None" = None
    ssl_keyfile: "str | Path | None" = None
    fds: tuple[int, ...] = ()
    blocked_after: float = 0.25
    trusted_proxies: tuple[str, ...] = ()
    proxy_headers: ProxyHeaders = "x-forwarded"
    trusted_hosts: tuple[str, ...] = ()
    trusted_callers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # A frozen dataclass is filled in through object; None means the default objects.
        for name, kind in (("requests", RequestPolicy), ("compression", CompressionConfig)):
            given: object = getattr(self, name)
            if given is None:
                object.__setattr__(self, name, kind())
            elif not isinstance(given, kind):
                raise out_of_range(name, given, f"a {kind.__name__}(...), or None")
        self._check_address()
        self._check_fds()
        _at_least("backlog", self.backlog, 1)
        if self.max_connections is not None:
            _at_least("max_connections", self.max_connections, 1)
        for name in ("graceful_shutdown_timeout", "blocked_after"):
            seconds: object = getattr(self, name)
            if not (_is_number(seconds) and seconds >= 0):
                raise out_of_range(name, seconds, "0 seconds or more")
        _either("reuse_addr", self.reuse_addr, (True, False))
        _either("event_loop", self.event_loop, _EVENT_LOOPS)
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            raise out_of_range("ssl_keyfile", str(self.ssl_keyfile), "used with an ssl_certfile")
        self._check_trust()

    def _check_address(self) -> None:
        if self.unix_socket is None:
            if not _is_text(self.host):
                raise out_of_range("host", self.host, "a host name or address")
            if not (_is_whole(self.port) and 1 <= self.port <= 65535):
                raise out_of_range("port", self.port, "a number from 1 to 65535")
        elif not _is_text(self.unix_socket):
            raise out_of_range("unix_socket", self.unix_socket, "the text of a path, not blank")
        mode = self.unix_socket_mode
        if not (_is_whole(mode) and 0 <= mode <= 0o7777):
            told = oct(mode) if _is_whole(mode) else mode
            raise out_of_range("unix_socket_mode", told, "a number from 0 to 0o7777")

    def _check_fds(self) -> None:
        if not isinstance(self.fds, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise out_of_range("fds", self.fds, "a tuple of numbers of open descriptors")
        for fd in self.fds:
            if not (_is_whole(fd) and fd >= 0):
                raise out_of_range("fds", fd, "numbers of open descriptors, 0 or more")
        if len(set(self.fds)) < len(self.fds):
            raise out_of_range("fds", self.fds, "different descriptors; each listens once")
        if self.fds and self.unix_socket is not None:
            raise fds_and_path(self.fds, self.unix_socket)

    def _check_trust(self) -> None:
        proxies = 'addresses, networks such as 10.0.0.0/8 (no bits set behind it), "unix" or "*"'
        _all_good("trusted_proxies", self.trusted_proxies, TrustedProxies, proxies)
        _all_good("trusted_callers", self.trusted_callers, TrustedProxies, proxies)
        hosts = 'names such as "example.com" or "*.example.com" without port (none for all hosts)'
        _all_good("trusted_hosts", self.trusted_hosts, TrustedHosts, hosts)
        _either("proxy_headers", self.proxy_headers, _PROXY_HEADERS)

    @property
    def request_policy(self) -> RequestPolicy:
        """`requests`, which is never None once built."""
        assert self.requests is not None
        return self.requests

    @property
    def compression_config(self) -> CompressionConfig:
        """`compression`, which is never None once built."""
        assert self.compression is not None
        return self.compression


class ServerOptions(TypedDict, total=False):
    """The keyword arguments of ServerConfig, for functions that pass them on."""

    host: str
    port: int
    unix_socket: str | None
    unix_socket_mode: int
    requests: RequestPolicy | None
    compression: CompressionConfig | None
    graceful_shutdown_timeout: float
    backlog: int
    reuse_addr: bool
    event_loop: EventLoopKind
    max_connections: int | None
    ssl_certfile: "str | Path | None"
    ssl_keyfile: "str | Path | None"
    fds: tuple[int, ...]
    blocked_after: float
    trusted_proxies: tuple[str, ...]
    proxy_headers: ProxyHeaders
    trusted_hosts: tuple[str, ...]
    trusted_callers: tuple[str, ...]


def request_policy_from_env() -> RequestPolicy:
    """Read `STARIO_REQUESTS_*`. Raises StarioError for a bad value."""
    return _from_env(_request_policy)


def server_config_from_env() -> ServerConfig:
    """Read every `STARIO_*` variable of the server. Raises StarioError for a bad value."""
    return _from_env(_server_config)


def _request_policy() -> RequestPolicy:
    return RequestPolicy(
        max_header_bytes=env.read_int("STARIO_REQUESTS_MAX_HEADER_BYTES", 65536),
        max_header_fields=env.read_int("STARIO_REQUESTS_MAX_HEADER_FIELDS", 100),
        max_body_bytes=env.read_int("STARIO_REQUESTS_MAX_BODY_BYTES", 10485760),
        header_timeout=env.read_float("STARIO_REQUESTS_HEADER_TIMEOUT", 5.0),
        body_timeout=env.read_float("STARIO_REQUESTS_BODY_TIMEOUT", 30.0),
        keep_alive_timeout=env.read_float("STARIO_REQUESTS_KEEP_ALIVE_TIMEOUT", 5.0),
        max_pipelined_requests=env.read_int("STARIO_REQUESTS_MAX_PIPELINED_REQUESTS", 8),
        write_timeout=env.read_float("STARIO_REQUESTS_WRITE_TIMEOUT", 30.0),
        min_body_rate=env.read_int("STARIO_REQUESTS_MIN_BODY_RATE", 240),
    )


def _server_config() -> ServerConfig:
    unix_socket = env.read_path("STARIO_UNIX_SOCKET", None)
    return ServerConfig(
        host=env.read_str("STARIO_HOST", "127.0.0.1"),
        port=env.read_int("STARIO_PORT", 8000),
        unix_socket=None if unix_socket is None else str(unix_socket),
        unix_socket_mode=env.read_octal("STARIO_UNIX_SOCKET_MODE", 0o660),
        requests=_request_policy(),
        compression=compression_config_from_env(),
        graceful_shutdown_timeout=env.read_float("STARIO_GRACEFUL_SHUTDOWN_TIMEOUT", 5.0),
        backlog=env.read_int("STARIO_BACKLOG", 2048),
        reuse_addr=env.read_bool("STARIO_REUSE_ADDR", True),
        event_loop=cast("EventLoopKind", env.read_enum("STARIO_LOOP", _EVENT_LOOPS, "auto")),
        max_connections=env.read_int("STARIO_MAX_CONNECTIONS", None),
        ssl_certfile=env.read_path("STARIO_SSL_CERTFILE", None),
        ssl_keyfile=env.read_path("STARIO_SSL_KEYFILE", None),
        fds=fds_from_env(),
        blocked_after=env.read_float("STARIO_BLOCKED_AFTER", 0.25),
        trusted_proxies=env.read_list("STARIO_TRUSTED_PROXIES", ()),
        proxy_headers=cast(
            "ProxyHeaders", env.read_enum("STARIO_PROXY_HEADERS", _PROXY_HEADERS, "x-forwarded")
        ),
        trusted_hosts=env.read_list("STARIO_TRUSTED_HOSTS", ()),
        trusted_callers=env.read_list("STARIO_TRUSTED_CALLERS", ()),
    )


def _from_env[T](read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueError as error:
        raise env.bad_setting(error) from error


def _at_least(name: str, value: object, lowest: int) -> None:
    if not (_is_whole(value) and value >= lowest):
        raise out_of_range(name, value, f"a whole number, {lowest} or more")


def _either(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        raise out_of_range(name, value, "one of " + ", ".join(map(str, choices)))


def _all_good(
    name: str, values: object, build: Callable[[Collection[str]], object], accepted: str
) -> None:
    """Refuse the first of the values that nothing can be built from, and what is no tuple."""
    if not isinstance(values, tuple):
        raise out_of_range(name, values, f"a tuple of {accepted}")
    for value in cast("tuple[object, ...]", values):
        try:
            build((value,) if isinstance(value, str) else ("",))
        except ValueError:
            raise out_of_range(name, value, accepted) from None


# Types are checked as well: a setting that somebody read from a file as text would fail late, and
# far from its cause.
def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, float) or _is_whole(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def out_of_range(name: str, value: object, accepted: str) -> StarioError:
    return StarioError(f"{name} must be {accepted}; got {shown(value)}.", context={name: value})


def fds_and_path(fds: tuple[int, ...], path: str) -> StarioError:
    return StarioError(
        f"The server is to listen on inherited descriptors {fds} and on the path {path!r}.",
        context={"fds": fds, "unix_socket": path},
        help_text="Choose one: unset STARIO_UNIX_SOCKET, or start the server without STARIO_FD and"
        " without socket activation.",
    )
