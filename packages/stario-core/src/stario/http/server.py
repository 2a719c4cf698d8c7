"""The server as a process: sockets, signals, startup, listening, drain, teardown, in that order."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    nullcontext,
)
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack, cast

from stario.exceptions import StarioError
from stario.http.app import App
from stario.http.bootstrap import Bootstrap, ShutdownTrigger, bootstrap_run
from stario.http.config import ServerConfig, ServerOptions
from stario.http.connection.endpoint import Endpoint
from stario.http.connection.handshake import TlsProtocol
from stario.http.connection.protocol import HttpProtocol
from stario.http.process.drain import cancel_tasks, drain
from stario.http.process.lifespan import Lifespan
from stario.http.process.listen import Listener
from stario.http.process.loop import run_loop
from stario.http.process.signals import stop_on_signals
from stario.http.trust.hosts import TrustedHosts
from stario.http.trust.proxies import TrustedProxies
from stario.markup.errors import shown
from stario.tracing import NOOP_TRACER, NoOpTracer, is_tracer

if TYPE_CHECKING:
    from stario.tracing import Tracer

__all__ = ["Server", "serve"]


class Server:
    """Serves one bootstrap, once. The tracer must be entered; it is not closed.

    `on_listening` is called with the addresses when connections are accepted; `app_factory` builds
    the app that the bootstrap gets. Raises StarioError for what is no tracer or no ServerConfig.
    """

    def __init__(
        self,
        bootstrap: Bootstrap,
        tracer: "Tracer",
        *,
        config: ServerConfig | None = None,
        on_listening: Callable[[list[str]], None] | None = None,
        app_factory: Callable[[], App] = App,
    ) -> None:
        self._bootstrap = bootstrap
        self._tracer = _checked_tracer(tracer)
        self._config = ServerConfig() if config is None else _checked_config(config)
        self._app_factory = app_factory
        self._on_listening = on_listening
        self._used = False

    def run(self) -> None:
        """Serve on a new event loop of the configured kind, until a signal.

        Raises StarioError like `serve`, inside a running loop, and where uvloop is asked for but
        not installed.
        """
        run_loop(self.serve, self._config.event_loop)

    async def serve(self) -> None:
        """Serve on the running loop, until a signal or `app.signal_shutdown()`.

        Raises StarioError on a second use, and where it cannot listen.
        """
        if self._used:
            raise served_already()
        self._used = True
        with (
            Lifespan(self._tracer, self._config) as life,
            closing(Listener(self._config)) as listener,
        ):
            run = _Run(
                self._app_factory(), self._bootstrap, self._tracer, self._config, life, listener
            )
            await run.run(self._on_listening)


class _StartupGivenUp(Exception):
    """A second signal came before startup was through."""


class _Run:
    """One run: startup, requests, drain, teardown."""

    def __init__(
        self,
        app: App,
        bootstrap: Bootstrap,
        tracer: "Tracer",
        config: ServerConfig,
        life: Lifespan,
        listener: Listener,
    ) -> None:
        self._bootstrap = bootstrap
        self._tracer = tracer
        self._config = config
        self._life = life
        self._listener = listener
        self._app = app
        self._urgent: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, on_listening: Callable[[list[str]], None] | None) -> None:
        with stop_on_signals(self._app, self._urgent):
            try:
                async with self._bootstrapped():
                    with self._watched():
                        await self._serve_and_drain(on_listening)
            except _StartupGivenUp:
                self._life.shut_down("expected_stop")
                await cancel_tasks(self._app.tasks)
            except BaseException:
                # A startup that failed may have begun tasks that no drain has met.
                await cancel_tasks(self._app.tasks)
                raise

    def _watched(self) -> AbstractContextManager[None]:
        blocked_after = self._config.blocked_after
        if not blocked_after or type(self._tracer) is NoOpTracer:
            return nullcontext()
        # With nobody to tell it, a start is quicker.
        from stario.http.process.watchdog import watched

        return watched(self._tracer, blocked_after)

    @asynccontextmanager
    async def _bootstrapped(self) -> AsyncGenerator[None]:
        """Startup and teardown. A second signal cancels a startup that takes its time."""
        async with AsyncExitStack() as stack:
            with _given_up_when(self._urgent):
                await stack.enter_async_context(
                    bootstrap_run(self._bootstrap, self._app, self._life.span)
                )
            yield

    async def _serve_and_drain(self, on_listening: Callable[[list[str]], None] | None) -> None:
        endpoint = self._open_endpoint()
        trigger: ShutdownTrigger = "runtime_failure"
        try:
            if not self._app.shutting_down:
                await self._serve_requests(endpoint, on_listening)
            trigger = "expected_stop"
        except asyncio.CancelledError:
            trigger = "fallback_cleanup"
            raise
        except BaseException as error:
            self._life.fail(error)
            raise
        finally:
            await self._drain(endpoint, trigger)

    async def _serve_requests(
        self, endpoint: Endpoint, on_listening: Callable[[list[str]], None] | None
    ) -> None:
        protocol = HttpProtocol if self._config.ssl_certfile is None else TlsProtocol
        addresses = await self._listener.open(partial(protocol, endpoint))
        self._life.listening(addresses)
        if on_listening is not None:
            on_listening(addresses)
        # Not awaited itself: a task that is cancelled cancels the future that it awaits.
        await asyncio.wait([self._app.shutdown])

    async def _drain(self, endpoint: Endpoint, trigger: ShutdownTrigger) -> None:
        self._app.signal_shutdown()
        self._life.shut_down(trigger)
        timeout = self._config.graceful_shutdown_timeout
        try:
            try:
                await self._listener.stop()
            finally:
                self._life.drained(await drain(self._app, endpoint, timeout, self._urgent))
        finally:
            endpoint.close()

    def _open_endpoint(self) -> Endpoint:
        config = self._config
        return Endpoint(
            self._app,
            self._tracer,
            config.request_policy,
            config.compression_config,
            config.max_connections,
            proxies=TrustedProxies(config.trusted_proxies, config.proxy_headers),
            hosts=TrustedHosts(config.trusted_hosts),
            callers=TrustedProxies(config.trusted_callers),
        )


@contextmanager
def _given_up_when(urgent: asyncio.Future[None]) -> Generator[None]:
    """Cancel the current task when `urgent` is done meanwhile, and raise _StartupGivenUp."""
    task = cast("asyncio.Task[Any]", asyncio.current_task())
    cancelled = over = False

    def give_up(_urgent: asyncio.Future[None]) -> None:
        nonlocal cancelled
        if not over:
            cancelled = task.cancel()

    urgent.add_done_callback(give_up)
    try:
        yield
    except asyncio.CancelledError as error:
        if cancelled and task.uncancel() == 0:
            raise _StartupGivenUp from error
        raise
    else:
        if cancelled:  # and startup swallowed that
            task.uncancel()
    finally:
        over = True


async def serve(
    bootstrap: Bootstrap,
    tracer: "Tracer | None" = None,
    *,
    config: ServerConfig | None = None,
    **options: Unpack[ServerOptions],
) -> None:
    """Serve a bootstrap on the running loop: the way to embed Stario in a program.

    `options` are the keyword arguments of ServerConfig; together with `config` they are a
    StarioError. Without a tracer, a terminal gets the TTY tracer and everything else JSON lines,
    where stario-telemetry is installed.
    """
    if config is not None and options:
        raise config_and_options(sorted(options))
    if config is None:
        config = ServerConfig(**options)
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
    except ModuleNotFoundError as error:
        if error.name != "stario.telemetry":
            raise
        return NOOP_TRACER
    return cast("Tracer", found())


def _checked_tracer(tracer: "Tracer") -> "Tracer":
    if not is_tracer(tracer):
        raise not_a_tracer(tracer)
    return tracer


def _checked_config(config: ServerConfig) -> ServerConfig:
    if not isinstance(config, ServerConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_config(config)
    return config


def not_a_tracer(given: object) -> StarioError:
    return StarioError(
        f"A server needs a tracer, not {shown(given)}.",
        help_text="Build one, such as JsonTracer(), and enter it with `with`. NOOP_TRACER of"
        " stario.tracing records nothing; `stario.serve` brings its own.",
    )


def not_a_config(given: object) -> StarioError:
    return StarioError(
        f"The config of a server is a ServerConfig, not {shown(given)}.",
        help_text="Write ServerConfig(port=8000, requests=RequestPolicy(...)).",
    )


def served_already() -> StarioError:
    return StarioError(
        "This Server has served already.", help_text="Build a new one for every run."
    )


def config_and_options(options: list[str]) -> StarioError:
    return StarioError(
        "serve() takes a config or its options, not both.",
        context={"options": options},
        help_text="Put the options into ServerConfig(...).",
    )
