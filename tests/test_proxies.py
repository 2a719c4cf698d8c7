"""The deployment pages keep their word: their configurations, in a real nginx and a real Caddy.

Of the blocks on the pages only addresses, ports and paths are replaced. What runs here listens on
127.0.0.1 and in a temporary folder, and is ended by its process id.
"""

import asyncio
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
import workspace
from ports import free_port

if sys.platform == "win32":
    pytest.skip("The proxies are asked over a Unix socket.", allow_module_level=True)

HOW_TOS = workspace.ROOT / "docs" / "how-tos"
TESTS = Path(__file__).parent
PATIENCE = 20.0  # seconds
HOST = "example.com"
PIECE = 64 * 1024


def block(page: str, first_line: str) -> str:
    """The block of a page that begins with this line."""
    text = (HOW_TOS / page).read_text("utf-8")
    found = re.search(rf"^```\w+\n({re.escape(first_line)}\n.*?)^```$", text, re.DOTALL | re.M)
    assert found, f"{page} has no block {first_line!r}"
    return found[1]


def program(name: str) -> str:
    """The path of a program; without it the test is skipped, and fails where CI has to have it."""
    if found := shutil.which(name):
        return found
    if os.environ.get("CI") and shutil.which("apt-get") and os.geteuid() == 0:
        pytest.fail(f"{name} is missing: apt-get install nginx caddy")
    pytest.skip(f"{name} is not installed.")


def until(is_true: Callable[[], object], complaint: Callable[[], str]) -> None:
    """Ask again until it is so, and fail with the complaint when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        if time.monotonic() > deadline:
            pytest.fail(complaint())
        time.sleep(0.02)


@contextmanager
def running(command: list[str], log: Path, **options: Any) -> Generator[None]:
    """Run a program, and end it by its process id."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Served:
    """An app that can be stopped and started behind a proxy that stays."""

    folder: Path
    sock: Path
    held: socket.socket | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        before = self._said()
        environment = {name: os.environ[name] for name in os.environ if name[:7] != "STARIO_"} | {
            "STARIO_TRACER": "noop",
            "STARIO_TRUSTED_PROXIES": "unix",
            "STARIO_TRUSTED_HOSTS": HOST,
            "STARIO_REQUESTS_KEEP_ALIVE_TIMEOUT": "130",
        }
        kept: tuple[int, ...] = ()
        if self.held is None:
            environment["STARIO_UNIX_SOCKET"] = str(self.sock)
        else:
            kept = (self.held.fileno(),)
            environment["STARIO_FD"] = str(self.held.fileno())
        command = [sys.executable, "-m", "stario.cli", "serve", "proxied_app:bootstrap"]
        self._open.enter_context(
            running(command, self._log, cwd=TESTS, env=environment, pass_fds=kept)
        )
        until(lambda: self._said() > before, lambda: f"It never listened: {self._log.read_text()}")

    def _said(self) -> int:
        return self._log.read_text().count("listening on") if self._log.exists() else 0

    def stop(self) -> None:
        self._open.close()

    @property
    def _log(self) -> Path:
        return self.folder / "app.log"


@dataclass
class Proxy:
    """A proxy at a port of 127.0.0.1, with a certificate for example.com."""

    name: str
    port: int
    plain_port: int
    app: Served
    context: ssl.SSLContext

    def connect(self) -> HTTPConnection:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.sock = self.context.wrap_socket(plain, server_hostname=HOST)
        return connection

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        with closing(self.connect()) as connection:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Host": HOST, **sent})
            answer = connection.getresponse()
            return answer.status, answer.read()

    @contextmanager
    def stream(self, coding: str = "identity") -> Generator[HTTPResponse]:
        with closing(self.connect()) as connection:
            connection.request("GET", "/stream", headers={"Host": HOST, "Accept-Encoding": coding})
            yield connection.getresponse()


@contextmanager
def closing(connection: HTTPConnection) -> Generator[HTTPConnection]:
    try:
        yield connection
    finally:
        connection.close()


