"""The commands of `stario`, and how a package adds its own.

A command is an entry point of the group `stario.commands`, named as it is typed. It leads to a
module, or to any object, with the three names of `Command`:

    [project.entry-points."stario.commands"]
    greet = "my_package.greet"

Those of this package are declared in the same way; a table spares them the search, since looking
through all installed packages takes as long as starting a server. A package cannot replace them.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from stario.exceptions import StarioError

GROUP = "stario.commands"
OURS = {
    "init": "stario.cli.commands.init",
    "serve": "stario.cli.commands.serve",
    "watch": "stario.cli.commands.watch",
    "routes": "stario.cli.commands.routes",
    "check": "stario.cli.commands.check",
    "env": "stario.cli.commands.env",
    "completion": "stario.cli.commands.completion",
}

_NAMES = ("about", "add_arguments", "run")


class Command(Protocol):
    """What an entry point leads to. A StarioError is told as a sentence, with exit code 1."""

    @property
    def about(self) -> str:
        """One sentence for the help."""
        ...

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what the command takes."""
        ...

    def run(self, arguments: Namespace) -> int:
        """Do it, and return the exit code."""
        ...


def names() -> list[str]:
    """Return the names of all commands, ours first."""
    return [*OURS, *sorted(_of_others())]


def load(name: str) -> Command | None:
    """Load a command; None where there is none of this name.

    Raises StarioError for one that cannot be loaded, or is none.
    """
    if module := OURS.get(name):
        return cast("Command", import_module(module))
    if name not in (others := _of_others()):
        return None
    package, entry = others[name]
    try:
        found: object = entry.load()
    except (Exception, SystemExit) as error:
        raise broken_command(name, package, f"{type(error).__name__}: {error}") from error
    if missing := [one for one in _NAMES if not hasattr(found, one)]:
        raise broken_command(name, package, f"it has no {', '.join(missing)}")
    return cast("Command", found)


def about(name: str) -> str:
    """Return what the help says about a command; whatever is wrong with it, it says that."""
    try:
        found = load(name)
        return str(found.about) if found else ""
    except Exception as error:
        return f"({error.message if isinstance(error, StarioError) else error})"


class _Entry(Protocol):
    def load(self) -> object: ...


def _of_others() -> dict[str, tuple[str, _Entry]]:
    return dict(_entries())


def _entries() -> Iterator[tuple[str, tuple[str, _Entry]]]:
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        if entry.name not in OURS:
            yield entry.name, (entry.dist.name if entry.dist else "a package", entry)


def broken_command(name: str, package: str, fault: str) -> StarioError:
    return StarioError(
        f"The command {name!r} of {package} cannot be loaded: {fault}.",
        help_text=f"Update or remove {package}; the other commands work without it.",
    )
