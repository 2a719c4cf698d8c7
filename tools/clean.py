"""A clean virtual environment and the wheels that go into it, for tests of what users install.

The third party's packages come through a `.pth` file, which does not lead to what is editable
there; our own are seen only where a test installs them. No network is used.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

import programs
import workspace


def build(folder: Path, into: Path) -> Path:
    """Build the wheel of a folder that has a pyproject.toml, as `tools/check.py` does."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return next(into.glob("*.whl"))


class Environment:
    """A clean virtual environment and what can be asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = programs.interpreter(folder)
        self.uv("venv", "--python", sys.executable, str(folder))
        purelib = sysconfig.get_path("purelib", vars={"base": str(folder)})
        Path(purelib, "third_party.pth").write_text(sysconfig.get_path("purelib"))

    def uv(self, *arguments: str) -> None:
        command = [programs.uv(), *arguments, "--offline", "--quiet"]
        subprocess.run(command, cwd=workspace.ROOT, env=programs.environment(), check=True)

    def pip(self, command: str, *arguments: str) -> None:
        self.uv("pip", command, "--python", str(self.python), *arguments)

    def install(self, *wheels: Path, editable: list[str] | None = None) -> None:
        asked = [str(wheel) for wheel in wheels]
        for name in editable or []:
            asked += ["--editable", str(workspace.members()[name].folder)]
        self.pip("install", "--no-index", "--no-deps", "--no-build-isolation", *asked)

    def run(self, code: str) -> str:
        """What a fresh interpreter away from the checkout complains of; "" when the code runs."""
        return self.told(code).rpartition("\n")[2]

    def told(self, code: str) -> str:
        """All that it complains of."""
        command = [str(self.python), "-I", "-c", code]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.stderr.strip()
