"""The example as its users load it, and the reading of a page."""

import importlib.util
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from stario.http.bootstrap import Bootstrap
from stario.testing import TestClient

MAIN = Path(__file__).parent.parent / "main.py"


@pytest.fixture(scope="session")
def bootstrap() -> Bootstrap:
    """`main:bootstrap`; under a name of its own, since every example has a main.py."""
    spec = importlib.util.spec_from_file_location("example_tiles", MAIN)
    assert spec is not None
    assert spec.loader is not None
    main = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(main)
    return main.bootstrap


@pytest.fixture
async def client(bootstrap: Bootstrap) -> AsyncIterator[TestClient]:
    """A client of a fresh board."""
    async with TestClient(bootstrap) as client:
        yield client


@pytest.fixture(scope="session")
def painted() -> Callable[[str], dict[str, str]]:
    """The tiles that are not empty in this HTML, by what is read aloud: {"1, 2": "red"}."""
    label = re.compile(r'aria-label="Row (\d+), column (\d+): (\w+)"')

    def painted(html: str) -> dict[str, str]:
        tiles = label.findall(html)
        assert len(tiles) == 16 * 12
        return {f"{row}, {column}": name for row, column, name in tiles if name != "empty"}

    return painted
