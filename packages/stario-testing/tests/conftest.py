"""An app that tells what it was sent, and clients of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.testing import TestClient, TestResponse

type Handler = Callable[[Context, Writer], Awaitable[None]]


async def echo(c: Context, w: Writer) -> None:
    """Answer with what arrived: latin-1 stands for bytes."""
    body = await c.req.body()
    seen: dict[str, Any] = {
        "method": c.req.method,
        "path": c.req.path,
        "query": c.req.query_bytes.decode(),
        "host": c.req.host,
        "headers": [list(line) for line in c.req.headers.items()],
        "cookies": dict(c.req.cookies),
        "body": body.decode("latin-1"),
    }
    responses.json(w, seen)


@pytest.fixture
async def app() -> App:
    """An app that echoes below `/echo`."""
    app = App()
    for register in (app.get, app.post, app.put, app.patch, app.delete, app.query):
        register("/echo", echo)
        register("/echo/{rest...}", echo)
    return app


@pytest.fixture
async def client(app: App) -> AsyncIterator[TestClient]:
    async with TestClient(app) as client:
        yield client


@pytest.fixture
async def ask(app: App) -> AsyncIterator[Callable[..., Awaitable[TestResponse]]]:
    """Send one GET to one handler: `await ask(handler)`; keywords are those of a request."""
    async with TestClient(app) as client:

        async def ask(handler: Handler, method: str = "GET", **options: Any) -> TestResponse:
            app.handle("GET" if method == "HEAD" else method, "/asked", handler)
            return await client.request(method, "/asked", **options)

        yield ask
