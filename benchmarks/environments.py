"""A virtual environment for each peer, made once: another `stario` would hide ours."""

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / ".peers"
PACKAGES = Path(__file__).parent.parent / "packages"
OURS = (  # what our own servers need
    f"--editable={PACKAGES / 'stario-markup'}",
    f"--editable={PACKAGES / 'stario-core'}",
    f"--editable={PACKAGES / 'stario-telemetry'}",
    "uvloop==0.23.0",
)


class Unavailable(Exception):
    """A contender cannot take part; the text says why."""


def interpreter(home: Path, python: str, requirements: Sequence[str]) -> Path:
    """The interpreter of the environment in `home`, with these requirements for uv installed.

    Raises Unavailable if that cannot be installed.
    """
    wanted = f"{python}\n{shlex.join(requirements)}\n"
    installed = home / "installed.txt"
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        _run("uv", "venv", "--quiet", "--clear", "--python", python, str(home))
        _run("uv", "pip", "install", "--quiet", "--python", str(home), *requirements)
        installed.write_text(wanted, encoding="utf-8")
    windows = home / "Scripts" / "python.exe"
    return windows if windows.exists() else home / "bin" / "python"


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    except FileNotFoundError:
        raise Unavailable("it takes uv to install it") from None
    except subprocess.TimeoutExpired:
        raise Unavailable("installing it took too long") from None
    except subprocess.CalledProcessError as error:
        raise Unavailable(last_line(error.stderr)) from None


def last_line(text: str) -> str:
    """What a failed command said last, which is most often why it failed."""
    return (text.strip().splitlines() or ["it ended without a word"])[-1].strip()
