"""`stario routes`: what an app answers, and with which function.

The bootstrap runs, startup and teardown, since only that registers the routes; nothing listens.
"""

import asyncio
import json
from argparse import ArgumentParser, Namespace

from stario.cli.imports import load_bootstrap
from stario.cli.routes import RouteLine, lines_of
from stario.cli.table import table
from stario.cli.term import plain, show
from stario.http.app import App
from stario.http.bootstrap import Bootstrap, bootstrap_run
from stario.tracing import NOOP_SPAN

about = "List the routes of an app: method, pattern, handler, middleware."


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "spec", metavar="MODULE:CALLABLE", help="the bootstrap; it is started and torn down"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")


def run(arguments: Namespace) -> int:
    lines = asyncio.run(_started(load_bootstrap(arguments.spec)))
    if arguments.json:
        show(json.dumps([line._asdict() for line in lines], indent=2))
    else:
        show(table(("METHOD", "PATTERN", "HANDLER", "AT", "MIDDLEWARE"), map(_row, lines)))
    return 0


async def _started(bootstrap: Bootstrap) -> list[RouteLine]:
    app = App()
    async with bootstrap_run(bootstrap, app, NOOP_SPAN):
        lines = lines_of(app)
        app.signal_shutdown()
    return lines


def _row(line: RouteLine) -> tuple[str, ...]:
    where = f"{line.file}:{line.line}" if line.file else ""
    middleware = ", ".join(line.middleware)
    return tuple(
        map(plain, (line.method, line.host + line.pattern, line.handler, where, middleware))
    )
