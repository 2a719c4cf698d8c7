"""Commands: ours, those of other packages, and what `routes`, `check` and `env` tell."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from stario.cli import commands
from stario.cli.main import main

APP = """
from stario import App, AssetManifest, Context, HttpException, UrlPath, Writer
import stario.responses as responses

ITEM = UrlPath("/items/{item}")
ADMIN = UrlPath("/", host="admin.example.com")

def signed_in(handler):
    async def wrapped(c, w):
        await handler(c, w)
    return wrapped

def logged(handler):
    return handler

async def home(c, w):
    responses.text(w, "home")

class Shop:
    async def item(self, c, w):
        responses.text(w, "item")

async def bootstrap(app, span):
    app.use("/", logged)
    app.get("/", home)
    app.post(ITEM, Shop().item, middleware=[signed_in])
    app.get(ADMIN, home)
    print("started")
    yield
    print("torn down")
"""


def test_ours_are_entry_points_like_those_of_others() -> None:
    """The table that spares the search says the same."""
    declared = {entry.name: entry.value for entry in entry_points(group=commands.GROUP)}
    assert {name: declared.get(name) for name in commands.OURS} == commands.OURS


@pytest.mark.parametrize("name", commands.OURS)
def test_each_command_has_a_sentence_and_a_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The general help has the sentence, too."""
    assert main([name, "--help"]) == 0
    assert commands.about(name) in " ".join(capsys.readouterr().out.split())
    assert main(["--help"]) == 0
    assert f"    {name} " in capsys.readouterr().out


def install(folder: Path, source: str, target: str = "greeting") -> None:
    """Put a package beside the project that adds `stario greet`."""
    (folder / "greeting.py").write_text(source)
    info = folder / "greeting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[stario.commands]\ngreet = {target}\nserve = greeting\n"
    )
    sys.path.insert(0, str(folder))


GREETING = """
about = "Greet somebody, 100 %."
def add_arguments(parser):
    parser.add_argument("name")
def run(arguments):
    print("Hello", arguments.name)
    return 3
"""


