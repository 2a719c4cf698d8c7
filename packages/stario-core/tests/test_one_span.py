"""Every answered request has exactly one root span, which starts, ends, and tells how it went.

Over real sockets, whatever happens to the request: answered, refused, given up, or cut.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario import App, AssetManifest, Context, StaticAssets, Writer
from stario.exceptions import HttpException, RedirectException
from stario.http.config import RequestPolicy
from stario.http.process.drain import drain
from stario.http.trust.hosts import TrustedHosts

if TYPE_CHECKING:
    from conftest import SeenSpan, SeenTracer, WireFactory

PATIENCE = 10.0  # seconds until what never comes fails its test
HOST = b"Host: here\r\n"
FILES = "/static/{path...}"


def told(span: "SeenSpan") -> tuple[str, int | None, str | None, bool]:
    """Return its name, the status, the route, and whether it failed."""
    get = span.attributes.get
    return span.name, get("response.status_code"), get("http.route"), span.failure is not None


class Served:
    """An app on a real socket, with what happens in its handlers."""

    def __init__(self, site: "WireFactory", tracer: "SeenTracer") -> None:
        self.app = site.app
        self.tracer = tracer
        self.endpoint = site.endpoint
        self.port = 0
        self.waiting = asyncio.Event()
        self.gate = asyncio.Event()
        self._clients: list[asyncio.StreamWriter] = []

    async def answers(self, *pieces: bytes) -> bytes:
        """Send the pieces, stop sending, and return all that is answered."""
        reader, writer = await self.connect(*pieces)
        if writer.can_write_eof() and not pieces[-1].endswith(b"..."):
            with suppress(OSError):  # refused, and closed already
                writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            return await reader.read()

    async def close(self) -> None:
        self.gate.set()
        for writer in self._clients:
            writer.transport.abort()
        for writer in self._clients:
            with suppress(OSError):
                await writer.wait_closed()

    async def connect(self, *pieces: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._clients.append(writer)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return reader, writer


def add_routes(app: App, served: Served, folder: Path) -> None:
    async def text(_c: Context, w: Writer) -> None:
        responses.text(w, "hello")

    async def read(c: Context, w: Writer) -> None:
        responses.text(w, str(len(await c.req.body())))

    async def broken(_c: Context, _w: Writer) -> None:
        raise ValueError("a bug")

    async def broken_later(_c: Context, w: Writer) -> None:
        w.write(b"begun")
        raise ValueError("a bug")

    async def conflict(_c: Context, _w: Writer) -> None:
        raise HttpException(409, "taken")

    async def moved(_c: Context, _w: Writer) -> None:
        raise RedirectException(303, "/text")

    async def silent(_c: Context, _w: Writer) -> None:
        pass

    async def abort(_c: Context, w: Writer) -> None:
        w.abort()

    async def wait(_c: Context, w: Writer) -> None:
        served.waiting.set()
        await served.gate.wait()
        responses.text(w, "late")

    async def stream(c: Context, w: Writer) -> None:
        w.write(b"begun")
        served.waiting.set()
        async with c.alive():
            await served.gate.wait()

    app.get("/text", text)
    app.get("/users/{id}", text)
    app.post("/read", read)
    app.get("/broken", broken)
    app.get("/broken-later", broken_later)
    app.get("/conflict", conflict)
    app.get("/moved", moved)
    app.get("/silent", silent)
    app.get("/abort", abort)
    app.get("/wait", wait)
    app.get("/stream", stream)
    (folder / "app.js").write_text("// a script\n")
    StaticAssets(AssetManifest(folder)).register(app)


type Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serve(site: "WireFactory", tracer: "SeenTracer", tmp_path: Path) -> Serve:
    """Serve the routes until a block is left."""

    @asynccontextmanager
    async def serving(max_connections: int | None = None) -> AsyncGenerator[Served]:
        site.policy = RequestPolicy(max_header_bytes=4096, max_body_bytes=100, body_timeout=0.2)
        site.hosts = TrustedHosts(("here",))
        site.max_connections = max_connections
        served = Served(site, tracer)
        add_routes(site.app, served, tmp_path)
        async with site.listening() as served.port:
            try:
                yield served
            finally:
                await served.close()

    return serving


def get(path: bytes, fields: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\n" + HOST + fields + b"\r\n"


def post(fields: bytes, body: bytes = b"") -> bytes:
    return get(b"/read", fields, b"POST") + body


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, and the name, status, route and failure of the one span."""

    sent: bytes
    name: str
    status: int | None
    route: str | None = None
    fails: bool = False


