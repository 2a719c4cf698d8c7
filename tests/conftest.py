"""What tests share: the wheels; a Chromium, an app at an address, a page that may not complain.

Playwright's synchronous face keeps an event loop running in this thread, so a browser lives no
longer than the module that asked for it: asynchronous tests follow.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any, Protocol

import programs
import pytest
import workspace
from clean import build
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    sync_playwright,
)
from ports import free_port
from stario import App, Context, Span, Writer
from stario.datastar.client import fetch_client
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.tracing import NOOP_TRACER

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize


class Serve(Protocol):
    """Serves an app, with the client at `/datastar.js`; returns its address.

    The rest is for its `ServerConfig`.
    """

    def __call__(self, routes: Callable[[App], None], **config: Any) -> str: ...


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of every package, by its name, and that of the meta-package."""
    folder = tmp_path_factory.mktemp("wheels")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        built = {
            member.name: pool.submit(build, member.folder, folder / member.name)
            for member in workspace.releases()
        }
    return {name: wheel.result() for name, wheel in built.items()}


class OpenPage(Protocol):
    """Opens a tab at an address; `prepare` gets the page before it loads.

    The rest are options of a browser context, such as `color_scheme="dark"`.
    """

    def __call__(
        self, url: str, prepare: Callable[[Page], object] | None = None, **options: Any
    ) -> Page: ...


ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 10.0  # seconds
START_SECONDS = 90.0  # of an example: its first start gets the client
VIEWPORT: "ViewportSize" = {"width": 1200, "height": 900}


def executable(playwright: Playwright) -> str:
    """The Chromium that CHROMIUM names, the one on PATH, or Playwright's own."""
    on_path = next(filter(None, map(shutil.which, programs.BROWSERS)), None)
    if found := os.environ.get("CHROMIUM") or on_path:
        return found
    if Path(own := playwright.chromium.executable_path).exists():
        return own
    sentence = (
        "No Chromium was found. Install one (apt-get install chromium, or "
        "`playwright install --with-deps chromium`), or name it in CHROMIUM."
    )
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for all tests of a module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(playwright), headless=True, args=ARGUMENTS
        )
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What pages said on their consoles; a test takes out what it provoked, the rest fails it."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


# What the console says about a server that is away, in Chromium's and in Datastar's words.
AWAY = re.compile(r"net::ERR_|Datastar failed to reach|network error|Failed to fetch")


@pytest.fixture
def server_may_be_away(complaints: list[str]) -> Iterator[None]:
    """Let pages complain that they cannot reach their server."""
    yield
    complaints[:] = [text for text in complaints if not AWAY.search(text)]


@pytest.fixture
def listen(complaints: list[str]) -> Iterator[Callable[[Page], None]]:
    """Note what the console of a page complains about until the test is over."""
    listening: list[Page] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    def listen(page: Page) -> None:
        listening.append(page)
        page.on("console", note_message)
        page.on("pageerror", note_error)

    yield listen
    for page in listening:
        page.remove_listener("console", note_message)
        page.remove_listener("pageerror", note_error)


@pytest.fixture
def open_page(chromium: Browser, listen: Callable[[Page], None]) -> Iterator[OpenPage]:
    """Open a tab with a profile of its own, listen to its console, and close it after the test."""
    contexts: list[BrowserContext] = []

    def open_page(
        url: str, prepare: Callable[[Page], object] | None = None, **options: Any
    ) -> Page:
        options.setdefault("viewport", VIEWPORT)
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        listen(page)
        if prepare is not None:
            prepare(page)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def client_file() -> Path:
    """The Datastar client, from the user's cache after the first time."""
    return fetch_client()


@pytest.fixture(scope="module")
def serve(client_file: Path) -> Iterator[Serve]:
    """Serve an app from a thread of this process, on a free port: `url = serve(routes)`."""
    code = client_file.read_bytes()
    running: list[tuple[Callable[[], object], Thread]] = []

    async def client(_c: Context, w: Writer) -> None:
        w.respond(code, b"text/javascript; charset=utf-8")

    def serve(routes: Callable[[App], None], **config: Any) -> str:
        listening: SimpleQueue[str] = SimpleQueue()
        stops: SimpleQueue[Callable[[], object]] = SimpleQueue()

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            loop = asyncio.get_running_loop()
            stops.put(lambda: loop.call_soon_threadsafe(app.signal_shutdown))
            app.get("/datastar.js", client)
            routes(app)
            yield

        server = Server(
            bootstrap,
            NOOP_TRACER,
            config=ServerConfig(port=free_port(), graceful_shutdown_timeout=1, **config),
            on_listening=lambda addresses: listening.put(addresses[0]),
        )
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        running.append((stops.get(timeout=PATIENCE), thread))
        return listening.get(timeout=PATIENCE)

    yield serve
    for stop, thread in running:
        stop()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the app does not end"


class Example:
    """An example as a process, which can be stopped and started again at the same address."""

    def __init__(self, name: str, bootstrap: str, settings: dict[str, str]) -> None:
        port = str(free_port())
        self.url = f"http://127.0.0.1:{port}/"
        self._command = [sys.executable, "-m", "stario.cli", "serve", bootstrap]
        self._folder = workspace.ROOT / "examples" / name
        self._settings = {"STARIO_PORT": port, "STARIO_TRACER": "noop"} | settings
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=os.environ | self._settings,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        limit = Timer(START_SECONDS, self._process.kill)
        limit.start()
        assert any("listening on" in line for line in self._process.stderr), "it never listened"
        limit.cancel()

    def stop(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """End it if it runs."""
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.communicate(timeout=2 * PATIENCE)
            self._process = None


class ServeExample(Protocol):
    """Serve an example from its folder; what is more in its environment are keyword arguments."""

    def __call__(self, name: str, bootstrap: str, **settings: str) -> Example: ...


@pytest.fixture
def serve_example() -> Iterator[ServeExample]:
    """Serve an example, and kill it after the test."""
    started: list[Example] = []

    def serve_example(name: str, bootstrap: str, **settings: str) -> Example:
        example = Example(name, bootstrap, settings)
        started.append(example)
        example.start()
        return example

    yield serve_example
    for example in started:
        example.stop()