def nginx(folder: Path, proxy: Proxy) -> list[str]:
    text = block("behind-a-proxy.md", "# /etc/nginx/conf.d/my-app.conf")
    site = substituted(
        text,
        {
            "unix:/run/my-app/http.sock": f"unix:{proxy.app.sock}",
            "listen 80;": f"listen 127.0.0.1:{proxy.plain_port};",
            "listen 443 ssl": f"listen 127.0.0.1:{proxy.port} ssl",
            "/etc/letsencrypt/live/example.com/fullchain.pem": str(folder / "cert.pem"),
            "/etc/letsencrypt/live/example.com/privkey.pem": str(folder / "key.pem"),
        },
    )
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user} worker_processes 1; daemon off; pid {folder / 'nginx.pid'}; error_log stderr;"
        f"events {{}} http {{ access_log off; {temporary}\n{site}\n}}"
    )
    return [program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(configuration)]


def caddy(folder: Path, proxy: Proxy) -> list[str]:
    text = block("behind-a-proxy.md", "# /etc/caddy/Caddyfile")
    certificate = f"{folder / 'cert.pem'} {folder / 'key.pem'}"
    site = substituted(
        text,
        {
            "example.com {": f"https://example.com:{proxy.port} {{\n"
            f"\tbind 127.0.0.1\n\ttls {certificate}",
            "unix//run/my-app/http.sock": f"unix/{proxy.app.sock}",
        },
    )
    configuration = folder / "Caddyfile"
    configuration.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(configuration)]


def substituted(text: str, places: dict[str, str]) -> str:
    for place, real in places.items():
        assert place in text, f"{place!r} is not on the page any more"
        text = text.replace(place, real)
    return text


PROXIES = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(scope="module", params=PROXIES)
def proxy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    name: str = request.param
    program(name)
    folder = tmp_path_factory.mktemp(name)
    context = certificate(folder)
    app = Served(folder, folder / "http.sock")
    found = Proxy(name, free_port(), free_port(), app, context)
    log = folder / "proxy.log"
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    app.start()
    with running(PROXIES[name](folder, found), log, env={**os.environ, **home}):
        until(lambda: accepts(found.port), lambda: f"{name} never listened: {log.read_text()}")
        yield found
    app.stop()


