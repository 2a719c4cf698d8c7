"""One namespace, seven wheels: each ships exactly its own part, and any mix of them works.

The wheels are built once, by the hatchling beside us and without a network.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import workspace
from clean import Environment, build
from workspace import Member

type Wheels = dict[str, Path]

OURS = sorted({"stario", *workspace.packages()})
SIBLINGS = sorted(set(workspace.packages()) - {"stario-core"})

FACE = "from stario import UrlPath; assert UrlPath('/a')"
MARKUP = "from stario.markup import html as h, render; assert render(h.P('x')) == '<p>x</p>'"
TELEMETRY = "import stario.telemetry"
DATASTAR = "import stario.datastar, stario.debug"

TYPED = """\
from stario import App, Context, StaticAssets, UrlPath, Writer, __version__
from stario.exceptions import StarioError
from stario.markup import html as h, render

async def hello(c: Context, w: Writer) -> None:
    w.respond(render(h.P(__version__)).encode(), b"text/html")

app: App = App()
path: str = UrlPath("/").href()
errors: list[type[Exception]] = [StarioError]
names: list[type[object]] = [StaticAssets]
"""


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


def owned_files(member: Member) -> set[str]:
    """What a wheel has to ship of the source tree: all but the namespace's stub."""
    source = member.folder / "src"
    return {
        file.relative_to(source).as_posix()
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    } - {"stario/__init__.pyi"}


def metadata_files(member: Member) -> set[str]:
    folder = f"{member.name.replace('-', '_')}-{member.version}.dist-info"
    names = {"METADATA", "WHEEL", "RECORD", "licenses/LICENSE"}
    if {"scripts", "gui-scripts", "entry-points"} & set(member.pyproject["project"]):
        names.add("entry_points.txt")
    return {f"{folder}/{name}" for name in names}


@pytest.mark.parametrize("name", OURS)
def test_a_wheel_ships_exactly_its_own_part(name: str, wheels: Wheels) -> None:
    member = workspace.members()[name]
    shipped = zipfile.ZipFile(wheels[name]).namelist()
    assert sorted(shipped) == sorted(owned_files(member) | metadata_files(member))


def test_the_meta_package_has_no_modules(wheels: Wheels) -> None:
    shipped = zipfile.ZipFile(wheels["stario"]).namelist()
    assert all(".dist-info/" in name for name in shipped)


@pytest.mark.parametrize("name", SIBLINGS)
def test_a_sibling_ships_no_init_of_the_namespace(name: str, wheels: Wheels) -> None:
    shipped = zipfile.ZipFile(wheels[name]).namelist()
    assert not [file for file in shipped if file.startswith("stario/__init__.")]


@pytest.mark.parametrize("name", SIBLINGS)
def test_every_sub_package_says_that_it_is_typed(name: str, wheels: Wheels) -> None:
    shipped = zipfile.ZipFile(wheels[name]).namelist()
    tops = {"/".join(file.split("/")[:2]) for file in shipped if file.startswith("stario/")}
    assert tops
    assert {f"{top}/py.typed" for top in tops} <= set(shipped)


def test_core_says_that_the_face_is_typed(wheels: Wheels) -> None:
    assert "stario/py.typed" in zipfile.ZipFile(wheels["stario-core"]).namelist()


@pytest.mark.parametrize("name", OURS)
def test_a_wheel_is_the_same_bytes_from_another_folder(
    name: str, wheels: Wheels, tmp_path: Path
) -> None:
    """Neither the time, nor the place, nor git's view of the tree goes into it."""
    folder = workspace.members()[name].folder
    for entry in ("pyproject.toml", "README.md", "LICENSE"):
        (tmp_path / "copy").mkdir(exist_ok=True)
        shutil.copyfile(folder / entry, tmp_path / "copy" / entry)
    if (folder / "src").is_dir():
        shutil.copytree(folder / "src", tmp_path / "copy" / "src", copy_function=shutil.copyfile)
    again = build(tmp_path / "copy", tmp_path / "dist")
    assert again.name == wheels[name].name
    assert again.read_bytes() == wheels[name].read_bytes()


def test_markup_works_alone(environment: Environment, wheels: Wheels) -> None:
    environment.install(wheels["stario-markup"])
    assert environment.run(MARKUP) == ""
    missing = environment.run("import stario.http")
    assert missing == "ModuleNotFoundError: No module named 'stario.http'"


