"""What a client gets from the router: found, refused, missing, redirected; wrapped by its scope."""

from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from stario.routing import UrlPath

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Answer, WireFactory
    from stario import App, Context, Handler, Middleware, Writer

    type Read = Callable[..., list[Answer]]


def says(text: str) -> "Handler":
    async def handler(c: "Context", w: "Writer") -> None:
        responses.text(w, f"{text} {c.req.method} {dict(c.route.params) or ''}".strip())

    return handler


def mark(name: str) -> "Middleware":
    """Let the answer tell which middleware ran around it, outermost first."""

    def wrap(handler: "Handler") -> "Handler":
        async def wrapped(c: "Context", w: "Writer") -> None:
            w.headers.add("x-around", name)
            await handler(c, w)

        return wrapped

    return wrap


def refuse(allowed: frozenset[str]) -> "Handler":
    async def handler(c: "Context", w: "Writer") -> None:
        responses.text(w, f"not allowed: {' '.join(sorted(allowed))}", 405)

    return handler


async def gone(c: "Context", w: "Writer") -> None:
    responses.text(w, f"gone {c.route.pattern!r}", 404)


def build(app: "App") -> None:
    app.get("/", says("home"))
    app.get("/users/{id}", says("user"))
    app.post("/users", says("create"))
    app.query("/search", says("search"))
    app.get("/files/{path...}", says("file"))
    app.get("/own", says("get"))
    app.head("/own", says("own head"))
    app.options("/own", says("own options"))
    app.get("/api/items/{id}", says("item"), middleware=[mark("route")])
    app.get(UrlPath("/", host="{tenant}.example.com"), says("tenant"))
    app.not_found("/api", gone)
    app.method_not_allowed("/api", refuse)
    app.use("/api", mark("api"))  # after what it covers
    app.use("/", mark("root"))


