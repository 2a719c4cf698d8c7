"""Hello over HTTP with a tracer, for stario 5.1: port, kind, folder."""

# Its names are not those of the package that is checked here.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false

import sys
from pathlib import Path

import uvloop
from ours import tracer_of
from stario import Route, ServerConfig, serve
from stario.http.config import RequestPolicy


async def hello(_c, w):
    w.text("Hello, World!")


async def bootstrap(app, _span):
    app.add(Route("GET /hello"), hello)
    yield


if __name__ == "__main__":
    port, kind, folder = sys.argv[1:]
    config = ServerConfig(port=int(port), requests=RequestPolicy(keep_alive_timeout=60))
    with tracer_of(kind, Path(folder)) as tracer:
        uvloop.run(serve(bootstrap, config=config, tracer=tracer))
