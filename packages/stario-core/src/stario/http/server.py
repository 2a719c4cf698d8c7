"""The server as a process: sockets, signals, startup, listening, drain, teardown, in that order."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from threading import current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from stario.exceptions import StarioError
from stario.http.app import App
from stario.http.bootstrap import Bootstrap, ShutdownTrigger, bootstrap_run
from stario.http.config import ServerConfig
from stario.http.drain import drain
from stario.http.endpoint import Endpoint
from stario.http.listen import UnixSocket, listen
from stario.http.protocol import HttpProtocol
from stario.tracing import NOOP_TRACER, ProxySpan

if TYPE_CHECKING:
    from stario.tracing import Span, Tracer

__all__ = ["Server", "serve"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server:
    """Serves one bootstrap, once. The tracer must be entered; it is not closed.

    `on_listening` is called with the addresses when connections are accepted.
    """

    def __init__(
        self,
        bootstrap: Bootstrap,
        tracer: "Tracer",
        *,
        config: ServerConfig | None = None,
        on_listening: Callable[[list[str]], None] | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._tracer = tracer
        self._config = config or ServerConfig()
        self._on_listening = on_listening
        self._used = False

    def run(self) -> None:
        """Serve on a new event loop of the configured kind, until a signal."""
        with asyncio.Runner(loop_factory=_loop_factory(self._config.event_loop)) as runner:
            runner.run(self.serve())

    async def serve(self) -> None:
        """Serve on the running loop, until a signal or `app.signal_shutdown()`.

        Raises StarioError on a second use, and where it cannot listen.
        """
        if self._used:
            raise StarioError(
                "This Server has served already.", help_text="Build a new one for every run."
            )
        self._used = True
        unix = _bind_unix_socket(self._config)
        try:
            await self._serve(unix)
        finally:
            if unix is not None:
                unix.remove()

    async def _serve(self, unix: UnixSocket | None) -> None:
        app = App()
        urgent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        startup = self._tracer.create("server.startup")
        startup.start()
        span = ProxySpan(startup)
        run = _Run(self._config, self._tracer, app, urgent, startup, span)
        with _signals(app, urgent):
            try:
                async with bootstrap_run(self._bootstrap, app, span):
                    await self._listen_and_drain(run, unix)
                run.end()
            except BaseException as error:
                run.fail(error)
                raise

    async def _listen_and_drain(self, run: "_Run", unix: UnixSocket | None) -> None:
        """Between startup and teardown: serve, then drain."""
        endpoint = run.open_endpoint()
        try:
            if not run.app.shutting_down:
                async with self._listening(endpoint, unix) as addresses:
                    run.listening()
                    if self._on_listening is not None:
                        self._on_listening(addresses)
                    await run.app.shutdown
            run.begin_shutdown("expected_stop")
        except BaseException:
            run.begin_shutdown("runtime_failure")
            raise
        finally:
            await run.drain(endpoint)

    @asynccontextmanager
    async def _listening(
        self, endpoint: Endpoint, unix: UnixSocket | None
    ) -> AsyncGenerator[list[str]]:
        server = await listen(lambda: HttpProtocol(endpoint), self._config, unix)
        try:
            yield _addresses(server, self._config)
        finally:
            server.close()


class _Run:
    """One run of a server, as its two spans tell it."""

    def __init__(
        self,
        config: ServerConfig,
        tracer: "Tracer",
        app: App,
        urgent: asyncio.Future[None],
        startup: "Span",
        proxy: ProxySpan,
    ) -> None:
        self.config = config
        self.app = app
        self._tracer = tracer
        self._urgent = urgent
        self._startup = startup
        self._shutdown: Span | None = None
        self._proxy = proxy

    def open_endpoint(self) -> Endpoint:
        config = self.config
        return Endpoint(
            self.app,
            self._tracer,
            config.request_policy,
            config.compression_config,
            config.max_connections,
        )

    def listening(self) -> None:
        self._startup.attrs(_startup_attributes(self.config))
        self._startup.attr("server.listening", True)
        self._startup.end()

    def begin_shutdown(self, trigger: ShutdownTrigger) -> None:
        if self._shutdown is not None:
            return
        self.app.signal_shutdown()
        self._startup.end()
        span = self._tracer.create("server.shutdown", {"server.shutdown.trigger": trigger})
        span.start()
        span.link("server.startup", self._startup.id)
        self._shutdown = span
        self._proxy.replace(span)

    async def drain(self, endpoint: Endpoint) -> None:
        try:
            report = await drain(
                self.app, endpoint, self.config.graceful_shutdown_timeout, self._urgent
            )
        finally:
            endpoint.close()
        if self._shutdown is not None:
            for name in report.__slots__:
                self._shutdown.attr(f"server.shutdown.{name}", getattr(report, name))
            self._shutdown.event("server.shutdown.closed")

    def end(self) -> None:
        if self._shutdown is not None:
            self._shutdown.end()

    def fail(self, error: BaseException) -> None:
        """Tell the span of the phase that failed."""
        span = self._shutdown or self._startup
        span.exception(error)
        span.fail(str(error) or type(error).__name__)
        span.end()


async def serve(
    bootstrap: Bootstrap,
    tracer: "Tracer | None" = None,
    *,
    config: ServerConfig | None = None,
    **options: Any,
) -> None:
    """Serve a bootstrap on the running loop: the way to embed Stario in a program.

    `options` are the keyword arguments of ServerConfig; together with `config` they are a
    StarioError. Without a tracer, a terminal gets the TTY tracer and everything else JSON lines,
    where stario-telemetry is installed.
    """
    if config is not None and options:
        raise StarioError(
            "serve() takes a config or its options, not both.",
            context={"options": sorted(options)},
            help_text="Put the options into ServerConfig(...).",
        )
    config = config or ServerConfig(**options)
    if tracer is not None:
        await Server(bootstrap, tracer, config=config).serve()
        return
    with _default_tracer() as tracer:
        await Server(bootstrap, tracer, config=config).serve()


def _default_tracer() -> "Tracer":
    # By name, since telemetry depends on this package and not the other way round.
    module, name = ("tty", "TTYTracer") if sys.stdout.isatty() else ("json", "JsonTracer")
    try:
        found: Any = getattr(import_module(f"stario.telemetry.{module}"), name)
    except ModuleNotFoundError:
        return NOOP_TRACER
    return cast("Tracer", found())


def _loop_factory(kind: str) -> Callable[[], asyncio.AbstractEventLoop]:
    if kind == "asyncio":
        return asyncio.new_event_loop
    if find_spec("uvloop") is None:
        if kind == "uvloop":
            raise StarioError(
                "The event loop uvloop was asked for, but is not installed.",
                help_text="Install stario[uvloop], or set STARIO_LOOP to auto or asyncio.",
            )
        return asyncio.new_event_loop
    return cast("Callable[[], asyncio.AbstractEventLoop]", import_module("uvloop").new_event_loop)


def _bind_unix_socket(config: ServerConfig) -> UnixSocket | None:
    if config.unix_socket is None:
        return None
    return UnixSocket(config.unix_socket, config.unix_socket_mode)


@contextmanager
def _signals(app: App, urgent: asyncio.Future[None]) -> Generator[None]:
    """Let SIGINT and SIGTERM end the app: the first gracefully, the second at once."""
    if current_thread() is not main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if app.shutting_down and not urgent.done():
            urgent.set_result(None)
        app.signal_shutdown()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)

    earlier = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _addresses(server: asyncio.Server, config: ServerConfig) -> list[str]:
    if config.unix_socket is not None:
        return [f"unix:{config.unix_socket}"]
    scheme = "http" if config.ssl_certfile is None else "https"
    found: list[str] = []
    for listener in server.sockets:
        host, port = listener.getsockname()[:2]
        found.append(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")
    return found


def _startup_attributes(config: ServerConfig) -> dict[str, Any]:
    policy, compression = config.request_policy, config.compression_config
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    attributes: dict[str, Any] = {
        "server.backlog": config.backlog,
        "server.graceful_shutdown_timeout": config.graceful_shutdown_timeout,
        "server.event_loop": loop,
        "server.timeout.request_header": policy.header_timeout,
        "server.timeout.request_body": policy.body_timeout,
        "server.timeout.keep_alive": policy.keep_alive_timeout,
        "server.timeout.response_write": policy.write_timeout,
        "server.limits.max_request_header_bytes": policy.max_header_bytes,
        "server.limits.max_request_body_bytes": policy.max_body_bytes,
        "server.limits.max_connections": config.max_connections,
        **_listen_attributes(config),
    }
    for name in (
        "min_size",
        "zstd_level",
        "zstd_window_log",
        "brotli_level",
        "brotli_window_log",
        "gzip_level",
        "gzip_window_bits",
    ):
        attributes[f"server.compression.{name}"] = getattr(compression, name)
    return {name: value for name, value in attributes.items() if value is not None}


def _listen_attributes(config: ServerConfig) -> dict[str, Any]:
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
