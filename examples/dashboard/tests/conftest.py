"""The app as its users load it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stario.http.bootstrap import Bootstrap
from stario.testing import TestClient

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def bootstrap() -> Bootstrap:
    """`app.main:bootstrap`. The repository has several apps, so the name `app` is given back; in a
    repository of its own an app needs no such fixture but `stario_app = "app.main:bootstrap"`.
    """
    sys.path.insert(0, str(ROOT))
    try:
        from app.main import bootstrap
    finally:
        sys.path.remove(str(ROOT))
        for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
            del sys.modules[name]
    return bootstrap


@pytest.fixture
async def client(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TestClient]:
    """A client of an app whose clock runs fast."""
    monkeypatch.setenv("DASHBOARD_INTERVAL", "0.02")
    async with TestClient(bootstrap) as client:
        yield client
