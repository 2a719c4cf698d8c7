"""A scope is a prefix of paths, on any host or below one, that middleware and answers hold for.

A scope without a host holds on every host; a scope of `example.com` also holds on its subdomains.
Scopes do not change what a path matches. A route stands in the scopes that its pattern begins
with; a request that has no route stands in the scopes that its path leads through.
"""

from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from stario.exceptions import StarioError
from stario.http.routes import labels_of
from stario.http.tree import Node
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.automatic import MethodNotAllowedHandler
    from stario.http.context import Handler, Middleware


class Scope:
    """What was registered for one prefix."""

    __slots__ = ("depth", "method_not_allowed", "middleware", "not_found")

    def __init__(self, pattern: UrlPath) -> None:
        self.depth = (len(pattern.labels), len(pattern.segments))  # a host beats any path
        self.middleware: list[Middleware] = []
        self.not_found: Handler | None = None
        self.method_not_allowed: MethodNotAllowedHandler | None = None


class Scopes:
    """All scopes of a router, in one tree of paths per host pattern and one for all hosts."""

    __slots__ = ("_anywhere", "_hosts")

    def __init__(self) -> None:
        self._anywhere: Node[Scope] = Node()
        self._hosts: Node[Node[Scope]] = Node()

    def scope(self, pattern: UrlPath) -> Scope:
        """Return the scope of `pattern`, made if it is missing."""
        node = self._paths(pattern).grow(pattern.segments)
        if node.leaf is None:
            node.leaf = Scope(pattern)
        return node.leaf

    def around_route(self, pattern: UrlPath) -> tuple[Scope, ...]:
        """Return the scopes of a route, outermost first."""
        hosts = _leaves(self._hosts.along(pattern.labels))
        return _nested(_line(paths.along(pattern.segments)) for paths in self._on(hosts))

    def around_request(self, host: str, path: str) -> tuple[Scope, ...]:
        """Return the scopes of a request that has no route, outermost first."""
        parts = path.split("/")[1:]
        if not host:
            return tuple(_leaves(self._anywhere.trail(parts)))
        hosts = _leaves(self._hosts.trail(labels_of(host)))
        return _nested(_line(paths.trail(parts)) for paths in self._on(hosts))

    def _paths(self, pattern: UrlPath) -> Node[Scope]:
        if not pattern.labels:
            return self._anywhere
        node = self._hosts.grow(pattern.labels)
        if node.leaf is None:
            node.leaf = Node()
        return node.leaf

    def _on(self, hosts: list[Node[Scope]]) -> Iterable[Node[Scope]]:
        return chain((self._anywhere,), hosts)


def without_rest(pattern: UrlPath) -> UrlPath:
    """Return `pattern`, or raise StarioError if it cannot be a scope."""
    if any(segment.rest for segment in pattern.labels + pattern.segments):
        raise rest_in_scope(pattern)
    return pattern


def _leaves[T](nodes: Iterable[Node[T]]) -> list[T]:
    return [node.leaf for node in nodes if node.leaf is not None]


def _line(nodes: Iterable[Node[Scope]]) -> list[Scope | None]:
    return [node.leaf for node in nodes]


def _nested(lines: Iterable[list[Scope | None]]) -> tuple[Scope, ...]:
    """Order by depth of the path, then of the host: `/` comes first, then a host's `/`."""
    levels = zip_longest(*lines)
    return tuple(scope for level in levels for scope in level if scope is not None)


def rest_in_scope(pattern: UrlPath) -> StarioError:
    return StarioError(
        f"{pattern.text!r} cannot be a scope: it has a placeholder for the rest.",
        context={"pattern": pattern.text},
        help_text="A scope holds for everything below it. Leave {name...} out.",
    )
