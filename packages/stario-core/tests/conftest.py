"""A connection in memory: bytes in, the bytes of the answers out, through the real protocol."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from stario import App
from stario.http.compression import CompressionConfig
from stario.http.config import EventLoopKind, RequestPolicy
from stario.http.endpoint import Endpoint
from stario.http.hosts import TrustedHosts
from stario.http.loop import loop_factory
from stario.http.protocol import HttpProtocol
from stario.http.proxies import TrustedProxies
from stario.tracing import NOOP_TRACER, Tracer


class MemoryTransport(asyncio.Transport):
    """Keeps what is written; a reader that does not `take` lets the buffer fill up."""

    def __init__(
        self, protocol: HttpProtocol, *, stalled: bool = False, extra: dict[str, Any] | None = None
    ) -> None:
        super().__init__(extra)
        self.protocol = protocol
        self.sent = bytearray()
        self.unsent = bytearray()
        self.stalled = stalled
        self.reading = True
        self.closing = False
        self.ended = False
        self.lost = False
        self._high = 64 * 1024
        self._paused = False

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
        """Let the client read everything."""
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
        if not self.lost:
            self.lost = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = high or 0

    def get_write_buffer_size(self) -> int:
        return len(self.unsent)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True


class Wire:
    """One client of the app under test."""

    def __init__(self, endpoint: Endpoint, *, stalled: bool, extra: dict[str, Any]) -> None:
        self.protocol = HttpProtocol(endpoint)
        self.transport = MemoryTransport(self.protocol, stalled=stalled, extra=extra)
        self.protocol.connection_made(self.transport)

    def feed(self, *pieces: bytes) -> None:
        """Deliver bytes from the client, each piece as one read."""
        for piece in pieces:
            self.protocol.data_received(piece)

    @property
    def sent(self) -> bytes:
        return bytes(self.transport.sent)

    @property
    def closed(self) -> bool:
        """The server closed its side."""
        return self.transport.closing or self.transport.ended

    def leave(self) -> None:
        """Reset the connection from the client's side."""
        self.transport.closing = self.transport.lost = True
        self.protocol.connection_lost(None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop run until something is so; fail after a second."""
        async with asyncio.timeout(1):
            while not condition():  # noqa: ASYNC110 - the condition is about bytes, not an event
                await asyncio.sleep(0)

    async def answer_to(self, *pieces: bytes) -> bytes:
        """Deliver bytes, let every handler finish, and return what was sent."""
        self.feed(*pieces)
        await self.until(lambda: not self.protocol.is_busy)
        return self.sent


class WireFactory:
    """Builds connections to one app."""

    def __init__(self) -> None:
        self.app = App()
        self.policy = RequestPolicy()
        self.compression = CompressionConfig()
        self.tracer: Tracer = NOOP_TRACER
        self.proxies = TrustedProxies()
        self.hosts = TrustedHosts()
        self._endpoint: Endpoint | None = None

    @property
    def endpoint(self) -> Endpoint:
        if self._endpoint is None:
            self._endpoint = Endpoint(
                self.app,
                self.tracer,
                self.policy,
                self.compression,
                proxies=self.proxies,
                hosts=self.hosts,
            )
        return self._endpoint

    def connect(self, *, stalled: bool = False, **extra: Any) -> Wire:
        """Connect; `extra` is what the transport tells, such as its `peername`."""
        return Wire(self.endpoint, stalled=stalled, extra=extra)

    def close(self) -> None:
        if self._endpoint is not None:
            self._endpoint.close()


@pytest.fixture
async def site() -> AsyncIterator[WireFactory]:
    """An app and connections to it: `site.app.get(...)`, then `site.connect().feed(...)`."""
    factory = WireFactory()
    yield factory
    factory.close()


@pytest.fixture
def new_site() -> type[WireFactory]:
    """What builds further apps, for a test that runs a loop of its own or needs two of them."""
    return WireFactory


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cert.pem and key.pem for localhost, and locked.pem with a passphrase."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    for command in (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
        " -keyout key.pem -out cert.pem",
        "ec -in key.pem -aes256 -passout pass:secret -out locked.pem",
    ):
        subprocess.run(
            [openssl, *command.split()], cwd=folder, check=True, capture_output=True, timeout=20
        )
    return folder


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test that is a coroutine on asyncio's own loop, and on uvloop where it is."""
    kinds: tuple[EventLoopKind, ...] = ("asyncio", "uvloop")
    return {kind: loop_factory(kind) for kind in kinds if kind == "asyncio" or find_spec(kind)}
