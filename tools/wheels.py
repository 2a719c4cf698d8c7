"""Run each package's own tests against its wheel, as somebody has it who installs only that one.

A wheel is built once. For the oldest and the newest Python, or those that are asked for, and for
each package there is a clean environment with its wheel, those of the siblings that it depends on,
its third-party dependencies, and the test tools; the tests run from a copy outside the checkout, so
that a forgotten file or an undeclared import cannot be found by chance.

The dependencies are the pinned ones; but on the oldest Python they are the oldest that the package
declares, siblings too. So the floors cost no run of their own.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from floors import oldest
from jobs import Job, beside_each_other, out_of_sight
from programs import Failed, install_python, interpreter, python, uv
from workspace import PINS, ROOT, Member, members, siblings, third_party

# In CI; elsewhere one that cannot be had is reported. On the Python between them the tests have run
# from the tree.
REQUIRED = ("3.12", "3.14")
OPTIONAL = ("3.15",)  # tested where it is installed
OLDEST = REQUIRED[0]
AT_ONCE = (os.cpu_count() or 1) + 1  # a run waits for a third of its time: for clocks, processes
VERSIONS = ("lowest", "pinned", "highest")


def check(
    *, hatchling: str, pythons: list[str], chosen: list[Member], versions: str | None = None
) -> None:
    """Test the chosen packages' wheels.

    Args:
        hatchling: The path of hatchling's command.
        pythons: Versions to run on, such as "3.14"; none means the oldest and the newest.
        chosen: The packages whose tests run.
        versions: Of dependencies: "lowest" declared ones, "pinned", or the "highest" of today;
            None means the lowest on the oldest Python, and the pinned ones on all others.
    """
    interpreters = _interpreters(pythons)
    with tempfile.TemporaryDirectory(prefix="stario-wheels-") as name:
        folder = Path(name)
        built = _build(hatchling, folder / "dist")
        found = [
            Run(folder, version, path, member, versions or _versions_on(version), hatchling)
            for member in sorted(chosen, key=_size, reverse=True)
            for version, path in interpreters.items()
        ]
        waiting = [Job(one.title, lambda one=one: one.tests(built)) for one in found]
        beside_each_other(waiting, AT_ONCE)


def _versions_on(python_version: str) -> str:
    return "lowest" if python_version == OLDEST else "pinned"


def _size(member: Member) -> int:
    """How much a member's tests are, which tells roughly how long they take."""
    return sum(file.stat().st_size for file in (member.folder / "tests").rglob("*.py"))


@dataclass(frozen=True, slots=True)
class Run:
    """One package's tests on one Python, with dependencies of one age."""

    folder: Path
    version: str
    path: str
    member: Member
    versions: str
    hatchling: str

    @property
    def title(self) -> str:
        return f"{self.member.name} on {self.version} with the {self.versions} dependencies"

    @property
    def home(self) -> Path:
        return self.folder / self.version / self.member.name

    def tests(self, built: dict[str, Path]) -> str:
        """What the tests print; `Failed` where they do not pass."""
        venv = self.home / "venv"
        out_of_sight([uv(), "venv", "--python", self.path, str(venv)], ROOT)
        self._install(interpreter(venv), self._wheels(built))
        return _run_tests(self.home / "copy", venv, self.member)

    def _wheels(self, built: dict[str, Path]) -> list[Path]:
        if self.versions == "lowest":
            return oldest(self.member, built, self.hatchling, self.folder / "released")
        return [built[one.name] for one in siblings(self.member)]

    def _install(self, into: Path, wheels: list[Path]) -> None:
        """Install the dependencies first, since what is there stays when the tests' own come."""
        install = [uv(), "pip", "install", "--python", str(into)]
        pinned = ["--constraint", str(PINS)]  # uv verifies the hashes that stand there
        asked = [text for one in siblings(self.member) for text in third_party(one.dependencies)]
        ages = {"lowest": ["--resolution", "lowest-direct"], "pinned": pinned, "highest": []}
        if asked:
            out_of_sight([*install, *ages[self.versions], *asked], ROOT)
        tools = members()["stario"].group("test")
        constraint = pinned if self.versions != "highest" else []
        out_of_sight([*install, *constraint, *tools], ROOT)
        out_of_sight([*install, "--no-index", "--no-deps", *map(str, wheels)], ROOT)
        out_of_sight([uv(), "pip", "check", "--python", str(into)], ROOT)


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


def _run_tests(copy: Path, venv: Path, member: Member) -> str:
    tests = member.folder / "tests"
    if not tests.is_dir():
        raise Failed(f"{member.name} has no tests")
    shutil.copytree(tests, copy / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(tests.parent / "README.md", copy)  # its examples run as tests
    shutil.copy(ROOT / "pyproject.toml", copy)  # pytest's configuration
    return out_of_sight([str(interpreter(venv)), "-m", "pytest", "-q", "tests"], copy)
