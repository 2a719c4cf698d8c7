"""stario 5.1, as its own docstrings show it."""

# Its types are not ours, and its names are not those of the package that is checked here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportUnknownMemberType=false

import json
import sys

import uvloop
from cases import USER
from stario import Relay, Route, ServerConfig, serve
from stario.http.config import RequestPolicy
from stario.telemetry.noop import NoOpTracer

relay = Relay()


async def hello(_c, w):
    w.text("Hello, World!")


async def user(c, w):
    w.json({**USER, "id": c.match.params["id"]})


async def echo(c, w):
    w.respond(await c.req.body(), b"application/json")


async def parse(c, w):
    w.json(json.loads(await c.req.body()))


async def stream(c, w):
    async with relay.subscribe("events") as live:
        w.headers.set("content-type", "text/event-stream")
        w.write(b"data: 0\n\n")
        async for _, event in c.alive(live):
            w.write(event)


async def bootstrap(app, _span):
    app.add(Route("GET /hello"), hello)
    app.add(Route("GET /users/{id}"), user)
    app.add(Route("POST /echo"), echo)
    app.add(Route("POST /json"), parse)
    app.add(Route("GET /stream"), stream)
    yield


if __name__ == "__main__":
    patience = RequestPolicy(keep_alive_timeout=60)
    config = ServerConfig(port=int(sys.argv[1]), requests=patience)
    uvloop.run(serve(bootstrap, config=config, tracer=NoOpTracer()))
