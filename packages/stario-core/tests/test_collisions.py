"""Two routes that collide are both named: pattern, handler, file and line; and what to do."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from stario.exceptions import StarioError
from stario.http.matching.places import place_of
from stario.http.router import Router, method_not_allowed_handler
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.context import Context, Handler
    from stario.http.writer import Writer

type Register = Callable[[Router], None]


async def show(c: "Context", w: "Writer") -> None: ...


async def edit(c: "Context", w: "Writer") -> None: ...


def plain(handler: "Handler") -> "Handler":
    return handler


class Page:
    async def __call__(self, c: "Context", w: "Writer") -> None: ...

    async def draw(self, c: "Context", w: "Writer") -> None: ...


def decorated(handler: "Handler") -> "Handler":
    @functools.wraps(handler)
    async def inner(c: "Context", w: "Writer") -> None: ...

    return inner


def line_of(function: Any) -> str:
    return f"({__file__}:{function.__code__.co_firstlineno})"


SHOW = f"show {line_of(show)}"
EDIT = f"edit {line_of(edit)}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (UrlPath("/a"), UrlPath("/a/")),
        (UrlPath("/a b"), UrlPath("/a%20b")),
        (UrlPath("/{id}"), UrlPath("/{id}")),
        (UrlPath("/u/{id}/x"), UrlPath("/u/{id}/x")),
        (UrlPath("/f/{p...}"), UrlPath("/f/{p...}")),
        (UrlPath("/", host="X.com"), UrlPath("", host="x.com")),
    ],
)
def test_the_same_method_and_pattern_names_both(first: UrlPath, second: UrlPath) -> None:
    router = Router()
    router.get(first, show)
    router.post(second, edit)  # which is another method
    with pytest.raises(StarioError) as caught:
        router.handle("get", second, edit)
    error = caught.value
    assert error.message == (f"GET {second.text} is registered twice: for {SHOW} and for {EDIT}.")
    assert error.context == {"first": first.text, "second": second.text}
    assert error.help_text == "Keep one of the two handlers, or give them different paths."


CLASHES = [
    (UrlPath("/{a}"), "{a}", UrlPath("/{b}"), "{b}"),
    (UrlPath("/{a}/x"), "{a}", UrlPath("/{b}/y"), "{b}"),
    (UrlPath("/{a}/{b}"), "{b}", UrlPath("/{a}/{c}"), "{c}"),
    (UrlPath("/u/{a}"), "{a}", UrlPath("/u/{a...}"), "{a...}"),
    (UrlPath("/u/{a...}"), "{a...}", UrlPath("/u/{b...}"), "{b...}"),
    (UrlPath("/u/{a...}"), "{a...}", UrlPath("/u/{b}/x"), "{b}"),
    (UrlPath("/", host="{a}.x.com"), "{a}", UrlPath("/b", host="{b}.x.com"), "{b}"),
    (UrlPath("/", host="{a}.x.com"), "{a}", UrlPath("/", host="{a...}.x.com"), "{a...}"),
    (UrlPath("/{a}", host="x.com"), "{a}", UrlPath("/{b}", host="x.com"), "{b}"),
]


@pytest.mark.parametrize(
    ("first", "held", "second", "new"), [*CLASHES, *((*clash[2:], *clash[:2]) for clash in CLASHES)]
)
def test_two_placeholders_below_one_parent_name_both(
    first: UrlPath, held: str, second: UrlPath, new: str
) -> None:
    router = Router()
    router.get(first, show)
    with pytest.raises(StarioError) as caught:
        router.post(second, edit)
    error = caught.value
    assert error.message == (
        f"{second.text!r}, registered for {EDIT}, has {new}"
        f" where {first.text!r}, registered for {SHOW}, has {held}."
    )
    assert error.context == {"pattern": second.text, "registered": first.text}
    assert f"{held} in both" in (error.help_text or "")


def use(router: Router) -> None:
    router.use("/u/{name}", plain)


def not_found(router: Router) -> None:
    router.not_found("/u/{name}", edit)


def method_not_allowed(router: Router) -> None:
    router.method_not_allowed("/u/{name}", method_not_allowed_handler)


@pytest.mark.parametrize(
    ("register", "name"),
    [
        (use, "plain"),
        (not_found, "edit"),
        (method_not_allowed, "method_not_allowed_handler"),
    ],
)
def test_a_scope_that_collides_with_a_route_is_named_by_what_it_was_given(
    register: Register, name: str
) -> None:
    router = Router()
    router.get("/u/{id}", show)
    with pytest.raises(StarioError) as caught:
        register(router)
    assert f"'/u/{{name}}', registered for {name} (" in caught.value.message
    assert SHOW in caught.value.message
    router = Router()
    register(router)
    with pytest.raises(StarioError) as caught:
        router.get("/u/{id}", show)
    assert f"'/u/{{name}}', registered for {name} (" in caught.value.message


def test_a_scope_without_middleware_is_named_by_its_pattern() -> None:
    router = Router()
    router.use("/u/{name}")
    with pytest.raises(StarioError, match=r"where '/u/\{name\}' has \{name\}\."):
        router.get("/u/{id}", show)


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("no repr today")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def circle() -> Any:
    def around() -> None: ...

    around.__wrapped__ = around  # pyright: ignore[reportFunctionMemberAccess]
    return around


@pytest.mark.parametrize(
    ("handler", "place"),
    [
        (show, SHOW),
        (decorated(show), SHOW),
        (functools.partial(cast("Any", decorated(show)), w=None), SHOW),
        (Page().draw, f"Page.draw {line_of(Page.draw)}"),
        (Page(), f"Page.__call__ {line_of(Page.__call__)}"),
        (print, "print"),
        (Page, "Page"),
        (Shy(), "<Shy that cannot be shown>"),
        (circle(), f"circle.<locals>.around {line_of(circle())}"),
        (None, "None"),
        (10**5000, "<int that cannot be shown>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_handler_is_told_by_where_it_is_written(handler: object, place: str) -> None:
    """Behind decorators, partials and objects; and whatever it is, telling it does not fail."""
    assert place_of(handler) == place


def test_a_refused_route_is_not_there() -> None:
    router = Router()
    router.get("/u/{id}", show)
    for path in ("/u/{id}", "/u/{name}", "/u/{id...}"):
        with pytest.raises(StarioError):
            router.get(path, edit)
    assert router.find_handler("", "/u/7", "GET")[0] is show
    assert dict(router.find_handler("", "/u/7", "GET")[1].params) == {"id": "7"}
    assert router.find_handler("", "/u/7/8", "GET")[1].pattern == ""
    with pytest.raises(StarioError):
        router.get(UrlPath("/u/{x}/{x2}", host="h.com"), cast("Any", None))
    assert not router.host_routing
