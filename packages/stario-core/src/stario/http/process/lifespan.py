"""A server's life as its two spans tell it: `server.startup`, then `server.shutdown`.

Each is a trace of its own; the second links to the first. A failure is told once, to the phase in
which it came.
"""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from stario.tracing import ProxySpan

if TYPE_CHECKING:
    from stario.http.bootstrap import ShutdownTrigger
    from stario.http.config import ServerConfig
    from stario.http.process.drain import DrainReport
    from stario.tracing import Span, Tracer

_COMPRESSION_SETTINGS = (
    "min_size",
    "zstd_level",
    "zstd_window_log",
    "brotli_level",
    "brotli_window_log",
    "gzip_level",
    "gzip_window_bits",
)


class Lifespan:
    """Entered before startup, left after teardown; `span` stands for the phase that is on."""

    def __init__(self, tracer: "Tracer", config: "ServerConfig") -> None:
        self._tracer = tracer
        self._startup: Span = tracer.create("server.startup", startup_attributes(config))
        self._phase = self._startup
        self._phase_is_over = False
        self._is_inherited = bool(config.fds)
        self._told: BaseException | None = None
        self.span = ProxySpan(self._startup)

    def __enter__(self) -> Self:
        self._startup.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None:
            self.fail(exc)
        self._phase.end()

    def listening(self, addresses: list[str]) -> None:
        """End the startup: connections are accepted."""
        self._startup.attr("server.listening", True)
        if self._is_inherited:  # else the settings tell it
            self._startup.attr("server.addresses", addresses)
        self._startup.end()
        self._phase_is_over = True

    def shut_down(self, trigger: "ShutdownTrigger") -> None:
        """Begin the second phase."""
        self._startup.end()
        span = self._tracer.create("server.shutdown", {"server.shutdown.trigger": trigger})
        span.start()
        span.link("server.startup", self._startup.id)
        self._phase = span
        self._phase_is_over = False
        self.span.replace(span)

    def drained(self, report: "DrainReport") -> None:
        """Tell what the drain met."""
        for name, value in report._asdict().items():
            self._phase.attr(f"server.shutdown.{name}", value)
        self._phase.event("server.shutdown.closed")

    def fail(self, error: BaseException) -> None:
        """Tell the phase that is on; between the phases, leave it to the next."""
        if error is self._told or self._phase_is_over:
            return
        self._told = error
        self._phase.exception(error)
        self._phase.fail(str(error) or type(error).__name__)


def startup_attributes(config: "ServerConfig") -> dict[str, Any]:
    """Return the settings of a server on the running loop; what is not set is left out."""
    policy, compression = config.request_policy, config.compression_config
    attributes: dict[str, Any] = {
        "server.backlog": config.backlog,
        "server.graceful_shutdown_timeout": config.graceful_shutdown_timeout,
        "server.event_loop": type(asyncio.get_running_loop()).__module__.partition(".")[0],
        "server.timeout.request_header": policy.header_timeout,
        "server.timeout.request_body": policy.body_timeout,
        "server.timeout.keep_alive": policy.keep_alive_timeout,
        "server.timeout.response_write": policy.write_timeout,
        "server.limits.max_request_header_bytes": policy.max_header_bytes,
        "server.limits.max_request_body_bytes": policy.max_body_bytes,
        "server.limits.max_connections": config.max_connections,
        **_listen_attributes(config),
        **_trust_attributes(config),
    }
    for name in _COMPRESSION_SETTINGS:
        attributes[f"server.compression.{name}"] = getattr(compression, name)
    return {name: value for name, value in attributes.items() if value is not None}


def _trust_attributes(config: "ServerConfig") -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if config.trusted_proxies:
        attributes["server.trusted_proxies"] = ",".join(config.trusted_proxies)
        attributes["server.proxy_headers"] = config.proxy_headers
    if config.trusted_hosts:
        attributes["server.trusted_hosts"] = ",".join(config.trusted_hosts)
    if config.trusted_callers:
        attributes["server.trusted_callers"] = ",".join(config.trusted_callers)
    return attributes


def _listen_attributes(config: "ServerConfig") -> dict[str, Any]:
    if config.fds:
        return {"server.listen_mode": "inherited", "server.fds": list(config.fds)}
    if config.unix_socket is not None:
        return {
            "server.listen_mode": "unix_socket",
            "server.unix_socket": config.unix_socket,
            "server.unix_socket_mode": oct(config.unix_socket_mode),
        }
    return {
        "server.listen_mode": "tcp",
        "server.host": config.host,
        "server.port": config.port,
        "server.reuse_addr": config.reuse_addr,
    }
