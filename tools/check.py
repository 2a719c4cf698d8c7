"""Check everything, on a machine where nothing was prepared:

    pip install uv && uv run --no-project tools/check.py

or some of it: `tools/check.py lint types`. A step prints what it does and raises `Failed` when it
does not pass; the first one that fails ends the run. The standard library is enough to run this
file (Python 3.12+).
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import distributions
import jobs
import programs
import wheels
from programs import Failed, environment, interpreter
from workspace import PINS, ROOT, members, packages, releases

VENV = ROOT / ".venv"
SITE = ("-W", "--keep-going", "-E", "-q", "-b", "site", "-c", "docs")
# What takes long, a process each, the longest first.
LONG = (
    ("tests", "-m", "not browser"),
    ("tests", "-m", "browser"),
    ("packages/stario-core",),
    ("packages/stario-cli",),
    ("examples",),
)
SCHEMAS = {
    "github-workflows": "workflows/*.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "dependabot": "dependabot.yml",
}
RUN_SECONDS = 1800  # for one command: ten times what the slowest needs


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    keep_going: bool = False
    pythons: list[str] = field(default_factory=list[str])
    packages: list[str] = field(default_factory=list[str])
    into: Path | None = None
    versions: str | None = None


def setup(_: Options) -> None:
    """Make .venv: the pinned third-party packages, and our own ones editable."""
    version = (ROOT / ".python-version").read_text().strip()
    if not _is_environment(VENV, version):
        # Where the machine has no such Python, uv is given the bare version and fetches it.
        python = programs.python(version) or version
        run([programs.uv(), "venv", "--quiet", "--clear", "--python", python, str(VENV)])
    install = [programs.uv(), "pip", "install", "--quiet", "--python", str(interpreter(VENV))]
    run([*install, "--require-hashes", "--requirement", str(PINS)])
    editable: list[str] = []
    for member in members().values():
        if member.is_built:
            editable += ["--editable", str(member.folder)]
    run([*install, "--no-index", "--no-deps", "--no-build-isolation", *editable])


def lint(_: Options) -> None:
    """ruff: rules and format; the files of .github by their schemas."""
    run([tool("ruff"), "check"])
    run([tool("ruff"), "format", "--check"])
    for schema, pattern in SCHEMAS.items():
        files = sorted(str(file.relative_to(ROOT)) for file in (ROOT / ".github").glob(pattern))
        run([tool("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *files])


def types(_: Options) -> None:
    """pyright, strict."""
    run([tool("pyright")])


def docs(_: Options) -> None:
    """The site of the documentation, without a warning, in build/site."""
    run([tool("sphinx-build"), *SITE, ".", "build/site"])


def tests(_: Options) -> None:
    """pytest over the packages, the examples and what holds across them."""
    browser = programs.chromium(Path(tool("playwright")))
    found = {"CHROMIUM": browser} if browser else {}
    jobs.beside_each_other([_pytest(portion, found) for portion in _portions()])


def _portions() -> list[tuple[str, ...]]:
    """What each process is to run: all tests, cut so that they take about as long on two cores.

    None of pytest-xdist: its workers must find the same tests in the same order and tell each
    result, for fifteen thousand tests of which most take 5 ms.
    """
    alone = {portion[0] for portion in LONG}
    rest = [f"packages/{name}" for name in packages() if f"packages/{name}" not in alone]
    return [*LONG, tuple(rest)]


def _pytest(portion: tuple[str, ...], extra: dict[str, str]) -> jobs.Job:
    command = [tool("pytest"), "-q", *portion]
    return jobs.Job(" ".join(portion), lambda: jobs.out_of_sight(command, ROOT, **extra))


def dist(options: Options) -> None:
    """Build each package alone, twice, and check what would be published."""
    chosen = [members()[name] for name in options.packages] or releases()
    distributions.check(twine=tool("twine"), chosen=chosen, into=options.into)


def each_wheel(options: Options) -> None:
    """Each package's tests against its wheel, on the oldest and the newest Python."""
    wheels.check(
        hatchling=tool("hatchling"),
        pythons=options.pythons,
        chosen=[packages()[name] for name in options.packages if name in packages()]
        or list(packages().values()),
        versions=options.versions,
    )


