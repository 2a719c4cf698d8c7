"""A file on its way: as fast as the client takes it, whole or cut, and closed in the end."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses
from stario.http.connection.protocol import HttpProtocol
from stario.staticassets import AssetManifest, StaticAssets

if TYPE_CHECKING:
    from conftest import Answer, SeenTracer, Wire, WireFactory
    from stario import Context, Writer

    type ReadAnswers = Callable[..., list[Answer]]


def large_file(directory: Path, content: bytes) -> Path:
    path = directory / "large.bin"
    path.write_bytes(content)
    return path


def open_descriptors(path: Path) -> int:
    links = Path("/proc/self/fd").glob("*")
    return sum(link.is_symlink() and link.readlink() == path for link in links)


def serve(site: "WireFactory", path: Path, **options: Any) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        await responses.file(c, w, path, **options)

    site.app.get("/", handler)


async def soon(condition: Callable[[], bool]) -> None:
    """Wait for what a thread does; it has no event for that."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - as it says
            await asyncio.sleep(0.001)


async def stalled(site: "WireFactory", target: str = "") -> "Wire":
    """Ask for a file, and take nothing until the server waits for that."""
    wire = site.connect(stalled=True)
    wire.feed(f"GET /{target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    await soon(lambda: not wire.protocol.writable)
    return wire


async def closed(path: Path) -> None:
    """See that nobody has the file open any more, when the threads that read it are done."""
    async with asyncio.timeout(10):
        await asyncio.get_running_loop().shutdown_default_executor()
    assert open_descriptors(path) == 0


async def test_a_client_that_does_not_read_holds_the_file_back(
    site: "WireFactory", tmp_path: Path
) -> None:
    path = large_file(tmp_path, b"x" * 5_000_000)

    serve(site, path)
    wire = await stalled(site)
    while wire.protocol.is_busy:
        await soon(lambda: not wire.protocol.writable or not wire.protocol.is_busy)
        assert len(wire.transport.unsent) < 300_000
        wire.transport.take()
    assert wire.sent.endswith(b"x" * 5_000_000)


async def test_a_client_that_leaves_ends_it_and_the_file_is_closed(
    site: "WireFactory", tracer: "SeenTracer", tmp_path: Path
) -> None:
    path = large_file(tmp_path, b"x" * 5_000_000)

    serve(site, path)
    wire = await stalled(site)
    wire.leave()
    await soon(lambda: not site.endpoint.tasks)
    await closed(path)
    assert [span.failure for span in tracer.spans] == [None]


@pytest.mark.parametrize("kind", ["file", "static"])
async def test_a_file_that_shrinks_cuts_the_connection_and_fails_the_span(
    site: "WireFactory", tracer: "SeenTracer", tmp_path: Path, kind: str
) -> None:
    path = large_file(tmp_path, b"x" * 5_000_000)

    if kind == "static":
        static = StaticAssets(AssetManifest(tmp_path), cache_max_size=1)
        site.app.get("/{path...}", static)
        target = static.manifest.assets["large.bin"].hashed_path
    else:
        target = ""
        serve(site, path)
    wire = await stalled(site, target)
    os.truncate(path, 100)
    await soon(lambda: bool(wire.transport.take() or wire.closed))
    await soon(lambda: not site.endpoint.tasks)
    body = wire.sent.partition(b"\r\n\r\n")[2]
    assert 0 < len(body) < 5_000_000
    assert wire.transport.lost
    [failure] = [span.failure for span in tracer.spans]
    assert failure is not None
    assert f"The file {str(path)!r} became shorter while it was sent" in failure


async def test_a_file_that_grows_is_sent_as_it_was_promised(
    site: "WireFactory", tmp_path: Path, read_answers: "ReadAnswers"
) -> None:
    path = large_file(tmp_path, b"x" * 500_000)

    serve(site, path)
    wire = await stalled(site)
    with path.open("ab") as file:
        file.write(b"y" * 500_000)
    await soon(lambda: bool(wire.transport.take() or not wire.protocol.is_busy))
    wire.transport.take()
    [answer] = read_answers(wire.sent)
    assert answer.body == b"x" * 500_000


@asynccontextmanager
async def connected(site: "WireFactory", path: Path) -> AsyncGenerator[socket.socket]:
    """Serve one file over TCP, where the kernel may pass it on, to a client with a small buffer."""
    serve(site, path, download="large.bin")
    loop, endpoint = asyncio.get_running_loop(), site.endpoint
    server = await loop.create_server(lambda: HttpProtocol(endpoint), "127.0.0.1", 0)
    try:
        async with asyncio.timeout(20):
            with socket.socket() as client:
                client.setblocking(False)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
                await loop.sock_connect(client, server.sockets[0].getsockname())
                yield client
            await soon(lambda: not endpoint.connections and not endpoint.tasks)
        await closed(path)
    finally:
        server.close()


async def received(client: socket.socket, size: int) -> bytes:
    """Return so many bytes, or fewer where the connection ends before."""
    loop, data = asyncio.get_running_loop(), bytearray()
    try:
        while len(data) < size:
            more = await loop.sock_recv(client, min(size - len(data), 1 << 20))
            if not more:
                break
            data += more
    except ConnectionError:
        pass
    return bytes(data)


async def ask_for(client: socket.socket, size: int, fields: str = "", method: str = "GET") -> bytes:
    """Send a request, and return so many bytes of the answer's body; its head must be right."""
    request = f"{method} / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"
    await asyncio.get_running_loop().sock_sendall(client, request.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = await received(client, 1)
        assert byte
        head += byte
    assert b'\r\ncontent-disposition: attachment; filename="large.bin"\r\n' in head
    return await received(client, size)


async def test_a_large_file_arrives_with_its_parts_on_one_connection(
    site: "WireFactory", tmp_path: Path
) -> None:
    content = os.urandom(8_000_003)
    path = large_file(tmp_path, content)
    facts = path.stat()
    tag = f'W/"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    async with connected(site, path) as client:
        assert await ask_for(client, len(content)) == content
        part = content[1_000_000:-1]
        span = f"Range: bytes=1000000-{len(content) - 2}\r\n"
        assert await ask_for(client, len(part), span) == part
        assert await ask_for(client, 0, method="HEAD") == b""
        assert await ask_for(client, 0, f"If-None-Match: {tag}\r\n") == b""
        assert await ask_for(client, 0, "Range: bytes=9000000-\r\n") == b""
        assert await ask_for(client, 5, "Range: bytes=0-4\r\n") == content[:5]


async def test_a_file_that_shrinks_is_cut_there_too(
    site: "WireFactory", tracer: "SeenTracer", tmp_path: Path
) -> None:
    path = large_file(tmp_path, b"x" * 30_000_000)
    async with connected(site, path) as client:
        assert await ask_for(client, 1000) == b"x" * 1000
        os.truncate(path, 2000)
        assert len(await received(client, 30_000_000)) < 29_000_000
    [span] = tracer.spans
    assert span.failure is not None
    assert "became shorter" in span.failure


async def test_a_client_that_leaves_is_noticed_there_too(
    site: "WireFactory", tracer: "SeenTracer", tmp_path: Path
) -> None:
    path = large_file(tmp_path, b"x" * 30_000_000)
    async with connected(site, path) as client:
        assert await ask_for(client, 1000) == b"x" * 1000
    assert [span.failure for span in tracer.spans] == [None]
