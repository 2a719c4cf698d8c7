"""A router finds what a request runs: a handler, with all middleware around it, and a match.

Registration only takes notes. What a request runs is put together when it is first asked for and
then kept, so a lookup costs the same for ten routes and for ten thousand. Of what a client sends, a
bounded number of paths is kept.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, cast

from stario.exceptions import StarioError, StarioRuntime
from stario.http.match import NO_ROUTE
from stario.http.matching.automatic import (
    MethodNotAllowedHandler,
    default_not_found,
    method_not_allowed_handler,
    options_handler,
)
from stario.http.matching.placeholders import Placeholders
from stario.http.matching.routes import Found, Resource, Route, Routes
from stario.http.matching.scopes import Scope, Scopes, without_rest
from stario.markup.errors import shown
from stario.routing import UrlPath

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stario.http.context import Handler, Middleware
    from stario.http.match import RouteMatch

__all__ = ["MethodNotAllowedHandler", "Router", "default_not_found", "method_not_allowed_handler"]

# What a path leads to, under the host of the request and then without a host.
type Walked = tuple[tuple[Resource, RouteMatch], ...]

# This many paths with placeholders or hosts are remembered, none longer than this.
_WALKED_MAX = 1024
_WALKED_LENGTH = 128
_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token (RFC 9110, 5.6.2)


class Registered(NamedTuple):
    """A route as it was registered, with the middleware around it, outermost first.

    Left out is the middleware that only some of its requests meet: where a scope has exact text and
    the route a placeholder.
    """

    method: str
    pattern: UrlPath
    handler: "Handler"
    middleware: "tuple[Middleware, ...]"


class Router:
    """Routes by method and URL pattern, with middleware and answers by scope.

    Patterns are `UrlPath`s, or texts that one is made from. Every registration raises StarioError
    for a pattern that clashes with one that is there already, and for what cannot be called.
    """

    def __init__(self) -> None:
        self.host_routing = False
        self._routes = Routes()
        self._scopes = Scopes()
        self._placeholders = Placeholders()
        self._paths = self._routes.anywhere
        # Asked first for every request, as long as no pattern has a host.
        self._ready = self._paths.ready
        self._walked: dict[str, Walked] = {}
        self._not_found: dict[tuple[Scope, ...], Found] = {}
        self._warm: set[Resource] = set()
        self._registered: list[tuple[str, Resource]] = []
        self._frozen = False

    def handle(
        self,
        method: str,
        path: UrlPath | str,
        handler: "Handler",
        *,
        middleware: "Sequence[Middleware]" = (),
    ) -> None:
        """Register a handler, with `middleware` innermost, the first one outside.

        Raises StarioError for the same method and pattern twice.
        """
        around = _in_a_list(middleware)
        _require_callable(handler, *around)
        name = _method(method)
        pattern = self._admitted(_pattern(path), handler)
        resource = self._routes.resource(pattern)
        resource.add(name, pattern, Route(handler, around))
        self._registered.append((name, resource))
        self._walked.clear()

    def get(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for GET, and for HEAD unless that has one of its own."""
        self.handle("GET", path, handler, middleware=middleware)

    def post(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for POST."""
        self.handle("POST", path, handler, middleware=middleware)

    def put(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for PUT."""
        self.handle("PUT", path, handler, middleware=middleware)

    def delete(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for DELETE."""
        self.handle("DELETE", path, handler, middleware=middleware)

    def patch(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for PATCH."""
        self.handle("PATCH", path, handler, middleware=middleware)

    def head(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for HEAD, in place of the one for GET."""
        self.handle("HEAD", path, handler, middleware=middleware)

    def options(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for OPTIONS, in place of the automatic answer."""
        self.handle("OPTIONS", path, handler, middleware=middleware)

    def query(
        self, path: UrlPath | str, handler: "Handler", *, middleware: "Sequence[Middleware]" = ()
    ) -> None:
        """Register a handler for QUERY."""
        self.handle("QUERY", path, handler, middleware=middleware)

    def use(self, pattern: UrlPath | str, *middleware: "Middleware") -> None:
        """Put middleware around everything at and below `pattern`, routed before or after.

        Raises StarioError for a `{name...}` in the pattern, and once the app serves requests.
        """
        if self._frozen:
            raise used_too_late(pattern)
        _require_callable(*middleware)
        self._scope(pattern, *middleware).middleware.extend(middleware)

    def not_found(self, pattern: UrlPath | str, handler: "Handler") -> None:
        """Answer 404 with `handler` at and below `pattern`. Raises as `use` does, but any time."""
        _require_callable(handler)
        self._scope(pattern, handler).not_found = handler

    def method_not_allowed(
        self, pattern: UrlPath | str, handler: "MethodNotAllowedHandler"
    ) -> None:
        """Answer 405 at and below `pattern` with what `handler` makes of the allowed methods."""
        _require_callable(handler)
        self._scope(pattern, handler).method_not_allowed = handler

    def find_handler(self, host: str, path: str, method: str) -> "Found":
        """Return what a request runs, middleware included, and what it matched.

        `host` is in the form of `Request.host`, and not looked at without `host_routing`; `path`
        is in the form of `Request.path`.
        """
        ready = self._ready.get(path)
        if ready is not None:
            return ready.get(method) or self._first_answer(self._paths.exact[path], path, method)
        asked = host + path if self.host_routing else path  # a host has no slash
        walked = self._walked.get(asked) or self._walk(asked, host, path)
        for resource, match in walked:
            found = resource.ready.get(method) or self._put_together(resource, method)
            if found is not None:
                return found[0], match
        if walked:
            return self._refuse(walked[0][0], method)
        return self._answer_not_found(host, path)

    def _first_answer(self, resource: Resource, path: str, method: str) -> "Found":
        resource = self._standing(resource, "", path)
        return self._put_together(resource, method) or self._refuse(resource, method)

    def _walk(self, asked: str, host: str, path: str) -> "Walked":
        """Find what is below a host or has placeholders; it may be asked for again and again."""
        if self.host_routing:
            walked = tuple(
                (self._standing(resource, host, path), resource.matched(values))
                for resource, values in self._routes.on_host(host, path)
            )
        else:
            found = self._paths.walk(path)
            if found is None:
                return ()
            resource, values = found
            if not resource.is_steady:
                resource = self._standing(resource, host, path)
            walked = ((resource, resource.matched(values)),)
        if walked and len(asked) <= _WALKED_LENGTH:
            if len(self._walked) >= _WALKED_MAX:
                self._walked.clear()
            self._walked[asked] = walked
        return walked

    def _standing(self, resource: Resource, host: str, path: str) -> Resource:
        """Return the resource in the scopes that this request stands in."""
        if resource.is_steady:
            return resource
        self._warm.add(resource)
        scopes = self._scopes.around(resource.pattern, host, path)
        if self._scopes.vary(resource.pattern):
            return resource.inside(scopes)
        resource.scopes, resource.is_steady = scopes, True
        return resource

    def _put_together(self, resource: Resource, method: str) -> "Found | None":
        route = resource.routes.get(method)
        if route is None:
            return self._head_as_get(resource) if method == "HEAD" else None
        handler = _wrapped(route.handler, route.middleware)
        found = resource.ready[method] = (_scoped(handler, resource.scopes), resource.match)
        return found

    def _head_as_get(self, resource: Resource) -> "Found | None":
        found = resource.ready.get("GET") or self._put_together(resource, "GET")
        if found is not None:
            resource.ready["HEAD"] = found
        return found

    def _refuse(self, resource: Resource, method: str) -> "Found":
        kind = "OPTIONS" if method == "OPTIONS" else "other"
        found = resource.refusals.get(kind)
        if found is None:
            answer = options_handler if kind == "OPTIONS" else _refusal(resource.scopes)
            found = (_scoped(answer(resource.allowed), resource.scopes), NO_ROUTE)
            resource.refusals[kind] = found
        return found

    def _answer_not_found(self, host: str, path: str) -> "Found":
        scopes = self._scopes.around(None, host if self.host_routing else "", path)
        found = self._not_found.get(scopes)
        if found is None:
            found = self._not_found[scopes] = (_scoped(_missing(scopes), scopes), NO_ROUTE)
        return found

    def _admitted(self, pattern: UrlPath, *given: object) -> UrlPath:
        self._placeholders.admit(pattern, *given)
        if pattern.host_text is not None:
            self.host_routing = True
            self._ready = {}
            self._walked.clear()
        return pattern

    def _scope(self, path: UrlPath | str, *given: object) -> Scope:
        scope = self._scopes.scope(self._admitted(without_rest(_pattern(path)), *given))
        self._forget()
        return scope

    def _forget(self) -> None:
        """Drop everything that was put together before a scope changed."""
        for resource in self._warm:
            resource.forget()
        self._warm.clear()
        self._walked.clear()
        self._not_found.clear()

    def registered(self) -> "Iterator[Registered]":
        """Yield the routes in the order of their registration, for tools that list them."""
        for method, resource in self._registered:
            handler, middleware = resource.routes[method]
            pattern = resource.pattern
            scopes = self._scopes.around(pattern, pattern.host_text or "", pattern.path_text)
            around = tuple(wrap for scope in scopes for wrap in scope.middleware)
            yield Registered(method, pattern, handler, around + middleware)

    def freeze(self) -> None:
        """Refuse `use` from now on: requests are being served. Routes may still be added."""
        self._frozen = True


def _wrapped(handler: "Handler", middleware: "Iterable[Middleware]") -> "Handler":
    for wrap in reversed(tuple(middleware)):
        inner, handler = handler, wrap(handler)
        if not callable(handler):
            raise not_a_handler(wrap, inner, handler)
    return handler


def _scoped(handler: "Handler", scopes: tuple[Scope, ...]) -> "Handler":
    return _wrapped(handler, (wrap for scope in scopes for wrap in scope.middleware))


def _deepest_first(scopes: tuple[Scope, ...]) -> list[Scope]:
    return sorted(scopes, key=lambda scope: scope.depth)[::-1]  # of two the inner one


def _missing(scopes: tuple[Scope, ...]) -> "Handler":
    for scope in _deepest_first(scopes):
        if scope.not_found is not None:
            return scope.not_found
    return default_not_found


def _refusal(scopes: tuple[Scope, ...]) -> "MethodNotAllowedHandler":
    for scope in _deepest_first(scopes):
        if scope.method_not_allowed is not None:
            return scope.method_not_allowed
    return method_not_allowed_handler


def _pattern(path: UrlPath | str) -> UrlPath:
    return path if isinstance(path, UrlPath) else UrlPath(path)


def _method(method: object) -> str:
    if not isinstance(method, str) or not _METHOD.fullmatch(method):
        raise not_a_method(method)
    return method.upper()


def _in_a_list(middleware: object) -> "tuple[Middleware, ...]":
    if not isinstance(middleware, Iterable) or isinstance(middleware, str | bytes):
        raise not_in_a_list(middleware)
    return tuple(cast("Iterable[Middleware]", middleware))


def _require_callable(*given: object) -> None:
    for value in given:
        if not callable(value):
            raise not_callable(value)


def used_too_late(pattern: UrlPath | str) -> StarioRuntime:
    return StarioRuntime(
        "use() was called after the app began to serve.",
        context={"pattern": str(pattern)},
        help_text="Call it in the startup part of bootstrap, before its `yield`.",
    )


def not_a_method(method: object) -> StarioError:
    return StarioError(
        f"{shown(method)} is not the name of an HTTP method.",
        context={"method": method},
        help_text="A method is one word of ASCII letters, such as GET; for two, register twice.",
    )


def not_callable(value: object) -> StarioError:
    return StarioError(
        f"A router takes handlers and middleware, which are callables, not {shown(value)}.",
        help_text="Pass the function itself; call a factory so that it returns one.",
        example='app.get("/", home)',
    )


def not_in_a_list(middleware: object) -> StarioError:
    return StarioError(
        f"middleware= takes a list, not {shown(middleware)}.",
        help_text="Put it in a list; the first one is outside.",
        example='app.get("/", home, middleware=[signed_in])',
    )


def not_a_handler(middleware: "Middleware", handler: "Handler", result: object) -> StarioError:
    return StarioError(
        f"The middleware {shown(middleware)} returned {shown(result)} instead of a handler.",
        context={"around": handler},
        help_text="A middleware takes a handler and returns the one that runs in its place.",
    )