CASES = {
    "answered": Case(get(b"/text"), "GET /text", 200, "/text"),
    "placeholder": Case(get(b"/users/7"), "GET /users/{id}", 200, "/users/{id}"),
    "HEAD": Case(get(b"/text", b"", b"HEAD"), "HEAD /text", 200, "/text"),
    "404": Case(get(b"/nothing"), "GET", 404),
    "405": Case(get(b"/text", b"", b"DELETE"), "DELETE", 405),
    "unknown method": Case(get(b"/text", b"", b"PROPFIND"), "PROPFIND", 405),
    "308": Case(get(b"/text/"), "GET /text", 308, "/text"),
    "308 to nothing": Case(get(b"/nothing/"), "GET", 308),
    "OPTIONS": Case(get(b"/text", b"", b"OPTIONS"), "OPTIONS", 204),
    "OPTIONS *": Case(get(b"*", b"", b"OPTIONS"), "OPTIONS", 204),
    "no such file": Case(get(b"/static/no.js"), f"GET {FILES}", 404, FILES),
    "HttpException": Case(get(b"/conflict"), "GET /conflict", 409, "/conflict"),
    "RedirectException": Case(get(b"/moved"), "GET /moved", 303, "/moved"),
    "handler fails": Case(get(b"/broken"), "GET /broken", 500, "/broken", True),
    "fails in the body": Case(
        get(b"/broken-later"), "GET /broken-later", 200, "/broken-later", True
    ),
    "sends nothing": Case(get(b"/silent"), "GET /silent", 500, "/silent", True),
    "aborts": Case(get(b"/abort"), "GET /abort", None, "/abort"),
    "body": Case(post(b"Content-Length: 2\r\n", b"ab"), "POST /read", 200, "/read"),
    "413": Case(post(b"Content-Length: 101\r\n", b"x" * 101), "POST /read", 413, "/read"),
    "413, chunked": Case(
        post(b"Transfer-Encoding: chunked\r\n", b"65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n"),
        "POST /read",
        413,
        "/read",
    ),
    "408, a body that stalls": Case(
        post(b"Content-Length: 5\r\n", b"a..."), "POST /read", 408, "/read"
    ),
    "400, a broken body": Case(
        post(b"Transfer-Encoding: chunked\r\n", b"zz\r\n"), "POST /read", 400, "/read"
    ),
    "400, no Host": Case(b"GET /text HTTP/1.1\r\n\r\n", "HTTP", 400, None, True),
    "400, garbage": Case(b"\x16\x03\x01 what is that\r\n\r\n", "HTTP", 400, None, True),
    "400, lower case": Case(get(b"/text", b"", b"get"), "HTTP", 400, None, True),
    "400, length and chunked": Case(
        post(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), "HTTP", 400, None, True
    ),
    "400, an upgrade": Case(
        get(b"/text", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), "HTTP", 400, None, True
    ),
    "400, CONNECT": Case(get(b"a:1", b"", b"CONNECT"), "HTTP", 400, None, True),
    "400, bad path": Case(get(b"/%zz"), "HTTP", 400, None, True),
    "400, an unknown coding": Case(post(b"Transfer-Encoding: rot13\r\n"), "HTTP", 400, None, True),
    "421": Case(b"GET / HTTP/1.1\r\nHost: elsewhere\r\n\r\n", "HTTP", 421, None, True),
    "431": Case(get(b"/text", b"A: " + b"x" * 5000 + b"\r\n"), "HTTP", 431, None, True),
    "431, too many": Case(get(b"/text", b"A: x\r\n" * 200), "HTTP", 431, None, True),
    "505": Case(b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", "HTTP", 505, None, True),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_request_has_one_span_that_ends(name: str, serve: "Serve") -> None:
    case = CASES[name]
    async with serve() as served:
        answer = await served.answers(case.sent)
        await served.tracer.ended(1)
    (span,) = served.tracer.spans
    said = int(answer[9:12]) if answer else None
    assert told(span) == (case.name, case.status, case.route, case.fails), span.failure
    assert said == case.status
    assert span.is_root
    assert span.order == ["start", "end"]


async def test_files_have_the_route_that_serves_them(serve: "Serve") -> None:
    """Two requests on a connection: the redirect to the file's own name, and the file."""
    async with serve() as served:
        first = await served.answers(get(b"/static/app.js"))
        location = first.lower().partition(b"location: ")[2].partition(b"\r\n")[0]
        assert b" 200 " in (await served.answers(get(location)))[:20]
        await served.tracer.ended(2)
    spans = served.tracer.spans
    assert [span.order for span in spans] == [["start", "end"]] * 2
    assert [span.attributes["response.status_code"] for span in spans] == [307, 200]
    assert [span.attributes["http.route"] for span in spans] == [FILES] * 2


async def test_pipelined_requests_have_one_each_and_so_has_the_fault_behind_them(
    serve: "Serve",
) -> None:
    async with serve() as served:
        sent = get(b"/text") + get(b"/nothing") + b"BAD\r\n\r\n"
        answer = await served.answers(sent)
        await served.tracer.ended(3)
    spans = served.tracer.spans
    assert answer.count(b"HTTP/1.1 ") == 3
    assert [told(span)[:2] for span in spans] == [("GET /text", 200), ("GET", 404), ("HTTP", 400)]
    assert [span.order for span in spans] == [["start", "end"]] * 3


async def test_a_connection_too_many_has_one(serve: "Serve") -> None:
    """It is answered 503 before anything of it is read."""
    async with serve(max_connections=1) as served:
        await served.connect(get(b"/wait"))
        await asyncio.wait_for(served.waiting.wait(), PATIENCE)
        assert (await served.answers(get(b"/text"))).startswith(b"HTTP/1.1 503 ")
        await served.tracer.ended(1)
        (refused,) = [span for span in served.tracer.spans if "end" in span.order]
    assert told(refused) == ("HTTP", 503, None, True)
    assert refused.order == ["start", "end"]


async def reset(served: Served, writer: asyncio.StreamWriter) -> None:
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    served.gate.set()


async def hang_up(served: Served, writer: asyncio.StreamWriter) -> None:
    writer.close()
    served.gate.set()


async def shut_down(served: Served, _writer: asyncio.StreamWriter) -> None:
    """With less time than the handler takes: its connection is cut, then it is cancelled."""
    served.app.signal_shutdown()
    urgent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await asyncio.wait_for(drain(served.app, served.endpoint, 0.05, urgent), PATIENCE)


@pytest.mark.parametrize("end", [reset, hang_up, shut_down])
@pytest.mark.parametrize("path", ["/wait", "/stream"])
async def test_one_that_is_cut_has_its_span_too(
    end: Callable[[Served, asyncio.StreamWriter], Awaitable[None]], path: str, serve: "Serve"
) -> None:
    async with serve() as served:
        _, writer = await served.connect(get(path.encode()))
        await asyncio.wait_for(served.waiting.wait(), PATIENCE)
        await end(served, writer)
        await served.tracer.ended(1)
    (span,) = served.tracer.spans
    assert span.order == ["start", "end"]
    assert (span.name, span.attributes["http.route"]) == (f"GET {path}", path)


async def test_a_request_that_never_came_to_its_end_has_none(serve: "Serve") -> None:
    """It has no answer: its connection is closed in silence."""
    async with serve() as served:
        assert await served.answers(b"GET /text HT") == b""
    assert served.tracer.spans == []