STEPS: dict[str, Callable[[Options], None]] = {
    "setup": setup,
    "lint": lint,
    "types": types,
    "docs": docs,
    "dist": dist,
    "tests": tests,
    "wheels": each_wheel,
}


def tool(name: str) -> str:
    """The path of a command in .venv."""
    found = interpreter(VENV).with_name(name + (".exe" if os.name == "nt" else ""))
    if not found.exists():
        raise Failed(f"{found} is missing: run `uv run --no-project tools/check.py setup` first.")
    return str(found)


def run(command: list[str], **extra: str) -> None:
    """Run a command at the root with its output in sight."""
    shown = " ".join([Path(command[0]).name, *command[1:]])
    everything = environment() | extra
    try:
        done = subprocess.run(command, cwd=ROOT, env=everything, check=False, timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"`{shown}` did not end within {RUN_SECONDS} s") from late
    if done.returncode != 0:
        raise Failed(f"`{shown}` ended with exit code {done.returncode}")


def _is_environment(venv: Path, version: str) -> bool:
    asked = [str(interpreter(venv)), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == version


def check(names: list[str], options: Options) -> bool:
    """Run the steps in order and print a summary; True when all passed."""
    outcomes: list[str] = []
    passed = True
    for name in names:
        print(f"\n==> {name}: {STEPS[name].__doc__}", flush=True)
        start = time.monotonic()
        problem = _problem_of(STEPS[name], options)
        verdict = f"FAILED: {problem}" if problem else "ok"
        outcomes.append(f"{name:<8}{time.monotonic() - start:7.1f} s  {verdict}")
        passed = passed and not problem
        if problem and not options.keep_going:
            outcomes += [f"{skipped:<8}           not run" for skipped in _after(name, names)]
            break
    print("", *outcomes, "", sep="\n", flush=True)
    return passed


def everything() -> bool:
    """Run all steps, and note the commit where they passed and nothing else lay in the tree."""
    before = _clean_commit()
    passed = check(list(STEPS), Options())
    if passed and before and _clean_commit() == before:
        _green().write_text(before + "\n", "ascii")
    return passed


def is_green(commit: str) -> bool:
    """Whether all steps have passed here at this commit."""
    return _green().is_file() and _green().read_text("ascii").strip() == commit


def _green() -> Path:
    """Where the last commit that passed is noted: beside git's own files, in no commit."""
    return ROOT / _git("rev-parse", "--git-path", "stario-checks-passed")


def _clean_commit() -> str:
    """The commit that lies in the tree without a change; "" where there is none."""
    return "" if _git("status", "--porcelain") else _git("rev-parse", "HEAD")


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip()


def _problem_of(step: Callable[[Options], None], options: Options) -> str:
    try:
        step(options)
    except Failed as failure:
        return str(failure)
    return ""


def _after(name: str, names: list[str]) -> list[str]:
    return names[names.index(name) + 1 :]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Check everything, or the named steps.")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}")
    parser.add_argument("--keep-going", action="store_true", help="run all steps in any case")
    parser.add_argument("--python", action="append", default=[], help="wheels: this one only")
    parser.add_argument("--package", action="append", default=[], help="dist, wheels: this one")
    parser.add_argument("--into", type=Path, help="dist: the folder that gets the archives")
    parser.add_argument("--versions", choices=wheels.VERSIONS, help="wheels: of dependencies")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.steps if name not in STEPS]:
        parser.error(f"no step is called {unknown[0]!r}; the steps are {', '.join(STEPS)}")
    known = [member.name for member in releases()]
    if unknown := [name for name in given.package if name not in known]:
        parser.error(f"no package is called {unknown[0]!r}; they are {', '.join(known)}")
    names = list(dict.fromkeys(given.steps)) or list(STEPS)
    if not arguments:
        return 0 if everything() else 1
    options = Options(given.keep_going, given.python, given.package, given.into, given.versions)
    return 0 if check(names, options) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
