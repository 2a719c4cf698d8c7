"""`stario serve`: configuration, app, tracer, server, in that order; each has its complaints."""

import asyncio
import signal
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from stario.cli.configuration import configuration
from stario.cli.imports import load_bootstrap
from stario.cli.term import plain, say
from stario.cli.tracers import make_tracer
from stario.cli.version import version
from stario.http.server import Server

if TYPE_CHECKING:
    from types import FrameType

    from stario.tracing import Tracer


def serve(spec: str) -> int:
    """Serve an app until a signal, and return the exit code 0.

    Raises StarioError where the configuration, the spec, the tracer or the address is no good.
    """
    config = configuration()
    bootstrap = load_bootstrap(spec)
    tracer = make_tracer()
    with tracer:
        Server(
            bootstrap,
            tracer,
            config=config,
            on_listening=lambda addresses: _announce(addresses, tracer),
        ).run()
        _answer_no_more_signals()
    return 0


def _announce(addresses: list[str], tracer: "Tracer") -> None:
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    where = plain(", ".join(addresses))
    # One process serves; more of them share the socket that STARIO_FD names.
    say(f"listening on {where} ({loop}, {type(tracer).__name__}, 1 worker, stario {version()})")


def _answer_no_more_signals() -> None:
    """Keep a late signal from cutting off the tracer's last write, or the exit code.

    A function that does nothing, not SIG_IGN: that one would be inherited by child processes.
    """
    if current_thread() is main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _nothing)


def _nothing(_number: int, _frame: "FrameType | None") -> None:
    pass
