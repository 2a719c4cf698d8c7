"""Stario as an application uses it, for our package and for stario 4.3."""

import json
import sys

import stario.responses as responses
from cases import ROWS, USER, files
from stario import App, AssetManifest, Context, Relay, Span, StaticAssets, UrlPath, Writer
from stario.http.config import RequestPolicy, ServerConfig
from stario.http.server import Server
from stario.telemetry.noop import NoOpTracer
from views import baked_page, plain_page

relay: Relay[bytes] = Relay()


async def hello(_c: Context, w: Writer) -> None:
    responses.text(w, "Hello, World!")


async def user(c: Context, w: Writer) -> None:
    responses.json(w, {**USER, "id": c.route.params["id"]})


async def echo(c: Context, w: Writer) -> None:
    w.respond(await c.req.body(), b"application/json")


async def parse(c: Context, w: Writer) -> None:
    responses.json(w, json.loads(await c.req.body()))


async def page(_c: Context, w: Writer) -> None:
    responses.html(w, plain_page(ROWS))


async def baked(_c: Context, w: Writer) -> None:
    responses.html(w, baked_page(ROWS))


async def stream(c: Context, w: Writer) -> None:
    async with relay.subscribe("events") as live:
        w.headers.set("content-type", "text/event-stream")
        w.write(b"data: 0\n\n")
        async for _, event in c.alive(live):
            w.write(event)


async def bootstrap(app: App, _span: Span):
    app.get(UrlPath("/hello"), hello)
    app.get(UrlPath("/users/{id}"), user)
    app.post(UrlPath("/echo"), echo)
    app.post(UrlPath("/json"), parse)
    app.get(UrlPath("/page"), page)
    app.get(UrlPath("/baked"), baked)
    app.get(UrlPath("/stream"), stream)
    with files() as directory:
        StaticAssets(AssetManifest(directory)).register(app)
        yield


if __name__ == "__main__":
    patience = RequestPolicy(keep_alive_timeout=60)
    config = ServerConfig(port=int(sys.argv[1]), event_loop="uvloop", requests=patience)
    Server(bootstrap, NoOpTracer(), config=config).run()
