"""The files of a new app: those of `skeleton/`, with what is its own filled in."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

from stario.cli.scaffold.naming import normalized, title_of
from stario.cli.scaffold.sources import sources

_STABLE = re.compile(r"(\d+)\.(\d+)(\.\d+)*(\.post\d+)?")


def skeleton() -> dict[str, str]:
    """Return the texts of all files by the paths that they will have in an app."""
    return dict(_texts(files(__package__).joinpath("skeleton"), ""))


def filled(texts: dict[str, str], name: str) -> dict[str, str]:
    """Return the files of an app of this name, which needs Stario as it is installed here."""
    values = {"@NAME@": name, "@TITLE@": title_of(name), "@RANGE@": range_from(installed())}
    found = {path: _with(text, values) for path, text in texts.items()}
    found["pyproject.toml"] += sources()
    return found


def dependencies(texts: dict[str, str]) -> set[str]:
    """Return the names of all packages that the app and its tools ask for, normalized."""
    project = tomllib.loads(texts["pyproject.toml"])
    asked: list[str] = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return {normalized(re.split(r"[^\w.-]", text, maxsplit=1)[0]) for text in asked}


def installed() -> str:
    """Return the version of Stario: of the package `stario`, or of its core where that is alone."""
    try:
        return version("stario")
    except PackageNotFoundError:
        return version("stario-core")


def range_from(version: str) -> str:
    """Return what an app may ask for that was made with a version: it, to the next major one."""
    major = int(version.partition(".")[0])
    stable = _STABLE.fullmatch(version)
    floor = f"{major}.{int(stable[2])}" if stable else version.partition("+")[0]
    return f">={floor},<{major + 1}"


def _texts(folder: Traversable, below: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_file():
            yield below + entry.name.removesuffix(".template"), entry.read_text("utf-8")
        elif entry.name != "__pycache__":  # left there by whoever installed us
            yield from _texts(entry, f"{below}{entry.name}/")


def _with(text: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text