def certificate(folder: Path) -> ssl.SSLContext:
    """Make a certificate of example.com, and return a context that trusts it."""
    command = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -batch"
        f" -subj /CN={HOST} -addext subjectAltName=DNS:{HOST} -keyout key.pem -out cert.pem"
    )
    subprocess.run(
        [program("openssl"), *command.split()],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    return ssl.create_default_context(cafile=folder / "cert.pem")


def accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def next_event(stream: HTTPResponse) -> str:
    """The `data` line of the next event; the socket's timeout is the end of the wait."""
    while not (line := stream.readline()).startswith(b"data: "):
        assert line, "The stream ended."
    return line.removeprefix(b"data: signals ").strip().decode()


def test_the_app_sees_the_browser_s_address_and_https(proxy: Proxy) -> None:
    status, body = proxy.ask("GET", "/origin")
    assert status == 200
    assert json.loads(body) == {"client": "127.0.0.1", "scheme": "https", "host": HOST}


def test_what_a_browser_says_about_itself_is_not_believed(proxy: Proxy) -> None:
    _, body = proxy.ask(
        "GET",
        "/origin",
        X_Forwarded_For="203.0.113.7",
        X_Forwarded_Proto="http",
        X_Forwarded_Host="evil.example",
        Forwarded="for=203.0.113.7;proto=http",
    )
    assert json.loads(body) == {"client": "127.0.0.1", "scheme": "https", "host": HOST}


def test_http_2_is_offered_to_browsers(proxy: Proxy) -> None:
    context = ssl.create_default_context(cafile=proxy.app.folder / "cert.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"


def test_an_event_comes_while_its_stream_is_open(proxy: Proxy) -> None:
    with proxy.stream() as stream:
        assert stream.getheader("content-type") == "text/event-stream"
        assert next_event(stream) == '{"said":"hello"}'
        for text in ("one", "two"):
            assert proxy.ask("POST", f"/say/{text}")[0] == 204
            assert next_event(stream) == f'{{"said":"{text}"}}'


def test_a_compressed_event_comes_while_its_stream_is_open(proxy: Proxy) -> None:
    with proxy.stream("gzip") as stream:
        assert stream.getheader("content-encoding") == "gzip"
        decoder = zlib.decompressobj(wbits=31)
        seen = b""
        for text in ("hello", "one"):
            if text != "hello":
                proxy.ask("POST", f"/say/{text}")
            while f'{{"said":"{text}"}}'.encode() not in seen:
                piece = stream.read1()
                assert piece, "The stream ended."
                seen += decoder.decompress(piece)


def test_a_stream_ends_when_its_browser_leaves(proxy: Proxy) -> None:
    with proxy.stream() as stays:
        next_event(stays)
        with proxy.stream() as leaves:
            next_event(leaves)
        assert next_event(stays) == '{"said":"somebody left"}'


def test_an_upload_of_8_mib_arrives_whole(proxy: Proxy) -> None:
    sent = os.urandom(1024) * 8192
    status, body = proxy.ask("POST", "/upload", sent)
    assert (status, body.decode()) == (200, hashlib.sha256(sent).hexdigest())


async def test_an_upload_that_is_too_large_is_refused_before_all_of_it_is_sent(
    proxy: Proxy,
) -> None:
    size = 11 * 1024 * 1024
    head = f"POST /upload HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {size}\r\n\r\n"
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", proxy.port, ssl=proxy.context, server_hostname=HOST
        )
        answer = asyncio.create_task(reader.readline())
        writer.write(head.encode())
        sent = 0
        while sent < size and not answer.done():
            writer.write(bytes(PIECE))
            sent += PIECE
            await asyncio.wait([answer], timeout=0.01)
        assert (await answer).startswith(b"HTTP/1.1 413 ")
        writer.transport.abort()
    assert sent < size


def test_no_request_fails_while_the_app_is_restarted_behind_a_held_socket(proxy: Proxy) -> None:
    proxy.app.stop()
    proxy.app.sock.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as held, ThreadPoolExecutor(1) as pool:
        held.bind(str(proxy.app.sock))
        held.listen(1024)
        proxy.app.held = held
        proxy.app.start()
        is_over = False

        def keep_asking() -> list[int]:
            found: list[int] = []
            while not is_over:
                found.append(proxy.ask("GET", "/origin")[0])
            return found

        asking = pool.submit(keep_asking)
        try:
            for _ in range(2):
                proxy.app.stop()
                proxy.app.start()
        finally:
            is_over = True
        found = asking.result(PATIENCE)
        proxy.app.stop()
    proxy.app.held = None
    proxy.app.sock.unlink()
    proxy.app.start()
    assert len(found) > 2
    assert set(found) == {200}


def test_nginx_answers_502_without_an_app_and_caddy_waits_for_one(proxy: Proxy) -> None:
    proxy.app.stop()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(proxy.ask, "GET", "/origin")
        if proxy.name == "nginx":
            assert asking.result(PATIENCE)[0] == 502
        proxy.app.start()
        if proxy.name == "caddy":
            assert asking.result(PATIENCE)[0] == 200
    assert proxy.ask("GET", "/origin")[0] == 200


def test_nginx_redirects_to_https(proxy: Proxy) -> None:
    if proxy.name != "nginx":
        pytest.skip("Caddy does so by itself, on the ports 80 and 443 alone.")
    with closing(HTTPConnection("127.0.0.1", proxy.plain_port, timeout=PATIENCE)) as connection:
        connection.request("GET", "/x?y=1", headers={"Host": HOST})
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("location")) == (301, f"https://{HOST}/x?y=1")


def test_a_host_that_nobody_named_is_answered_421(proxy: Proxy) -> None:
    if proxy.name != "nginx":
        pytest.skip("Caddy passes on no request for a host that it was not told of.")
    assert proxy.ask("GET", "/origin", Host="evil.example")[0] == 421
