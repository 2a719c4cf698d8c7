"""What restarts an app, and what is passed over."""

import sys
from pathlib import Path

import pytest
from stario.cli.watching.ignored import Ignored, parse_ignored, parse_watched
from stario.exceptions import StarioError

ROOT = Path("/srv/.venv/build.db/project")  # noise above the root means nothing


@pytest.mark.parametrize(
    "name",
    [
        *("main.py", "app/views.py", "static/app.css", "pyproject.toml", ".env", "notes"),
        *("db/models.py", "data.sqlite3.txt", "venvs/x.py", "gitignore", "database", "log/x.py"),
        *("sqlite3", "a.dbx", "build/x.js", "env/settings.py"),
    ],
)
def test_files_of_the_project_count(name: str) -> None:
    """Names that only look like noise are none."""
    assert not Ignored()(ROOT / name, ROOT)


@pytest.mark.parametrize(
    "name",
    [
        *("x.sqlite3", "x.sqlite", "x.db", "x.sqlite3-wal", "x.db-journal", "x.sqlite-shm", ".db"),
        *("data/x.db-anything", ".git/HEAD", "app/__pycache__/x.pyc", "__pycache__", ".git"),
        *(".venv/lib/x.py", "venv/x.py", "web/node_modules/a/b.js", ".mypy_cache/x", ".idea/x"),
        *(".pytest_cache/x", ".ruff_cache/x", ".tox/x", ".hypothesis/x", "x.egg-info/PKG-INFO"),
        *("main.py~", ".main.py.swp", "4913", ".#main.py", "#main.py#", ".DS_Store", "x.pyc"),
        *("main.py___jb_tmp___", "flycheck_main.py", "server.log", ".coverage", ".coverage.host.1"),
    ],
)
def test_noise_does_not_count(name: str) -> None:
    """Version control, caches, environments, packages, editors, databases."""
    assert Ignored()(ROOT / name, ROOT)


def test_a_virtual_environment_is_known_by_its_file(tmp_path: Path) -> None:
    """Whatever it is called; the directory that is watched may be one itself."""
    env = tmp_path / "py313"
    env.mkdir()
    (env / "pyvenv.cfg").touch()
    assert Ignored()(env / "lib" / "x.py", tmp_path)
    assert not Ignored()(env / "lib" / "x.py", env)


def test_where_our_own_output_goes_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`stario watch … > spans.json` would start anew for ever."""
    file = tmp_path / "spans.json"
    with file.open("w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert Ignored()(file, tmp_path)
        assert not Ignored()(tmp_path / "other.json", tmp_path)


def test_ignored_paths_cover_what_is_below_and_globs_the_name_alone(here: Path) -> None:
    """A path that exists is a path, even where it looks like a glob."""
    for name in ("static", "[id]"):
        (here / name).mkdir()
    here = here.resolve()
    ignored = parse_ignored(["static", "[id]", "*.css", "note?.txt"], own=["app.sock"])
    passed = ["static", "static/a/b.js", "[id]/x.py", "a/x.css", "note1.txt", "app.sock"]
    counted = ["statics/x.js", "i/x.py", "x.css/y.py", "note12.txt", "X.CSS", "app.sock2"]
    assert [name for name in passed + counted if ignored(here / name, here)] == passed


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        *(("", "is empty"), ("  ", "is empty"), ("missing", "does not exist")),
        *(("missing/dir", "does not exist"), ("static/*.css", "is a glob with a directory")),
        *(("**/*.css", "is a glob with a directory"), ("a\\*.css", "is a glob with a directory")),
    ],
)
def test_a_wrong_watch_ignore_is_told(here: Path, given: str, fault: str) -> None:
    """The option, the value, the fault, and what it takes."""
    with pytest.raises(StarioError) as caught:
        parse_ignored([given])
    assert caught.value.message == f"--watch-ignore {given!r} {fault}."


@pytest.mark.parametrize(
    ("given", "fault"),
    [("", "is empty"), (" ", "is empty"), ("missing", "does not exist"), ("*.py", "is a glob")],
)
def test_a_wrong_watch_path_is_told(here: Path, given: str, fault: str) -> None:
    """A glob is told apart, since a shell usually opens it."""
    with pytest.raises(StarioError) as caught:
        parse_watched([".", given])
    assert caught.value.message == f"--watch {given!r} {fault}."


def test_the_working_directory_is_watched_by_default(here: Path) -> None:
    """Whatever is given replaces it."""
    (here / "app").mkdir()
    assert parse_watched([]) == [here.resolve()]
    assert parse_watched(["app"]) == [(here / "app").resolve()]
