"""A package's changelog: written in fragments, one for each change, put together at a release.

A fragment is `changes/<slug>.<kind>.md` in the package's folder, so that two branches never
write the same line. What stands in CHANGELOG.md under a heading that ends with "(unreleased)" goes
into the release too, in front of the fragments.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from programs import Failed

KINDS = ("added", "changed", "fixed", "removed", "security")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(added|changed|fixed|removed|security)\.md")
UNRELEASED = re.compile(r"^## .*\(unreleased\)\n", re.MULTILINE)
LONGEST = 100  # characters in a line


@dataclass(frozen=True, slots=True)
class Fragment:
    """One change, as a user reads of it."""

    file: Path
    kind: str
    text: str


def fragments(folder: Path) -> list[Fragment]:
    """The fragments of the package in this folder, by name; `Failed` tells of all bad ones."""
    files = sorted(file for file in (folder / "changes").glob("*") if file.name != "README.md")
    found = [_fragment(file) for file in files]
    if problems := [problem for one in found for problem in problems_of(one)]:
        raise Failed("\n".join(problems))
    return found


def _fragment(file: Path) -> Fragment:
    if not NAME.fullmatch(file.name):
        raise Failed(
            f"{file} is no name of a fragment. It is <slug>.<kind>.md, with a slug of small "
            f"letters, digits and hyphens, and a kind of {', '.join(KINDS)}."
        )
    return Fragment(file, file.name.split(".")[1], file.read_text("utf-8").strip())


def problems_of(fragment: Fragment) -> list[str]:
    """What is wrong with a fragment, one sentence for each."""
    problems: list[str] = []
    if not fragment.text:
        problems.append("it is empty: say what a user notices")
    elif not fragment.text.endswith((".", "!", "?", "```")):
        problems.append("it is a sentence, and ends like one")
    if fragment.text.startswith(("-", "*", "#")):
        problems.append("it is plain text: the bullet and the heading come at the release")
    if any(len(line) > LONGEST for line in fragment.text.splitlines()):
        problems.append(f"a line has more than {LONGEST} characters")
    return [f"{fragment.file}: {problem}" for problem in problems]


def unreleased(changelog: str) -> str:
    """What stands under the heading of what is not released, without it; "" where there is none."""
    return _parts(changelog)[1].strip()


def released(changelog: str, version: str, date: str, found: list[Fragment]) -> str:
    """The changelog with what was not released as the section of this version."""
    before, prose, after = _parts(changelog)
    told = [_told(kind, found) for kind in KINDS]
    parts = [before.strip(), f"## {version} ({date})", prose.strip(), *told, after.strip()]
    return "\n\n".join(filter(None, parts)) + "\n"


def _told(kind: str, found: list[Fragment]) -> str:
    texts = [_bullet(one.text) for one in found if one.kind == kind]
    return "\n".join([f"### {kind.capitalize()}\n", *texts]) if texts else ""


def _bullet(text: str) -> str:
    return "- " + "\n".join(f"  {line}".rstrip() for line in text.splitlines()).lstrip()


def _parts(changelog: str) -> tuple[str, str, str]:
    """What stands before the unreleased section, in it, and behind it."""
    heading = UNRELEASED.search(changelog)
    if heading is None:
        title, mark, older = changelog.partition("\n## ")
        return title, "", f"{mark}{older}"
    body, mark, older = changelog[heading.end() :].partition("\n## ")
    return changelog[: heading.start()], body, f"{mark}{older}"
