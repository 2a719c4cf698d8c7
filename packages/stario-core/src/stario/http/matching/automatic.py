"""The answers that a router gives by itself (RFC 9110, sections 9.3.7, 15.5.5 and 15.5.6)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import stario.responses as responses

if TYPE_CHECKING:
    from stario.http.context import Context, Handler
    from stario.http.writer import Writer

type MethodNotAllowedHandler = Callable[[frozenset[str]], Handler]


async def default_not_found(c: "Context", w: "Writer") -> None:
    """Answer 404 `Not Found`."""
    responses.text(w, "Not Found", 404)


def method_not_allowed_handler(allowed: frozenset[str]) -> "Handler":
    """Return a handler that answers 405 with exactly these methods in `allow`."""
    allow = ", ".join(sorted(allowed))

    async def method_not_allowed(c: "Context", w: "Writer") -> None:
        w.headers.set("allow", allow)
        responses.text(w, "Method Not Allowed", 405)

    return method_not_allowed


def options_handler(allowed: frozenset[str]) -> "Handler":
    """Return a handler that answers 204 with exactly these methods in `allow`."""
    allow = ", ".join(sorted(allowed))

    async def options(c: "Context", w: "Writer") -> None:
        w.headers.set("allow", allow)
        responses.empty(w, 204)

    return options
