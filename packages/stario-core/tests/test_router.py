"""A router finds one handler for a host, a path and a method, and says what matched."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from stario.exceptions import StarioError
from stario.http.match import RouteMatch
from stario.http.router import Router, default_not_found, method_not_allowed_handler
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.context import Context, Handler
    from stario.http.writer import Writer


class Answer:
    """Stands in for a writer, and keeps what is answered."""

    def __init__(self) -> None:
        self.headers = self
        self.fields: dict[str, str] = {}
        self.body: tuple[int, bytes] | None = None

    def set(self, name: str, value: str) -> None:
        self.fields[name] = value

    def respond(self, body: bytes, content_type: bytes, status: int = 200) -> None:
        self.body = status, body


async def answer_of(handler: Callable[[Any, Any], Awaitable[None]]) -> Answer:
    answer = Answer()
    await handler(None, answer)
    return answer


def says(text: str) -> "Handler":
    async def handler(c: "Context", w: "Writer") -> None:
        w.respond(text.encode(), b"text/plain")

    return handler


async def result(router: Router, path: str, method: str = "GET", host: str = "") -> str:
    """Return what a request runs as `status body`, with the allowed methods where there are any."""
    handler, match = router.find_handler(host, path, method)
    answer = await answer_of(handler)
    assert answer.body is not None
    status, body = answer.body
    if status != 200:
        assert match == RouteMatch("", {})
    allow = answer.fields.get("allow")
    return f"{status} {body.decode()}" + (f" [{allow}]" if allow else "")


def params(router: Router, path: str, host: str = "") -> tuple[str, dict[str, str]]:
    match = router.find_handler(host, path, "GET")[1]
    return match.pattern, dict(match.params)


def router_of(*patterns: str | UrlPath) -> Router:
    router = Router()
    for pattern in patterns:
        router.get(pattern, says(str(pattern)))
    return router


TREE = router_of(
    "/",
    "/users",
    "/users/me",
    "/users/{id}",
    "/users/{id}/edit",
    "/users/me/x",
    "/f/{p...}",
    "/f/exact/deep",
    "/p/{x}/z",
    "/ü b",
    "/enc%2Foded",
    "/esc%20aped",
)


@pytest.mark.parametrize(
    ("path", "pattern", "values"),
    [
        ("/", "/", {}),
        ("/users", "/users", {}),
        ("/users/me", "/users/me", {}),
        ("/users/7", "/users/{id}", {"id": "7"}),
        ("/users/7/edit", "/users/{id}/edit", {"id": "7"}),
        ("/users/a%2Fb/edit", "/users/{id}/edit", {"id": "a%2Fb"}),
        ("/users/..", "/users/{id}", {"id": ".."}),
        ("/users/{id}", "/users/{id}", {"id": "{id}"}),
        ("/users/ü ?#", "/users/{id}", {"id": "ü ?#"}),
        ("/f/a", "/f/{p...}", {"p": "a"}),
        ("/f/a//b", "/f/{p...}", {"p": "a//b"}),
        ("/f//b", "/f/{p...}", {"p": "/b"}),
        ("/f/a/%2F/ü", "/f/{p...}", {"p": "a/%2F/ü"}),
        ("/f/exact/deep", "/f/exact/deep", {}),
        ("/ü b", "/ü b", {}),
        ("/enc%2Foded", "/enc%2Foded", {}),
        ("/esc aped", "/esc%20aped", {}),
    ],
)
def test_a_path_finds_its_pattern_and_values(
    path: str, pattern: str, values: dict[str, str]
) -> None:
    assert params(TREE, path) == (pattern, values)
    assert params(TREE, path) == (pattern, values)


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/Users",
        "/users/",
        "/users//edit",
        "/users/me/edit",  # exact text is taken, and there is no way back
        "/users/7/nope",
        "/f",
        "/f/",
        "/f/exact",
        "/f/exact/other",
        "/p//z",
        "//users",
        "/enc/oded",
        "//",
        "*",
        "users",
        "x/users/7",
    ],
)
async def test_any_other_path_is_not_found(path: str) -> None:
    assert await result(TREE, path) == "404 Not Found"


def test_a_route_without_placeholder_gives_the_same_objects_each_time() -> None:
    assert TREE.find_handler("", "/users", "GET") is TREE.find_handler("", "/users", "GET")


def test_params_cannot_be_changed() -> None:
    for path in ("/users", "/users/7", "/nope"):
        match = TREE.find_handler("", path, "GET")[1]
        with pytest.raises(TypeError):
            cast("dict[str, str]", match.params)["id"] = "8"
        with pytest.raises(AttributeError):
            match.pattern = "/"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    "name", ["get", "post", "put", "delete", "patch", "head", "options", "query"]
)
async def test_each_method_has_its_own_registration(name: str) -> None:
    router = Router()
    getattr(router, name)("/x", says(name))
    assert await result(router, "/x", name.upper()) == f"200 {name}"


async def test_handle_takes_any_method_in_any_case() -> None:
    router = Router()
    router.handle("propFind", UrlPath("/x"), says("dav"))
    assert await result(router, "/x", "PROPFIND") == "200 dav"
    assert await result(router, "/x", "propfind") == "405 Method Not Allowed [OPTIONS, PROPFIND]"


@pytest.mark.parametrize(
    ("methods", "method", "expected"),
    [
        ("GET", "POST", "405 Method Not Allowed [GET, HEAD, OPTIONS]"),
        ("POST", "GET", "405 Method Not Allowed [OPTIONS, POST]"),
        ("POST", "HEAD", "405 Method Not Allowed [OPTIONS, POST]"),
        ("GET PUT", "X" * 999, "405 Method Not Allowed [GET, HEAD, OPTIONS, PUT]"),
        ("GET", "HEAD", "200 GET"),
        ("GET HEAD", "HEAD", "200 HEAD"),
        ("GET", "OPTIONS", "204  [GET, HEAD, OPTIONS]"),
        ("POST", "OPTIONS", "204  [OPTIONS, POST]"),
        ("GET OPTIONS", "OPTIONS", "200 OPTIONS"),
        ("OPTIONS", "GET", "405 Method Not Allowed [OPTIONS]"),
    ],
)
@pytest.mark.parametrize(("pattern", "path"), [("/x", "/x"), ("/{x}", "/y"), ("/{x...}", "/y/z")])
async def test_the_automatic_answers(
    methods: str, method: str, expected: str, pattern: str, path: str
) -> None:
    router = Router()
    for registered in methods.split():
        router.handle(registered, pattern, says(registered))
    assert await result(router, path, method) == expected


async def test_options_of_an_unknown_path_is_not_found() -> None:
    assert await result(TREE, "/nope", "OPTIONS") == "404 Not Found"


async def test_a_method_added_later_counts() -> None:
    router = router_of("/x")
    assert await result(router, "/x", "HEAD") == "200 /x"
    assert await result(router, "/x", "POST") == "405 Method Not Allowed [GET, HEAD, OPTIONS]"
    router.head("/x", says("head"))
    router.put("/x", says("put"))
    assert await result(router, "/x", "HEAD") == "200 head"
    assert await result(router, "/x", "POST") == "405 Method Not Allowed [GET, HEAD, OPTIONS, PUT]"


async def test_the_default_handlers_answer_what_they_are_given() -> None:
    answer = await answer_of(default_not_found)
    assert answer.body == (404, b"Not Found")
    answer = await answer_of(method_not_allowed_handler(frozenset({"POST", "GET"})))
    assert (answer.body, answer.fields) == ((405, b"Method Not Allowed"), {"allow": "GET, POST"})


async def test_a_refused_registration_leaves_nothing_behind() -> None:
    router = router_of("/u/{a}")
    with pytest.raises(StarioError):
        router.get("/u/{b}/x/{c}", says(""))
    with pytest.raises(StarioError):
        router.handle("NO WAY", "/new", says(""))
    router.get("/u/{a}/x/{d}", says("d"))
    assert await result(router, "/u/1/x/2") == "200 d"
    assert await result(router, "/new") == "404 Not Found"


def test_different_parents_may_have_different_placeholders() -> None:
    router = router_of("/a/{x}", "/b/{y}", "/c/{x...}", UrlPath("/a/{z}", host="h.com"))
    assert params(router, "/b/1") == ("/b/{y}", {"y": "1"})
    assert params(router, "/a/1", "h.com") == ("h.com/a/{z}", {"z": "1"})


@pytest.mark.parametrize(
    "method", ["", " ", "GET ", "G\nT", "ÄT", "ß", "GET,POST", ["GET", "POST"], b"GET", None]
)
def test_a_method_that_is_no_token_is_refused(method: Any) -> None:
    with pytest.raises(StarioError, match="not the name of an HTTP method"):
        Router().handle(method, "/", says(""))


def test_a_handler_that_cannot_be_called_is_refused() -> None:
    router = Router()
    for bad in (None, "handler"):
        with pytest.raises(StarioError):
            router.get("/", cast("Any", bad))
        with pytest.raises(StarioError):
            router.get("/", says(""), middleware=[cast("Any", bad)])
        with pytest.raises(StarioError):
            router.not_found("/", cast("Any", bad))
        with pytest.raises(StarioError):
            router.method_not_allowed("/", cast("Any", bad))
        with pytest.raises(StarioError):
            router.use("/", cast("Any", bad))


def test_middleware_that_is_not_in_a_list_is_refused() -> None:
    def signed_in(handler: "Handler") -> "Handler":
        return handler

    for bad, shown in ((signed_in, ".*signed_in"), (None, "None"), ("signed_in", "'signed_in'")):
        with pytest.raises(StarioError, match=f"takes a list, not {shown}"):
            Router().get("/", says(""), middleware=cast("Any", bad))
    with pytest.raises(StarioError, match=r"A pattern is text, not .*signed_in"):
        Router().use(cast("Any", signed_in))


HOSTS = router_of(
    "/",
    "/everywhere",
    "/{any}/x",
    UrlPath("/", host="example.com"),
    UrlPath("/", host="api.example.com"),
    UrlPath("/users/{id}", host="{tenant}.example.com"),
    UrlPath("/", host="{deep...}.e.org"),
    UrlPath("/{p...}", host="[::1]"),
)


@pytest.mark.parametrize(
    ("host", "path", "pattern", "values"),
    [
        ("", "/", "/", {}),
        ("other.com", "/", "/", {}),
        ("example.com", "/", "example.com/", {}),
        ("EXAMPLE.com", "/", "example.com/", {}),
        ("api.example.com", "/", "api.example.com/", {}),
        (
            "acme.example.com",
            "/users/7",
            "{tenant}.example.com/users/{id}",
            {"tenant": "acme", "id": "7"},
        ),
        ("acme.example.com", "/", "/", {}),
        ("acme.example.com", "/everywhere", "/everywhere", {}),
        ("acme.example.com", "/1/x", "/{any}/x", {"any": "1"}),
        ("api.example.com", "/users/7", "", {}),  # exact labels are taken, no way back
        ("a.b.e.org", "/", "{deep...}.e.org/", {"deep": "a.b"}),
        ("a.e.org", "/", "{deep...}.e.org/", {"deep": "a"}),
        ("e.org", "/", "/", {}),
        ("com", "/", "/", {}),
        ("example.com.", "/", "/", {}),
        (".e.org", "/", "/", {}),
        ("a..e.org", "/", "/", {}),
        (".example.com", "/users/7", "", {}),
        ("[::1]", "/a/b", "[::1]/{p...}", {"p": "a/b"}),
    ],
)
def test_a_host_finds_its_pattern_and_values(
    host: str, path: str, pattern: str, values: dict[str, str]
) -> None:
    assert params(HOSTS, path, host) == (pattern, values)


def test_the_host_is_ignored_while_no_pattern_has_one() -> None:
    router = router_of("/x")
    assert not router.host_routing
    assert params(router, "/x", "any.com") == ("/x", {})
    router.get(UrlPath("/x", host="any.com"), says("host"))
    assert router.host_routing
    assert params(router, "/x", "any.com") == ("any.com/x", {})


async def test_a_scope_with_a_host_makes_routing_by_host() -> None:
    router = router_of("/x")
    router.not_found(UrlPath("/", host="x.com"), says("gone"))
    assert router.host_routing
    assert await result(router, "/nope", host="x.com") == "200 gone"
    assert await result(router, "/nope", host="y.com") == "404 Not Found"
    assert await result(router, "/x", host="x.com") == "200 /x"


async def test_results_have_an_order_over_hosts() -> None:
    h = UrlPath("/", host="h.com")
    router = Router()
    router.get(h / "both", says("get on host"))
    router.get("/both", says("get anywhere"))
    router.post("/both", says("post anywhere"))
    router.put("/only", says("put anywhere"))
    on_h = {
        ("/both", "GET"): "200 get on host",
        ("/both", "HEAD"): "200 get on host",
        ("/both", "POST"): "200 post anywhere",
        ("/both", "DELETE"): "405 Method Not Allowed [GET, HEAD, OPTIONS]",
        ("/both", "OPTIONS"): "204  [GET, HEAD, OPTIONS]",
        ("/only", "GET"): "405 Method Not Allowed [OPTIONS, PUT]",
        ("/nope", "GET"): "404 Not Found",
    }
    for (path, method), expected in on_h.items():
        assert await result(router, path, method, "h.com") == expected
    router.options("/both", says("options anywhere"))
    assert await result(router, "/both", "OPTIONS", "h.com") == "200 options anywhere"
    router.not_found("/nope", says("404 anywhere"))
    assert await result(router, "/nope", "GET", "h.com") == "200 404 anywhere"
    router.not_found(h, says("404 on host"))
    assert await result(router, "/nope", "GET", "h.com") == "200 404 on host"
    assert await result(router, "/nope", "GET", "i.com") == "200 404 anywhere"
    assert await result(router, "/only", "GET", "h.com") == "405 Method Not Allowed [OPTIONS, PUT]"


async def test_the_deepest_not_found_on_the_way_answers_all_below_it() -> None:
    router = router_of("/api/users/{id}", "/other")
    router.not_found("/", says("root"))
    router.not_found("/api", says("api"))
    router.not_found("/api/users/{id}/posts", says("posts"))
    expected = {
        "/nope": "root",
        "/other/x": "root",
        "/api": "api",
        "/api/nope": "api",
        "/api/nope/deeper": "api",
        "/api/users": "api",
        "/api/users/1/nope": "api",
        "/api/users/1/posts": "posts",
        "/api/users/1/posts/2/3": "posts",
        "/apis": "root",
    }
    for path, text in expected.items():
        assert await result(router, path) == f"200 {text}"


async def test_a_scope_does_not_change_what_a_path_matches() -> None:
    router = router_of("/a/{id}/x", UrlPath("/y", host="{t}.com"))
    router.not_found("/a/b", says("nothing"))
    router.not_found(UrlPath("/", host="b.com"), says("nothing on b"))
    assert params(router, "/a/b/x") == ("/a/{id}/x", {"id": "b"})
    assert params(router, "/y", "b.com") == ("{t}.com/y", {"t": "b"})
    assert await result(router, "/a/b/z") == "200 nothing"
    assert await result(router, "/z", host="b.com") == "200 nothing on b"


async def test_the_deepest_method_not_allowed_gets_the_allowed_methods() -> None:
    def refuses(name: str) -> "Callable[[frozenset[str]], Handler]":
        return lambda allowed: says(f"{name} {sorted(allowed)}")

    router = router_of("/api/users/{id}", "/x", UrlPath("/x", host="h.com"))
    router.method_not_allowed("/api", refuses("api"))
    router.method_not_allowed(UrlPath("/", host="h.com"), refuses("h"))
    allowed = "['GET', 'HEAD', 'OPTIONS']"
    assert await result(router, "/api/users/1", "PUT") == f"200 api {allowed}"
    assert await result(router, "/x", "PUT", "h.com") == f"200 h {allowed}"
    assert await result(router, "/x", "PUT") == "405 Method Not Allowed [GET, HEAD, OPTIONS]"
    assert await result(router, "/api/users/1", "OPTIONS") == "204  [GET, HEAD, OPTIONS]"
    router.method_not_allowed("/api/users/{id}", refuses("user"))
    assert await result(router, "/api/users/1", "PUT") == f"200 user {allowed}"


@pytest.mark.parametrize("pattern", [UrlPath("/a/{p...}"), UrlPath("/", host="{t...}.x.com")])
def test_a_scope_cannot_have_a_placeholder_for_the_rest(pattern: UrlPath) -> None:
    router = Router()
    with pytest.raises(StarioError):
        router.use(pattern)
    with pytest.raises(StarioError):
        router.not_found(pattern, says(""))
    with pytest.raises(StarioError):
        router.method_not_allowed(pattern, method_not_allowed_handler)
    assert not router.host_routing


def test_scopes_and_routes_share_their_placeholders() -> None:
    router = router_of("/a/{x}")
    router.use("/a/{x}")
    with pytest.raises(StarioError):
        router.not_found("/a/{y}", says(""))


async def test_what_clients_send_is_not_remembered() -> None:
    router = router_of("/x", "/u/{id}", UrlPath("/", host="{t}.com"))

    def kept() -> int:
        resources = list(router._warm)
        return len(router._not_found) + sum(len(e.ready) + len(e.refusals) for e in resources)

    def ask(i: int) -> None:
        for path in (f"/{i}", f"/u/{i}", f"/u/{i}/x", "/x"):
            for method in ("GET", "HEAD", "OPTIONS", f"M{i}"):
                router.find_handler(f"h{i}.com", path, method)

    ask(0)
    after_one = kept()
    for i in range(100):
        ask(i)
    assert kept() == after_one
