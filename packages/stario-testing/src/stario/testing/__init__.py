"""Tests of Stario apps: a client that speaks the real HTTP protocol in memory, without a port.

The names load on first use: pytest imports this package for its plugin in every run, and a run that
does not use it must not wait for it.
"""

from typing import TYPE_CHECKING

from stario.faces import lazy_names

if TYPE_CHECKING:
    from stario.testing.client import TestClient as TestClient
    from stario.testing.leaks import no_leaks as no_leaks
    from stario.testing.live import LiveServer as LiveServer
    from stario.testing.load import aload_app as aload_app
    from stario.testing.page.page import Page as Page
    from stario.testing.response import TestResponse as TestResponse
    from stario.testing.response import TestStreamResponse as TestStreamResponse
    from stario.testing.sse_event import SseEvent as SseEvent
    from stario.testing.tracer import TestTracer as TestTracer
else:
    # Hidden from type checkers, so that a name that does not exist is an error for them.
    def __getattr__(name: str) -> object:
        return _load(name)


__all__ = [
    "LiveServer",
    "Page",
    "SseEvent",
    "TestClient",
    "TestResponse",
    "TestStreamResponse",
    "TestTracer",
    "aload_app",
    "no_leaks",
]

_load = lazy_names(
    __name__,
    {
        "LiveServer": "stario.testing.live",
        "Page": "stario.testing.page.page",
        "SseEvent": "stario.testing.sse_event",
        "TestClient": "stario.testing.client",
        "TestResponse": "stario.testing.response",
        "TestStreamResponse": "stario.testing.response",
        "TestTracer": "stario.testing.tracer",
        "aload_app": "stario.testing.load",
        "no_leaks": "stario.testing.leaks",
    },
)
