"""Release one package: its version, its changelog, a commit and a tag. Nothing leaves this machine.

    uv run --no-project tools/release.py stario-markup                what its changes ask for
    uv run --no-project tools/release.py stario-markup minor          or major, patch, 4.2.0
    uv run --no-project tools/release.py stario-markup --dry-run      tells, and writes nothing

The floors (`stario-markup>=4.1`) of the others follow three rules:

* Who needs something new says so in the change that needs it: it raises its floor, and gives the
  sibling's pyproject.toml the version that has it. `tools/check.py wheels` holds that, since it
  tests each package with the oldest siblings that it declares. Such a floor follows when the
  release is called otherwise. `--raise-floors NAME` raises one that no test tells about.
* A major release is within nobody's range, so all dependents get a new one, from it to the next.
* The meta-package's own release raises its floors to the newest release of each, since
  `pip install --upgrade stario` renews only what is too old.
"""

import argparse
import datetime
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import changelog
import check
from floors import Version, floor_of, shown, tag
from programs import Failed
from workspace import ROOT, Member, ours, releases

MAIN = "main"
META = "stario"
STEPS = ("major", "minor", "patch")
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release will change: the text of each file, and the files that go."""

    member: Member
    version: Version
    texts: dict[Path, str]
    gone: list[Path]
    notes: list[str]

    @property
    def tag(self) -> str:
        return tag(self.member.name, self.version)

    @property
    def title(self) -> str:
        return f"Release {self.member.name} {shown(self.version)}"


def release(name: str, asked: str | None, raised: list[str], *, dry: bool) -> None:
    """Release a package, or tell how it would go.

    Raises:
        Failed: With what stands against it; then nothing was changed.
    """
    member = _member(name)
    _refuse_unready_tree()
    made = plan(member, asked, raised)
    _tell(made)
    head = git("rev-parse", "HEAD")
    green = check.is_green(head)
    if dry:
        print("Checks: green at this commit" if green else "Checks: they would run, in full")
        return
    if not green and not check.everything():
        raise Failed(f"The checks of {head[:10]} did not pass, so {name} was not released.")
    _refuse_unready_tree()
    _carry_out(made)
    print(f"\nDone: a commit and the tag {made.tag}, here only. To publish, push both:\n")
    print(f"    git push --atomic origin {MAIN} {made.tag}")


def plan(member: Member, asked: str | None, raised: list[str]) -> Plan:
    """What a release of this member would change."""
    found = changelog.fragments(member.folder)
    history = (member.folder / "CHANGELOG.md").read_text("utf-8")
    if not found and not changelog.unreleased(history):
        raise Failed(
            f"{member.name} has no changes to tell: {_short(member.folder / 'changes')} has no "
            f"fragments, and its CHANGELOG.md nothing unreleased."
        )
    version = _version(member, asked, found)
    _refuse_unreleased_siblings(member)
    own = _with_version((member.folder / "pyproject.toml").read_text("utf-8"), version)
    texts = {member.folder / "pyproject.toml": own}
    notes: list[str] = []
    if member.name == META:
        texts[member.folder / "pyproject.toml"] = _with_newest_floors(member, own)
    else:
        _raise_floors(member, version, raised, texts, notes)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    texts[member.folder / "CHANGELOG.md"] = changelog.released(
        history, shown(version), today, found
    )
    return Plan(member, version, texts, [one.file for one in found], notes)


def _member(name: str) -> Member:
    found = {member.name: member for member in releases()}
    if name not in found:
        raise Failed(f"No package is called {name!r}; they are {', '.join(found)}.")
    return found[name]


def _version(member: Member, asked: str | None, found: list[changelog.Fragment]) -> Version:
    stands, last = parsed(member.version), last_release(member)
    if last is None:
        chosen = stands if asked is None else _asked(asked, stands)
    elif asked is None and stands > last:
        chosen = max(stands, bumped(last, _step(found)))
    else:
        chosen = _asked(asked or _step(found), last)
    if last is not None and chosen <= last:
        raise Failed(f"{shown(chosen)} is not higher than {shown(last)}, the last release.")
    if chosen < stands:
        raise Failed(
            f"{shown(chosen)} is lower than {shown(stands)}, which stands in "
            f"{_short(member.folder / 'pyproject.toml')} since somebody needs it."
        )
    if git("tag", "--list", tag(member.name, chosen)):
        raise Failed(f"The tag {tag(member.name, chosen)} is there already.")
    return chosen


def _asked(asked: str, since: Version) -> Version:
    return bumped(since, asked) if asked in STEPS else parsed(asked)


def _step(found: list[changelog.Fragment]) -> str:
    """What the kinds of the changes ask for (semantic versions)."""
    kinds = {one.kind for one in found}
    if "removed" in kinds:
        return "major"
    return "minor" if kinds & {"added", "changed"} else "patch"


def bumped(version: Version, step: str) -> Version:
    """The version after this one; `step` is major, minor or patch."""
    major, minor, patch = version
    if step == "major":
        return major + 1, 0, 0
    return (major, minor + 1, 0) if step == "minor" else (major, minor, patch + 1)


def parsed(text: str) -> Version:
    """The three numbers of a version; `Failed` for anything else."""
    match = VERSION.fullmatch(text)
    if match is None:
        raise Failed(f"{text!r} is no version: it is three numbers, such as 4.1.0, or {STEPS}.")
    major, minor, patch = map(int, match.groups())
    return major, minor, patch


def last_release(member: Member) -> Version | None:
    """The highest version that has a tag."""
    start = f"{member.name}-v"
    tags = git("tag", "--list", f"{start}*").split()
    found = [VERSION.fullmatch(one.removeprefix(start)) for one in tags]
    return max((parsed(match[0]) for match in found if match), default=None)


def _raise_floors(
    member: Member, version: Version, raised: list[str], texts: dict[Path, str], notes: list[str]
) -> None:
    dependents = {one.name: one for one in releases() if member.name in ours(one.dependencies)}
    if wrong := [name for name in raised if name not in dependents]:
        raise Failed(f"{wrong[0]} does not depend on {member.name}, so it has no floor to raise.")
    last = last_release(member)
    for one in dependents.values():
        floor = floor_of(one, member.name)
        if _needs(floor, version, last) or one.name in raised:
            file = one.folder / "pyproject.toml"
            texts[file] = _with_floor(file.read_text("utf-8"), member.name, version)
            notes.append(
                f"{one.name} needs {member.name} {shown(version)} from its next release on"
            )
            if one.name != META:
                slug = f"needs-{member.name}-{shown(version).replace('.', '-')}"
                needs = f"Needs {member.name} {shown(version)} or newer.\n"
                texts[one.folder / "changes" / f"{slug}.changed.md"] = needs


def _needs(floor: Version, version: Version, last: Version | None) -> bool:
    """Whether a floor has to follow: another major version, or a floor that no release answers."""
    return floor[0] != version[0] or (last is not None and floor > last and floor != version)


def _refuse_unreleased_siblings(member: Member) -> None:
    for name in ours(member.dependencies):
        last, floor = last_release(_member(name)), floor_of(member, name)
        if last is None or last < floor:
            there = "no release" if last is None else f"{shown(last)}"
            raise Failed(
                f"{member.name} needs {name} {shown(floor)}, of which there is {there}. "
                f"Release that first: tools/release.py {name}"
            )


def _with_version(text: str, version: Version) -> str:
    changed, count = re.subn(r'(?m)^version = ".*"$', f'version = "{shown(version)}"', text)
    if count != 1:
        raise Failed(f"A pyproject.toml has {count} lines `version = ...`, where one is needed.")
    return changed


def _with_newest_floors(member: Member, text: str) -> str:
    for name in ours(member.dependencies):
        newest = last_release(_member(name))
        assert newest is not None, "an unreleased sibling was refused"
        text = _with_floor(text, name, newest)
    return text


def _with_floor(text: str, sibling: str, version: Version) -> str:
    """The text of a pyproject.toml with this floor wherever the sibling stands, extras too."""
    wanted = rf">={version[0]}.{version[1]}" + (f".{version[2]}" if version[2] else "")
    pattern = rf'"({re.escape(sibling)}(?:\[[^\]]*\])?)>=[\d.]+,<\d+"'
    changed, count = re.subn(pattern, rf'"\g<1>{wanted},<{version[0] + 1}"', text)
    if not count:
        raise Failed(f'Where {sibling} is depended on, it is not by a range such as ">=4.1,<5".')
    return changed


def _refuse_unready_tree() -> None:
    branch = git("rev-parse", "--abbrev-ref", "HEAD")
    if branch != MAIN:
        raise Failed(f"A release is made on {MAIN}, and this is {branch}.")
    if dirty := git("status", "--porcelain"):
        raise Failed(f"The tree has changes that are in no commit:\n{dirty}")


def _tell(made: Plan) -> None:
    print(f"{made.title}, tagged {made.tag}")
    for file in made.texts:
        print(f"    writes   {_short(file)}")
    for file in made.gone:
        print(f"    removes  {_short(file)}")
    for note in made.notes:
        print(f"    {note}")
    print("", made.texts[made.member.folder / "CHANGELOG.md"].split("\n## ")[1], sep="\n")


def _carry_out(made: Plan) -> None:
    for file, text in made.texts.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    for file in made.gone:
        file.unlink()
    changed = [_short(file) for file in (*made.texts, *made.gone)]
    git("add", "--all", "--", *changed)
    git("commit", "--quiet", "--message", made.title)
    git("tag", "--annotate", "--message", made.title, made.tag)


def _short(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def git(*arguments: str) -> str:
    """What git says; `Failed` with its complaint."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise Failed(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.rstrip()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Release one package: a commit and a tag.")
    parser.add_argument("package", metavar="PACKAGE")
    parser.add_argument("version", nargs="?", metavar="major|minor|patch|VERSION")
    parser.add_argument("--raise-floors", action="append", default=[], metavar="NAME")
    parser.add_argument("--dry-run", action="store_true", help="tell, and write nothing")
    given = parser.parse_args(arguments)
    try:
        release(given.package, given.version, given.raise_floors, dry=given.dry_run)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
