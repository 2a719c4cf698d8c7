"""The example as its users load it."""

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stario.http.bootstrap import Bootstrap
from stario.testing import TestClient

MAIN = Path(__file__).parent.parent / "main.py"


@pytest.fixture(scope="session")
def bootstrap() -> Bootstrap:
    """`main:bootstrap`; under a name of its own, since every example has a main.py."""
    spec = importlib.util.spec_from_file_location("example_hello_world", MAIN)
    assert spec is not None
    assert spec.loader is not None
    main = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(main)
    return main.bootstrap


@pytest.fixture
async def client(bootstrap: Bootstrap) -> AsyncIterator[TestClient]:
    """A client of a fresh app, which counts from 0."""
    async with TestClient(bootstrap) as client:
        yield client
