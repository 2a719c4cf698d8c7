"""Run each package's own tests against its wheel, as somebody has it who installs only that one.

A wheel is built once. For each supported Python and each package there is a clean environment with
its wheel, those of the siblings that it depends on, its third-party dependencies, and the test
tools; the tests run from a copy outside the checkout, so that a forgotten file or an undeclared
import cannot be found by chance.
"""

import os
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from programs import Failed, environment, install_python, interpreter, python, uv
from workspace import PINS, ROOT, Member, members, siblings, third_party

REQUIRED = ("3.12", "3.13", "3.14")  # in CI; elsewhere one that cannot be had is reported
OPTIONAL = ("3.15",)  # tested where it is installed
TESTS_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one package's tests went on one Python."""

    title: str
    passed: bool
    output: str
    seconds: float

    @property
    def closing(self) -> str:
        """The last line that was printed, which is pytest's own summary."""
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else "no output"

    def show(self) -> None:
        if self.passed:
            print(f"{self.title}: {self.closing} ({self.seconds:.1f} s in all)", flush=True)
        else:
            print(f"{self.title}: FAILED\n{self.output}\n", flush=True)


def check(*, hatchling: str, pythons: list[str], chosen: list[Member]) -> None:
    """Test the chosen packages' wheels.

    Args:
        hatchling: The path of hatchling's command.
        pythons: Versions to run on, such as "3.14"; none means all that are supported.
        chosen: The packages whose tests run.
    """
    interpreters = _interpreters(pythons)
    with tempfile.TemporaryDirectory(prefix="stario-wheels-") as folder:
        built = _build(hatchling, Path(folder) / "dist")
        jobs = [(found, member) for found in interpreters.items() for member in chosen]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [
                pool.submit(_test, Path(folder), version, path, member, built)
                for (version, path), member in jobs
            ]
            failed = _show(waiting)
    if failed:
        raise Failed(f"{len(failed)} of {len(jobs)} did not pass: {', '.join(sorted(failed))}")


def _show(waiting: list[Future[Outcome]]) -> list[str]:
    failed: list[str] = []
    for future in as_completed(waiting):
        outcome = future.result()
        outcome.show()
        if not outcome.passed:
            failed.append(outcome.title)
    return failed


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
            _run([hatchling, "build", "-t", "wheel", "-d", str(into)], member.folder)
            built[name] = next(into.glob("*.whl"))
    return built


def _test(folder: Path, version: str, path: str, member: Member, built: dict[str, Path]) -> Outcome:
    title = f"{member.name} on {version}"
    start = time.monotonic()
    home = folder / version / member.name
    try:
        venv = _environment(home / "venv", path, member, built)
        output = _run_tests(home / "copy", venv, member)
    except Failed as failure:
        return Outcome(title, False, str(failure), time.monotonic() - start)
    return Outcome(title, True, output, time.monotonic() - start)


def _environment(venv: Path, path: str, member: Member, built: dict[str, Path]) -> Path:
    installed = siblings(member)
    asked = list(members()["stario"].group("test"))
    for one in installed:
        asked += third_party(one.dependencies)
    _run([uv(), "venv", "--python", path, str(venv)], ROOT)
    target = ["--python", str(interpreter(venv))]
    # uv verifies the hashes that stand in constraints.
    _run([uv(), "pip", "install", *target, "--constraint", str(PINS), *asked], ROOT)
    wheels = [str(built[one.name]) for one in installed]
    _run([uv(), "pip", "install", *target, "--no-index", "--no-deps", *wheels], ROOT)
    _run([uv(), "pip", "check", *target], ROOT)
    return venv


def _run_tests(copy: Path, venv: Path, member: Member) -> str:
    tests = member.folder / "tests"
    if not tests.is_dir():
        raise Failed(f"{member.name} has no tests")
    shutil.copytree(tests, copy / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(tests.parent / "README.md", copy)  # its examples run as tests
    shutil.copy(ROOT / "pyproject.toml", copy)  # pytest's configuration
    return _run([str(interpreter(venv)), "-m", "pytest", "-q", "tests"], copy)


def _run(command: list[str], folder: Path) -> str:
    """Run a command out of sight and return what it printed; `Failed` carries it too."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=TESTS_SECONDS,
        )
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{' '.join(command)}\ndid not end within {TESTS_SECONDS} s") from late
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout
