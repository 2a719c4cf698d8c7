"""The workspace as its pyproject files tell it: what is ours, and what we ask of others.

Ours are never looked up in an index: PyPI has an unrelated project called `stario`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tools" / "requirements.txt"


@dataclass(frozen=True, slots=True)
class Member:
    """A distribution of this workspace: its name, its folder and its parsed pyproject.toml."""

    name: str
    folder: Path
    pyproject: dict[str, Any]

    @property
    def version(self) -> str:
        return self.pyproject["project"]["version"]

    @property
    def is_built(self) -> bool:
        """Whether it makes a wheel: an app without a build system is only run where it lies."""
        return "build-system" in self.pyproject

    @property
    def dependencies(self) -> list[str]:
        return self.pyproject["project"].get("dependencies", [])

    @property
    def extras(self) -> dict[str, list[str]]:
        return self.pyproject["project"].get("optional-dependencies", {})

    @property
    def build_requires(self) -> list[str]:
        return self.pyproject.get("build-system", {}).get("requires", [])

    def group(self, name: str) -> list[str]:
        """The requirements of a dependency group, with the groups that it includes (PEP 735)."""
        return list(_group(self.pyproject.get("dependency-groups", {}), name))


def _group(groups: dict[str, list[Any]], name: str) -> Iterator[str]:
    for entry in groups.get(name, []):
        if isinstance(entry, str):
            yield entry
        else:
            yield from _group(groups, entry["include-group"])


@cache
def members() -> dict[str, Member]:
    """Every distribution of the workspace by name, the meta-package at the root among them."""
    root = _member(ROOT)
    found = {root.name: root}
    for pattern in root.pyproject["tool"]["uv"]["workspace"]["members"]:
        for file in sorted(ROOT.glob(f"{pattern}/pyproject.toml")):
            member = _member(file.parent)
            found[member.name] = member
    return found


def packages() -> dict[str, Member]:
    """The members under packages/: those that have modules of the namespace."""
    folder = ROOT / "packages"
    return {name: member for name, member in members().items() if member.folder.parent == folder}


def releases() -> list[Member]:
    """What is published: the packages and the meta-package, which comes last."""
    return [*packages().values(), members()["stario"]]


def siblings(member: Member) -> list[Member]:
    """The member and all of ours that it depends on, directly or not."""
    found = {member.name: member}
    waiting = [member]
    while waiting:
        for name in ours(waiting.pop().dependencies):
            if name not in found:
                found[name] = members()[name]
                waiting.append(found[name])
    return list(found.values())


def ours(requirements: Iterable[str]) -> list[str]:
    """The names of the requirements that this workspace itself answers."""
    return [name for name in map(name_of, requirements) if name in members()]


def third_party(requirements: Iterable[str]) -> list[str]:
    """The requirements that an index answers, as they were written."""
    return [text for text in requirements if name_of(text) not in members()]


def name_of(requirement: str) -> str:
    """The normalized name in front of a requirement's extras, versions and markers (PEP 503)."""
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    if match is None:
        raise ValueError(f"{requirement!r} does not begin with the name of a distribution")
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def _member(folder: Path) -> Member:
    pyproject = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    return Member(pyproject["project"]["name"], folder, pyproject)
