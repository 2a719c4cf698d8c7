"""Files that an app names by `assets.href("…")` and does not have.

Its own modules that are loaded are read, and calls with a text that is written there are looked
at: a page that nobody has opened yet has the same mistakes as one that somebody has.
"""

import ast
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, cast

from stario.cli.errors import is_in_project, nearest
from stario.staticassets import AssetManifest


class Use(NamedTuple):
    """One call: where it is, on what, and for which file."""

    receiver: str
    line: int
    path: str


def missing_assets() -> Iterator[str]:
    """Yield a sentence for each file that no manifest of the running app has."""
    # By their types: to ask some objects for their class is to wake them up.
    found = (one for one in gc.get_objects() if issubclass(type(one), AssetManifest))
    manifests = cast("list[AssetManifest]", list(found))
    if not manifests:
        return
    known = {path for manifest in manifests for path in manifest.assets}
    for file, module in _own_modules():
        for use in uses_in(file):
            if use.path.strip("/") not in known and not _is_something_else(module, use.receiver):
                near = nearest(use.path, known)
                helps = f" Did you mean {near}?" if near else ""
                yield f"{_short(file)}, line {use.line}: there is no asset {use.path!r}.{helps}"


def uses_in(file: Path) -> list[Use]:
    """Return the calls of a source file that may be for an asset: `x.href("a/file.css")`."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, ValueError, SyntaxError):
        return []
    return sorted(_uses(tree), key=lambda use: use.line)


def _uses(tree: ast.AST) -> Iterator[Use]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=receiver, attr="href"),
                args=[ast.Constant(value=str(path))],
            ):
                yield Use(ast.unparse(receiver), node.lineno, path)
            case _:
                pass


def _is_something_else(module: ModuleType, receiver: str) -> bool:
    """Say whether a name stands for anything but a manifest, as far as the module knows it."""
    return receiver in vars(module) and not isinstance(vars(module)[receiver], AssetManifest)


def _own_modules() -> Iterator[tuple[Path, ModuleType]]:
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and is_in_project(Path(file)):
            yield Path(file), module


def _short(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
