"""Where a path that came from a URL leads: to a file inside a directory, or nowhere.

What leads nowhere is a FileNotFoundError like any other, so that nobody learns what lies outside.
"""

import os
from pathlib import Path, PurePath

from stario.staticassets.disk import missing_directory

# A backslash is a separator on Windows, where a colon begins a drive or a stream; and no name that
# a URL should reach has a NUL.
_REFUSED = frozenset("\0\\:" if os.name == "nt" else "\0\\")


def inside(root: str | os.PathLike[str], path: str | os.PathLike[str], *, hidden: bool) -> str:
    """Return the real path of what `path` names below `root`. Blocks.

    Refused are absolute paths, `.`, `..` and empty parts, links that lead out of `root`, and,
    unless `hidden`, names that begin with a dot, also behind a link. Raises StarioError when there
    is no directory `root`, and an OSError when there is no such file. Only somebody who may move
    directories below `root` meanwhile can mislead it.
    """
    relative = path.as_posix() if isinstance(path, PurePath) else os.fspath(path)
    parts = relative.split("/")
    if not _REFUSED.isdisjoint(relative) or not all(_is_name(part, hidden) for part in parts):
        raise FileNotFoundError(relative)
    real_root = Path(root).resolve()
    # An empty text, such as a variable that is not set, would be the working directory.
    if root == "" or not real_root.is_dir():
        raise missing_directory(root)
    # Path.resolve of 3.12 makes a RuntimeError of a link that leads to itself.
    target = Path(os.path.realpath(real_root.joinpath(*parts), strict=True))
    if not target.is_relative_to(real_root):
        raise FileNotFoundError(relative)
    if not all(_is_name(part, hidden) for part in target.relative_to(real_root).parts):
        raise FileNotFoundError(relative)
    return str(target)


def _is_name(part: str, hidden: bool) -> bool:
    return part not in ("", ".", "..") and (hidden or not part.startswith("."))
