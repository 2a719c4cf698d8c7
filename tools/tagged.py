"""What a tag releases, for the workflow that publishes it.

    python tools/tagged.py stario-markup-v4.1.0            package=stario-markup, version=4.1.0
    python tools/tagged.py stario-markup-v4.1.0 --notes    its section of the changelog

It fails where the tag, the version in pyproject.toml and the changelog do not agree.
"""

import re
import sys

import changelog
from programs import Failed
from workspace import Member, releases


def tagged(tag: str) -> Member:
    """The package that a tag releases."""
    name, _, version = tag.rpartition("-v")
    found = {member.name: member for member in releases()}
    if name not in found:
        raise Failed(f"The tag {tag!r} names no package of {', '.join(found)}.")
    if found[name].version != version:
        raise Failed(
            f"The tag {tag!r} stands at a commit where {name} is {found[name].version}: "
            f"tags are made by tools/release.py."
        )
    return found[name]


def notes(member: Member) -> str:
    """The section of the changelog about the member's version."""
    text = (member.folder / "CHANGELOG.md").read_text("utf-8")
    heading = re.search(rf"^## {re.escape(member.version)} \(\d.*\)\n", text, re.MULTILINE)
    if heading is None or changelog.unreleased(text):
        raise Failed(f"{member.name}'s CHANGELOG.md has no finished section of {member.version}.")
    return text[heading.end() :].partition("\n## ")[0].strip()


def main(arguments: list[str]) -> int:
    if arguments[1:] not in ([], ["--notes"]):
        print("Usage: python tools/tagged.py TAG [--notes]", file=sys.stderr)
        return 2
    try:
        member = tagged(arguments[0] if arguments else "")
        told = notes(member)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(told if arguments[1:] else f"package={member.name}\nversion={member.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
