"""A path that was walked is remembered, and never answers with what was true before."""

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from stario.exceptions import StarioError
from stario.http.router import Router, default_not_found
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.context import Context, Handler, Middleware
    from stario.http.writer import Writer


def says(text: str) -> "Handler":
    async def handler(c: "Context", w: "Writer") -> None: ...

    handler.__qualname__ = text
    return handler


def found(router: Router, path: str, method: str = "GET", host: str = "") -> tuple[str, str]:
    """Ask twice, since the second answer may come from memory; return handler and pattern."""
    first = router.find_handler(host, path, method)
    second = router.find_handler(host, path, method)
    assert first[1] == second[1]
    names = {handler.__qualname__ for handler, _ in (first, second)}  # type: ignore[attr-defined]
    [name] = names
    return name.rpartition(".")[2], second[1].pattern


MISSING = (default_not_found.__qualname__, "")
REFUSED = ("method_not_allowed", "")


def test_a_remembered_path_gives_the_same_match() -> None:
    router = Router()
    router.get("/u/{id}", says("get"))
    first = router.find_handler("", "/u/7", "GET")
    second = router.find_handler("", "/u/7", "GET")
    assert first == second
    assert first[1] is second[1]
    assert router.find_handler("", "/u/8", "GET")[1].params == {"id": "8"}


def test_a_route_added_while_serving_is_seen_by_remembered_paths() -> None:
    router = Router()
    router.get("/u/{id}", says("id"))
    router.get("/f/{p...}", says("rest"))
    assert found(router, "/u/me") == ("id", "/u/{id}")
    assert found(router, "/u/me/edit") == MISSING
    assert found(router, "/f/a/b") == ("rest", "/f/{p...}")
    router.freeze()
    router.get("/u/{id}/edit", says("edit"))
    assert found(router, "/u/me/edit") == ("edit", "/u/{id}/edit")
    router.get("/u/me", says("me"))
    assert found(router, "/u/me") == ("me", "/u/me")
    assert found(router, "/u/me/edit") == MISSING  # exact text is taken, and there is no way back
    router.get("/f/a", says("f"))
    assert found(router, "/f/a/b") == MISSING


def test_a_refusal_on_a_remembered_path_ends_when_its_method_is_added() -> None:
    router = Router()
    router.get("/u/{id}", says("get"))
    assert found(router, "/u/7") == ("get", "/u/{id}")
    assert found(router, "/u/7", "POST") == REFUSED
    assert found(router, "/u/7", "HEAD") == ("get", "/u/{id}")
    assert found(router, "/u/7", "OPTIONS") == ("options", "")
    router.post("/u/{id}", says("post"))
    router.head("/u/{id}", says("head"))
    router.options("/u/{id}", says("own options"))
    assert found(router, "/u/7", "POST") == ("post", "/u/{id}")
    assert found(router, "/u/7", "HEAD") == ("head", "/u/{id}")
    assert found(router, "/u/7", "OPTIONS") == ("own options", "/u/{id}")
    assert found(router, "/u/7", "PUT") == REFUSED


def test_a_path_that_was_asked_for_with_the_wrong_method_first_is_found_later() -> None:
    router = Router()
    router.get("/u/{id}", says("get"))
    assert found(router, "/u/7", "POST") == REFUSED
    assert found(router, "/u/7") == ("get", "/u/{id}")


def test_a_scope_that_changes_reaches_remembered_paths() -> None:
    def renamed(name: str) -> "Middleware":
        return lambda handler: says(f"{name}({handler.__qualname__})")  # type: ignore[attr-defined]

    router = Router()
    router.get("/u/{id}", says("get"))
    assert found(router, "/u/7") == ("get", "/u/{id}")
    router.use("/u", renamed("u"))
    assert found(router, "/u/7") == ("u(get)", "/u/{id}")
    router.use("/u/{id}", renamed("id"))
    assert found(router, "/u/7") == ("u(id(get))", "/u/{id}")
    router.method_not_allowed("/", lambda allowed: says("405"))
    assert found(router, "/u/7", "PUT") == ("u(id(405))", "")
    router.method_not_allowed("/u/{id}", lambda allowed: says("deep"))
    assert found(router, "/u/7", "PUT") == ("u(id(deep))", "")
    router.not_found("/u", says("404"))
    assert found(router, "/u/7/8") == ("u(id(404))", "")


def test_the_first_host_pattern_makes_paths_without_a_host_forgotten() -> None:
    router = Router()
    router.get("/u/{id}", says("anywhere"))
    assert found(router, "/u/7", host="a.com") == ("anywhere", "/u/{id}")
    router.get(UrlPath("/u/{id}", host="a.com"), says("on a"))
    assert found(router, "/u/7", host="a.com") == ("on a", "a.com/u/{id}")
    assert found(router, "/u/7", host="b.com") == ("anywhere", "/u/{id}")
    assert found(router, "/u/7") == ("anywhere", "/u/{id}")


