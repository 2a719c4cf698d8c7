"""The app as its users load it, on a database of its own, and the people who use it."""

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of this test, and clocks that run fast."""
    path = tmp_path / "chat.sqlite3"
    monkeypatch.setenv("CHAT_DATABASE", str(path))
    monkeypatch.setenv("CHAT_LEAVE_AFTER", "0.05")
    monkeypatch.setenv("CHAT_TYPING_FOR", "60")
    monkeypatch.setenv("CHAT_HISTORY", "5")
    monkeypatch.setenv("CHAT_MAX_ROOMS", "4")
    return path


@pytest.fixture
async def client(bootstrap: Bootstrap, database: Path) -> AsyncIterator[TestClient]:
    """The browser of somebody who has opened the lobby."""
    async with TestClient(bootstrap) as client:
        await client.get("/")
        yield client


@pytest.fixture
def another(client: TestClient) -> Callable[[], AbstractAsyncContextManager[TestClient]]:
    """The browser of somebody else, in the same app."""

    @asynccontextmanager
    async def another() -> AsyncGenerator[TestClient]:
        async with TestClient(client.app, owns_shutdown=False) as other:
            await other.get("/")
            yield other

    return another
