"""Hello over HTTP with a tracer, for our package and for stario 4.3: port, kind, folder."""

import sys
from pathlib import Path

import stario.responses as responses
from ours import tracer_of
from stario import App, Context, Span, UrlPath, Writer
from stario.http.config import RequestPolicy, ServerConfig
from stario.http.server import Server


async def hello(_c: Context, w: Writer) -> None:
    responses.text(w, "Hello, World!")


async def bootstrap(app: App, _span: Span):
    app.get(UrlPath("/hello"), hello)
    yield


if __name__ == "__main__":
    port, kind, folder = sys.argv[1:]
    patience = RequestPolicy(keep_alive_timeout=60)
    config = ServerConfig(port=int(port), event_loop="uvloop", requests=patience)
    with tracer_of(kind, Path(folder)) as tracer:
        Server(bootstrap, tracer, config=config).run()