@pytest.mark.parametrize(
    ("asked", "status", "body", "around"),
    [
        ("GET /", 200, "home GET", "root"),
        ("GET /users/7", 200, "user GET {'id': '7'}", "root"),
        ("GET /users/a%2Fb", 200, "user GET {'id': 'a%2Fb'}", "root"),
        ("GET /users/a%20b?x=1", 200, "user GET {'id': 'a b'}", "root"),
        ("POST /users", 200, "create POST", "root"),
        ("QUERY /search", 200, "search QUERY", "root"),
        ("GET /files/a//b", 200, "file GET {'path': 'a//b'}", "root"),
        ("OPTIONS /own", 200, "own options OPTIONS", "root"),
        ("GET /api/items/7", 200, "item GET {'id': '7'}", "root, api, route"),
        ("GET /nope", 404, "Not Found", "root"),
        ("PROPFIND /nope", 404, "Not Found", "root"),
        ("GET /users", 405, "Method Not Allowed", "root"),
        ("PROPFIND /users/7", 405, "Method Not Allowed", "root"),
        ("QUERY /users/7", 405, "Method Not Allowed", "root"),
        ("GET /search", 405, "Method Not Allowed", "root"),
        ("GET /api/nope/deep", 404, "gone ''", "root, api"),
        ("GET /api", 404, "gone ''", "root, api"),
        ("GET /apis", 404, "Not Found", "root"),
        ("PUT /api/items/7", 405, "not allowed: GET HEAD OPTIONS", "root, api"),
        ("GET /users//x", 404, "Not Found", "root"),
        ("GET //users/7", 404, "Not Found", "root"),
        ("GET /files", 404, "Not Found", "root"),
    ],
)
async def test_a_request_gets_its_handler_with_its_scopes_around_it(
    site: "WireFactory", read_answers: "Read", asked: str, status: int, body: str, around: str
) -> None:
    build(site.app)
    sent = await site.connect().answer_to(f"{asked} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    lines = [line for line in sent.split(b"\r\n") if line.startswith(b"x-around: ")]
    assert ", ".join(line[10:].decode() for line in lines) == around
    plain = b"\r\n".join(line for line in sent.split(b"\r\n") if line not in lines)
    [answer] = read_answers(plain)
    assert (answer.status, answer.body) == (status, body.encode())


@pytest.mark.parametrize(
    ("asked", "status", "allow"),
    [
        ("OPTIONS /users/7", 204, "GET, HEAD, OPTIONS"),
        ("OPTIONS /users", 204, "OPTIONS, POST"),
        ("OPTIONS /search", 204, "OPTIONS, QUERY"),
        ("DELETE /users/7", 405, "GET, HEAD, OPTIONS"),
        ("HEAD /users", 405, "OPTIONS, POST"),
        ("OPTIONS /nope", 404, None),
        ("OPTIONS *", 204, None),
    ],
)
async def test_what_is_allowed_is_told(
    site: "WireFactory", read_answers: "Read", asked: str, status: int, allow: str | None
) -> None:
    site.app.get("/users/{id}", says("user"))
    site.app.post("/users", says("create"))
    site.app.query("/search", says("search"))
    sent = await site.connect().answer_to(f"{asked} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    [answer] = read_answers(sent, [asked.startswith("HEAD")])
    assert (answer.status, answer.fields.get("allow")) == (status, allow)
    if status == 204:
        assert answer.body is None


@pytest.mark.parametrize("path", ["/", "/users/7", "/own", "/nope", "/api/nope", "/users"])
async def test_head_has_the_head_of_get_or_of_its_own_route_and_no_body(
    site: "WireFactory", path: str
) -> None:
    build(site.app)
    asked = f"HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    wire = site.connect()
    sent = await wire.answer_to(asked)
    assert sent.endswith(b"\r\n\r\n")
    assert sent.count(b"\r\n\r\n") == 1
    assert (await wire.answer_to(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")).endswith(b"home GET")


REDIRECTED = {
    "/x/": "/x",
    "/x/?a=1&b=%20": "/x?a=1&b=%20",
    "/x/?": "/x",
    "/users/7/": "/users/7",
    "/a%25b/": "/a%25b",
    "/a%2fb/": "/a%2fb",
    "/%C3%A9/": "/%C3%A9",
    "//evil.com/": "/evil.com",
    "////evil.com//": "/evil.com",
    "/\\evil.com/": "/%5Cevil.com",
    "//": "/",
    "/a//b/": "/a//b",
    "/a/%2F/": "/a/%2F",
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "QUERY", "PROPFIND"])
@pytest.mark.parametrize(("target", "location"), REDIRECTED.items())
async def test_a_trailing_slash_is_redirected_for_every_method_and_outside_of_middleware(
    site: "WireFactory", read_answers: "Read", method: str, target: str, location: str
) -> None:
    build(site.app)
    asked = f"{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    [answer] = read_answers(await site.connect().answer_to(asked.encode()), [method == "HEAD"])
    assert answer.status == 308
    assert answer.fields["location"] == location
    assert answer.fields["content-type"] == "text/plain; charset=utf-8"
    assert answer.fields["content-length"] == "0"
    assert "x-around" not in answer.fields
    assert not answer.body


@pytest.mark.parametrize(
    ("host", "body"),
    [
        ("acme.example.com", "tenant GET {'tenant': 'acme'}"),
        ("ACME.Example.COM:8000", "tenant GET {'tenant': 'acme'}"),
        ("a.b.example.com", "home GET"),
        ("example.com", "home GET"),
        ("[::1]:80", "home GET"),
    ],
)
async def test_the_host_is_that_of_the_host_field(
    site: "WireFactory", host: str, body: str
) -> None:
    build(site.app)
    for _ in range(2):  # the second time from memory
        sent = await site.connect().answer_to(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert sent.endswith(body.encode())


async def test_an_absolute_target_is_routed_by_the_host_field(site: "WireFactory") -> None:
    build(site.app)
    asked = b"GET http://acme.example.com/ HTTP/1.1\r\nHost: acme.example.com\r\n\r\n"
    assert (await site.connect().answer_to(asked)).endswith(b"{'tenant': 'acme'}")
