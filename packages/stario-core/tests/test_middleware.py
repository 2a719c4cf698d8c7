"""Middleware wraps all answers of its branch, outermost scope first."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from stario.exceptions import StarioError
from stario.http.router import Router
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.context import Context, Handler, Middleware
    from stario.http.writer import Writer


class Trace:
    """Stands in for a writer, and keeps the order in which things ran."""

    def __init__(self) -> None:
        self.headers = self
        self.ran: list[str] = []

    def set(self, name: str, value: str) -> None: ...

    def respond(self, body: bytes, content_type: bytes, status: int = 200) -> None:
        self.ran.append(str(status))


def mark(name: str) -> "Middleware":
    def wrap(handler: "Handler") -> "Handler":
        async def wrapped(c: "Context", w: "Writer") -> None:
            cast("Trace", w).ran.append(name)
            await handler(c, w)

        return wrapped

    return wrap


def says(name: str) -> "Handler":
    async def handler(c: "Context", w: "Writer") -> None:
        cast("Trace", w).ran.append(name)

    return handler


async def ran(router: Router, path: str, method: str = "GET", host: str = "") -> str:
    trace = Trace()
    await router.find_handler(host, path, method)[0](cast("Any", None), cast("Any", trace))
    return " ".join(trace.ran)


async def test_scopes_come_from_outside_to_inside_and_the_route_last() -> None:
    router = Router()
    router.use("/a/{id}", mark("id"))
    router.get("/a/{id}/b", says("handler"), middleware=[mark("r1"), mark("r2")])
    router.use("/a", mark("a1"), mark("a2"))
    router.use("/", mark("root"))
    router.use("/a", mark("a3"))
    router.use("/a/{id}/b", mark("b"))
    router.use("/a/x", mark("elsewhere"))
    router.use("/a/{id}/b/c", mark("deeper"))
    assert await ran(router, "/a/1/b") == "root a1 a2 a3 id b r1 r2 handler"
    assert await ran(router, "/a/x/b") == "root a1 a2 a3 id elsewhere b r1 r2 handler"


async def test_use_counts_after_a_lookup_too() -> None:
    router = Router()
    router.get("/a", says("a"))
    router.get("/{x}", says("x"))
    assert await ran(router, "/a") == "a"
    assert await ran(router, "/1") == "x"
    assert await ran(router, "/1", "POST") == "405"
    assert await ran(router, "/1/2") == "404"
    router.use("/", mark("root"))
    assert await ran(router, "/a") == "root a"
    assert await ran(router, "/1") == "root x"
    assert await ran(router, "/1", "POST") == "root 405"
    assert await ran(router, "/1/2") == "root 404"


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/", "GET", "root 404"),
        ("/nope", "GET", "root 404"),
        ("/a", "POST", "root a 404"),
        ("/a/nope/deeper", "GET", "root a 404"),
        ("/a/b", "POST", "root a 405"),
        ("/a/b", "OPTIONS", "root a 204"),
        ("/a/b", "HEAD", "root a r handler"),
        ("/c/nope", "GET", "root c c404"),
        ("/c/d", "POST", "root c d c405"),
        ("/c/d/e", "GET", "root c d c404"),
    ],
)
async def test_the_automatic_answers_are_wrapped_by_their_scopes(
    path: str, method: str, expected: str
) -> None:
    router = Router()
    router.get("/a/b", says("handler"), middleware=[mark("r")])
    router.get("/c/d", says("d"))
    router.not_found("/c", says("c404"))
    router.method_not_allowed("/c", lambda allowed: says("c405"))
    for scope, name in (("/", "root"), ("/a", "a"), ("/c", "c"), ("/c/d", "d")):
        router.use(scope, mark(name))
    assert await ran(router, path, method) == expected


SHARED = [
    # What is routed, where the scope is, what is asked for, and whether it stands in the scope.
    ("/a/{id}", "/a/b", "/a/b", True),
    ("/a/{id}", "/a/b", "/a/c", False),
    ("/a/{id}/x", "/a/b", "/a/b/x", True),
    ("/a/{id}/x", "/a/b/x", "/a/b/x", True),
    ("/a/{id}/x", "/a/b/y", "/a/b/x", False),
    ("/{page...}", "/admin", "/admin", True),
    ("/{page...}", "/admin", "/admin/users/7", True),
    ("/{page...}", "/admin/users/{id}", "/admin/users/7", True),
    ("/{page...}", "/admin/users/{id}", "/admin/users", False),
    ("/{page...}", "/admin/users/{id}", "/admin/users/", False),
    ("/{page...}", "/admin", "/administrator", False),
    ("/{page...}", "/admin", "/Admin", False),
    ("/{page...}", "/admin", "//admin", False),
    ("/users/new", "/users/{id}", "/users/new", False),
    ("/users/{id}", "/users/{id}", "/users/new", True),
    ("/{a}/{b}", "/{a}/y", "/x/y", True),
    ("/{a}/{b}", "/x/{b}", "/x/y", True),
    ("/{a}/{b}", "/x/y/z", "/x/y", False),
]


@pytest.mark.parametrize(("route", "scope", "path", "is_inside"), SHARED)
async def test_a_request_stands_in_the_scopes_of_its_path_whatever_its_route_says(
    route: str, scope: str, path: str, is_inside: bool
) -> None:
    """Asked in any order, and asked again, since what was found is remembered."""
    router = Router()
    router.get(route, says("handler"))
    router.get("/other/{id}", says("other"))
    router.use(scope, mark("scope"))
    router.method_not_allowed(scope, lambda allowed: says(f"405 {len(allowed)}"))
    before = "scope " if is_inside else ""
    for _ in range(2):
        assert await ran(router, path) == f"{before}handler"
        assert await ran(router, path, "POST") == ("scope 405 3" if is_inside else "405")
        assert await ran(router, path, "OPTIONS") == f"{before}204"
        assert await ran(router, path, "HEAD") == f"{before}handler"
        assert await ran(router, "/other/7") == "other"
    router.post(route, says("post"))
    assert await ran(router, path, "POST") == f"{before}post"
    router.use(scope, mark("later"))
    assert await ran(router, path, "POST") == ("scope later post" if is_inside else "post")


async def test_of_two_scopes_on_one_level_the_one_with_exact_text_is_inside() -> None:
    router = Router()
    router.get("/a/{id}", says("handler"))
    for scope, name in (("/a/b", "b"), ("/a/{id}", "id")):
        router.use(scope, mark(name))
        router.not_found(scope, says(f"{name}404"))
        router.method_not_allowed(scope, lambda allowed, name=name: says(f"{name}405"))
    assert await ran(router, "/a/b") == "id b handler"
    assert await ran(router, "/a/b", "PUT") == "id b b405"
    assert await ran(router, "/a/b/x") == "id b b404"
    assert await ran(router, "/a/c") == "id handler"
    assert await ran(router, "/a/c", "PUT") == "id id405"
    assert await ran(router, "/a/c/x") == "id id404"


async def test_a_scope_of_one_host_holds_for_routes_of_a_host_with_a_placeholder() -> None:
    router = Router()
    router.get(UrlPath("/{page}", host="{t}.h.com"), says("page"))
    router.get(UrlPath("/", host="{all...}.i.com"), says("all"))
    router.get("/every/where", says("everywhere"))
    router.use(UrlPath("/", host="a.h.com"), mark("a"))
    router.use(UrlPath("/x", host="{t}.h.com"), mark("x"))
    router.use(UrlPath("/", host="b.i.com"), mark("b"))
    assert await ran(router, "/x", host="a.h.com") == "a x page"
    assert await ran(router, "/y", host="a.h.com") == "a page"
    assert await ran(router, "/x", host="b.h.com") == "x page"
    assert await ran(router, "/", host="b.i.com") == "b all"
    assert await ran(router, "/", host="a.b.i.com") == "b all"
    assert await ran(router, "/", host="a.i.com") == "all"
    assert await ran(router, "/every/where", host="a.h.com") == "everywhere"


def test_what_clients_send_makes_no_more_resources_than_there_are_scopes() -> None:
    router = Router()
    router.get("/{a}/{b}", says("handler"))
    router.use("/x", mark("x"))
    router.use("/{a}/y", mark("y"))
    handlers = {
        router.find_handler("", f"/{a}/{b}", "GET")[0] for a in "uvwx" * 50 for b in "uvwy" * 50
    }
    assert len(handlers) == 4


def by_host() -> Router:
    router = Router()
    router.use("/", mark("root"))
    router.use("/a", mark("a"))
    router.use(UrlPath("/", host="h.com"), mark("h"))
    router.use(UrlPath("/a", host="h.com"), mark("ha"))
    router.use(UrlPath("/", host="{t}.h.com"), mark("t"))
    router.get("/a/anywhere", says("anywhere"))
    router.get(UrlPath("/a/x", host="h.com"), says("x"), middleware=[mark("r")])
    router.get(UrlPath("/a/y", host="{t}.h.com"), says("y"))
    return router


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("h.com", "/a/x", "root h a ha r x"),
        ("1.h.com", "/a/y", "root h t a ha y"),
        ("h.com", "/a/anywhere", "root a anywhere"),
        ("other.com", "/a/anywhere", "root a anywhere"),
        ("h.com", "/a/nope", "root h a ha 404"),
        ("h.com", "/nope", "root h 404"),
        ("1.h.com", "/a/nope", "root h t a ha 404"),
        ("1.2.h.com", "/nope", "root h t 404"),
        ("other.com", "/a/nope", "root a 404"),
    ],
)
async def test_a_host_comes_before_the_path_and_shares_what_has_no_host(
    host: str, path: str, expected: str
) -> None:
    assert await ran(by_host(), path, host=host) == expected


async def test_refusals_on_a_host_are_wrapped_as_its_routes_are() -> None:
    router = by_host()
    assert await ran(router, "/a/x", "POST", "h.com") == "root h a ha 405"
    assert await ran(router, "/a/y", "OPTIONS", "1.h.com") == "root h t a ha 204"


async def test_the_host_beats_the_path_in_answering_not_found() -> None:
    router = Router()
    router.not_found("/a/b/c", says("deep"))
    router.not_found(UrlPath("/", host="h.com"), says("h"))
    router.not_found(UrlPath("/a", host="h.com"), says("ha"))
    router.not_found(UrlPath("/", host="x.h.com"), says("xh"))
    assert await ran(router, "/a/b/c", host="h.com") == "ha"
    assert await ran(router, "/b", host="h.com") == "h"
    assert await ran(router, "/a/b/c", host="x.h.com") == "xh"
    assert await ran(router, "/a/b/c", host="y.com") == "deep"


def test_a_handler_is_wrapped_once_and_kept() -> None:
    calls: list[str] = []

    def counted(handler: "Handler") -> "Handler":
        calls.append("wrapped")
        return handler

    router = Router()
    router.use("/", counted)
    router.get("/a/{x}", says("a"))
    for method in ("GET", "HEAD", "GET"):
        for value in "12":
            router.find_handler("", f"/a/{value}", method)
    assert calls == ["wrapped"]
    for value in "12":
        router.find_handler("", f"/nope/{value}", "GET")
        router.find_handler("", f"/a/{value}", f"M{value}")
    assert calls == ["wrapped"] * 3


async def test_once_the_app_serves_use_is_too_late_and_routes_are_not() -> None:
    router = Router()
    router.use("/", mark("root"))
    router.freeze()
    with pytest.raises(StarioError, match="after the app began"):
        router.use("/", mark("late"))
    router.get("/late", says("late"), middleware=[mark("r")])
    router.not_found("/", says("gone"))
    assert await ran(router, "/late") == "root r late"
    assert await ran(router, "/nope") == "root gone"


async def test_middleware_of_a_generator_is_run_too() -> None:
    router = Router()
    router.get("/", says("home"), middleware=cast("Any", (mark(name) for name in ("a", "b"))))
    assert await ran(router, "/") == "a b home"


def test_middleware_that_returns_no_handler_is_named() -> None:
    def forgets(handler: "Handler") -> "Handler":
        return cast("Handler", None)

    router = Router()
    router.get("/", says("home"), middleware=[forgets])
    with pytest.raises(StarioError, match="forgets"):
        router.find_handler("", "/", "GET")
