"""`stario init` as its users have it: from wheels, in a clean environment, in an empty folder.

One environment and one app serve all tests of the file; each asks another thing of the app.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit

import pytest
from clean import Environment
from packaging.requirements import Requirement
from playwright.sync_api import Page, expect
from ports import free_port
from workspace import ROOT, members

PATIENCE = 100.0  # seconds, for a machine that does much else
MS = PATIENCE * 1000

FILES = [
    ".gitignore",
    "AGENTS.md",
    "README.md",
    "app/__init__.py",
    "app/assets.py",
    "app/common/document.py",
    "app/features/board/data.py",
    "app/features/board/handlers.py",
    "app/features/board/signals.py",
    "app/features/board/urls.py",
    "app/features/board/views.py",
    "app/main.py",
    "app/static/css/app.css",
    "app/static/icon.svg",
    "pyproject.toml",
    "tests/test_board.py",
]


class NewApp:
    """A folder that `stario init` filled, and the environment that it did so from."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        self.folder = folder
        self.told = ""
        self._environment = environment

    @property
    def python(self) -> str:
        return str(self._environment.python)

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder, whatever it ends with."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=plain_environment() | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def stario(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.python, "-m", "stario.cli", *arguments, **variables)

    @contextmanager
    def served(self) -> Generator[str]:
        """Serve the app, and give its URL; it has to end in order."""
        port = str(free_port())
        process = subprocess.Popen(
            [self.python, "-m", "stario.cli", "serve", "app.main:bootstrap"],
            cwd=self.folder,
            env=plain_environment() | {"STARIO_PORT": port, "STARIO_TRACER": "noop"},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        limit = Timer(PATIENCE, process.kill)
        limit.start()
        try:
            assert "listening on" in (line := process.stderr.readline()), line
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            said = process.stderr.read()
            code = process.wait(PATIENCE)
            limit.cancel()
            process.stderr.close()
        assert (code, said) == (0, "")


def plain_environment() -> dict[str, str]:
    """Ours, without what belongs to the tests that run here."""
    foreign = re.compile(r"STARIO_|PYTEST|PYTHON|VIRTUAL_ENV|NO_COLOR|FORCE_COLOR")
    return {name: value for name, value in os.environ.items() if not foreign.match(name)}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheels: dict[str, Path]) -> Environment:
    environment = Environment(tmp_path_factory.mktemp("clean") / "venv")
    environment.install(*wheels.values())
    return environment


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, environment: Environment, client_file: Path
) -> NewApp:
    """An app in what was an empty folder; `client_file` has put the client into the cache."""
    assert client_file.is_file()
    folder = tmp_path_factory.mktemp("new") / "guest-book"
    folder.mkdir()
    app = NewApp(folder, environment)
    done = app.stario("init")
    assert done.returncode == 0, done.stderr
    app.told = done.stderr + done.stdout
    return app


def test_it_is_the_wheels_that_make_it(app: NewApp) -> None:
    found = app.run(app.python, "-c", "import stario.cli as c; print(c.__file__)").stdout
    assert Path(found.strip()).is_relative_to(Path(app.python).parent.parent)


def test_it_has_the_layout_and_the_client_and_nothing_is_left_to_fill_in(app: NewApp) -> None:
    found = {
        file.relative_to(app.folder).as_posix(): file.read_text("utf-8")
        for file in app.folder.rglob("*")
        if file.is_file() and "cache" not in str(file.relative_to(app.folder))
    }
    assert sorted(found) == sorted([*FILES, "app/static/js/datastar.js"])
    assert not [name for name, text in found.items() if re.search(r"@[A-Z]{4,}@", text)]
    assert 'name = "guest-book"' in found["pyproject.toml"]
    assert found["README.md"].startswith("# Guest book\n")


def test_its_agents_md_says_what_the_one_of_the_documentation_says(app: NewApp) -> None:
    """Word for word. Only the page to copy explains imports and shows a feature: an app has one."""
    own, page = (
        sections((folder / "AGENTS.md").read_text("utf-8"))
        for folder in (app.folder, ROOT / "docs")
    )
    assert own.items() <= page.items()
    assert page.keys() - own.keys() == {"Imports", "A feature"}


def sections(text: str) -> dict[str, str]:
    """The sections by their headings, and the paragraph about Stario by an empty one."""
    top, *rest = re.split(r"^## ", text, flags=re.MULTILINE)
    named = {heading: body.strip() for heading, _, body in (one.partition("\n") for one in rest)}
    return {"": top.split("\n\n")[2]} | named


def test_it_asks_for_stario_as_it_is_installed(app: NewApp) -> None:
    text = (app.folder / "pyproject.toml").read_text("utf-8")
    asked = [Requirement(one) for one in re.findall(r'"(stario[^"]*)"', text)]
    assert [one.name for one in asked if one.specifier] == ["stario", "stario"]
    for one in asked:
        assert members()["stario"].version in one.specifier


def test_it_says_what_was_made_and_what_to_do_next(app: NewApp) -> None:
    assert f"[stario] made guest-book: {len(FILES)} files in {app.folder}" in app.told
    assert "stario watch app.main:bootstrap" in app.told
    assert "cd " not in app.told
    assert "not to be had" not in app.told


