"""The face of the package: the names of the contract, loaded when they are used."""

import subprocess
import sys

import pytest
import stario
import stario.http
from stario.faces import lazy_names

ROOT = [
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
HTTP = [
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


def test_the_names_are_those_of_the_contract() -> None:
    assert sorted(stario.__all__) == sorted(ROOT)
    assert sorted(stario.http.__all__) == sorted(HTTP)


@pytest.mark.parametrize("name", ROOT)
def test_a_name_of_the_root_is_there(name: str) -> None:
    """And the same object as in `stario.http`, where that has it too."""
    assert getattr(stario, name) is not None
    if name in HTTP:
        assert getattr(stario, name) is getattr(stario.http, name)


@pytest.mark.parametrize("name", HTTP)
def test_a_name_of_http_is_there(name: str) -> None:
    value = getattr(stario.http, name)
    assert getattr(value, "__name__", name) == name


def test_the_version_is_that_of_the_distribution() -> None:
    assert stario.__version__[0].isdigit()


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'stario' has no attribute 'Flask'"):
        getattr(stario, "Flask")  # noqa: B009 - the attribute does not exist
    assert not hasattr(stario.http, "Flask")


def test_a_name_is_looked_up_once() -> None:
    """Then it is an attribute of the module like any other."""
    load = lazy_names("stario.faces", {"dumps": "json"})
    import json

    import stario.faces

    try:
        assert load("dumps") is json.dumps
        assert vars(stario.faces)["dumps"] is json.dumps
    finally:
        del stario.faces.dumps  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("module", ["stario", "stario.markup", "stario.routing", "stario.http"])
def test_an_import_does_not_load_the_server(module: str) -> None:
    """What is small stays small to start."""
    code = f"import sys, {module}; print('asyncio' in sys.modules, 'httptools' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    "module",
    ["app", "server", "connection.protocol"]
    + [f"process.{name}" for name in ("drain", "lifespan", "listen", "loop", "signals")],
)
def test_a_module_deep_inside_can_be_imported_alone(module: str) -> None:
    """No import goes round in a circle, wherever it begins."""
    subprocess.run([sys.executable, "-c", f"import stario.http.{module}"], check=True, timeout=20)