def test_a_scope_with_a_host_makes_them_forgotten_too() -> None:
    router = Router()
    router.get("/u/{id}", says("anywhere"))
    assert found(router, "/u/7/x", host="a.com") == MISSING
    assert found(router, "/u/7", host="a.com") == ("anywhere", "/u/{id}")
    router.not_found(UrlPath("/", host="a.com"), says("404 on a"))
    assert found(router, "/u/7", host="a.com") == ("anywhere", "/u/{id}")
    assert found(router, "/u/7/x", host="a.com") == ("404 on a", "")
    assert found(router, "/u/7/x", host="b.com") == MISSING


def test_a_path_is_remembered_under_its_host() -> None:
    """And without one too, for the methods that the host does not have."""
    router = Router()
    router.get(UrlPath("/x", host="{tenant}.a.com"), says("host"))
    router.post("/x", says("post"))
    router.put("/{any}", says("put"))
    for tenant in ("t", "u"):
        host = f"{tenant}.a.com"
        assert found(router, "/x", host=host) == ("host", "{tenant}.a.com/x")
        assert router.find_handler(host, "/x", "GET")[1].params == {"tenant": tenant}
        assert found(router, "/x", "POST", host) == ("post", "/x")
        assert router.find_handler(host, "/x", "POST")[1].params == {}
        assert found(router, "/x", "PUT", host) == REFUSED
        assert found(router, "/y", "PUT", host) == ("put", "/{any}")
    assert found(router, "/x", "GET", "a.com") == REFUSED
    router.put(UrlPath("/y", host="{tenant}.a.com"), says("late"))
    assert found(router, "/y", "PUT", "t.a.com") == ("late", "{tenant}.a.com/y")
    assert found(router, "/y", "PUT", "a.com") == ("put", "/{any}")


def test_hosts_are_remembered_within_the_same_bounds() -> None:
    router = Router()
    router.get(UrlPath("/x", host="{tenant}.a.com"), says("host"))
    for number in range(5000):
        host = f"t{number}.a.com"
        assert router.find_handler(host, "/x", "GET")[1].params == {"tenant": f"t{number}"}
        assert router.find_handler("b" + host, "/nope", "GET")[1].pattern == ""
    assert 0 < len(router._walked) <= 1024
    router._walked.clear()
    router.find_handler("t" * 200 + ".a.com", "/x", "GET")
    assert not router._walked


def test_a_refused_registration_changes_no_remembered_path() -> None:
    router = Router()
    router.get("/u/{id}", says("get"))
    assert found(router, "/u/7") == ("get", "/u/{id}")
    for path in ("/u/{id}", "/u/{other}", "/u/{id...}"):
        with pytest.raises(StarioError):
            router.get(path, says("second"))
    assert found(router, "/u/7") == ("get", "/u/{id}")
    assert found(router, "/u/7", "POST") == REFUSED


def test_what_is_remembered_is_bounded_in_number_and_in_length() -> None:
    """100,000 paths, of up to 100 KB, leave no more than the 1,024 short ones of them."""
    router = Router()
    router.get("/u/{id}", says("get"))
    router.get("/f/{p...}", says("rest"))
    for number in range(100_000):
        router.find_handler("", f"/u/{number}", "GET")
    assert 0 < len(router._walked) <= 1024
    router._walked.clear()
    for size in (129, 1000, 100_000):
        path = "/f/" + "x" * (size - 3)
        assert router.find_handler("", path, "GET")[1].params["p"] == path[3:]
    assert not router._walked
    router.find_handler("", "/f/" + "x" * 125, "GET")
    assert len(router._walked) == 1


def test_what_is_remembered_takes_less_than_ten_megabytes_at_worst() -> None:
    """Of the longest paths, with as many placeholders as fit, outside of Latin-1."""
    router = Router()
    names = [f"n{number}" for number in range(60)]
    router.get("/" + "/".join(f"{{{name}}}" for name in names), says("many"))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(1024):
            router.find_handler("", f"/{number:04}é" + "/\U0001f600" * 59, "GET")
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(router._walked) == 1024
    assert taken < 10 * 1024 * 1024


def test_an_unknown_path_and_an_unknown_method_are_not_remembered() -> None:
    router = Router()
    router.get("/u/{id}", says("get"))
    for number in range(5000):
        assert router.find_handler("", f"/nope/{number}", "GET")[1].pattern == ""
    assert not router._walked
    for number in range(5000):
        router.find_handler("", "/u/1", f"M{number}")
    resource = router._walked["/u/1"][0][0]
    assert len(router._walked) == 1
    assert len(resource.ready) + len(resource.refusals) == 1
