"""The oldest siblings that a package declares: those that were released, built from their tags.

A floor without a tag is the version that lies in the tree, which is not released yet.
"""

import re
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from threading import Lock

from jobs import out_of_sight
from programs import Failed
from workspace import ROOT, Member, name_of, ours, siblings

type Version = tuple[int, int, int]

_ONE_BUILD = Lock()  # two jobs may want the same wheel


def shown(version: Version) -> str:
    return ".".join(map(str, version))


def tag(name: str, version: Version) -> str:
    """The tag of a release, such as stario-markup-v4.1.0."""
    return f"{name}-v{shown(version)}"


def floor_of(member: Member, sibling: str) -> Version:
    """The lowest version of a sibling that a member declares."""
    text = next(text for text in member.dependencies if name_of(text) == sibling)
    match = re.search(r">=\s*([\d.]+)", text)
    if match is None:
        raise Failed(f"{member.name} depends on {text!r}, which has no floor such as >=4.1.")
    numbers = [*map(int, match[1].split(".")), 0, 0]
    return numbers[0], numbers[1], numbers[2]


def oldest(member: Member, built: dict[str, Path], hatchling: str, folder: Path) -> list[Path]:
    """The wheels of a member and of the oldest siblings that satisfy it and each other.

    Args:
        member: Whose wheel is the tree's.
        built: The tree's wheels by name.
        hatchling: The path of hatchling's command.
        folder: Where wheels of older releases are built, once.
    """
    found = {member.name: built[member.name]}
    for one in siblings(member)[1:]:
        askers = [other for other in siblings(member) if one.name in ours(other.dependencies)]
        floor = max(floor_of(other, one.name) for other in askers)
        released = shown(floor) != one.version and _has_tag(tag(one.name, floor))
        found[one.name] = _from_tag(one, floor, hatchling, folder) if released else built[one.name]
    return list(found.values())


def _has_tag(name: str) -> bool:
    asked = ["git", "rev-parse", "--quiet", "--verify", f"refs/tags/{name}"]
    return not subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode


def _from_tag(member: Member, version: Version, hatchling: str, folder: Path) -> Path:
    place = folder / tag(member.name, version)
    with _ONE_BUILD:
        if not place.exists():
            inside = member.folder.relative_to(ROOT).as_posix()
            asked = ["git", "archive", "--format=tar", tag(member.name, version), "--", inside]
            archive = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout
            with tarfile.open(fileobj=BytesIO(archive)) as files:
                files.extractall(place, filter="data")
            out_of_sight(
                [hatchling, "build", "-t", "wheel", "-d", str(place / "dist")], place / inside
            )
    return next((place / "dist").glob("*.whl"))
