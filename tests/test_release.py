"""A release is a commit and a tag, made of a tree that is ready for it and of no other.

Each test has a repository of its own, with git itself: our pyproject files, changelogs and tools.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import workspace

ALL = [member.name for member in workspace.releases()]
GIT = {
    "GIT_AUTHOR_NAME": "A maintainer",
    "GIT_AUTHOR_EMAIL": "maintainer@example.org",
    "GIT_COMMITTER_NAME": "A maintainer",
    "GIT_COMMITTER_EMAIL": "maintainer@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


class Repository:
    """A repository with the releases of this workspace, on main, with nothing to commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        folder = self.folder
        for member in workspace.releases():
            there = folder / member.folder.relative_to(workspace.ROOT)
            there.mkdir(parents=True, exist_ok=True)
            for name in ("pyproject.toml", "CHANGELOG.md"):
                shutil.copy(member.folder / name, there / name)
        shutil.copytree(
            workspace.ROOT / "tools",
            folder / "tools",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        (folder / ".gitignore").write_text("__pycache__/\n")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=os.environ | GIT,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self) -> None:
        """Commit all that lies there, and note that the checks passed at that commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "As it is")
        self.be_green()

    def be_green(self) -> None:
        (self.folder / ".git" / "stario-checks-passed").write_text(self.git("rev-parse", "HEAD"))

    def place(self, name: str) -> Path:
        return self.folder if name == "stario" else self.folder / "packages" / name

    def change(self, name: str, fragment: str, text: str = "Something new.\n") -> None:
        folder = self.place(name) / "changes"
        folder.mkdir(exist_ok=True)
        (folder / fragment).write_text(text)
        self.commit()

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.place(name) / "pyproject.toml"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        self.commit()

    def pyproject(self, name: str) -> str:
        return (self.place(name) / "pyproject.toml").read_text()

    def release(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "tools/release.py", *arguments],
            cwd=self.folder,
            env=os.environ | GIT | extra,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and "--dry-run" not in arguments:
            self.be_green()
        return done

    def released(self, *arguments: str) -> str:
        done = self.release(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str, **extra: str) -> str:
        before = self.git("rev-parse", "HEAD"), self.git("tag"), self.git("status", "--porcelain")
        done = self.release(*arguments, **extra)
        after = self.git("rev-parse", "HEAD"), self.git("tag"), self.git("status", "--porcelain")
        assert (done.returncode, after) == (1, before)
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first") / "repository"
    Repository(folder).make()
    return folder


@pytest.fixture
def repository(first: Path, tmp_path: Path) -> Repository:
    return Repository(shutil.copytree(first, tmp_path / "repository"))


def test_a_first_release_is_what_the_pyproject_says(repository: Repository) -> None:
    said = repository.released("stario-markup")
    assert repository.git("tag") == "stario-markup-v4.0.0"
    assert repository.git("log", "-1", "--format=%s") == "Release stario-markup 4.0.0"
    assert repository.git("status", "--porcelain") == ""
    assert "git push --atomic origin main stario-markup-v4.0.0" in said
    history = (repository.place("stario-markup") / "CHANGELOG.md").read_text()
    assert "(unreleased)" not in history
    assert "\n## 4.0.0 (20" in history


@pytest.mark.parametrize(
    ("fragments", "version"),
    [
        (["a.fixed.md"], "4.0.1"),
        (["a.security.md", "b.added.md"], "4.1.0"),
        (["a.changed.md", "b.removed.md"], "5.0.0"),
    ],
)
def test_the_changes_ask_for_the_version(
    fragments: list[str], version: str, repository: Repository
) -> None:
    repository.released("stario-markup")
    for fragment in fragments:
        repository.change("stario-markup", fragment)
    repository.released("stario-markup")
    assert f"stario-markup-v{version}" in repository.git("tag").split()
    assert f'version = "{version}"' in repository.pyproject("stario-markup")
    assert list((repository.place("stario-markup") / "changes").glob("*")) == []


def test_a_version_may_be_named_or_a_step(repository: Repository) -> None:
    repository.released("stario-markup")
    repository.change("stario-markup", "a.fixed.md")
    repository.released("stario-markup", "minor")
    repository.change("stario-markup", "a.fixed.md")
    repository.released("stario-markup", "4.5.2")
    assert repository.git("tag", "--list", "*-v4.[1-9]*").split() == [
        "stario-markup-v4.1.0",
        "stario-markup-v4.5.2",
    ]


def test_all_go_in_the_order_of_who_needs_whom(repository: Repository) -> None:
    for name in ("markup", "core", "telemetry", "datastar", "testing", "cli"):
        repository.released(f"stario-{name}")
    repository.released("stario")
    assert len(repository.git("tag").split()) == len(ALL)


def test_floors_stay_where_nobody_needs_more(repository: Repository) -> None:
    repository.released("stario-markup")
    repository.change("stario-markup", "a.added.md")
    repository.released("stario-markup")
    assert '"stario-markup>=4.0,<5"' in repository.pyproject("stario-core")


def test_a_floor_that_no_release_answered_follows_the_release(repository: Repository) -> None:
    repository.released("stario-markup")
    repository.edit("stario-markup", 'version = "4.0.0"', 'version = "4.1.0"')
    repository.edit("stario-core", "stario-markup>=4.0,<5", "stario-markup>=4.1,<5")
    repository.change("stario-markup", "a.added.md")
    said = repository.released("stario-markup", "4.2.0")
    assert "stario-core needs stario-markup 4.2.0" in said
    assert '"stario-markup>=4.2,<5"' in repository.pyproject("stario-core")
    assert '"stario-markup>=4.0,<5"' in repository.pyproject("stario-datastar")


def test_a_floor_is_raised_where_it_is_asked_for_and_the_dependent_says_so(
    repository: Repository,
) -> None:
    repository.released("stario-markup")
    repository.change("stario-markup", "a.fixed.md")
    repository.released("stario-markup", "--raise-floors", "stario-datastar")
    assert '"stario-markup>=4.0.1,<5"' in repository.pyproject("stario-datastar")
    assert '"stario-markup>=4.0,<5"' in repository.pyproject("stario-core")
    needs = repository.place("stario-datastar") / "changes/needs-stario-markup-4-0-1.changed.md"
    assert needs.read_text() == "Needs stario-markup 4.0.1 or newer.\n"


def test_a_major_release_moves_the_ranges_of_all_who_depend_on_it(repository: Repository) -> None:
    repository.released("stario-markup")
    repository.released("stario-core")
    repository.change("stario-core", "a.removed.md")
    repository.released("stario-core")
    for name in ("telemetry", "datastar", "testing", "cli"):
        assert '"stario-core>=5.0,<6"' in repository.pyproject(f"stario-{name}")
    assert repository.pyproject("stario").count('"stario-core[uvloop]>=5.0,<6"') == 2
    assert '"stario-markup>=4.0,<5"' in repository.pyproject("stario-datastar")


def test_the_meta_package_asks_for_the_newest_of_each(repository: Repository) -> None:
    for name in ("markup", "core", "telemetry", "datastar", "testing", "cli"):
        repository.released(f"stario-{name}")
    repository.change("stario-telemetry", "a.fixed.md")
    repository.released("stario-telemetry")
    repository.released("stario")
    assert '"stario-telemetry>=4.0.1,<5"' in repository.pyproject("stario")
    assert '"stario-core[uvloop]>=4.0,<5"' in repository.pyproject("stario")


def test_a_dry_run_tells_and_writes_nothing(repository: Repository) -> None:
    said = repository.released("stario-markup", "--dry-run")
    assert "Release stario-markup 4.0.0, tagged stario-markup-v4.0.0" in said
    assert "writes   packages/stario-markup/CHANGELOG.md" in said
    assert "Checks: green at this commit" in said
    assert (repository.git("tag"), repository.git("status", "--porcelain")) == ("", "")


def test_a_dry_run_says_that_the_checks_would_run(repository: Repository) -> None:
    repository.git("commit", "--quiet", "--allow-empty", "--message", "Not checked")
    assert "they would run, in full" in repository.released("stario-markup", "--dry-run")


def test_what_was_not_checked_is_checked_and_not_released_when_red(repository: Repository) -> None:
    """What is no uv fails the first check."""
    (repository.folder / ".python-version").write_text("3.13\n")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "Not checked")
    said = repository.refused("stario-markup", UV=sys.executable)
    assert "did not pass, so stario-markup was not released" in said


def test_a_tree_with_a_change_is_refused(repository: Repository) -> None:
    (repository.folder / "left.txt").write_text("over")
    said = repository.refused("stario-markup")
    assert "changes that are in no commit:\n?? left.txt" in said


def test_another_branch_is_refused(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "side")
    assert "A release is made on main, and this is side." in repository.refused("stario-markup")


def test_nothing_to_tell_is_refused(repository: Repository) -> None:
    repository.released("stario-markup")
    said = repository.refused("stario-markup", "patch")
    assert "packages/stario-markup/changes has no fragments" in said


@pytest.mark.parametrize("version", ["4.0.0", "3.9.9"])
def test_a_version_that_is_not_higher_is_refused(version: str, repository: Repository) -> None:
    repository.released("stario-markup")
    repository.change("stario-markup", "a.fixed.md")
    said = repository.refused("stario-markup", version)
    assert f"{version} is not higher than 4.0.0, the last release." in said


def test_a_version_below_what_somebody_needs_is_refused(repository: Repository) -> None:
    repository.released("stario-markup")
    repository.edit("stario-markup", 'version = "4.0.0"', 'version = "4.1.0"')
    repository.change("stario-markup", "a.fixed.md")
    assert "4.0.1 is lower than 4.1.0" in repository.refused("stario-markup", "patch")


def test_a_sibling_that_is_not_released_goes_first(repository: Repository) -> None:
    said = repository.refused("stario-core")
    assert "stario-core needs stario-markup 4.0.0, of which there is no release." in said
    assert "tools/release.py stario-markup" in said


@pytest.mark.parametrize("version", ["4.1", "v4.1.0", "4.1.0rc1", "biggest", "04.1.0"])
def test_what_is_no_version_is_refused(version: str, repository: Repository) -> None:
    assert f"{version!r} is no version" in repository.refused("stario-markup", version)


def test_who_does_not_depend_on_it_has_no_floor_to_raise(repository: Repository) -> None:
    said = repository.refused("stario-markup", "--raise-floors", "stario-cli")
    assert "stario-cli does not depend on stario-markup" in said


def test_a_package_that_is_not_there_is_refused_with_the_names(repository: Repository) -> None:
    said = repository.refused("stario-makrup")
    assert "No package is called 'stario-makrup'; they are stario-cli" in said


def test_a_bad_fragment_is_refused(repository: Repository) -> None:
    repository.change("stario-markup", "a.news.md")
    assert "a.news.md is no name of a fragment" in repository.refused("stario-markup")


def tagged(repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/tagged.py", *arguments],
        cwd=repository.folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_tag_tells_the_workflow_what_to_publish_and_its_notes(repository: Repository) -> None:
    repository.released("stario-markup")
    repository.change("stario-markup", "a.fixed.md", "It holds.\n")
    repository.released("stario-markup")
    said = tagged(repository, "stario-markup-v4.0.1").stdout
    assert said == "package=stario-markup\nversion=4.0.1\n"
    said = tagged(repository, "stario-markup-v4.0.1", "--notes").stdout
    assert said == "### Fixed\n\n- It holds.\n"


@pytest.mark.parametrize(
    ("tag", "complaint"),
    [
        ("stario-markup-v4.9.9", "stands at a commit where stario-markup is 4.0.0"),
        ("stario-core-v4.0.0", "has no finished section of 4.0.0"),
        ("somebody-v4.0.0", "names no package"),
        ("", "names no package"),
    ],
)
def test_a_tag_that_no_release_made_is_not_published(
    tag: str, complaint: str, repository: Repository
) -> None:
    repository.released("stario-markup")
    done = tagged(repository, tag)
    assert (done.returncode, done.stdout) == (1, "")
    assert complaint in done.stderr
