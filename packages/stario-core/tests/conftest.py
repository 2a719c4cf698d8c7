"""A connection in memory: bytes in, the bytes of the answers out, through the real protocol.

And what a client makes of those bytes, and an app that tells what it was asked.
"""

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Unpack, cast
from uuid import UUID, uuid4

import pytest
import stario.responses as responses
from hypothesis import HealthCheck, settings
from stario import App
from stario.exceptions import HttpException
from stario.http.compression import CompressionConfig
from stario.http.config import EventLoopKind, RequestPolicy, ServerConfig, ServerOptions
from stario.http.connection.endpoint import Endpoint
from stario.http.connection.protocol import HttpProtocol
from stario.http.process.loop import loop_factory
from stario.http.server import Server
from stario.http.trust.hosts import TrustedHosts
from stario.http.trust.proxies import TrustedProxies
from stario.tracing import NOOP_TRACER, NoOpSpan, NoOpTracer, Span, Tracer

if TYPE_CHECKING:
    from stario import Context, Writer
    from stario.tracing import EventBody

PATIENCE = 10.0  # seconds until what never ends fails its test

# Examples are slower where others use the machine; a hang is found by the time limit of a run.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


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

    @property
    def settled(self) -> bool:
        """Nothing more will happen by itself: nobody is served, or a handler waits for its body."""
        body = self.protocol._reader.body
        waiter = None if body is None else body._waiter
        is_waiting = waiter is not None and not waiter.done()
        return self.protocol._unread is None and (is_waiting or not self.protocol.is_busy)

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


class SeenSpan(NoOpSpan):
    """Keeps what it was told; nothing may be told to it after its end."""

    __slots__ = (
        "_on_end",
        "attributes",
        "bodies",
        "events",
        "failure",
        "is_root",
        "links",
        "name",
        "order",
    )

    def __init__(
        self,
        name: str,
        attributes: Mapping[str, Any] | None,
        *,
        is_root: bool,
        on_end: Callable[[], None],
    ) -> None:
        number = uuid4()
        super().__init__(number, number, None)
        self._on_end = on_end
        self.name = name
        self.attributes = dict(attributes or {})
        self.is_root = is_root
        self.events: list[str] = []
        self.bodies: dict[str, EventBody] = {}
        self.links: list[tuple[str, UUID]] = []
        self.failure: str | None = None
        self.order: list[str] = []

    @property
    def ends(self) -> int:
        return self.order.count("end")

    def start(self) -> None:
        self.order.append("start")

    def end(self) -> None:
        self.order.append("end")
        self._on_end()

    def rename(self, name: str) -> None:
        assert not self.ends
        self.name = name

    def attr(self, name: str, value: Any) -> None:
        assert not self.ends
        self.attributes[name] = value

    def event(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        body: "EventBody" = None,
    ) -> None:
        assert self.order == ["start"]
        self.events.append(name)
        self.bodies[name] = body

    def exception(
        self,
        exc: BaseException,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        body: "EventBody" = None,
    ) -> None:
        self.event(f"exception {type(exc).__name__}", body=body)

    def link(
        self, name: str, span_id: UUID, attributes: Mapping[str, Any] | None = None, /
    ) -> None:
        assert self.order == ["start"]
        self.links.append((name, span_id))

    def fail(self, message: str) -> None:
        assert not self.ends
        self.failure = message


