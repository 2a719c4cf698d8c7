"""Ten thousand shared events in a real Chromium, over each coding that has segments.

The server is a process of its own, so that it does not share the test's loop with Playwright.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import programs
import pytest
from playwright.sync_api import BrowserContext, Playwright, sync_playwright
from ports import free_port

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 20.0
EVENTS = 10_000
AT_ONCE = 200  # of the first ones, each is sent when the page has told that it read the one before

SERVER = """
import asyncio, sys
import stario.responses as responses
from stario import UrlPath
from stario.datastar import SSE, events
from stario.http.compression import CompressionConfig
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.markup import html as h
from stario.telemetry import NoOpTracer

PORT, CODING, EVENTS, AT_ONCE = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
ROWS = [h.Li(f"row {row} of {row * 7919 % 10007}") for row in range(60)]
SHARED = [events.patch_elements(h.Ul({"id": f"n{n}"}, *ROWS[n % 50 :])) for n in range(100)]
seen = asyncio.Event()


async def page(c, w):
    no_icon = h.Link({"rel": "icon", "href": "data:,"})
    responses.html(w, h.HtmlDocument(h.Head(h.Title("stream"), no_icon), h.Body("stream")))


async def told(c, w):
    seen.set()
    responses.empty(w)


async def stream(c, w):
    sse = SSE(w)
    for number in range(EVENTS):
        seen.clear()
        if number % 10 == 0:
            sse.ping()
        if number % 7 == 3:
            sse.patch_elements(h.P({"id": f"n{number % 100}"}, f"private {number}"))
        else:
            sse.send(SHARED[number % 100])
        await w.drain()
        if number < AT_ONCE:
            await seen.wait()


async def bootstrap(app, span):
    app.get(UrlPath("/"), page)
    app.get(UrlPath("/stream"), stream)
    app.post(UrlPath("/told"), told)
    yield


compression = CompressionConfig(zstd_level=3 if CODING == "zstd" else -1)
config = ServerConfig(port=PORT, compression=compression)
Server(bootstrap, NoOpTracer(), config=config).run()
"""

# Reads the stream as text, and returns its coding, the number of events and of those out of order.
READ = """
async (atOnce) => {
  const answer = await fetch("/stream");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "", count = 0, wrong = 0;
  while (true) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    for (let end; (end = text.indexOf("\\n\\n")) >= 0; text = text.slice(end + 2)) {
      if (text.startsWith(":")) continue;
      const kind = count % 7 == 3 ? "p" : "ul";
      const element = `<${kind} id="n${count % 100}">`;
      const start = `event: datastar-patch-elements\\ndata: elements ${element}`;
      if (!text.startsWith(start)) wrong += 1;
      if (!text.slice(0, end).endsWith(`</${kind}>`)) wrong += 1;
      if (count < atOnce) await fetch("/told", { method: "POST" });
      count += 1;
    }
  }
  return [answer.headers.get("content-encoding"), count, wrong, text];
}
"""


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["zstd", "gzip"])
def coding(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def port(tmp_path: Path, coding: str) -> Iterator[int]:
    script = tmp_path / "server.py"
    script.write_text(SERVER, encoding="utf-8")
    port = free_port()
    command = [sys.executable, str(script), str(port), coding, str(EVENTS), str(AT_ONCE)]
    process = subprocess.Popen(command)
    try:
        end = monotonic() + START_SECONDS
        while not listens(port):
            assert process.poll() is None, "the server ended instead of serving"
            assert monotonic() < end, f"the server does not listen after {START_SECONDS:g} s"
            sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def executable(playwright: Playwright) -> str:
    """The Chromium that CHROMIUM names, the one on PATH, or Playwright's own."""
    on_path = next(filter(None, map(shutil.which, programs.BROWSERS)), None)
    if found := os.environ.get("CHROMIUM") or on_path:
        return found
    if Path(own := playwright.chromium.executable_path).exists():
        return own
    if os.environ.get("CI"):
        pytest.fail("No Chromium was found; CHROMIUM can name one.")
    pytest.skip("No Chromium was found; CHROMIUM can name one.")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=executable(playwright),
            headless=True,
            args=ARGUMENTS,
        )
        try:
            yield context
        finally:
            context.close()


def test_all_events_arrive_in_order_each_at_once_and_the_stream_ends_well(
    browser: BrowserContext, port: int, coding: str
) -> None:
    """A page that never sees an event without the next one would wait for ever, and fail here."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"{request.url} failed"))
    page.goto(f"http://127.0.0.1:{port}/")
    # An evaluation has no timeout of its own.
    page.evaluate(
        f"""() => {{
          window.ended = Promise.race([
            ({READ})({AT_ONCE}),
            new Promise((_, fail) => setTimeout(() => fail(new Error("not in time")), 60000)),
          ]);
        }}"""
    )
    assert page.evaluate("window.ended") == [coding, EVENTS, 0, ""]
    assert complaints == []
