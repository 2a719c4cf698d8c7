"""Large files over real sockets: the kernel passes them on, and all holds that holds elsewhere."""

import asyncio
import os
import socket
import ssl
import struct
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from stario.http.config import RequestPolicy
from stario.http.sending import passage
from stario.staticassets import AssetManifest, StaticAssets

if TYPE_CHECKING:
    from conftest import WireFactory

PATIENCE = 20.0  # seconds until what never ends fails its test
MB = 1024 * 1024
# More than the buffers of two sockets hold.
SIZE = 12 * MB + 7

pytestmark = pytest.mark.skipif(not hasattr(os, "sendfile"), reason="the system has no sendfile")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with one large file, no two megabytes of which are alike."""
    directory = tmp_path_factory.mktemp("large")
    block = os.urandom(MB)
    content = b"".join(bytes([n]) + block[1:] for n in range(SIZE // MB + 1))[:SIZE]
    (directory / "large.bin").write_bytes(content)
    return directory


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What every call of the kernel came to."""
    found: list[int | None] = []
    send = passage.Passage.send

    async def counted(self: passage.Passage, *arguments: Any) -> int | None:
        found.append(await send(self, *arguments))
        return found[-1]

    monkeypatch.setattr(passage.Passage, "send", counted)
    return found


class Client:
    """A socket, and what can be asked over it."""

    def __init__(self, sock: socket.socket, url: str) -> None:
        self.sock = sock
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._unread = b""

    async def ask(self, fields: str = "", method: str = "GET") -> None:
        await self._loop.sock_sendall(self.sock, self.request(fields, method))

    def request(self, fields: str = "", method: str = "GET") -> bytes:
        return f"{method} {self._url} HTTP/1.1\r\nhost: x\r\n{fields}\r\n".encode()

    async def some(self, size: int = MB) -> bytes:
        """Return what comes next; nothing at the end, also where that is a reset."""
        if self._unread:
            data, self._unread = self._unread[:size], self._unread[size:]
            return data
        try:
            return await self._loop.sock_recv(self.sock, size)
        except ConnectionError:
            return b""

    async def head(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = await self.some()
            assert more
            data += more
        head, _, self._unread = data.partition(b"\r\n\r\n")
        return head

    async def body(self, size: int) -> bytes:
        """Return so many bytes, or fewer where the connection ends before."""
        data = bytearray()
        while len(data) < size and (more := await self.some(min(MB, size - len(data)))):
            data += more
        return bytes(data)


@asynccontextmanager
async def connected(site: "WireFactory", directory: Path) -> AsyncGenerator[Client]:
    """Serve a directory over TCP, and connect to it with small buffers."""
    static = StaticAssets(AssetManifest(directory), cache_max_size=1)
    static.register(site.app)
    async with asyncio.timeout(PATIENCE), site.listening() as port:
        with socket.socket() as sock:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
            yield Client(sock, static.href("large.bin"))
        await site.endpoint.all_closed()


def descriptors_of(directory: Path) -> int:
    """Count the open descriptors of files below a directory, where the system tells."""
    count = 0
    for link in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):  # closed by now
            count += link.readlink().is_relative_to(directory)
    return count


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the condition is no event
            await asyncio.sleep(0.005)


async def test_a_file_arrives_whole_and_the_connection_lives_on(
    site: "WireFactory", large: Path, passed: list[int | None]
) -> None:
    content = (large / "large.bin").read_bytes()
    async with connected(site, large) as client:
        for _ in range(2):
            await client.ask()
            assert f"content-length: {SIZE}".encode() in await client.head()
            assert await client.body(SIZE) == content
        await until(lambda: sum(one or 0 for one in passed) == 2 * SIZE)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("5-5", 5, 5), (f"{MB}-", MB, SIZE - 1), ("-9", SIZE - 9, SIZE - 1)],
)
async def test_a_range_is_that_part(
    site: "WireFactory",
    large: Path,
    passed: list[int | None],
    wanted: str,
    first: int,
    last: int,
) -> None:
    content = (large / "large.bin").read_bytes()
    async with connected(site, large) as client:
        await client.ask(f"range: bytes={wanted}\r\n")
        head = await client.head()
        assert f"content-range: bytes {first}-{last}/{SIZE}".encode() in head
        assert await client.body(last - first + 1) == content[first : last + 1]
        await until(lambda: sum(one or 0 for one in passed) == last - first + 1)


async def test_pipelined_requests_are_answered_in_order(site: "WireFactory", large: Path) -> None:
    content = (large / "large.bin").read_bytes()
    async with connected(site, large) as client:
        await client.ask("range: bytes=0-9999999\r\n")
        await client.ask(method="HEAD")
        await client.ask("range: bytes=7-9\r\n")
        await client.head()
        assert await client.body(10_000_000) == content[:10_000_000]
        assert f"content-length: {SIZE}".encode() in await client.head()
        assert b"content-range: bytes 7-9/" in await client.head()
        assert await client.body(3) == content[7:10]


async def test_http_1_0_ends_with_the_connection(site: "WireFactory", large: Path) -> None:
    content = (large / "large.bin").read_bytes()
    async with connected(site, large) as client:
        await client.ask("connection: close\r\n")
        await client.head()
        assert await client.body(SIZE + 1) == content


async def test_a_client_that_stopped_sending_still_gets_the_file(
    site: "WireFactory", large: Path
) -> None:
    content = (large / "large.bin").read_bytes()
    async with connected(site, large) as client:
        await client.ask()
        client.sock.shutdown(socket.SHUT_WR)
        await client.head()
        assert await client.body(SIZE + 1) == content