def test_its_own_tests_pass(app: NewApp) -> None:
    left_out = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]  # the second loads slowly
    done = app.run(app.python, "-m", "pytest", "-q", *left_out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\n\d\d passed in", done.stdout), done.stdout


@pytest.mark.parametrize(
    "tool",
    [
        ["ruff", "check", "--no-cache"],
        ["ruff", "format", "--check", "--no-cache"],
        ["pyright", "--pythonpath", "PYTHON"],
    ],
    ids=" ".join,
)
def test_its_own_tools_have_nothing_to_say(app: NewApp, tool: list[str]) -> None:
    """With the configuration that it was given: ruff's, and pyright's in strict mode."""
    arguments = [app.python if one == "PYTHON" else one for one in tool[1:]]
    done = app.run(sys.executable, "-m", tool[0], *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'typeCheckingMode = "strict"' in (app.folder / "pyproject.toml").read_text("utf-8")


def test_check_finds_no_problem_and_routes_are_listed(app: NewApp) -> None:
    checked = app.stario("check", "app.main:bootstrap")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "no problems\n")
    routes = app.stario("routes", "app.main:bootstrap").stdout
    own = [line.split()[:2] for line in routes.splitlines() if "app/features" in line]
    assert own == [["GET", "/"], ["GET", "/subscribe"], ["POST", "/notes"]]


def test_it_serves_its_page_its_files_and_its_stream(app: NewApp) -> None:
    with app.served() as url:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
        page = get(connection, "/")
        assert "<title>Guest book</title>" in page
        [sheet] = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
        assert "color-scheme: light dark" in get(connection, sheet)
        connection.request("POST", "/notes", '{"text": "Hello"}')
        connection.getresponse().read()
        connection.request("GET", "/subscribe")
        stream = connection.getresponse()
        assert stream.getheader("content-type") == "text/event-stream"
        assert stream.readline() == b"event: datastar-patch-elements\n"
        assert b'<li id="note-1">Hello</li>' in stream.readline()
        connection.close()


def get(connection: HTTPConnection, path: str) -> str:
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    return text


@pytest.mark.browser
def test_a_click_changes_the_count_in_a_second_open_page(
    app: NewApp, open_page: Callable[..., Page]
) -> None:
    """In a real browser, on a desktop in light and on a phone in dark, without a complaint."""
    with app.served() as url:
        ada, bob = open_page(url), open_page(url, color_scheme="dark")
        bob.set_viewport_size({"width": 360, "height": 740})
        for page in (ada, bob):
            expect(page.locator("#count")).to_have_text("0")
        ada.locator("#text").fill("Hello, <b>Bob</b>")
        ada.locator("#pin").click()
        for page in (ada, bob):
            expect(page.locator("#count")).to_have_text("1", timeout=MS)
            expect(page.locator("#note-1")).to_have_text("Hello, <b>Bob</b>")
        expect(ada.locator("#text")).to_have_value("")
        bob.locator("#text").fill("  ")
        bob.locator("#pin").click()
        expect(bob.locator("#problem")).to_have_text("A note has 1 to 200 characters.")
        expect(ada.locator("#count")).to_have_text("1")
        assert bob.evaluate("document.documentElement.scrollWidth <= innerWidth")
        grounds = {
            page.evaluate("getComputedStyle(document.body).backgroundColor") for page in (ada, bob)
        }
        assert len(grounds) == 2
        for page in (ada, bob):
            page.close()


def test_without_a_network_it_is_made_all_the_same_and_gets_the_client_when_it_starts(
    environment: Environment, client_file: Path, tmp_path: Path
) -> None:
    """One sentence says so, with the command that gets it now."""
    assert client_file.is_file()
    app = NewApp(tmp_path, environment)
    dead = f"http://127.0.0.1:{free_port()}"
    done = app.stario(
        *("init", "shop"),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        PATH=str(tmp_path),
        http_proxy=dead,
        https_proxy=dead,
        no_proxy="",
    )
    assert done.returncode == 0, done.stderr
    [sentence] = [line for line in done.stderr.splitlines() if "not to be had" in line]
    assert "the app gets it when it starts" in sentence
    assert "`python -m stario.datastar.client app/static/js`" in sentence
    assert done.stdout.split("\n")[1:3] == ["    cd shop", "    pip install --group dev"]
    app.folder = tmp_path / "shop"
    client = app.folder / "app" / "static" / "js" / "datastar.js"
    assert not client.exists()
    assert app.stario("check", "app.main:bootstrap").stderr == "no problems\n"
    assert client.read_bytes() == client_file.read_bytes()


def test_a_second_init_changes_nothing(app: NewApp) -> None:
    before = {file: file.stat().st_mtime_ns for file in app.folder.rglob("*") if file.is_file()}
    done = app.stario("init")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "[stario] error: The folder '.' is not empty: it has .gitignore, AGENTS.md, README.md, app"
    )
    after = {file: file.stat().st_mtime_ns for file in app.folder.rglob("*") if file.is_file()}
    assert after == before
