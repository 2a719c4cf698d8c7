"""`stario check`: what would go wrong, without serving anything: every problem, not the first one.

The bootstrap runs, startup and teardown, since only that shows its `yield` and its routes.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from stario.cli.assets_used import missing_assets
from stario.cli.checked import CheckedApp
from stario.cli.errors import short_traceback
from stario.cli.explained import explained
from stario.cli.imports import load_bootstrap
from stario.cli.settings import problems_together, settings
from stario.cli.term import plain, show
from stario.exceptions import StarioError
from stario.http.bootstrap import Bootstrap, bootstrap_run
from stario.tracing import NOOP_SPAN

about = "Check settings, imports, bootstrap, routes and assets; exit code 1 with every problem."

_COUNTS = {0: "no problems", 1: "1 problem"}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "spec", metavar="MODULE:CALLABLE", help="the bootstrap; it is started and torn down"
    )


def run(arguments: Namespace) -> int:
    found = [*_of_settings(), *_of_app(arguments.spec)]
    for problem in found:
        show("\n    ".join(map(plain, f"problem: {problem}".splitlines())))
    print(_COUNTS.get(len(found), f"{len(found)} problems"), file=sys.stderr)
    return 1 if found else 0


def _of_settings() -> Iterator[str]:
    alone = [setting.problem for setting in settings() if setting.problem]
    yield from alone or problems_together()


def _of_app(spec: str) -> Iterator[str]:
    try:
        bootstrap = load_bootstrap(spec)
    except StarioError as error:
        yield explained(error)
        return
    yield from asyncio.run(_run(bootstrap))


async def _run(bootstrap: Bootstrap) -> list[str]:
    app = CheckedApp()
    found: list[str] = []
    try:
        async with bootstrap_run(bootstrap, app, NOOP_SPAN):
            list(app.registered())
            found += missing_assets()
            app.signal_shutdown()
    except StarioError as error:
        found.append(explained(error))
    except (Exception, SystemExit) as error:
        found.append(f"The bootstrap raised {type(error).__name__}:\n{short_traceback(error)}")
    return app.problems + found
