"""`req.client` and `req.scheme`: over every kind of connection, and after it is closed."""

import asyncio
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.http.headers import Headers
from stario.http.request import Request
from stario.http.trust.proxies import TrustedProxies, peer_of

if TYPE_CHECKING:
    from conftest import Serve, WireFactory

GET = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n"


async def tell(c: Context, w: Writer) -> None:
    responses.text(w, f"{c.req.scheme} {c.req.client}")


def said(answer: bytes) -> str:
    return answer.partition(b"\r\n\r\n")[2].decode()


def test_a_request_that_is_built_by_hand_comes_from_nowhere() -> None:
    request = Request(headers=Headers())
    assert (request.client, request.scheme) == ("", "http")


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"peername": ("127.0.0.1", 5)}, "http 127.0.0.1"),
        ({"peername": ("::1", 5, 0, 0)}, "http ::1"),
        ({"peername": ("fe80::1%eth0", 5, 0, 2)}, "http fe80::1"),
        ({"peername": ("::ffff:192.0.2.7", 5, 0, 0)}, "http 192.0.2.7"),
        ({"peername": ("192.0.2.7", 5), "ssl_object": object()}, "https 192.0.2.7"),
        ({"peername": ""}, "http "),
        ({"peername": b"\0abstract"}, "http "),
        ({}, "http "),
    ],
)
async def test_the_peer_is_the_client(
    site: "WireFactory", extra: dict[str, Any], told: str
) -> None:
    """As text without port, brackets or zone; forwarded fields from nobody trusted are nothing."""
    site.app.get("/", tell)
    assert said(await site.connect(**extra).answer_to(GET)) == told


async def test_a_trusted_peer_is_asked_for_every_request(site: "WireFactory") -> None:
    """Requests of several clients may share one connection of a proxy."""
    site.proxies = TrustedProxies(("127.0.0.1",))
    site.app.get("/", tell)
    wire = site.connect(peername=("127.0.0.1", 5))
    answers = await wire.answer_to(GET + GET.replace(b"192.0.2.1", b"192.0.2.2"))
    assert answers.count(b"https 192.0.2.1") == answers.count(b"https 192.0.2.2") == 1


async def test_an_answer_stays_the_same(site: "WireFactory") -> None:
    """Whoever asks later gets what the first one got, though a handler changes the fields."""
    site.proxies = TrustedProxies(("127.0.0.1",))

    async def change(c: Context, w: Writer) -> None:
        before = c.req.client
        c.req.headers.set("x-forwarded-for", "192.0.2.9")
        responses.text(w, f"{before} {c.req.client}")

    site.app.get("/", change)
    wire = site.connect(peername=("127.0.0.1", 5))
    assert said(await wire.answer_to(GET)) == "192.0.2.1 192.0.2.1"


async def test_it_is_told_after_the_client_left(site: "WireFactory") -> None:
    told: list[str] = []
    gate = asyncio.Event()

    async def late(c: Context, w: Writer) -> None:
        await gate.wait()
        told.append(f"{c.req.scheme} {c.req.client}")

    site.app.get("/", late)
    wire = site.connect(peername=("192.0.2.7", 5), ssl_object=object())
    wire.feed(GET)
    wire.leave()
    gate.set()
    await wire.until(lambda: bool(told))
    assert told == ["https 192.0.2.7"]


@pytest.mark.parametrize("error", [OSError(107, "not connected"), AttributeError("getpeername")])
def test_a_transport_that_cannot_tell_is_of_nobody(error: Exception) -> None:
    """As uvloop's, where the client left before anybody asked."""

    class Lost(asyncio.Transport):
        def get_extra_info(self, name: str, default: Any = None) -> Any:
            if name == "peername":
                raise error
            return default

    assert peer_of(Lost()) == ("", "http")


# Over sockets, where a transport forgets things when it closes


class Site:
    """Tells the client at once, and once more after it left."""

    def __init__(self) -> None:
        self.late: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def __call__(self, app: App) -> None:
        app.get("/", tell)
        app.get("/late", self._tell_late)

    async def _tell_late(self, c: Context, w: Writer) -> None:
        w.write(b"x")
        await c.disconnect
        # One turn more, in which the transport forgets what it forgets.
        await asyncio.sleep(0.01)
        self.late.set_result(f"{c.req.scheme} {c.req.client}")


async def at_once_and_late(site: Site, open_connection: Callable[[], Any]) -> tuple[str, str]:
    reader, writer = await open_connection()
    writer.write(GET.replace(b"Host", b"Connection: close\r\nHost"))
    at_once = said(await reader.read())
    writer.close()
    reader, writer = await open_connection()
    writer.write(GET.replace(b"/ HTTP", b"/late HTTP"))
    await reader.readuntil(b"x\r\n")
    writer.transport.abort()
    return at_once, await site.late


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(
    ("trusted", "told"), [((), None), (("127.0.0.0/8", "::1"), "https 192.0.2.1")]
)
async def test_over_tcp(
    serving: "Serve", host: str, trusted: tuple[str, ...], told: str | None
) -> None:
    site = Site()
    async with serving(site, host=host, trusted_proxies=trusted) as server:
        seen = await at_once_and_late(site, server.connect)
    assert seen == (told or f"http {host}",) * 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs Unix sockets")
@pytest.mark.parametrize(("trusted", "told"), [((), "http "), (("unix",), "https 192.0.2.1")])
async def test_over_a_unix_socket(
    serving: "Serve",
    trusted: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # a path of more than 107 bytes is none for a socket
    site = Site()
    async with serving(site, unix_socket="s", trusted_proxies=trusted):
        seen = await at_once_and_late(site, lambda: asyncio.open_unix_connection("s"))
    assert seen == (told, told)


@pytest.mark.parametrize("trusted", [(), ("127.0.0.1",)])
async def test_over_tls(serving: "Serve", trusted: tuple[str, ...], certificate: Path) -> None:
    """Our own socket speaks it, whether or not a proxy says so."""
    context = ssl.create_default_context(cafile=certificate / "cert.pem")
    site = Site()
    async with serving(
        site,
        trusted_proxies=trusted,
        ssl_certfile=certificate / "cert.pem",
        ssl_keyfile=certificate / "key.pem",
    ) as server:
        seen = await at_once_and_late(site, lambda: server.connect(context))
    assert seen == (f"https {'192.0.2.1' if trusted else '127.0.0.1'}",) * 2
