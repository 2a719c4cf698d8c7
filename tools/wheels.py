"""Run each package's own tests against its wheel, as somebody has it who installs only that one.

A wheel is built once. For each supported Python and each package there is a clean environment with
its wheel, those of the siblings that it depends on, its third-party dependencies, and the test
tools; the tests run from a copy outside the checkout, so that a forgotten file or an undeclared
import cannot be found by chance.
"""

import os
import shutil
import tempfile
from pathlib import Path

from jobs import Job, beside_each_other, out_of_sight
from programs import Failed, install_python, interpreter, python, uv
from workspace import PINS, ROOT, Member, members, siblings, third_party

REQUIRED = ("3.12", "3.13", "3.14")  # in CI; elsewhere one that cannot be had is reported
OPTIONAL = ("3.15",)  # tested where it is installed


def check(*, hatchling: str, pythons: list[str], chosen: list[Member]) -> None:
    """Test the chosen packages' wheels.

    Args:
        hatchling: The path of hatchling's command.
        pythons: Versions to run on, such as "3.14"; none means all that are supported.
        chosen: The packages whose tests run.
    """
    interpreters = _interpreters(pythons)
    with tempfile.TemporaryDirectory(prefix="stario-wheels-") as name:
        folder = Path(name)
        built = _build(hatchling, folder / "dist")
        beside_each_other(
            [
                _job(folder / version, f"{member.name} on {version}", path, member, built)
                for member in sorted(chosen, key=_size, reverse=True)
                for version, path in interpreters.items()
            ]
        )


def _size(member: Member) -> int:
    """How much a member's tests are, which tells roughly how long they take."""
    return sum(file.stat().st_size for file in (member.folder / "tests").rglob("*.py"))


def _job(folder: Path, title: str, path: str, member: Member, built: dict[str, Path]) -> Job:
    def work() -> str:
        home = folder / member.name
        venv = _environment(home / "venv", path, member, built)
        return _run_tests(home / "copy", venv, member)

    return Job(title, work)


def _interpreters(pythons: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for version in pythons or (*REQUIRED, *OPTIONAL):
        path = python(version)
        if path is None and version not in OPTIONAL:
            path = install_python(version)
        if path is not None:
            found[version] = path
        elif version in pythons or (version in REQUIRED and os.environ.get("CI")):
            raise Failed(f"Python {version} was not found and could not be fetched by uv")
        else:
            print(f"Python {version}: not run, for it was not found here", flush=True)
    return found


def _build(hatchling: str, folder: Path) -> dict[str, Path]:
    built: dict[str, Path] = {}
    for name, member in members().items():
        if member.is_built:
            into = folder / name
            out_of_sight([hatchling, "build", "-t", "wheel", "-d", str(into)], member.folder)
            built[name] = next(into.glob("*.whl"))
    return built


def _environment(venv: Path, path: str, member: Member, built: dict[str, Path]) -> Path:
    installed = siblings(member)
    asked = list(members()["stario"].group("test"))
    for one in installed:
        asked += third_party(one.dependencies)
    out_of_sight([uv(), "venv", "--python", path, str(venv)], ROOT)
    target = ["--python", str(interpreter(venv))]
    # uv verifies the hashes that stand in constraints.
    out_of_sight([uv(), "pip", "install", *target, "--constraint", str(PINS), *asked], ROOT)
    wheels = [str(built[one.name]) for one in installed]
    out_of_sight([uv(), "pip", "install", *target, "--no-index", "--no-deps", *wheels], ROOT)
    out_of_sight([uv(), "pip", "check", *target], ROOT)
    return venv


def _run_tests(copy: Path, venv: Path, member: Member) -> str:
    tests = member.folder / "tests"
    if not tests.is_dir():
        raise Failed(f"{member.name} has no tests")
    shutil.copytree(tests, copy / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(tests.parent / "README.md", copy)  # its examples run as tests
    shutil.copy(ROOT / "pyproject.toml", copy)  # pytest's configuration
    return out_of_sight([str(interpreter(venv)), "-m", "pytest", "-q", "tests"], copy)
