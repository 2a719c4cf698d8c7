"""Datastar's client for a new app: stario-datastar gets it, in a process of its own.

The command does not depend on stario-datastar. Where that is not installed, or there is no network,
the app is complete all the same: it gets the client when it starts.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PLACE = "app/static/js"
MODULE = "stario.datastar.client"
_SECONDS = 150  # it tries several places, and ends by itself before


def fetch_client(folder: Path) -> bool:
    """Get the client into the app in this folder; False when it is not to be had now."""
    if find_spec("stario.datastar") is None:
        return False
    # -P: what lies in the working directory is not for us to import.
    command = [sys.executable, "-P", "-m", MODULE, str(folder / PLACE)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
