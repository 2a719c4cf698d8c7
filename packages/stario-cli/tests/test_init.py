"""`stario init` where something is in its way: it says what, and leaves the folder as it was."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
from stario.cli.main import main
from stario.cli.scaffold import client
from stario.cli.scaffold.errors import cannot_write
from stario.cli.scaffold.files import dependencies, filled, range_from, skeleton
from stario.cli.scaffold.folder import write_all
from stario.cli.scaffold.naming import name_for, title_of
from stario.cli.scaffold.sources import sources_of
from stario.exceptions import StarioError

type Fetch = Callable[[bool], list[Path]]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """The client is not fetched: `fetched = no_network(True)` has the folders it would go to."""

    def say(answer: bool) -> list[Path]:
        asked: list[Path] = []

        def fetch_client(folder: Path) -> bool:
            asked.append(folder)
            return answer

        monkeypatch.setattr(client, "fetch_client", fetch_client)
        return asked

    say(True)
    return say


def everything_below(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run init, which has to say why not, and return what it said."""
    assert main(["init", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("[stario] error: ")
    assert "\n  Help: " in err
    return err


def test_an_empty_folder_becomes_an_app(
    here: Path, capsys: pytest.CaptureFixture[str], no_network: Fetch
) -> None:
    """Named after the folder, with every file of the skeleton and nothing else."""
    fetched = no_network(True)
    folder = here / "Tea Room"
    folder.mkdir()
    assert main(["init", "Tea Room"]) == 0
    out, err = capsys.readouterr()
    assert f"[stario] made tea-room: {len(skeleton())} files in {folder}\n" in err
    assert "    cd 'Tea Room'\n" in out
    written = {name for name, content in everything_below(folder).items() if content is not None}
    assert written == set(skeleton())
    assert 'TITLE = "Tea room"' in (folder / "app/common/document.py").read_text("utf-8")
    assert fetched == [Path("Tea Room")]


@pytest.mark.parametrize("arguments", [[], ["."]])
def test_the_working_directory_needs_no_cd(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """A name that is given wins over that of the folder."""
    assert main(["init", *arguments, "--name", "Shop.of_Ada"]) == 0
    assert "cd " not in capsys.readouterr().out
    assert 'name = "Shop.of_Ada"' in (here / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("folder", ["a/b/shop", "a/b/../shop", "./shop/"])
def test_a_folder_and_those_above_it_are_made(here: Path, folder: str) -> None:
    """As mkdir -p would."""
    assert main(["init", folder]) == 0
    assert (here / folder / "app" / "main.py").is_file()


def test_without_the_client_it_is_an_app_all_the_same(
    here: Path, capsys: pytest.CaptureFixture[str], no_network: Fetch
) -> None:
    """One sentence says when it comes, and how to get it by hand."""
    no_network(False)
    assert main(["init", "shop"]) == 0
    told = capsys.readouterr().err
    assert "[stario] it is not to be had now: the app gets it when it starts, or you by `" in told
    assert "python -m stario.datastar.client app/static/js`" in told


def test_what_tools_leave_in_an_empty_folder_may_be_there(here: Path) -> None:
    """Version control, an editor, environments under any name."""
    (here / ".git").mkdir()
    (here / ".DS_Store").touch()
    (here / "venv").mkdir()
    (here / "venv" / "pyvenv.cfg").touch()
    assert main(["init", "--name", "shop"]) == 0


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["notes.txt"], "is not empty: it has notes.txt.\n"),
        (["app", "b", "c", "d", "e", "f"], "is not empty: it has app, b, c, d and 2 more.\n"),
        ([".git", ".gitignore"], "is not empty: it has .gitignore.\n"),
        (["a\x1b[2J"], "is not empty: it has a\\x1b[2J.\n"),
    ],
)
def test_a_folder_with_something_in_it_stays_as_it_is(
    here: Path, capsys: pytest.CaptureFixture[str], names: list[str], told: str
) -> None:
    """Also where only one hidden file would be in the way; the first few are named."""
    for name in names:
        (here / name).write_text("mine")
    before = everything_below(here)
    assert told in refused(capsys)
    assert everything_below(here) == before


@pytest.mark.parametrize("folder", ["file", "file/shop", "file/a/b"])
def test_a_file_is_no_folder(here: Path, capsys: pytest.CaptureFixture[str], folder: str) -> None:
    """Nor is anything below it."""
    (here / "file").write_text("mine")
    assert f"'{folder}' is a file, or lies below one." in refused(capsys, folder)
    assert everything_below(here) == {"file": b"mine"}


def test_a_link_to_nowhere_is_no_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is made at its other end."""
    (here / "shop").symlink_to(here / "nowhere")
    assert "cannot be written: File exists." in refused(capsys, "shop")
    assert not (here / "nowhere").exists()


def test_a_name_too_long_for_the_disk_is_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the system says to a folder."""
    assert "File name too long" in refused(capsys, "x" * 300)
    assert everything_below(here) == {}


def test_a_folder_that_cannot_be_written_to_is_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write everywhere, so the refusal is the system's by hand."""

    def mkdir(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", mkdir)
    told = refused(capsys, "shop")
    assert "'shop' cannot be written: Permission denied." in told
    assert "a folder that you may write to" in told


@pytest.mark.parametrize("ending", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_ends_in_the_middle_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    """A full disk and an interrupt; what was in the folder before stays."""
    (here / ".git").mkdir()
    before = everything_below(here)
    texts = {"a.txt": "a", "app/b.txt": "b", "app/static/c.txt": "c"}
    opened: Any = Path.open

    def open_some(path: Path, mode: Any) -> Any:
        if path.name == "c.txt":
            raise ending
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", open_some)
    with pytest.raises((StarioError, KeyboardInterrupt)):
        write_all(here, texts)
    monkeypatch.undo()
    assert everything_below(here) == before


def test_a_file_that_appears_meanwhile_is_not_overwritten(here: Path) -> None:
    """The rest is taken back, the file stays."""
    (here / "b.txt").write_text("mine")
    with pytest.raises(StarioError, match="File exists"):
        write_all(here, {"a.txt": "a", "b.txt": "b"})
    assert everything_below(here) == {"b.txt": b"mine"}


@pytest.mark.parametrize(
    ("folder", "name", "title"),
    [
        ("shop", "shop", "Shop"),
        ("my-app", "my-app", "My app"),
        ("My App", "my-app", "My app"),
        ("Küche (alt)", "kuche-alt", "Kuche alt"),
        ("-x_y.z-", "x_y.z", "X y z"),
        ("2048", "2048", "2048"),
    ],
)
def test_a_name_is_guessed_from_the_folder(folder: str, name: str, title: str) -> None:
    """Spaces, accents and marks are no hindrance."""
    assert name_for(folder, None, set()) == name
    assert title_of(name) == title


@pytest.mark.parametrize("folder", ["", "日本", "---", "ø", "…"])
def test_a_folder_that_gives_no_name_asks_for_one(folder: str) -> None:
    """With the option that takes it."""
    with pytest.raises(StarioError, match="No name for the app") as caught:
        name_for(folder, None, set())
    assert "--name my-app" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("my app", "Did you mean 'my-app'?"),
        ("größe", "Did you mean 'groe'?"),
        ("-app", "Did you mean 'app'?"),
        ("app-", "Did you mean 'app'?"),
        ('a"\nb = "c', "Did you mean 'a-b-c'?"),
        ("a\n", "Did you mean 'a'?"),
        ("@NAME@", "Did you mean 'name'?"),
        ("../up", "Did you mean 'up'?"),
        ("٣", "Use letters from a to z"),
        ("", "Use letters from a to z"),
    ],
)
def test_a_name_that_was_given_is_taken_as_it_is_or_refused(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, near: str
) -> None:
    """Nothing is made before the name is right."""
    told = refused(capsys, "shop", f"--name={name}")
    assert "cannot be the name of a Python project." in told
    assert near in told
    assert everything_below(here) == {}


@pytest.mark.parametrize("arguments", [["stario"], ["shop", "--name=Stario"], ["PyTest_Asyncio"]])
def test_an_app_is_not_called_like_what_it_depends_on(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Installers take a project that asks for its own name for a mistake."""
    assert "could not depend on the package of that name" in refused(capsys, *arguments)
    assert everything_below(here) == {}


def test_the_names_that_are_taken_are_those_of_the_project_file() -> None:
    assert dependencies(skeleton()) == {"stario", "pytest", "pytest-asyncio", "pyright", "ruff"}


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        ("4.0.0", ">=4.0,<5"),
        ("4.2.1", ">=4.2,<5"),
        ("12.0", ">=12.0,<13"),
        ("4.1.0.post1", ">=4.1,<5"),
        ("5.0.0rc1", ">=5.0.0rc1,<6"),
        ("4.1.0.dev3+g1234", ">=4.1.0.dev3,<5"),
        ("4", ">=4,<5"),
    ],
)
def test_the_range_begins_with_what_is_installed(version: str, asked: str) -> None:
    """A release to be goes in whole, since a range without one leaves all of them out."""
    assert range_from(version) == asked


class Installed(Distribution):
    """A distribution with this direct_url.json."""

    def __init__(self, record: str | None) -> None:
        self._record = record

    def read_text(self, filename: str) -> str | None:
        return self._record if filename == "direct_url.json" else None

    def locate_file(self, path: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize("info", ['{"editable": true}', "{}"])
def test_a_stario_from_a_folder_is_asked_for_there(tmp_path: Path, info: str) -> None:
    """Whatever characters are in its name."""
    folder = tmp_path / 'a "clone" ü 🎈 %20'
    installed = Installed(f'{{"url": "{folder.as_uri()}", "dir_info": {info}}}')
    asked = tomllib.loads(sources_of(installed))["tool"]["uv"]["sources"]["stario"]
    assert asked == {"path": str(folder), "editable": "true" in info}


@pytest.mark.parametrize(
    "record",
    [
        None,
        "{}",
        '{"url": "file:///x/stario-4.0.0-py3-none-any.whl", "archive_info": {}}',
        '{"url": "https://example.com/stario.git", "vcs_info": {"vcs": "git"}}',
        '{"url": "ssh://example.com/x", "dir_info": {}}',
    ],
)
def test_any_other_stario_is_asked_for_from_an_index(record: str | None) -> None:
    assert sources_of(Installed(record)) == ""


def test_nothing_is_left_to_fill_in() -> None:
    """And all texts are Unix's, with a line end at their end."""
    for name, text in filled(skeleton(), "shop").items():
        assert "@NAME@" not in text, name
        assert "@TITLE@" not in text, name
        assert "@RANGE@" not in text, name
        assert text.endswith("\n"), name
        assert "\r" not in text, name


def test_the_sources_of_a_new_app_are_python() -> None:
    """Compiled with the names filled in."""
    for name, text in filled(skeleton(), "shop").items():
        if name.endswith(".py"):
            compile(text, name, "exec")


@pytest.mark.parametrize("fault", ["missing", "fails", "hangs", "cannot run"])
def test_no_fault_of_fetching_the_client_is_one_of_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The package is not there, the process fails, never ends, or never begins."""
    monkeypatch.undo()

    def find_spec(_: str) -> object:
        return None if fault == "missing" else client

    monkeypatch.setattr(client, "find_spec", find_spec)

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        assert command[:2] == [sys.executable, "-P"]
        if fault == "hangs":
            raise subprocess.TimeoutExpired(command, 1)
        if fault == "cannot run":
            raise OSError
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    assert client.fetch_client(tmp_path) is False


def test_an_error_without_words_has_the_name_of_its_type() -> None:
    assert "'shop' cannot be written: OSError." in str(cannot_write(Path("shop"), OSError()))


@pytest.mark.parametrize("arguments", [["a", "b"], ["--name"], ["--force"], ["--nam", "x"]])
def test_a_wrong_command_line_is_2(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """There is nothing to force."""
    assert main(["init", *arguments]) == 2
    assert "usage: stario init" in capsys.readouterr().err
    assert everything_below(here) == {}


def test_the_help_explains_what_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    """Every part that it names is one that is made."""
    assert main(["init", "--help"]) == 0
    told = capsys.readouterr().out
    made = told.split("what is made:\n")[1].split("\n\n")[0]
    named = [word for line in made.splitlines() for word in line.split("  ")[1].split()]
    assert named
    for part in named:
        assert any(name.startswith(part) for name in skeleton()), part
    assert "No file is ever\noverwritten." in told
