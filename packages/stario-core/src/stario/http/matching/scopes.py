"""A scope is a prefix of paths, on any host or below one, that middleware and answers hold for.

A scope without a host holds on every host; a scope of `example.com` also holds for what is
registered or missing on its subdomains. Scopes do not change what a path matches. A request stands
in all scopes that its path leads through, whatever the route writes there: `/{page...}` cannot
lead around what `/admin` was given. But a scope with a placeholder is none of a route that has
exact text there: `/users/{id}` does not hold for the route `/users/new`.
"""

from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from stario.exceptions import StarioError
from stario.http.matching.routes import labels_of
from stario.http.matching.tree import Node
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.context import Handler, Middleware
    from stario.http.matching.automatic import MethodNotAllowedHandler
    from stario.routing.segment import Segment


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

    def around(self, pattern: UrlPath | None, host: str, path: str) -> tuple[Scope, ...]:
        """Return the scopes of a request, outermost first; `pattern` is that of its route, if any.

        A route without a host is the same on every host, so no scope of a host holds for it.
        """
        labels, segments = (pattern.labels, pattern.segments) if pattern else ((), ())
        parts = path.split("/")[1:]
        anywhere = self._anywhere.covering(parts, segments)
        if not host or (pattern and not labels):
            return tuple([node.leaf for level in anywhere for node in level if node.leaf])
        hosts = _leaves(chain.from_iterable(self._hosts.covering(labels_of(host), labels)))
        return _nested(anywhere, *(paths.covering(parts, segments) for paths in hosts))

    def vary(self, pattern: UrlPath) -> bool:
        """Tell whether requests of one route may stand in different scopes."""
        trees = _leaves(self._hosts.along(pattern.labels))
        return _varies(self._hosts, pattern.labels) or any(
            _varies(tree, pattern.segments) for tree in (self._anywhere, *trees)
        )

    def _paths(self, pattern: UrlPath) -> Node[Scope]:
        if not pattern.labels:
            return self._anywhere
        node = self._hosts.grow(pattern.labels)
        if node.leaf is None:
            node.leaf = Node()
        return node.leaf


def without_rest(pattern: UrlPath) -> UrlPath:
    """Return `pattern`, or raise StarioError if it cannot be a scope."""
    if any(segment.rest for segment in pattern.labels + pattern.segments):
        raise rest_in_scope(pattern)
    return pattern


def _leaves[T](nodes: Iterable[Node[T]]) -> list[T]:
    return [node.leaf for node in nodes if node.leaf is not None]


def _varies[T](node: Node[T], pattern: "tuple[Segment, ...]") -> bool:
    """Tell whether there is exact text where the pattern has a placeholder."""
    ways = zip(node.along(pattern), pattern, strict=False)
    return any(segment.name and there.exact for there, segment in ways)


def _nested(*ways: list[list[Node[Scope]]]) -> tuple[Scope, ...]:
    """Order by depth of the path, then of the host: `/` comes first, then a host's `/`."""
    levels = zip_longest(*ways, fillvalue=())
    return tuple(_leaves(chain.from_iterable(chain.from_iterable(levels))))


def rest_in_scope(pattern: UrlPath) -> StarioError:
    return StarioError(
        f"{pattern.text!r} cannot be a scope: it has a placeholder for the rest.",
        context={"pattern": pattern.text},
        help_text="A scope holds for everything below it. Leave {name...} out.",
    )
