"""What the command line knows about an error that the server raised without knowing who called.

The server names a setting; whoever sits at a terminal set a variable. It hears that a port is
taken; here one can look up by whom.
"""

import errno
import os
from collections.abc import Iterator

from stario.cli.errors import place_in_project
from stario.exceptions import StarioError

_PREFIXES = ("STARIO_", "STARIO_REQUESTS_", "STARIO_COMPRESS_")


def explained(error: StarioError) -> str:
    """Return the error as text, with all that can be added to it, line by line."""
    return "\n".join((str(error), *_additions(error)))


def _additions(error: StarioError) -> Iterator[str]:
    for setting in error.context:
        yield from _variable(setting)
    if _is_taken(error):
        yield from _owner(error)
    if place := place_in_project(error):
        yield f"  At: {place}"


def _variable(setting: str) -> Iterator[str]:
    """Name the variable that a setting came from, and what it takes."""
    from stario.cli.variables import VARIABLES

    names = [prefix + setting.upper() for prefix in _PREFIXES]
    for variable in VARIABLES:
        if variable.name in names and os.environ.get(variable.name, "").strip():
            yield f"  Variable: {variable.name}: {variable.meaning} [{variable.default}]"


def _is_taken(error: StarioError) -> bool:
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE


def _owner(error: StarioError) -> Iterator[str]:
    from stario.cli.owner import owner_of_port

    port = str(error.context.get("address", "")).rpartition(":")[2]
    owner = owner_of_port(int(port)) if port.isdigit() else None
    if owner is not None:
        yield f"  Owner: process {owner.pid}: {owner.command}"
