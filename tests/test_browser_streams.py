"""Ten thousand shared events in a real Chromium, over each coding that has segments."""

import asyncio
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.datastar import SSE, events
from stario.http.compression import CompressionConfig
from stario.markup import html as h

if TYPE_CHECKING:
    from conftest import OpenPage, Serve

pytestmark = pytest.mark.browser

EVENTS = 10_000
AT_ONCE = 200  # of the first ones, each is sent when the page has told that it read the one before
ROWS = [h.Li(f"row {row} of {row * 7919 % 10007}") for row in range(60)]
SHARED = [events.patch_elements(h.Ul({"id": f"n{n}"}, *ROWS[n % 50 :])) for n in range(100)]


class Site:
    """A stream of shared events, private ones and pings."""

    def routes(self, app: App) -> None:
        self.seen = asyncio.Event()
        app.get("/", self.page)
        app.get("/stream", self.stream)
        app.post("/told", self.told)

    async def page(self, _c: Context, w: Writer) -> None:
        no_icon = h.Link({"rel": "icon", "href": "data:,"})
        responses.html(w, h.HtmlDocument(h.Head(h.Title("stream"), no_icon), h.Body("stream")))

    async def told(self, _c: Context, w: Writer) -> None:
        self.seen.set()
        responses.empty(w)

    async def stream(self, _c: Context, w: Writer) -> None:
        sse = SSE(w)
        for number in range(EVENTS):
            self.seen.clear()
            if number % 10 == 0:
                sse.ping()
            if number % 7 == 3:
                sse.patch_elements(h.P({"id": f"n{number % 100}"}, f"private {number}"))
            else:
                sse.send(SHARED[number % 100])
            await w.drain()
            if number < AT_ONCE:
                await self.seen.wait()


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
# An evaluation has no timeout of its own.
READ_IN_TIME = f"""() => Promise.race([
  ({READ})({AT_ONCE}),
  new Promise((_, fail) => setTimeout(() => fail(new Error("not in time")), 60000)),
])"""


@pytest.mark.parametrize(("coding", "zstd_level"), [("zstd", 3), ("gzip", -1)])
def test_all_events_arrive_in_order_each_at_once_and_the_stream_ends_well(
    serve: "Serve", open_page: "OpenPage", coding: str, zstd_level: int
) -> None:
    """A page that never sees an event without the next one would wait for ever, and fail here."""
    url = serve(Site().routes, compression=CompressionConfig(zstd_level=zstd_level))
    assert open_page(url).evaluate(READ_IN_TIME) == [coding, EVENTS, 0, ""]
