"""The fixtures of the pytest plugin, in a pytest of their own: under each runner and mode."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stario.testing import TestClient
from stario.testing.plugin import named_bootstrap

APP = """
import asyncio
from collections.abc import AsyncGenerator
import stario.responses as responses

steps = []

async def home(c, w):
    responses.text(w, "hello")

async def boom(c, w):
    raise LookupError("no such room")

async def bootstrap(app, span) -> AsyncGenerator[None]:
    app.get("/", home)
    app.get("/boom", boom)
    steps.append("startup")
    yield
    steps.append("teardown")
"""
INI = """[pytest]
stario_app = shop.main:bootstrap
pythonpath = .
filterwarnings = error
{more}
"""
TESTS = """
import pytest
from stario import App
from stario.testing import TestClient, TestTracer
from shop import main

MARK

@pytest.fixture(autouse=True)
def the_teardown_comes():
    main.steps.clear()
    yield
    assert main.steps == ["startup", "teardown"]

async def test_a_client(client, app, tracer):
    response = await client.get("/")
    assert response.text == "hello"
    assert isinstance(client, TestClient) and client.app is app and isinstance(app, App)
    assert client.tracer is tracer and isinstance(tracer, TestTracer)
    assert tracer.find_span("server.startup") is not None
    assert tracer.find_span("GET /", root_id=response.span_id) is not None

async def test_a_client_again(client):
    assert (await client.get("/")).status_code == 200
"""

type Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run pytest on a test file; returns its output, and fails where its exit code is another."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "main.py").write_text(APP, "utf-8")

    def run(tests: str, *arguments: str, code: int = 0, more: str = "") -> str:
        if "no:asyncio" not in arguments:
            more += "\nasyncio_default_fixture_loop_scope = function"
        (tmp_path / "pytest.ini").write_text(INI.format(more=more), "utf-8")
        (tmp_path / "test_it.py").write_text(tests, "utf-8")
        environment = {name: value for name, value in os.environ.items() if name[:6] != "PYTEST"}
        # Hypothesis is loaded in full when a run ends, for nothing here.
        left_out = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *left_out, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def marked(mark: str) -> str:
    return TESTS.replace("MARK", mark)


ANYIO = """
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""


def test_under_pytest_asyncio_in_auto_mode(run: Run) -> None:
    assert "2 passed" in run(marked(""), more="asyncio_mode = auto")


def test_under_pytest_asyncio_in_strict_mode(run: Run) -> None:
    assert "2 passed" in run(marked("pytestmark = pytest.mark.asyncio"), more="asyncio_mode=strict")


def test_under_anyio_alone(run: Run) -> None:
    assert "2 passed" in run(marked(ANYIO), "-p", "no:asyncio")


def test_under_anyio_beside_pytest_asyncio(run: Run) -> None:
    assert "2 passed" in run(marked(ANYIO), more="asyncio_mode = strict")


def test_without_a_runner_a_fixture_says_what_is_missing(run: Run) -> None:
    tests = "def test_it(client): pass"
    output = run(tests, "-p", "no:asyncio", "-p", "no:anyio", code=1)
    assert "asynchronous: install pytest-asyncio, or mark the test with @pytest.mark.any" in output


def test_who_uses_no_fixture_loads_nothing_of_stario(run: Run) -> None:
    tests = """
import sys
def test_it():
    loaded = {name for name in sys.modules if name.startswith("stario")}
    assert loaded == {"stario", "stario.faces", "stario.testing", "stario.testing.plugin"}
"""
    assert "1 passed" in run(tests, "-p", "no:asyncio", "-p", "no:anyio")


def test_a_fixture_of_ones_own_takes_the_place_of_each(run: Run) -> None:
    tests = """
import pytest
from stario import App
import stario.responses as responses

async def mine(c, w):
    responses.text(w, "mine")

@pytest.fixture
def bootstrap():
    async def bootstrap(app, span):
        app.get("/", mine)
        yield
    return bootstrap

async def test_a_bootstrap(client):
    assert (await client.get("/")).text == "mine"

class TestApp:
    @pytest.fixture
    async def app(self):
        app = App()
        app.get("/", mine)
        app.get("/own", mine)
        return app

    async def test_an_app(self, client):
        assert (await client.get("/own")).text == "mine"
"""
    assert "2 passed" in run(tests, more="asyncio_mode = auto")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("stario", "stario_app = 'stario' names no bootstrap: write `stario_app = app.main:boots"),
        (":bootstrap", "names no bootstrap"),
        ("stario:", "names no bootstrap"),
        ("stario:start", "stario_app = stario:start: module 'stario' has no attribute 'start'"),
    ],
)
def test_a_spec_that_names_no_bootstrap_says_what_to_write(spec: str, sentence: str) -> None:
    with pytest.raises(pytest.UsageError, match=re.escape(sentence)):
        named_bootstrap(spec)


def test_a_spec_names_an_attribute_of_a_module() -> None:
    assert named_bootstrap("stario.testing:TestClient.request") is TestClient.request


def test_a_fixture_without_the_option_says_what_to_write(run: Run) -> None:
    output = run("def test_it(bootstrap): pass", "-o", "stario_app=", code=1)
    assert "stario_app is not set: write `stario_app = app.main:bootstrap`" in output


def test_a_live_server_serves_a_test_that_blocks(run: Run) -> None:
    tests = """
from urllib.error import HTTPError
from urllib.request import urlopen
import pytest

def test_it(live_server):
    with urlopen(live_server.url + "/", timeout=5) as answer:
        assert answer.read() == b"hello"
    with pytest.raises(HTTPError) as refused:
        urlopen(live_server.url + "/boom", timeout=5)
    refused.value.close()
    (failure,) = live_server.failures
    assert failure.startswith("GET /boom [failed: no such room]"), failure
    assert "LookupError: no such room" in failure
    assert str(live_server.port) in repr(live_server)
    live_server.stop()
    live_server.stop()
    assert repr(live_server).endswith("stopped>")
"""
    assert "1 passed" in run(tests)


def test_a_live_server_that_cannot_start_says_why(run: Run) -> None:
    tests = """
import pytest

@pytest.fixture
def bootstrap():
    async def bootstrap(app, span):
        raise ValueError("no database")
        yield
    return bootstrap

def test_it(live_server): pass
"""
    assert "did not start: ValueError('no database')" in run(tests, code=1)


def test_leaks_fail_their_test_whatever_the_order_of_the_fixtures(run: Run) -> None:
    tests = """
import asyncio

async def test_clean(client, no_leaks):
    client.app.create_task(asyncio.sleep(0.01))
    await client.get("/")

async def test_leaky(client, no_leaks):
    global task
    task = asyncio.create_task(asyncio.sleep(30), name="left")
"""
    output = run(tests, more="asyncio_mode = auto", code=1)
    assert "2 passed, 1 error" in output
    assert "task 'left' (sleep, made at test_it.py:10 in test_leaky" in output
