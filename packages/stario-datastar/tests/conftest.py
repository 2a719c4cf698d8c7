"""Fakes with the attributes that this package uses of a writer and a request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import pytest
from stario.datastar import SSE
from stario.exceptions import StarioRuntime
from stario.http.headers import Headers
from stario.http.query import ParsedQuery

if TYPE_CHECKING:
    from stario.http.request import Request
    from stario.http.writer import Writer

# It has no wheel for the newest Python.
collect_ignore = [] if find_spec("msgspec") else ["test_foreign_models.py"]


@dataclass
class FakeWriter:
    """Records the head and each write, and has the states of a response."""

    headers: Headers = field(default_factory=Headers)
    status_code: int | None = None
    completed: bool = False
    writes: list[bytes] = field(default_factory=list[bytes])
    gone: bool = False

    @property
    def state(self) -> str:
        return "ended" if self.completed else "started" if self.started else "fresh"

    @property
    def started(self) -> bool:
        return self.status_code is not None

    def write_headers(self, status_code: int) -> "FakeWriter":
        if self.started or self.completed:
            raise StarioRuntime("already started")
        self.status_code = status_code
        return self

    def write(self, data: bytes) -> "FakeWriter":
        if self.completed:
            raise StarioRuntime("already ended")
        self.writes.append(data)
        return self

    def respond(self, body: bytes, content_type: bytes, status: int = 200) -> None:
        self.headers.set("content-type", content_type.decode())
        self.write_headers(status).write(body).end()

    def end(self) -> None:
        self.completed = True


@dataclass
class FakeRequest:
    """A request whose query and body are already here."""

    method: str
    query_bytes: bytes = b""
    content: bytes = b""
    headers: Headers = field(default_factory=Headers)
    path: str = "/"

    @property
    def query(self) -> ParsedQuery:
        return ParsedQuery(self.query_bytes)

    async def body(self, max_size: int | None = None) -> bytes:
        return self.content


@pytest.fixture
def writer() -> FakeWriter:
    return FakeWriter()


@pytest.fixture
def sse(writer: FakeWriter) -> SSE:
    return SSE(cast("Writer", writer))


@pytest.fixture
def stream_on() -> Callable[[Any], SSE]:
    """Open a stream on a writer of the test's own."""
    return lambda writer: SSE(cast("Writer", writer))


@pytest.fixture
def request_of() -> "Callable[..., Request]":
    """Make a request: `request_of("POST", content=b"{}")`."""

    def make(method: str, query_bytes: bytes = b"", content: bytes = b"", **of: str) -> "Request":
        headers = Headers()
        for name, value in of.items():
            headers.set(name.replace("_", "-"), value)
        return cast("Request", FakeRequest(method, query_bytes, content, headers))

    return make
