"""The routes of a router: which resource a host and a path lead to, and what they are called.

A path without placeholders is found in a dict. Every other path is walked once, segment by segment.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from stario.exceptions import StarioError
from stario.http.match import RouteMatch
from stario.http.matching.places import place_of
from stario.http.matching.tree import Node
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.context import Handler, Middleware
    from stario.http.matching.scopes import Scope

type Found = tuple[Handler, RouteMatch]


class Route(NamedTuple):
    """A handler as it was registered, without the middleware of its scopes."""

    handler: "Handler"
    middleware: "tuple[Middleware, ...]"


class Resource:
    """All methods of one pattern, for requests that stand in the same scopes.

    `ready` holds what requests run, by method; `refusals` what requests with other methods run.
    `scopes` are those of all its requests, if it `is_steady`. Else each request has to be looked
    at, and what it runs is kept by a resource beside this one, with the same routes.
    """

    __slots__ = (
        "_beside",
        "is_steady",
        "match",
        "pattern",
        "ready",
        "refusals",
        "routes",
        "scopes",
        "text",
    )

    def __init__(self, pattern: UrlPath) -> None:
        self.pattern = pattern
        self.text = pattern.text
        self.match = RouteMatch(self.text, MappingProxyType({}))
        self.routes: dict[str, Route] = {}
        self.ready: dict[str, Found] = {}
        self.refusals: dict[str, Found] = {}
        self.scopes: tuple[Scope, ...] = ()
        self.is_steady = False
        self._beside: dict[tuple[Scope, ...], Resource] = {}

    def add(self, method: str, pattern: UrlPath, route: Route) -> None:
        """Keep a route; `pattern` is ours, if perhaps written in another way."""
        if method in self.routes:
            raise registered_twice(method, self, pattern, route.handler)
        self.routes[method] = route
        self.forget()

    def forget(self) -> None:
        """Drop what was made from routes and scopes; it is made again when it is needed."""
        self.ready.clear()
        self.refusals.clear()
        self.is_steady = False
        self._beside.clear()

    def inside(self, scopes: "tuple[Scope, ...]") -> "Resource":
        """Return the resource for requests that stand in these scopes."""
        beside = self._beside.get(scopes)
        if beside is None:
            beside = self._beside[scopes] = Resource(self.pattern)
            beside.routes, beside.scopes = self.routes, scopes
        return beside

    @property
    def allowed(self) -> frozenset[str]:
        """The methods of the `allow` header (RFC 9110, 10.2.1)."""
        automatic = {"HEAD", "OPTIONS"} if "GET" in self.routes else {"OPTIONS"}
        return frozenset(self.routes).union(automatic)

    def matched(self, values: dict[str, str]) -> RouteMatch:
        """Return the match of a request that has these values for the placeholders."""
        return RouteMatch(self.text, MappingProxyType(values)) if values else self.match


class Paths:
    """The resources of one host pattern, or of none.

    `ready` has what each path without placeholders is ready to run, by method.
    """

    __slots__ = ("exact", "ready", "tree")

    def __init__(self) -> None:
        self.exact: dict[str, Resource] = {}
        self.ready: dict[str, dict[str, Found]] = {}
        self.tree: Node[Resource] = Node()

    def resource(self, pattern: UrlPath) -> Resource:
        node = self.tree.grow(pattern.segments)
        if node.leaf is None:
            node.leaf = Resource(pattern)
            if not any(segment.name for segment in pattern.segments):
                path = "/" + "/".join(s.exact for s in pattern.segments)
                self.exact[path] = node.leaf
                self.ready[path] = node.leaf.ready
        return node.leaf

    def find(self, path: str) -> tuple[Resource, dict[str, str]] | None:
        resource = self.exact.get(path)
        return self.walk(path) if resource is None else (resource, {})

    def walk(self, path: str) -> tuple[Resource, dict[str, str]] | None:
        if path[:1] != "/":
            return None
        return self.tree.find(iter(path[1:].split("/")), _join_segments)


class Routes:
    """The resources without a host, and those of each host pattern."""

    __slots__ = ("anywhere", "hosts")

    def __init__(self) -> None:
        self.anywhere = Paths()
        self.hosts: Node[Paths] = Node()

    def resource(self, pattern: UrlPath) -> Resource:
        """Return the resource of `pattern`, made if it is missing."""
        if not pattern.labels:
            return self.anywhere.resource(pattern)
        node = self.hosts.grow(pattern.labels)
        if node.leaf is None:
            node.leaf = Paths()
        return node.leaf.resource(pattern)

    def on_host(self, host: str, path: str) -> Iterator[tuple[Resource, dict[str, str]]]:
        """Yield what is found under the host, then what is found without a host, with values."""
        under_host = self.hosts.find(iter(labels_of(host)), _join_labels)
        if under_host is not None:
            paths, labels = under_host
            found = paths.find(path)
            if found is not None:
                yield found[0], labels | found[1]
        found = self.anywhere.find(path)
        if found is not None:
            yield found


def labels_of(host: str) -> list[str]:
    """Return the labels of a request's host, right to left; of a host with an empty label none."""
    labels = host.lower().split(".")
    return [] if "" in labels else labels[::-1]


_join_segments = "/".join


def _join_labels(labels: list[str]) -> str:
    return ".".join(reversed(labels))


def registered_twice(
    method: str, there: Resource, pattern: UrlPath, handler: "Handler"
) -> StarioError:
    first = place_of(there.routes[method].handler)
    return StarioError(
        f"{method} {pattern.text} is registered twice: for {first} and for {place_of(handler)}.",
        context={"first": there.text, "second": pattern.text},
        help_text="Keep one of the two handlers, or give them different paths.",
    )
