"""What is not released stands in fragments, and a release makes one section of them."""

from pathlib import Path

import changelog
import pytest
import workspace
from programs import Failed

RELEASES = workspace.releases()
OLD = "# Changelog of x\n\n## 4.0.0 (2026-01-02)\n\nThe first.\n"
UNRELEASED = "# Changelog of x\n\n## 4.1.0 (unreleased)\n\nA word before.\n\n- One.\n"


def write(folder: Path, **texts: str) -> Path:
    (folder / "changes").mkdir()
    for name, text in texts.items():
        (folder / "changes" / f"{name.replace('__', '.').replace('_', '-')}.md").write_text(text)
    return folder


@pytest.mark.parametrize("member", RELEASES, ids=[one.name for one in RELEASES])
def test_every_fragment_is_well_formed(member: workspace.Member) -> None:
    changelog.fragments(member.folder)


def test_fragments_are_told_by_kind_and_name(tmp_path: Path) -> None:
    folder = write(tmp_path, b__fixed="B.\n", c__added="C,\nand more.\n", a__fixed="A.\n")
    text = changelog.released(OLD, "4.1.0", "2026-02-03", changelog.fragments(folder))
    assert text == (
        "# Changelog of x\n\n## 4.1.0 (2026-02-03)\n\n### Added\n\n- C,\n  and more.\n\n"
        "### Fixed\n\n- A.\n- B.\n\n## 4.0.0 (2026-01-02)\n\nThe first.\n"
    )


def test_what_stands_unreleased_comes_in_front_of_the_fragments(tmp_path: Path) -> None:
    folder = write(tmp_path, a__security="A.\n")
    both = UNRELEASED + "\n## 4.0.0 (2026-01-02)\n\nThe first.\n"
    assert changelog.unreleased(both) == "A word before.\n\n- One."
    text = changelog.released(both, "4.2.0", "2026-02-03", changelog.fragments(folder))
    assert text == (
        "# Changelog of x\n\n## 4.2.0 (2026-02-03)\n\nA word before.\n\n- One.\n\n"
        "### Security\n\n- A.\n\n## 4.0.0 (2026-01-02)\n\nThe first.\n"
    )


def test_a_changelog_without_a_release_gets_its_first() -> None:
    text = changelog.released("# Changelog of x\n", "4.0.0", "2026-02-03", [])
    assert text == "# Changelog of x\n\n## 4.0.0 (2026-02-03)\n"
    assert changelog.unreleased(text) == ""


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.new.md", "A.", "is no name of a fragment"),
        ("Big Letters.added.md", "A.", "is no name of a fragment"),
        ("a.added.txt", "A.", "is no name of a fragment"),
        ("a.added.md", " \n", "it is empty"),
        ("a.added.md", "No end", "ends like one"),
        ("a.added.md", "- A bullet.", "plain text"),
        ("a.added.md", f"{'long ' * 20}.", "more than 100 characters"),
    ],
)
def test_a_bad_fragment_is_told_with_what_to_do(
    name: str, text: str, complaint: str, tmp_path: Path
) -> None:
    (write(tmp_path) / "changes" / name).write_text(text)
    with pytest.raises(Failed, match=complaint) as told:
        changelog.fragments(tmp_path)
    assert name in str(told.value)
