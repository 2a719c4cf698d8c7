"""Fakes with the attributes that this package uses of a writer and a request.

And for what takes time: browsers of an app, through the real protocol and a transport in memory.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, settings
from stario import App
from stario.datastar import SSE
from stario.exceptions import StarioRuntime
from stario.http.compression import CompressionConfig
from stario.http.config import RequestPolicy
from stario.http.connection.endpoint import Endpoint
from stario.http.connection.protocol import HttpProtocol
from stario.http.headers import Headers
from stario.http.process.loop import loop_factory
from stario.http.query import ParsedQuery
from stario.tracing import NOOP_TRACER, Tracer

if TYPE_CHECKING:
    from stario import Handler
    from stario.http.config import EventLoopKind
    from stario.http.request import Request
    from stario.http.writer import Writer

# Examples are slower where others use the machine; a hang is found by the time limit of a run.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# It has no wheel for the newest Python.
collect_ignore = [] if find_spec("msgspec") else ["test_foreign_models.py"]


@dataclass
class FakeWriter:
    """Records the head and each write, and has the states of a response."""

    headers: Headers = field(default_factory=Headers)
    status_code: int | None = None
    completed: bool = False
    writes: list[bytes] = field(default_factory=list[bytes])
    beats: list[tuple[bytes, float | None]] = field(
        default_factory=list[tuple[bytes, float | None]]
    )

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

    def heartbeat(self, data: bytes, every: float | None) -> "FakeWriter":
        self.beats.append((data, every))
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
def stream_on() -> Callable[..., SSE]:
    """Open a stream on a writer of the test's own."""

    def stream_on(writer: Any, **options: Any) -> SSE:
        return SSE(cast("Writer", writer), **options)

    return stream_on


@pytest.fixture
def request_of() -> "Callable[..., Request]":
    """Make a request: `request_of("POST", content=b"{}")`."""

    def make(method: str, query_bytes: bytes = b"", content: bytes = b"", **of: str) -> "Request":
        headers = Headers()
        for name, value in of.items():
            headers.set(name.replace("_", "-"), value)
        return cast("Request", FakeRequest(method, query_bytes, content, headers))

    return make


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test that is a coroutine on asyncio's own loop, and on uvloop where it is."""
    kinds: tuple[EventLoopKind, ...] = ("asyncio", "uvloop")
    return {kind: loop_factory(kind) for kind in kinds if kind == "asyncio" or find_spec(kind)}


class MemoryTransport(asyncio.Transport):
    """Keeps what is written. A browser that stalls lets the buffer fill up until it takes on."""

    def __init__(self, protocol: HttpProtocol) -> None:
        super().__init__()
        self.protocol = protocol
        self.sent = bytearray()
        self.unsent = bytearray()
        self.stalled = self.closing = self._paused = self._lost = False
        self._high = 64 * 1024

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        if self.closing:
            return
        if not self.stalled:
            self.sent += data
            return
        self.unsent += data
        if len(self.unsent) > self._high and not self._paused:
            self._paused = True
            self.protocol.pause_writing()

    def take(self) -> None:
        """Let the browser read everything, and go on reading."""
        self.stalled = False
        self.sent += self.unsent
        self.unsent.clear()
        if self._paused:
            self._paused = False
            self.protocol.resume_writing()
        if self.closing:
            self._lose()

    def close(self) -> None:
        self.closing = True
        if not self.unsent:
            self._lose()

    def abort(self) -> None:
        self.closing = True
        self.unsent.clear()
        self._lose()

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = high or 0

    def get_write_buffer_size(self) -> int:
        return len(self.unsent)

    def can_write_eof(self) -> bool:
        return False


# More than a connection holds for a browser before it says that it is slow.
_FILLER = b"\n" * 70_000


class Browser:
    """One stream of the app under test, as a browser sees it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.protocol = HttpProtocol(endpoint)
        self.transport = MemoryTransport(self.protocol)
        self.protocol.connection_made(self.transport)

    def ask(self, target: str = "/", method: str = "GET", **fields: str) -> None:
        """Send a request; a handler that needs no wait has run when this returns."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        request = f"{method} {target} HTTP/1.1\r\nhost: a\r\n{lines}\r\n"
        self.protocol.data_received(request.encode())

    def stall(self) -> None:
        """Take nothing more, and let what the connection holds for a slow browser be full."""
        self.transport.stalled = True
        self.protocol.transport.write(b"%x\r\n%b\r\n" % (len(_FILLER), _FILLER))

    @property
    def head(self) -> bytes:
        return bytes(self.transport.sent).partition(b"\r\n\r\n")[0]

    @property
    def pieces(self) -> list[bytes]:
        """The chunks that arrived, without those of a stall."""
        rest = bytes(self.transport.sent).partition(b"\r\n\r\n")[2]
        found: list[bytes] = []
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            found.append(rest[: int(size, 16)])
            rest = rest[int(size, 16) + 2 :]
        return [piece for piece in found if piece != _FILLER]

    def leave(self) -> None:
        """Reset the connection."""
        self.transport.closing = True
        self.protocol.connection_lost(None)

    @property
    def is_served(self) -> bool:
        """The handler is still at work."""
        return self.protocol.is_busy

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop run until something is so; fail after five seconds."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - the condition is about bytes, not an event
                await asyncio.sleep(0)

    async def got(self, *pieces: bytes) -> None:
        """Wait for as many chunks, and compare them."""
        try:
            await self.until(lambda: len(self.pieces) >= len(pieces))
        except TimeoutError:
            pass
        assert self.pieces == list(pieces)

    async def served(self) -> None:
        """Wait until the handler is done."""
        await self.until(lambda: not self.is_served)


class Site:
    """An app whose one handler is under test, and browsers of it."""

    def __init__(self) -> None:
        self.app = App()
        self.policy = RequestPolicy()
        self.compression = CompressionConfig()
        self.tracer: Tracer = NOOP_TRACER
        self._endpoint: Endpoint | None = None

    @property
    def endpoint(self) -> Endpoint:
        if self._endpoint is None:
            self._endpoint = Endpoint(self.app, self.tracer, self.policy, self.compression)
        return self._endpoint

    def serve(self, handler: "Handler") -> None:
        self.app.get("/", handler)

    def connect(self) -> Browser:
        return Browser(self.endpoint)

    def open(self, **fields: str) -> Browser:
        """Return a browser that has asked for the stream."""
        browser = self.connect()
        browser.ask(**fields)
        return browser

    async def close(self) -> None:
        endpoint = self._endpoint
        if endpoint is not None:
            endpoint.close_all()
            for task in endpoint.tasks:
                task.cancel()
            if endpoint.tasks:
                await asyncio.wait(endpoint.tasks, timeout=5)
            endpoint.close()


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    """An app and browsers: `site.serve(handler)`, then `site.open()`."""
    site = Site()
    yield site
    await site.close()
