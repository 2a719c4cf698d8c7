"""Why no app was made: each reason has a name, and says what to do about it."""

from collections.abc import Sequence
from pathlib import Path

from stario.exceptions import StarioError

_SHOWN = 4  # names of files, before it is only said how many more there are


def not_empty(folder: Path, names: Sequence[str]) -> StarioError:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return StarioError(
        f"The folder {str(folder)!r} is not empty: it has {', '.join(names[:_SHOWN])}{more}.",
        help_text="No file is ever overwritten. Name a folder that does not exist yet: "
        "stario init my-app",
    )


def not_a_folder(folder: Path) -> StarioError:
    return StarioError(
        f"{str(folder)!r} is a file, or lies below one.",
        help_text="Name a folder that is empty, or does not exist yet: stario init my-app",
    )


def cannot_read(folder: Path, error: OSError) -> StarioError:
    return StarioError(
        f"The folder {str(folder)!r} cannot be looked into: {_reason(error)}.",
        help_text="Name one that you may look into, or that does not exist yet: stario init my-app",
    )


def cannot_write(folder: Path, error: OSError) -> StarioError:
    where = error.filename or folder
    return StarioError(
        f"{str(where)!r} cannot be written: {_reason(error)}.",
        help_text="What was written so far is removed again. Name a folder that you may write to, "
        "with room on its disk.",
    )


def no_name_in(folder: str) -> StarioError:
    return StarioError(
        f"No name for the app can be made of {folder!r}.",
        help_text="Give it one: stario init FOLDER --name my-app",
    )


def bad_name(name: str, near: str) -> StarioError:
    meant = f" Did you mean {near!r}?" if near else ""
    return StarioError(
        f"{name!r} cannot be the name of a Python project.",
        help_text=f"Use letters from a to z, digits, and '-', '_' or '.' between them.{meant}",
    )


def name_of_a_dependency(name: str) -> StarioError:
    return StarioError(
        f"An app that is called {name!r} could not depend on the package of that name.",
        help_text="Give it another: --name my-app",
    )


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
