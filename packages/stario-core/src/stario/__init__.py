"""Stario: server-rendered hypermedia apps with explicit routes, async handlers and pure views.

This module is the face of the framework. Its names load on first use, so that
`import stario.markup` does not load the server.
"""

__path__ = __import__("pkgutil").extend_path(__path__, __name__)

from importlib import import_module
from typing import TYPE_CHECKING

from stario.faces import lazy_names

if TYPE_CHECKING:
    from stario.exceptions import HttpException as HttpException
    from stario.exceptions import RedirectException as RedirectException
    from stario.http.app import App as App
    from stario.http.context import Context as Context
    from stario.http.context import Handler as Handler
    from stario.http.context import Middleware as Middleware
    from stario.http.server import serve as serve
    from stario.http.writer import Writer as Writer
    from stario.relay import Relay as Relay
    from stario.routing import UrlPath as UrlPath
    from stario.staticassets import AssetManifest as AssetManifest
    from stario.staticassets import StaticAssets as StaticAssets
    from stario.tracing import Span as Span

    __version__: str
else:
    # Hidden from type checkers, so that a name that does not exist is an error for them.
    def __getattr__(name: str) -> object:
        if name == "__version__":
            return import_module("importlib.metadata").version("stario-core")
        return _load(name)


__all__ = [
    "App",
    "AssetManifest",
    "Context",
    "Handler",
    "HttpException",
    "Middleware",
    "RedirectException",
    "Relay",
    "Span",
    "StaticAssets",
    "UrlPath",
    "Writer",
    "__version__",
    "serve",
]

_load = lazy_names(
    __name__,
    {
        "App": "stario.http.app",
        "AssetManifest": "stario.staticassets",
        "Context": "stario.http.context",
        "Handler": "stario.http.context",
        "HttpException": "stario.exceptions",
        "Middleware": "stario.http.context",
        "RedirectException": "stario.exceptions",
        "Relay": "stario.relay",
        "Span": "stario.tracing",
        "StaticAssets": "stario.staticassets",
        "UrlPath": "stario.routing",
        "Writer": "stario.http.writer",
        "serve": "stario.http.server",
    },
)
