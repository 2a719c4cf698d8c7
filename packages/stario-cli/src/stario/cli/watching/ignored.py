"""What the watcher passes over: noise that tools make, and what the user names.

Only the part of a path below a watched directory can be noise: a project may well lie in a
directory called `build`, and somebody may watch a library in `node_modules` on purpose.
"""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from stario.cli.errors import bad_watch_path

_NOISY_DIRECTORIES = frozenset(
    (
        *(".git", ".hg", ".svn", ".jj", ".bzr"),
        *("__pycache__", ".venv", "venv", ".tox", ".nox", ".eggs", "node_modules"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".pytype", ".hypothesis", ".cache"),
        *(".idea", ".vscode", ".vs", ".ipynb_checkpoints"),
    )
)
_NOISY_NAMES = re.compile(
    r"""
    .*\.(sqlite3|sqlite|db)(-.*)?      # databases, and their journals
    | .*\.py[co]
    | .*\.egg-info
    | .*\.log
    | .*\.sw[a-z] | .*~ | 4913         # vim
    | \.\#.* | \#.*\# | flycheck_.*    # emacs
    | .*___jb_(tmp|old)___             # JetBrains
    | \.goutputstream-.*
    | \.DS_Store | Thumbs\.db | desktop\.ini
    | \.coverage(\..*)?
    """,
    re.VERBOSE | re.DOTALL,
)
_GLOB = re.compile(r"[*?\[\]]")


class Ignored:
    """What is passed over, as a question about one path."""

    def __init__(self, paths: Iterable[Path] = (), names: Iterable[str] = ()) -> None:
        self._paths = tuple(paths)
        self._names = tuple(names)

    def __call__(self, path: Path, root: Path) -> bool:
        """Say whether a change of `path`, at or below the watched `root`, means nothing."""
        return (
            _is_noise(path, root)
            or any(path.is_relative_to(ignored) for ignored in self._paths)
            or any(fnmatchcase(path.name, name) for name in self._names)
            or _is_our_output(path)
        )


def parse_ignored(given: Sequence[str], own: Iterable[str] = ()) -> Ignored:
    """Sort the values of `--watch-ignore` into paths and globs for file names.

    `own` are the paths that the app itself writes; they need not exist yet.
    Raises StarioError for a path that does not exist and for a glob with a slash.
    """
    paths = [text for text in given if text.strip() and Path(text).exists()]
    names = [text for text in given if text not in paths]
    for name in names:
        _require_name_glob(name)
    return Ignored([Path(text).resolve() for text in (*paths, *own)], names)


def parse_watched(given: Sequence[str]) -> list[Path]:
    """Return the paths of `--watch`, or the working directory.

    Raises StarioError for a path that does not exist, and for a glob.
    """
    for text in given:
        _require_path(text)
    return [Path(text).resolve() for text in given or (".",)]


def _require_path(text: str) -> None:
    if not text.strip():
        raise bad_watch_path("--watch", text, "is empty")
    if not Path(text).exists():
        is_glob = _GLOB.search(text)
        raise bad_watch_path("--watch", text, "is a glob" if is_glob else "does not exist")


def _require_name_glob(text: str) -> None:
    if not text.strip():
        raise bad_watch_path("--watch-ignore", text, "is empty")
    if not _GLOB.search(text):
        raise bad_watch_path("--watch-ignore", text, "does not exist")
    if "/" in text or "\\" in text:
        raise bad_watch_path("--watch-ignore", text, "is a glob with a directory")


def _is_noise(path: Path, root: Path) -> bool:
    below = path.relative_to(root).parts
    return (
        _NOISY_NAMES.fullmatch(path.name) is not None
        or not _NOISY_DIRECTORIES.isdisjoint(below)
        or any(map(_NOISY_NAMES.fullmatch, below[:-1]))
        or any(_is_virtual_environment(root.joinpath(*below[:n])) for n in range(1, len(below)))
    )


@lru_cache(maxsize=1024)
def _is_virtual_environment(folder: Path) -> bool:
    """Say so whatever the folder is called (PEP 405)."""
    return (folder / "pyvenv.cfg").is_file()


def _is_our_output(path: Path) -> bool:
    """Say whether it is where this command's own output goes: it would restart itself for ever."""
    try:
        found = path.stat()
        return any(os.path.samestat(found, os.fstat(s.fileno())) for s in (sys.stdout, sys.stderr))
    except (OSError, ValueError, AttributeError):  # it is gone, or there is no such stream
        return False
