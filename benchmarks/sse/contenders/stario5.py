"""stario 5.1: ready events through its relay."""

# Its types are not ours, and its names are not those of the package that is checked here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportUnknownMemberType=false

import sys
import time

import uvloop
from feed import EVENTS, SUBJECT, numbers
from stario import Relay, Route, ServerConfig, serve
from stario.http.config import RequestPolicy
from stario.telemetry.noop import NoOpTracer

relay = Relay()


async def stream(c, w):
    async with relay.subscribe(SUBJECT) as live:
        w.headers.set("content-type", "text/event-stream")
        w.write_headers(200)
        async for _, event in c.alive(live):
            w.write(event)


async def publish(c, w):
    start = time.perf_counter_ns()
    for number in numbers(c.req.path):
        relay.publish(SUBJECT, EVENTS[number])
    w.text(str(time.perf_counter_ns() - start))


async def bootstrap(app, _span):
    app.add(Route("GET /stream"), stream)
    app.add(Route("GET /publish/{numbers}"), publish)
    yield


if __name__ == "__main__":
    patience = RequestPolicy(keep_alive_timeout=60)
    config = ServerConfig(port=int(sys.argv[1]), requests=patience)
    uvloop.run(serve(bootstrap, config=config, tracer=NoOpTracer()))
