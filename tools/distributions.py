"""Build each package alone, as it is published, and check what came out.

Nothing goes into an archive but its own files and the time of the commit: two builds of a commit
are the same bytes, wherever and whenever they are made. hatchling is the pinned one, in an
environment that uv makes for it.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path, PurePosixPath

from jobs import Job, beside_each_other, out_of_sight
from programs import Failed, uv
from workspace import PINS, ROOT, Member, packages

# What a wheel has beside its modules, and an archive of sources beside its folders. hatchling puts
# .gitignore there, so that a build from the archive leaves out what a build from the tree does.
FACTS = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
SOURCES = {"pyproject.toml", "PKG-INFO", ".gitignore", "README.md", "CHANGELOG.md", "LICENSE"}
SAID = ("Summary", "License-Expression", "License-File", "Requires-Python", "Keywords", "Author")
LONG_AGO = 1_000_000_000  # a second of 2001
LINKS = {"Homepage", "Source", "Changelog", "Issues"}


@dataclass(frozen=True, slots=True)
class Built:
    """The two archives of one release."""

    wheel: Path
    sources: Path


def check(*, twine: str, chosen: list[Member], into: Path | None = None) -> None:
    """Build the chosen members twice, alone, and check the archives.

    Args:
        twine: The path of twine's command.
        chosen: Those to build.
        into: A folder that gets the archives; without it nothing is kept.
    """
    with tempfile.TemporaryDirectory(prefix="stario-dist-") as name:
        folder = Path(name)
        copy = _elsewhere(folder / "copy")
        beside_each_other(
            [
                Job(one.name, lambda one=one: _checked(twine, one, folder, copy, into))
                for one in chosen
            ]
        )


def _checked(twine: str, member: Member, folder: Path, copy: Path, into: Path | None) -> str:
    built = build(member, folder / "one" / member.name)
    again = build(member, folder / "two" / member.name, "--sdist", "--wheel", root=copy)
    problems = [*differences(built, again), *problems_of(member, built)]
    if problems:
        raise Failed("\n".join(problems))
    out_of_sight([twine, "check", "--strict", str(built.wheel), str(built.sources)], ROOT)
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
        shutil.copy(built.wheel, into)
        shutil.copy(built.sources, into)
    return f"{built.wheel.name} and {built.sources.name}, the same bytes twice"


def build(member: Member, into: Path, *options: str, root: Path = ROOT) -> Built:
    """Build both archives alone; the wheel from the archive of the sources, unless told otherwise.

    Args:
        member: What to build.
        into: The folder that gets the archives.
        options: Options of `uv build`; with `--sdist --wheel` both are built from the tree.
        root: The root of the workspace, or of a copy of it.
    """
    command = [uv(), "build", "--no-sources", "--package", member.name, "--out-dir", str(into)]
    command += ["--build-constraints", str(PINS), "--require-hashes", *options]
    out_of_sight(command, root, SOURCE_DATE_EPOCH=commit_time())
    return Built(next(into.glob("*.whl")), next(into.glob("*.tar.gz")))


def _elsewhere(copy: Path) -> Path:
    """A copy of the tree as another machine may have it: of another age, with other permissions."""
    for file in known_files(ROOT):
        there = copy / file.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(file, there)
        there.chmod(0o600)
        os.utime(there, (LONG_AGO, LONG_AGO))
    return copy


def commit_time() -> str:
    """When HEAD was committed, in seconds since 1970: the time that archives carry."""
    asked = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"`{' '.join(asked)}` does not tell when this was committed: {done.stderr}")
    return done.stdout.strip()


def differences(one: Built, two: Built) -> list[str]:
    """What differs between two builds that should be the same bytes."""
    pairs = [(one.wheel, two.wheel), (one.sources, two.sources)]
    return [
        f"{a.name} has other bytes when it is built a second time"
        for a, b in pairs
        if a.name != b.name or a.read_bytes() != b.read_bytes()
    ]


def problems_of(member: Member, built: Built) -> list[str]:
    """What is wrong with a member's archives, one sentence for each."""
    return [
        *_problems_of_wheel(member, built.wheel),
        *_problems_of_sources(member, built.sources),
        *_problems_of_metadata(member, metadata(built.wheel)),
    ]


def metadata(wheel: Path) -> Message:
    """The core metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def _problems_of_wheel(member: Member, wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    facts = f"{member.name.replace('-', '_')}-{member.version}.dist-info/"
    wanted = {f"{facts}{name}" for name in FACTS - {"entry_points.txt"}} | _modules(member)
    allowed = wanted | {f"{facts}entry_points.txt"}
    return [
        *(f"{wheel.name} lacks {name}" for name in sorted((wanted | _marks(member)) - shipped)),
        *(f"{wheel.name} has a stray {name}" for name in sorted(shipped - allowed)),
    ]


def _marks(member: Member) -> set[str]:
    """The files that tell type checkers that a member's part of the namespace is typed."""
    if member.name == "stario-core":  # the face, and with it what is below
        return {"stario/py.typed"}
    tops = {tuple(name.split("/")[:2]) for name in _modules(member)}
    return {f"{'/'.join(top)}/py.typed" for top in tops}


def _problems_of_sources(member: Member, sources: Path) -> list[str]:
    with tarfile.open(sources) as archive:
        files = [entry.name for entry in archive.getmembers()]
    inside = {PurePosixPath(*PurePosixPath(name).parts[1:]).as_posix() for name in files}
    wanted = SOURCES | _own(member, "tests") | _own(member, "src")
    return [
        *(f"{sources.name} lacks {name}" for name in sorted(wanted - inside)),
        *(f"{sources.name} has a stray {name}" for name in sorted(inside - wanted)),
    ]


def _own(member: Member, folder: str) -> set[str]:
    if member.name not in packages():
        return set()
    inside = known_files(member.folder, folder)
    return {file.relative_to(member.folder).as_posix() for file in inside}


def _modules(member: Member) -> set[str]:
    """What a wheel has to ship of the source tree: all but the namespace's stub."""
    return {name.removeprefix("src/") for name in _own(member, "src")} - {"stario/__init__.pyi"}


def known_files(folder: Path, *below: str) -> list[Path]:
    """The files in a folder, or below some in it, that git has or would take."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *below]
    done = subprocess.run(asked, cwd=folder, capture_output=True, encoding="utf-8", check=True)
    found = [folder / name for name in sorted({*done.stdout.split("\0")} - {""})]
    return [file for file in found if file.is_file()]


def _problems_of_metadata(member: Member, facts: Message) -> list[str]:
    classifiers = facts.get_all("Classifier", [])
    links = {text.partition(",")[0] for text in facts.get_all("Project-URL", [])}
    wanted = {f"Programming Language :: Python :: 3.{minor}" for minor in (12, 13, 14, 15)}
    wanted |= {"Typing :: Typed"}
    problems = [f"its metadata has no {name}" for name in SAID if not facts[name]]
    problems += [f"its metadata lacks the classifier {one}" for one in wanted - {*classifiers}]
    problems += [f"its metadata lacks the link {one}" for one in LINKS - links]
    if any(one.startswith("License ::") for one in classifiers):
        problems.append("a classifier names the licence, which License-Expression does (PEP 639)")
    if facts["License-Expression"] != "MIT":
        problems.append(f"License-Expression is {facts['License-Expression']}, not MIT")
    return [f"{member.name}: {problem}" for problem in problems]
