"""Stario as an application uses it: routes, handlers, responses."""

import sys

import stario.responses as responses
from cases import ROWS, USER
from stario import App, Context, Span, UrlPath, Writer
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.tracing import NoOpTracer
from views import baked_page, plain_page


async def hello(_c: Context, w: Writer) -> None:
    responses.text(w, "Hello, World!")


async def user(c: Context, w: Writer) -> None:
    responses.json(w, {**USER, "id": c.route.params["id"]})


async def page(_c: Context, w: Writer) -> None:
    responses.html(w, plain_page(ROWS))


async def baked(_c: Context, w: Writer) -> None:
    responses.html(w, baked_page(ROWS))


async def bootstrap(app: App, _span: Span):
    app.get(UrlPath("/hello"), hello)
    app.get(UrlPath("/users/{id}"), user)
    app.get(UrlPath("/page"), page)
    app.get(UrlPath("/baked"), baked)
    yield


if __name__ == "__main__":
    Server(bootstrap, NoOpTracer(), config=ServerConfig(port=int(sys.argv[1]))).run()