class SeenTracer(NoOpTracer):
    """Keeps its spans."""

    def __init__(self) -> None:
        self.spans: list[SeenSpan] = []
        self._one_ended = asyncio.Event()

    def create(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> SeenSpan:
        span = SeenSpan(name, attributes, is_root=parent is None, on_end=self._one_ended.set)
        self.spans.append(span)
        return span

    def __getitem__(self, name: str) -> SeenSpan:
        """The only span of this name."""
        [span] = [span for span in self.spans if span.name == name]
        return span

    async def ended(self, count: int, name: str | None = None) -> list[SeenSpan]:
        """Wait until so many spans ended, of this name or at all, and return all that did."""
        async with asyncio.timeout(PATIENCE):
            while True:
                over = [span for span in self.spans if span.ends and name in (None, span.name)]
                if len(over) >= count:
                    return over
                self._one_ended.clear()
                await self._one_ended.wait()


class WireFactory:
    """Builds connections to one app."""

    def __init__(self) -> None:
        self.app = App()
        self.policy = RequestPolicy()
        self.compression = CompressionConfig()
        self.tracer: Tracer = NOOP_TRACER
        self.proxies = TrustedProxies()
        self.hosts = TrustedHosts()
        self.callers = TrustedProxies()
        self.max_connections: int | None = None
        self._endpoint: Endpoint | None = None

    @property
    def endpoint(self) -> Endpoint:
        if self._endpoint is None:
            self._endpoint = Endpoint(
                self.app,
                self.tracer,
                self.policy,
                self.compression,
                self.max_connections,
                proxies=self.proxies,
                hosts=self.hosts,
                callers=self.callers,
            )
        return self._endpoint

    def connect(self, *, stalled: bool = False, **extra: Any) -> Wire:
        """Connect; `extra` is what the transport tells, such as its `peername`."""
        return Wire(self.endpoint, stalled=stalled, extra=extra)

    @asynccontextmanager
    async def listening(
        self, listener: socket.socket | None = None, tls: ssl.SSLContext | None = None
    ) -> AsyncGenerator[int]:
        """Serve over TCP until the block is left, and yield the port; then every socket closes."""
        endpoint = self.endpoint
        server = await asyncio.get_running_loop().create_server(
            lambda: HttpProtocol(endpoint),
            sock=listener or socket.create_server(("127.0.0.1", 0)),
            ssl=tls,
        )
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            endpoint.close_all()
            async with asyncio.timeout(PATIENCE):
                await endpoint.all_closed()
            self.close()

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
def seen_tracer() -> SeenTracer:
    return SeenTracer()


@pytest.fixture
def tracer(site: WireFactory, seen_tracer: SeenTracer) -> SeenTracer:
    """What keeps the spans of the site."""
    site.tracer = seen_tracer
    return seen_tracer


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port where nobody listens; skip the test where the machine has no such address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        return cast("int", probe.getsockname()[1])


@pytest.fixture
def unused_port() -> int:
    return free_port()


class Serving:
    """A whole server that runs in a task of this loop, and what its app's life looked like."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.life: list[str] = []
        self.addresses: list[str] = []
        self.app: App
        self.task: asyncio.Task[None]

    async def connect(
        self, tls: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.port, ssl=tls)

    async def ask(self, request: bytes | None = None, tls: ssl.SSLContext | None = None) -> bytes:
        """Send a request, GET / if none is given, and return everything until the server closes."""
        reader, writer = await self.connect(tls)
        if request is None:
            request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        writer.write(request)
        answer = await reader.read()
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
        return answer

    async def stop(self) -> None:
        self.app.signal_shutdown()
        await self.ended()

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.task


def _only_hello(app: App) -> None:
    async def hello(_c: "Context", w: "Writer") -> None:
        responses.text(w, "Hello")

    app.get("/", hello)


class Serve(Protocol):
    """Serves until the block is left, or until it stops the server itself."""

    def __call__(
        self,
        routes: Callable[[App], None] = ...,
        tracer: Tracer = ...,
        **options: Unpack[ServerOptions],
    ) -> AbstractAsyncContextManager[Serving]: ...


@pytest.fixture(scope="session")
def serving() -> Serve:
    """A whole server over sockets, on this loop: `async with serving(routes) as server`."""
    return _serving


@asynccontextmanager
async def _serving(
    routes: Callable[[App], None] = _only_hello,
    tracer: Tracer = NOOP_TRACER,
    **options: Unpack[ServerOptions],
) -> AsyncGenerator[Serving]:
    host = options.get("host", "127.0.0.1")
    port = options.setdefault("port", free_port(host if ":" in host else "127.0.0.1"))
    running = Serving(host, port)
    listening = asyncio.Event()

    async def bootstrap(app: App, _span: Span) -> AsyncGenerator[None]:
        running.app = app
        routes(app)
        running.life.append("startup")
        yield
        running.life.append("teardown")

    def on_listening(addresses: list[str]) -> None:
        running.addresses = addresses
        listening.set()

    server = Server(bootstrap, tracer, config=ServerConfig(**options), on_listening=on_listening)
    async with asyncio.timeout(PATIENCE):
        running.task = asyncio.create_task(server.serve())
        event = asyncio.create_task(listening.wait())
        await asyncio.wait({running.task, event}, return_when=asyncio.FIRST_COMPLETED)
        event.cancel()
        if running.task.done():
            await running.task
        try:
            yield running
        finally:
            await running.stop()


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


@dataclass(frozen=True)
class Answer:
    """An answer as a client reads it; without a body that it may have, `body` is None."""

    status: int
    fields: dict[str, str]
    body: bytes | None


_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) [ -~]*")
_FIELD = re.compile(rb"([a-z0-9-]+): ([ -~\x80-\xff]*)")
_CHUNK = re.compile(rb"([0-9a-f]+)\r\n")


def read_answers(data: bytes, bodiless: Sequence[bool] = ()) -> list[Answer]:
    """Read answers up to the end of the bytes, and fail at whatever is no HTTP/1.1.

    `bodiless` tells of each answer but a 100, from the first on, whether HEAD asked for it. Only
    the last may end with the connection (RFC 9112, 6.3).
    """
    answers: list[Answer] = []
    asked = iter(bodiless)
    while data:
        is_interim = data.startswith(b"HTTP/1.1 1")
        answer, data = _read_answer(data, not is_interim and next(asked, False))
        answers.append(answer)
    return answers


def _read_answer(data: bytes, is_bodiless: bool) -> tuple[Answer, bytes]:
    head, end, rest = data.partition(b"\r\n\r\n")
    assert end, data
    status_line, *lines = head.split(b"\r\n")
    found = _STATUS_LINE.fullmatch(status_line)
    assert found, status_line
    status, fields = int(found[1]), _read_fields(lines)
    assert ("date" in fields) == (status >= 200), head
    if status < 200 or status in (204, 304):
        assert not fields.keys() & {"content-length", "transfer-encoding"}, head
        is_bodiless = True
    if is_bodiless:
        return Answer(status, fields, None), rest
    if "transfer-encoding" in fields:
        assert fields["transfer-encoding"] == "chunked", head
        assert "content-length" not in fields, head
        body, rest = _read_chunks(rest)
    elif "content-length" in fields:
        size = int(fields["content-length"])
        assert len(rest) >= size, data
        body, rest = rest[:size], rest[size:]
    else:
        assert fields.get("connection") == "close", head
        body, rest = rest, b""
    return Answer(status, fields, body), rest


def _read_fields(lines: list[bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        assert found, line
        name = found[1].decode()
        assert name not in fields, lines
        fields[name] = found[2].decode("latin-1")
    return fields


def _read_chunks(data: bytes) -> tuple[bytes, bytes]:
    pieces: list[bytes] = []
    while True:
        found = _CHUNK.match(data)
        assert found, data
        size, start = int(found[1], 16), found.end()
        pieces.append(data[start : start + size])
        assert data[start + size : start + size + 2] == b"\r\n", data
        data = data[start + size + 2 :]
        if size == 0:
            return b"".join(pieces), data


async def _mirror(c: "Context", w: "Writer") -> None:
    """Answer with what was asked: method and target, the lines of the field X, the body."""
    req = c.req
    body = await req.body()
    target = req.path + (f"?{req.query_bytes.decode()}" if req.query_bytes else "")
    told = [req.method, target]
    if "x" in req.headers:
        told.append("x=" + "|".join(req.headers.getlist("x")))
    if body:
        told.append(body.decode("latin-1"))
    responses.text(w, " ".join(told))


async def _unread(_c: "Context", w: "Writer") -> None:
    responses.text(w, "unread")


async def _slow(_c: "Context", w: "Writer") -> None:
    for _ in range(5):
        await asyncio.sleep(0)
    responses.text(w, "slow")


async def _stream(_c: "Context", w: "Writer") -> None:
    w.write(b"a").write(b"b").end()


async def _host(c: "Context", w: "Writer") -> None:
    responses.text(w, c.req.host)


async def _missing(_c: "Context", _w: "Writer") -> None:
    raise HttpException(404, "Not found")


async def _no_content(_c: "Context", w: "Writer") -> None:
    responses.empty(w, 204)


async def _not_modified(_c: "Context", w: "Writer") -> None:
    responses.empty(w, 304)


def add_mirror(app: App) -> None:
    """Let an app tell what it was asked, whatever that is."""
    app.not_found("/", _mirror)
    app.post("/post", _mirror)
    app.get("/unread", _unread)
    app.post("/unread", _unread)
    app.get("/slow", _slow)
    app.get("/stream", _stream)
    app.get("/host", _host)
    app.get("/404", _missing)
    app.get("/204", _no_content)
    app.get("/304", _not_modified)


# Modules of tests cannot import each other, so what they share comes as fixtures.


@pytest.fixture(scope="session", name="read_answers")
def answer_reader() -> Callable[..., list[Answer]]:
    return read_answers


@pytest.fixture(scope="session", name="add_mirror")
def mirror() -> Callable[[App], None]:
    return add_mirror
