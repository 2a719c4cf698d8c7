"""The version, read from the name of an installed folder.

Importing `importlib.metadata` and asking it takes longer than importing asyncio, and `serve` says
its version before the first request. So the folder that it would find is looked up by name.
"""

import os
import sys

import stario

_PREFIX, _SUFFIX = "stario_core-", ".dist-info"


def version() -> str:
    """Return the version of Stario, which is that of stario-core."""
    for folder in sys.path:
        for name in _names_in(folder or "."):
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
                return name[len(_PREFIX) : -len(_SUFFIX)]
    return stario.__version__


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  (names are enough)
    except OSError:  # a zip file, or a folder that is gone
        return []
