"""tools/requirements.txt pins all that the pyproject files ask of others, and names no host."""

import re

import pytest
import workspace
from packaging.requirements import Requirement
from packaging.version import Version

TEXT = workspace.PINS.read_text("utf-8")
ENTRIES = [entry for entry in re.split(r"\n(?=[a-z])", TEXT) if not entry.startswith("#")]
PINNED = {
    workspace.name_of(entry): Version(entry.partition("==")[2].split()[0]) for entry in ENTRIES
}


def asked_for() -> list[str]:
    asked: set[str] = set()
    for member in workspace.members().values():
        asked.update(member.dependencies, member.build_requires, member.group("dev"))
        asked.update(text for extra in member.extras.values() for text in extra)
    return sorted(workspace.third_party(asked))


@pytest.mark.parametrize("text", asked_for())
def test_what_is_asked_for_is_pinned_at_a_version_that_will_do(text: str) -> None:
    """Where this fails, run: uv run --no-project tools/pins.py"""
    asked = Requirement(text)
    assert asked.specifier.contains(PINNED[workspace.name_of(text)])


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.split()[0] for entry in ENTRIES])
def test_every_pin_has_hashes(entry: str) -> None:
    assert "==" in entry.split()[0]
    assert "--hash=sha256:" in entry


def test_ours_are_not_pinned() -> None:
    assert not set(PINNED) & set(workspace.members())


def test_no_host_is_named() -> None:
    assert "://" not in TEXT
    assert "index-url" not in TEXT


def test_the_lock_of_uv_stays_out_of_git() -> None:
    assert "uv.lock" in (workspace.ROOT / ".gitignore").read_text("utf-8").splitlines()