async def test_a_client_that_takes_nothing_is_cut(site: "WireFactory", large: Path) -> None:
    site.policy = RequestPolicy(write_timeout=0.4)
    async with connected(site, large) as client:
        await client.ask()
        await until(lambda: bool(site.endpoint.tasks))
        await until(lambda: not site.endpoint.connections and not site.endpoint.tasks)
        assert len(await client.body(SIZE)) < SIZE
    await until(lambda: descriptors_of(large) == 0)


async def test_a_slow_client_that_goes_on_taking_is_not_cut(
    site: "WireFactory", large: Path, passed: list[int | None]
) -> None:
    site.policy = RequestPolicy(write_timeout=0.4)
    content = (large / "large.bin").read_bytes()
    async with connected(site, large) as client:
        await client.ask()
        await client.head()
        data = b""
        while len(data) < SIZE:
            more = await client.body(min(MB, SIZE - len(data)))
            assert more
            data += more
            await asyncio.sleep(0.1)  # 1.2 seconds in all: three times the timeout
        assert data == content
        assert 0 in passed


async def test_a_client_that_leaves_ends_the_work_and_closes_the_file(
    site: "WireFactory", large: Path
) -> None:
    async with connected(site, large) as client:
        await client.ask()
        await client.body(MB)
        client.sock.close()
        await until(lambda: not site.endpoint.tasks and not site.endpoint.connections)
    await until(lambda: descriptors_of(large) == 0)


async def test_clients_that_leave_at_any_moment_disturb_nobody(
    site: "WireFactory", large: Path
) -> None:
    """Reset before the answer, in its head, and in the file; the last one gets all of it."""
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    content = (large / "large.bin").read_bytes()
    async with connected(site, large) as client:
        reset = struct.pack("ii", 1, 0)
        for turns in range(40):
            with socket.create_connection(client.sock.getpeername()) as leaving:
                leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                leaving.sendall(client.request() * 3)
                for _ in range(turns):
                    await asyncio.sleep(0)
        await client.ask()
        await client.head()
        assert await client.body(SIZE) == content
        await until(lambda: len(site.endpoint.connections) == 1)
    assert not complaints
    await until(lambda: descriptors_of(large) == 0)


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not list descriptors")
async def test_no_descriptor_stays_open(site: "WireFactory", large: Path) -> None:
    async with connected(site, large) as client:
        await client.ask()
        await client.head()
        before = open_descriptors()
        await client.body(SIZE)
        await client.ask("range: bytes=0-0\r\n")
        await client.head()
        await client.body(1)
        await until(lambda: not site.endpoint.tasks)
        # The file and the second descriptor of the socket are closed.
        await until(lambda: open_descriptors() <= before - 2)


async def test_a_file_that_shrinks_meanwhile_ends_the_connection(
    site: "WireFactory", tmp_path: Path
) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(SIZE)
    async with connected(site, tmp_path) as client:
        await client.ask()
        assert f"content-length: {SIZE}".encode() in await client.head()
        assert len(await client.body(MB)) == MB
        os.truncate(path, 2 * MB)
        assert len(await client.body(SIZE)) < SIZE - MB
        await until(lambda: not site.endpoint.connections)


@pytest.mark.parametrize("after", [0, 1])
async def test_where_the_kernel_refuses_the_file_is_read(
    site: "WireFactory", large: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    content = (large / "large.bin").read_bytes()
    calls: list[int] = []

    def refuses(out: int, file: int, offset: int, count: int) -> int:
        calls.append(offset)
        if len(calls) > after:
            raise OSError(22, "Invalid argument")
        return os.sendfile(out, file, offset, min(count, 1000))

    monkeypatch.setattr(passage, "_sendfile", refuses)
    async with connected(site, large) as client:
        await client.ask()
        await client.head()
        assert await client.body(SIZE) == content
    assert len(calls) == after + 1


async def test_a_handler_that_is_cancelled_meanwhile_ends_the_connection(
    site: "WireFactory", large: Path
) -> None:
    async with connected(site, large) as client:
        await client.ask()
        await client.body(MB)
        site.endpoint.tasks.copy().pop().cancel()
        assert len(await client.body(SIZE)) < SIZE - MB
        await until(lambda: not site.endpoint.connections)
    await until(lambda: descriptors_of(large) == 0)


async def test_over_tls_the_file_is_read(
    site: "WireFactory", large: Path, passed: list[int | None], certificate: Path
) -> None:
    static = StaticAssets(AssetManifest(large), cache_max_size=1)
    static.register(site.app)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trusting = ssl.create_default_context(cafile=certificate / "cert.pem")
    async with asyncio.timeout(PATIENCE), site.listening(tls=context) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        request = f"GET {static.href('large.bin')} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        writer.write(request.encode())
        _, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    assert body == (large / "large.bin").read_bytes()
    assert passed == []


class Transport(asyncio.Transport):
    """One that tells what it is told to."""


@pytest.mark.parametrize("kind", ["memory", "tls", "closed"])
def test_there_is_no_way_around_a_transport_that_has_to_write_itself(kind: str) -> None:
    with socket.socket() as sock:
        extra: dict[str, dict[str, object]] = {
            "memory": {},
            "tls": {"socket": sock, "ssl_object": object()},
            "closed": {"socket": sock},
        }
        if kind == "closed":
            sock.close()
        assert passage.passage_beside(Transport(extra[kind])) is None
