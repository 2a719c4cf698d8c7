"""`stario` is one commented page: its names are exactly these, and a name loads when it is used."""

import importlib
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
import stario
from workspace import ROOT

ROOT_NAMES = [
    "App",
    "AssetManifest",
    "Context",
    "Handler",
    "HttpException",
    "Middleware",
    "RedirectException",
    "Relay",
    "Span",
    "StaticAssets",
    "UrlPath",
    "Writer",
    "__version__",
    "serve",
]

HTTP_NAMES = [
    "App",
    "Context",
    "Handler",
    "Headers",
    "Middleware",
    "ParsedQuery",
    "Request",
    "RouteMatch",
    "Router",
    "Writer",
    "default_not_found",
    "method_not_allowed_handler",
    "normalized_location",
]


def loaded_by(statement: str) -> set[str]:
    """The modules of ours that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*[m for m in sys.modules if m.startswith('stario')])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(("module", "names"), [("stario", ROOT_NAMES), ("stario.http", HTTP_NAMES)])
def test_the_face_is_exactly_this_list(module: str, names: list[str]) -> None:
    assert sorted(importlib.import_module(module).__all__) == sorted(names)


@pytest.mark.parametrize("name", ROOT_NAMES)
def test_each_name_of_stario_resolves(name: str) -> None:
    assert getattr(stario, name) is not None


@pytest.mark.parametrize("name", HTTP_NAMES)
def test_each_name_of_stario_http_resolves(name: str) -> None:
    assert getattr(importlib.import_module("stario.http"), name) is not None


@pytest.mark.parametrize("module", ["stario", "stario.http"])
def test_a_name_that_is_not_there_is_an_attribute_error_that_names_it(module: str) -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = importlib.import_module(module).Nothing


def test_the_version_is_that_of_stario_core() -> None:
    pyproject = tomllib.loads((ROOT / "packages/stario-core/pyproject.toml").read_text("utf-8"))
    assert stario.__version__ == version("stario-core") == pyproject["project"]["version"]


def test_importing_stario_loads_no_server() -> None:
    assert not {"stario.http", "stario.markup"} & loaded_by("import stario")


def test_importing_markup_loads_nothing_of_core_but_the_face() -> None:
    foreign = {
        name
        for name in loaded_by("import stario.markup")
        if not f"{name}.".startswith(("stario.markup.", "stario.faces."))
    }
    assert foreign == {"stario"}


def test_a_name_is_loaded_on_first_use() -> None:
    assert "stario.http.app" in loaded_by("from stario import App")


def test_the_server_runs_without_the_telemetry_package() -> None:
    loaded = loaded_by("from stario import App, serve")
    assert not {name for name in loaded if name.startswith("stario.telemetry")}
