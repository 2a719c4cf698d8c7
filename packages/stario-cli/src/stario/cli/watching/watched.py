"""`stario serve` as the child of `watch`: the steps of `serve`, each when `watch` says so.

Only here are the aids for development put around an app, so that no setting can turn them on where
an app is served for real.
"""

import asyncio
import importlib
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from stario.cli.configuration import configuration
from stario.cli.development.app import DevelopmentApp
from stario.cli.development.live import Run
from stario.cli.development.span_tree import SpanTrees
from stario.cli.errors import is_in_project
from stario.cli.imports import load_bootstrap
from stario.cli.serving import run_server
from stario.cli.tracers import make_tracer
from stario.cli.watching.channel import Channel, Message
from stario.cli.watching.report import report_of
from stario.http.app import App

_OTHERS = sys.stdlib_module_names | {"stario", "uvloop", "httptools"}


def serve_watched(spec: str, channel: Channel) -> int:
    """Serve an app until a signal, and return the exit code 0.

    Raises what `serve` raises, after `watch` was told.
    """
    order = _next_order(channel)
    if order is None:  # `watch` is gone, or needs no other process
        return 0
    try:
        return _serve(spec, channel, order)
    except (Exception, SystemExit) as error:
        channel.say("failed", **report_of(error))
        raise


def _next_order(channel: Channel) -> Message | None:
    """Wait for the order to load the app, and import meanwhile what it will need."""
    while order := channel.hear(None):
        if order.get("say") == "load":
            importlib.invalidate_caches()  # of folders, from when the process was made
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            return order
        for module in order.get("modules", ()):
            with suppress(Exception):  # it was there the last time; and the app will say so
                importlib.import_module(module)
    return None


def _serve(spec: str, channel: Channel, order: Message) -> int:
    config = configuration()
    bootstrap = load_bootstrap(spec)
    tracer = make_tracer()
    channel.say("ready")
    if channel.hear(None) is None:
        return 0
    spans = SpanTrees()
    spans.listen(tracer)
    run_server(
        bootstrap,
        tracer,
        config,
        on_listening=lambda: channel.say("listening", modules=_modules_of_others()),
        app_factory=partial(_app, Run.from_order(order), spans, channel),
    )
    channel.say("over")  # Python takes a while to end, and the next run need not wait for that
    return 0


def _app(run: Run, spans: SpanTrees, channel: Channel) -> App:
    app = DevelopmentApp(run, spans)

    def say_that_it_stops(_: asyncio.Future[None]) -> None:
        channel.say("stopping")

    app.shutdown.add_done_callback(say_that_it_stops)
    _end_with_watch(app, channel)
    return app


def _end_with_watch(app: App, channel: Channel) -> None:
    """Shut down when `watch` is gone, however that came: nobody would end the app any more."""
    loop = asyncio.get_running_loop()

    def listen() -> None:
        channel.hear()
        if channel.closed:
            loop.remove_reader(channel.fileno())
            app.signal_shutdown()

    loop.add_reader(channel.fileno(), listen)


def _modules_of_others() -> list[str]:
    """Name what is imported and is not the app's own: Stario, the loop, the standard library."""
    return [
        name
        for name, module in list(sys.modules.items())
        if (top := name.partition(".")[0]) in _OTHERS and not _is_own(module)
        if top != "__main__"
    ]


def _is_own(module: object) -> bool:
    """Say whether it is a file of the project that has the name of something else."""
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.startswith(os.getcwd()) and is_in_project(Path(file))  # noqa: PTH109