def test_all_together_every_module_loads(environment: Environment, wheels: Wheels) -> None:
    environment.install(*wheels.values())
    files = [
        file
        for wheel in wheels.values()
        for file in zipfile.ZipFile(wheel).namelist()
        if file.endswith(".py")
    ]
    files = [file for file in files if "/skeleton/" not in file]  # of an app that `init` makes
    modules = [file[:-3].replace("/", ".").removesuffix(".__init__") for file in files]
    assert environment.run(f"import importlib as i; [*map(i.import_module, {modules!r})]") == ""


@pytest.mark.parametrize("editable", ["stario-markup", "stario-core", "stario-telemetry"])
def test_one_editable_and_the_others_wheels(
    editable: str, environment: Environment, wheels: Wheels
) -> None:
    others = [wheel for name, wheel in wheels.items() if name != editable]
    environment.install(*others, editable=[editable])
    assert environment.run(f"{FACE}; {MARKUP}; {TELEMETRY}; {DATASTAR}") == ""


@pytest.mark.parametrize("wheel", ["stario-markup", "stario-core", "stario-telemetry"])
def test_one_wheel_and_the_others_editable(
    wheel: str, environment: Environment, wheels: Wheels
) -> None:
    others = [name for name in OURS if name != wheel]
    environment.install(wheels[wheel], editable=others)
    assert environment.run(f"{FACE}; {MARKUP}; {TELEMETRY}; {DATASTAR}") == ""


@pytest.mark.parametrize(
    ("removed", "working", "gone"),
    [
        ("stario-telemetry", [FACE, MARKUP, DATASTAR], "stario.telemetry"),
        ("stario-datastar", [FACE, MARKUP, TELEMETRY], "stario.datastar"),
        ("stario-core", [MARKUP], "stario.http"),
        ("stario", [FACE, MARKUP, TELEMETRY, DATASTAR], "stario.nothing"),
    ],
)
def test_without_one_sibling_the_others_work(
    removed: str, working: list[str], gone: str, environment: Environment, wheels: Wheels
) -> None:
    environment.install(*wheels.values())
    assert environment.run("; ".join(working)) == ""
    environment.pip("uninstall", removed)
    assert environment.run("; ".join(working)) == ""
    assert environment.run(f"import {gone}") == (f"ModuleNotFoundError: No module named {gone!r}")


@pytest.mark.parametrize(
    "editable", [[], ["stario-markup"], OURS], ids=["wheels", "mixed", "editable"]
)
def test_a_strict_type_checker_finds_the_face_and_the_siblings(
    editable: list[str], environment: Environment, wheels: Wheels, tmp_path: Path
) -> None:
    installed = [wheel for name, wheel in wheels.items() if name not in editable]
    environment.install(*installed, editable=editable)
    (tmp_path / "app.py").write_text(f"# pyright: strict\n{TYPED}")
    python = str(environment.python)
    command = [sys.executable, "-m", "pyright", "--pythonpath", python, str(tmp_path / "app.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


EXPORTER = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "exporter-of-somebody"
version = "1.2"
dependencies = ["stario-telemetry"]
[project.entry-points."stario.tracers"]
Parcel = "exporter:make"
[tool.hatch.build.targets.wheel]
only-include = ["exporter.py"]
"""


def test_a_tracer_comes_as_a_package_and_is_used_by_its_name(
    environment: Environment, wheels: Wheels, tmp_path: Path
) -> None:
    folder = tmp_path / "exporter"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(EXPORTER)
    source = "from stario.telemetry.json import JsonTracer\nclass Parcel(JsonTracer): ...\n"
    (folder / "exporter.py").write_text(f"{source}make = Parcel\n")
    environment.install(*wheels.values(), build(folder, folder))
    asking = "import os, sys; os.environ['STARIO_TRACER'] = 'sqlite,parcel'; "
    telling = "from stario.cli.tracers import *; sys.exit(names_of(make_tracer()))"
    assert environment.run(asking + telling) == "SqliteTracer + Parcel"
    environment.pip("uninstall", "exporter-of-somebody")
    assert "There is no module 'parcel'" in environment.told(asking + telling)
