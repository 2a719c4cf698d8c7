"""What an import loads, with every package of the workspace installed."""

import subprocess
import sys
import tomllib
from importlib.metadata import version

import stario
from workspace import ROOT


def loaded_by(statement: str) -> set[str]:
    """The modules of ours that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*[m for m in sys.modules if m.startswith('stario')])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


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
