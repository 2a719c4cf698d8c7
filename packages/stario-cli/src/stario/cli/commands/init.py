"""`stario init`: a new app that serves and whose tests pass, in a folder that is new or empty."""

import shlex
import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from stario.cli.term import plain, say, show

about = "Make a new app: one live feature, its tests, its tools."

_EXPLAINED = """\
what is made:
  app/main.py           the bootstrap, for `stario watch app.main:bootstrap`
  app/features/board/   a board of notes that every open page sees change
  app/common/           the document around every page
  app/static/           style sheet, icon, and Datastar's client, checked by its hash
  tests/                tests of the whole app, for pytest
  pyproject.toml        Stario as it is installed here; pytest, ruff and pyright to develop with
  AGENTS.md README.md   how it is built and worked on, for coding agents and for people

The folder may have hidden files, such as .git, and a virtual environment in it. No file is ever
overwritten. Without a network the app gets Datastar's client when it starts.
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.epilog = _EXPLAINED
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        default=".",
        help="made if it does not exist; default: the working directory",
    )
    parser.add_argument("--name", help="the name of the project; default: that of the folder")


def run(arguments: Namespace) -> int:
    from stario.cli.scaffold import client
    from stario.cli.scaffold.files import dependencies, filled, skeleton
    from stario.cli.scaffold.folder import require_room, write_all
    from stario.cli.scaffold.naming import name_for

    folder = Path(arguments.folder)
    texts = skeleton()
    require_room(folder, {path.partition("/")[0] for path in texts})
    name = name_for(folder.resolve().name, arguments.name, dependencies(texts))
    write_all(folder, filled(texts, name))
    say(f"made {name}: {len(texts)} files in {plain(str(folder.resolve()))}")
    say("getting Datastar's client")
    run_in_it = "uv run " if shutil.which("uv") else ""
    if not client.fetch_client(folder):
        again = f"{run_in_it}python -m {client.MODULE} {client.PLACE}"
        say(f"it is not to be had now: the app gets it when it starts, or you by `{again}`")
    show("\n".join(["Next:", *(f"    {line}" for line in _next(arguments.folder, run_in_it))]))
    return 0


def _next(folder: str, run_in_it: str) -> Iterator[str]:
    if Path(folder).resolve() != Path.cwd():
        yield f"cd {plain(shlex.quote(folder))}"
    if not run_in_it:
        yield "pip install --group dev"
    yield f"{run_in_it}stario watch app.main:bootstrap"
    if run_in_it:
        yield f"{run_in_it}pytest"
