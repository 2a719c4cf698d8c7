"""A package is tested with the oldest siblings that it declares: released ones from their tags."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import workspace

ASK = """
import sys; sys.path.insert(0, "tools")
from pathlib import Path
import floors, workspace
from floors import oldest
built = {name: Path(f"tree/{name}.whl") for name in workspace.members()}
found = oldest(workspace.members()[sys.argv[1]], built, sys.argv[2], Path("released").resolve())
print(*found, sep="\\n")
"""
HATCHLING = Path(sys.executable).with_name("hatchling.exe" if os.name == "nt" else "hatchling")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Our pyproject files and markup's sources, tagged as if markup 4.0.0 had been released."""
    for member in workspace.releases():
        there = tmp_path / member.folder.relative_to(workspace.ROOT)
        there.mkdir(parents=True, exist_ok=True)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(member.folder / name, there / name)
    shutil.copytree(workspace.ROOT / "tools", tmp_path / "tools")
    (tmp_path / "packages/stario-markup/src/stario/markup").mkdir(parents=True)
    (tmp_path / "packages/stario-markup/src/stario/markup/__init__.py").write_text("OLD = 1\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    git(tmp_path, *author, "commit", "--quiet", "--message", "As it is")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def renew(repository: Path, old: str, new: str, package: str) -> None:
    file = repository / "packages" / package / "pyproject.toml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def oldest(repository: Path, name: str) -> dict[str, Path]:
    command = [sys.executable, "-c", ASK, name, str(HATCHLING)]
    done = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True)
    paths = [Path(line) for line in done.stdout.split()]
    return {path.name.partition("-4")[0].removesuffix(".whl"): path for path in paths}


def test_without_a_tag_they_are_the_trees(repository: Path) -> None:
    assert oldest(repository, "stario-core") == {
        "stario-core": Path("tree/stario-core.whl"),
        "stario-markup": Path("tree/stario-markup.whl"),
    }


def test_a_floor_that_was_released_is_built_from_its_tag(repository: Path) -> None:
    git(repository, "tag", "stario-markup-v4.0.0")
    renew(repository, 'version = "4.0.0"', 'version = "4.1.0"', "stario-markup")
    module = repository / "packages/stario-markup/src/stario/markup/__init__.py"
    module.write_text("NEW = 1\n")
    wheel = oldest(repository, "stario-core")["stario_markup"]
    assert wheel.name == "stario_markup-4.0.0-py3-none-any.whl"
    assert zipfile.ZipFile(wheel).read("stario/markup/__init__.py") == b"OLD = 1\n"


def test_the_highest_floor_among_all_counts(repository: Path) -> None:
    """telemetry asks core, and core asks for a markup that is not released."""
    git(repository, "tag", "stario-markup-v4.0.0")
    renew(repository, 'version = "4.0.0"', 'version = "4.1.0"', "stario-markup")
    renew(repository, "stario-markup>=4.0,<5", "stario-markup>=4.1,<5", "stario-core")
    found = oldest(repository, "stario-datastar")
    assert found["stario-markup"] == Path("tree/stario-markup.whl")
