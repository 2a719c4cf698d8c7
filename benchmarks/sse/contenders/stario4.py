"""stario 4.3: ready events through its relay."""

import sys
import time

import stario.responses as responses
from feed import EVENTS, SUBJECT, numbers
from stario import App, Context, Relay, Span, UrlPath, Writer
from stario.http.config import RequestPolicy, ServerConfig
from stario.http.server import Server
from stario.telemetry.noop import NoOpTracer

relay: Relay[bytes] = Relay()


async def stream(c: Context, w: Writer) -> None:
    async with relay.subscribe(SUBJECT) as live:
        w.headers.set("content-type", "text/event-stream")
        w.write_headers(200)
        async for _, event in c.alive(live):
            w.write(event)


async def publish(c: Context, w: Writer) -> None:
    start = time.perf_counter_ns()
    for number in numbers(c.req.path):
        relay.publish(SUBJECT, EVENTS[number])
    responses.text(w, str(time.perf_counter_ns() - start))


async def bootstrap(app: App, _span: Span):
    app.get(UrlPath("/stream"), stream)
    app.get(UrlPath("/publish/{numbers}"), publish)
    yield


if __name__ == "__main__":
    patience = RequestPolicy(keep_alive_timeout=60)
    config = ServerConfig(port=int(sys.argv[1]), event_loop="uvloop", requests=patience)
    Server(bootstrap, NoOpTracer(), config=config).run()