def test_a_package_adds_a_command(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is listed, has a help, and its exit code is ours; `serve` stays ours."""
    install(here, GREETING)
    assert main(["greet", "Ada"]) == 3
    assert capsys.readouterr().out == "Hello Ada\n"
    assert main(["greet"]) == 2
    assert "usage: stario greet" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "Greet somebody, 100 %." in capsys.readouterr().out
    assert commands.load("serve") is not None
    assert "greeting" not in str(commands.load("serve"))


@pytest.mark.parametrize(
    ("source", "target", "fault"),
    [
        ("import not_there", "greeting", "ModuleNotFoundError: No module named 'not_there'"),
        ("raise SystemExit(7)", "greeting", "SystemExit: 7"),
        (GREETING, "greeting:missing", "AttributeError: "),
        (GREETING, "nowhere", "ModuleNotFoundError: "),
        ("about = 'x'", "greeting", "it has no add_arguments, run"),
        ("def", "greeting", "SyntaxError: "),
    ],
)
def test_a_broken_command_breaks_nothing_else(
    here: Path, capsys: pytest.CaptureFixture[str], source: str, target: str, fault: str
) -> None:
    """The help lists it with what is wrong; called, it is a sentence and 1."""
    install(here, source, target)
    assert main(["--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Serve an app until SIGINT or SIGTERM." in told
    assert "(The command 'greet' of greeting cannot be loaded: " in told
    assert main(["greet"]) == 1
    error = capsys.readouterr().err
    assert f"[stario] error: The command 'greet' of greeting cannot be loaded: {fault}" in error
    assert "Update or remove greeting" in error


def test_routes_are_listed_with_handler_place_and_middleware(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order of registration; the bootstrap is started and torn down."""
    (here / "main.py").write_text(APP)
    assert main(["routes", "main:bootstrap"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["started", "torn down"]
    assert lines[2].split() == ["METHOD", "PATTERN", "HANDLER", "AT", "MIDDLEWARE"]
    assert [line.split(maxsplit=4) for line in lines[3:]] == [
        ["GET", "/", "home", "main.py:16", "logged"],
        ["POST", "/items/{item}", "Shop.item", "main.py:20", "logged, signed_in"],
        ["GET", "admin.example.com/", "home", "main.py:16", "logged"],
    ]


def test_routes_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For tools: an array of objects."""
    (here / "main.py").write_text(APP.replace('    print("started")\n', "").replace("print", "str"))
    assert main(["routes", "--json", "main:bootstrap"]) == 0
    routes = json.loads(capsys.readouterr().out)
    assert routes[1] == {
        "method": "POST",
        "host": "",
        "pattern": "/items/{item}",
        "handler": "Shop.item",
        "file": "main.py",
        "line": 20,
        "middleware": ["logged", "signed_in"],
    }
    assert routes[2]["host"] == "admin.example.com"


def test_a_check_of_a_good_app_is_0_and_a_word(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing on stdout but what the app prints itself."""
    (here / "main.py").write_text(APP)
    assert main(["check", "main:bootstrap"]) == 0
    assert capsys.readouterr() == ("started\ntorn down\n", "no problems\n")


WRONG = """
from stario import AssetManifest, StaticAssets, UrlPath
HOME = UrlPath("/")

async def home(c, w): ...

def page(assets):
    return [assets.href("site.css"), assets.href("js/sit.js"), assets.href("nowhere.png", query={})]

async def bootstrap(app, span):
    assets = AssetManifest("static")
    StaticAssets(assets).register(app)
    app.get("/", home)
    app.get("/", home)
    app.get("/{one}", home)
    app.get("/{two}", home)
    app.use("/{rest...}", home)
    print(HOME.href())
    yield
    yield
"""


def test_a_check_tells_every_problem(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings, collisions, scopes, assets, the second yield, each with its place."""
    (here / "static" / "js").mkdir(parents=True)
    (here / "static" / "site.css").touch()
    (here / "static" / "js" / "site.js").touch()
    (here / "main.py").write_text(WRONG)
    for name, value in {
        "STARIO_PORT": "http",
        "STARIO_REQUESTS_MAX_HEADER_BYTES": "1",
        "STARIO_TRACERS_SQLITE_MAX_AGE": "-1",
        "STARIO_PROT": "80",
        "STARIO_OF_MY_OWN": "fine",
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["check", "main:bootstrap"]) == 1
    out, err = capsys.readouterr()
    told = out.split("problem: ")[1:]
    for start, also in [
        ("STARIO_PORT is 'http'", "a whole number"),
        ("STARIO_REQUESTS_MAX_HEADER_BYTES: max_header_bytes must be", "256"),
        ("STARIO_TRACERS_SQLITE_MAX_AGE: max_age", "-1"),
        ("Stario reads no STARIO_PROT; did you mean 'STARIO_PORT'?", ""),
        ("GET / is registered twice", "At: main.py, line 14"),
        ("", "At: main.py, line 16"),
        ("", "At: main.py, line 17"),
        ("main.py, line 8: there is no asset 'js/sit.js'. Did you mean 'js/site.js'?", ""),
        ("main.py, line 8: there is no asset 'nowhere.png'.", ""),
        ("The bootstrap must be an async generator function", "second `yield`"),
    ]:
        found = [one for one in told if one.startswith(start) and also in one]
        assert len(found) == 1, (start, also, out)
    assert err == "10 problems\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import nowhere", "problem: The module 'main' needs 'nowhere' at main.py, line 1"),
        ("async def bootstrap(app, span): ...", "is a coroutine function"),
        (
            "async def bootstrap(app, span):\n    raise LookupError('x')\n    yield",
            "LookupError: x",
        ),
        (
            "async def bootstrap(app, span):\n    raise SystemExit(0)\n    yield",
            "The bootstrap raised SystemExit",
        ),
    ],
)
def test_a_check_of_what_does_not_start_is_1(
    here: Path, capsys: pytest.CaptureFixture[str], source: str, told: str
) -> None:
    """Whatever keeps it from starting is the problem."""
    (here / "main.py").write_text(source)
    assert main(["check", "main:bootstrap"]) == 1
    out, err = capsys.readouterr()
    assert told in out
    assert err == "1 problem\n"


def test_env_tells_the_value_the_source_and_what_is_wrong(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every variable of the table, and those that only look like it; secrets stay hidden."""
    for name, value in {
        "STARIO_PORT": "8080",
        "STARIO_HOST": " ",
        "STARIO_LOOP": "trio",
        "STARIO_APP_SECRET": "hunter2",
        "STARIO_TRACERS_JSON_FLUSH_INTERVAL": "0",
    }.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    assert main(["env", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert dict(os.environ) == before
    assert found["STARIO_PORT"] == {
        "name": "STARIO_PORT",
        "value": "8080",
        "source": "environment",
        "default": "8000",
        "problem": None,
    }
    assert found["STARIO_HOST"]["source"] == "default"
    assert "auto, asyncio, uvloop" in found["STARIO_LOOP"]["problem"]
    assert found["STARIO_TRACERS_JSON_FLUSH_INTERVAL"]["problem"]
    assert found["STARIO_APP_SECRET"]["value"] == "‹hidden›"
    assert main(["env"]) == 0
    out = capsys.readouterr().out
    assert "hunter2" not in out
    [line] = [line for line in out.splitlines() if line.startswith("STARIO_PORT ")]
    assert line.split() == ["STARIO_PORT", "8080", "environment", "8000"]


def test_a_reader_that_has_had_enough_is_no_error(here: Path) -> None:
    """Such as head."""
    script = f'"{sys.executable}" -m stario.cli env | head -1 >/dev/null; echo "${{PIPESTATUS[0]}}"'
    if (bash := shutil.which("bash")) is None:
        pytest.skip("there is no bash")
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("0\n", "")
