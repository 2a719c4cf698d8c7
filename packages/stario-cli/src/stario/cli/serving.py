"""`stario serve`: configuration, app, tracer, server, in that order; each has its complaints."""

import asyncio
import signal
from collections.abc import Callable
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from stario.cli.configuration import configuration
from stario.cli.imports import load_bootstrap
from stario.cli.term import plain, say
from stario.cli.tracers import make_tracer, names_of
from stario.cli.version import version
from stario.http.app import App
from stario.http.server import Server

if TYPE_CHECKING:
    from types import FrameType

    from stario.http.bootstrap import Bootstrap
    from stario.http.config import ServerConfig
    from stario.tracing import Tracer


def serve(spec: str) -> int:
    """Serve an app until a signal, and return the exit code 0.

    Raises StarioError where the configuration, the spec, the tracer or the address is no good.
    """
    config = configuration()
    bootstrap = load_bootstrap(spec)
    run_server(bootstrap, make_tracer(), config)
    return 0


def run_server(
    bootstrap: "Bootstrap",
    tracer: "Tracer",
    config: "ServerConfig",
    *,
    on_listening: Callable[[], object] = lambda: None,
    app_factory: Callable[[], App] = App,
) -> None:
    """Serve until a signal, and say where. Nothing is left to do then but to exit."""

    def announce(addresses: list[str]) -> None:
        _announce(addresses, tracer)
        on_listening()

    with tracer:
        Server(
            bootstrap, tracer, config=config, on_listening=announce, app_factory=app_factory
        ).run()
        _answer_no_more_signals()


def _announce(addresses: list[str], tracer: "Tracer") -> None:
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    where = plain(", ".join(addresses))
    say(f"listening on {where} ({loop}, {names_of(tracer)}, stario {version()})")


def _answer_no_more_signals() -> None:
    """Keep a late signal from cutting off the tracer's last write, or the exit code.

    A function that does nothing, not SIG_IGN: that one would be inherited by child processes.
    """
    if current_thread() is main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _nothing)


def _nothing(_number: int, _frame: "FrameType | None") -> None:
    pass
