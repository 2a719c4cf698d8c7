"""The HTTP part of the framework: one name for each thing that an application types.

Names load on first use, so that a module deep inside can be imported alone.
"""

from typing import TYPE_CHECKING

from stario.faces import lazy_names

if TYPE_CHECKING:
    from stario.http.app import App as App
    from stario.http.context import Context as Context
    from stario.http.context import Handler as Handler
    from stario.http.context import Middleware as Middleware
    from stario.http.headers import Headers as Headers
    from stario.http.match import RouteMatch as RouteMatch
    from stario.http.query import ParsedQuery as ParsedQuery
    from stario.http.redirect import normalized_location as normalized_location
    from stario.http.request import Request as Request
    from stario.http.router import Router as Router
    from stario.http.router import default_not_found as default_not_found
    from stario.http.router import method_not_allowed_handler as method_not_allowed_handler
    from stario.http.writer import Writer as Writer

__all__ = [
    "App",
    "Context",
    "Handler",
    "Headers",
    "Middleware",
    "ParsedQuery",
    "Request",
    "RouteMatch",
    "Router",
    "Writer",
    "default_not_found",
    "method_not_allowed_handler",
    "normalized_location",
]

if not TYPE_CHECKING:  # so that a name that does not exist is an error for type checkers
    __getattr__ = lazy_names(
        __name__,
        {
            "App": "stario.http.app",
            "Context": "stario.http.context",
            "Handler": "stario.http.context",
            "Headers": "stario.http.headers",
            "Middleware": "stario.http.context",
            "ParsedQuery": "stario.http.query",
            "Request": "stario.http.request",
            "RouteMatch": "stario.http.match",
            "Router": "stario.http.router",
            "Writer": "stario.http.writer",
            "default_not_found": "stario.http.router",
            "method_not_allowed_handler": "stario.http.router",
            "normalized_location": "stario.http.redirect",
        },
    )
