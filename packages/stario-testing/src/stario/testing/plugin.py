"""The pytest plugin: fixtures for an app, a client, its tracer, a live server, and leaks.

pytest imports this module in every run where stario-testing is installed, so it imports nothing of
Stario before a fixture is used. The asynchronous fixtures run under pytest-asyncio in both of its
modes, and under anyio's plugin in tests that are anyio's.
"""

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.http.bootstrap import Bootstrap
    from stario.testing.client import TestClient
    from stario.testing.live import LiveServer
    from stario.testing.tracer import TestTracer

_OPTION = "stario_app"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        _OPTION, "the bootstrap for Stario's fixtures, such as app.main:bootstrap", default=""
    )


@pytest.fixture
def bootstrap(pytestconfig: pytest.Config) -> "Bootstrap":
    """The bootstrap under test: what `stario_app` in pytest's configuration names."""
    return named_bootstrap(str(pytestconfig.getini(_OPTION)))


def named_bootstrap(spec: str) -> Any:
    """Return what `module:name` names. Raises UsageError where it names nothing."""
    module, colon, names = spec.partition(":")
    if not (module and colon and names):
        raise pytest.UsageError(_no_bootstrap(spec))
    found: Any = import_module(module)
    try:
        for name in names.split("."):
            found = getattr(found, name)
    except AttributeError as error:
        raise pytest.UsageError(f"{_OPTION} = {spec}: {error}") from None
    return found


@pytest.fixture
def tracer() -> "TestTracer":
    """The tracer that records the spans of `app` and `client`."""
    from stario.testing.tracer import TestTracer

    return TestTracer()


@pytest.fixture
async def app(bootstrap: "Bootstrap", tracer: "TestTracer") -> "AsyncGenerator[App]":
    """The app as the bootstrap makes it; its teardown runs after the test."""
    from stario.testing.load import aload_app

    async with aload_app(bootstrap, tracer=tracer) as app:
        yield app


@pytest.fixture
async def client(app: "App", tracer: "TestTracer") -> "AsyncGenerator[TestClient]":
    """A client of the app."""
    from stario.testing.client import TestClient

    async with TestClient(app, tracer=tracer) as client:
        yield client


@pytest.fixture
def live_server(bootstrap: "Bootstrap") -> "Generator[LiveServer]":
    """A server of the bootstrap on a free port, in a thread."""
    from stario.testing.live import LiveServer

    with LiveServer(bootstrap) as server:
        yield server


@pytest.fixture
async def no_leaks() -> AsyncGenerator[None]:
    """Fails the test where it leaves something open: tasks, sockets, subscriptions, spans."""
    from stario.testing.leaks import no_leaks

    async with no_leaks():
        yield


# The asynchronous fixtures and the plugins that run them


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    definition: Any = fixturedef
    function = getattr(definition.func, "original", definition.func)
    if function.__module__ != __name__ or not inspect.isasyncgenfunction(function):
        return (yield)
    if "anyio_backend" in request.fixturenames:
        _require_asyncio(request)
        definition.func = function  # anyio's plugin takes asynchronous fixtures as they are
    else:
        plugin: Any = request.config.pluginmanager.get_plugin("asyncio")
        if plugin is None:
            raise pytest.UsageError(_no_runner(str(fixturedef.argname)))
        # In strict mode pytest-asyncio takes only what its own decorator made, and looks again when
        # the test is called.
        definition.func = _marked(function, plugin)
    return (yield)


def _marked(function: Callable[..., Any], plugin: Any) -> Callable[..., Any]:
    async def run(**values: Any) -> AsyncGenerator[Any]:
        async for value in function(**values):
            yield value

    marked: Any = run
    marked.__signature__ = inspect.signature(function)
    marked.original = function
    plugin.fixture(run)
    return marked


def _require_asyncio(request: pytest.FixtureRequest) -> None:
    backend: Any = request.getfixturevalue("anyio_backend")
    name = backend if isinstance(backend, str) else backend[0]
    if name != "asyncio":
        pytest.fail(
            f"Stario runs on asyncio, and this test on {name}: let a fixture `anyio_backend` "
            'return "asyncio".',
            pytrace=False,
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what looks for leaks begin first, and so end last."""
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if "no_leaks" in names:
            names.remove("no_leaks")
            names.insert(0, "no_leaks")


def _no_bootstrap(spec: str) -> str:
    given = f"{_OPTION} = {spec!r} names no bootstrap" if spec else f"{_OPTION} is not set"
    return (
        f"{given}: write `{_OPTION} = app.main:bootstrap` in pytest's configuration, or a fixture "
        "`bootstrap` that returns it."
    )


def _no_runner(name: str) -> str:
    return (
        f"The fixture {name!r} is asynchronous: install pytest-asyncio, or mark the test with "
        "@pytest.mark.anyio where anyio runs it."
    )
