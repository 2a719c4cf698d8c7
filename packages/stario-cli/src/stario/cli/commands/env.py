"""`stario env`: every variable, what it is now, and where that comes from."""

import json
from argparse import ArgumentParser, Namespace

from stario.cli.settings import Setting, settings
from stario.cli.table import table
from stario.cli.term import plain, show

about = "Show every setting, its value, and where that comes from."


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON array")


def run(arguments: Namespace) -> int:
    found = settings()
    if arguments.json:
        show(json.dumps([setting._asdict() for setting in found], indent=2))
    else:
        show(table(("VARIABLE", "VALUE", "FROM", "DEFAULT", "PROBLEM"), map(_row, found)))
    return 0


def _row(setting: Setting) -> tuple[str, ...]:
    problem = setting.problem or ""
    told = (setting.name, setting.value, setting.source, setting.default, problem)
    return tuple(map(plain, told))
