"""Programs that a step needs: found where the machine has them, installed where it has not.

Every search ends: with a path, with None where the caller can do without, or with a `Failed` that
says what to install.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from workspace import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 600  # a browser and its libraries are some 150 MB


class Failed(Exception):
    """A step did not pass; the text is what a person reads about it."""


def uv() -> str:
    """The path of uv: the one that runs us, else that on PATH."""
    found = os.environ.get("UV") or shutil.which("uv")
    if found is None:
        raise Failed("uv is not on PATH. Install it with: pip install uv")
    return found


def environment() -> dict[str, str]:
    """Our environment without what would lead a child to another Python's packages.

    Nor are children to compile anew what others have compiled: the tests start hundreds of them.
    """
    left_out = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"UV": uv()}


def interpreter(venv: Path) -> Path:
    """The Python inside a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def python(version: str) -> str | None:
    """The path of a CPython of this version, such as "3.14", or None where the machine has none."""
    return next((path for path in _candidates(version) if _runs(path, version)), None)


def install_python(version: str) -> str | None:
    """Have uv fetch a CPython, and return its path; None where it cannot be fetched."""
    fetch = [uv(), "python", "install", "--quiet", version]
    if _succeeds(fetch, quiet=True):
        return python(version)
    return None


def _candidates(version: str) -> Iterator[str]:
    find = [uv(), "python", "find", "--system", "--quiet", version]
    found = subprocess.run(find, cwd=ROOT, capture_output=True, text=True, check=False)
    yield found.stdout.strip()
    yield shutil.which(f"python{version}") or ""
    # pyenv's shims answer only for the version in .python-version: look behind them.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted(pyenv.glob(f"versions/{version}.*"), reverse=True):
        yield str(folder / "bin" / "python")


def _runs(path: str, version: str) -> bool:
    if not path:
        return False
    ask = [path, "-c", "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2])"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.strip() == version


def chromium(playwright: Path) -> str | None:
    """The path of a Chromium, or None when Playwright has its own and finds it itself.

    Args:
        playwright: Playwright's command, for machines without a Chromium of their own.
    """
    found = _chromium_here() or _chromium_from_apt()
    if found is None and not _playwright_chromium(playwright):
        raise Failed(
            "The browser tests need Chromium, and it could not be installed. Install Chromium or "
            "Google Chrome so that it is on PATH, or set CHROMIUM to the path of one."
        )
    return found


def _chromium_here() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def _chromium_from_apt() -> str | None:
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    if not _succeeds([*apt, "update"]):
        return None
    _succeeds([*apt, "install", "--yes", "--no-install-recommends", "chromium"])
    return _chromium_here()


def _playwright_chromium(playwright: Path) -> bool:
    return _succeeds([str(playwright), "install", "chromium"])


def _succeeds(command: list[str], *, quiet: bool = False) -> bool:
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=quiet,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
