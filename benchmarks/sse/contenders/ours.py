"""Ours: events that all streams share, or HTML that each stream compresses for itself."""

import sys
import time
from collections.abc import Callable

import stario.responses as responses
from feed import HTML, SUBJECT, numbers
from stario import App, Context, Relay, Span, UrlPath, Writer
from stario.datastar import SSE, events
from stario.datastar.event import Event
from stario.http.config import RequestPolicy, ServerConfig
from stario.http.server import Server
from stario.telemetry.noop import NoOpTracer

shared: Relay[Event] = Relay()
private: Relay[str] = Relay()


async def follow_stream(c: Context, w: Writer) -> None:
    await SSE(w, ping=None).follow(c, shared, SUBJECT)


async def relay_stream(c: Context, w: Writer) -> None:
    sse = SSE(w, ping=None)
    sse.open()
    async with shared.subscribe(SUBJECT) as live:
        async for _, event in c.alive(live):
            sse.send(event)


async def private_stream(c: Context, w: Writer) -> None:
    sse = SSE(w, ping=None)
    sse.open()
    async with private.subscribe(SUBJECT) as live:
        async for _, html in c.alive(live):
            sse.patch_elements(html)


def publish_event(number: int) -> None:
    shared.publish(SUBJECT, events.patch_elements(HTML[number]))


def publish_html(number: int) -> None:
    private.publish(SUBJECT, HTML[number])


KINDS = {
    "follow": (follow_stream, publish_event),
    "relay": (relay_stream, publish_event),
    "private": (private_stream, publish_html),
}


def publisher(publish: Callable[[int], None]):
    async def handler(c: Context, w: Writer) -> None:
        start = time.perf_counter_ns()
        for number in numbers(c.req.path):
            publish(number)
        responses.text(w, str(time.perf_counter_ns() - start))

    return handler


async def bootstrap(app: App, _span: Span):
    stream, publish = KINDS[sys.argv[2]]
    app.get(UrlPath("/stream"), stream)
    app.get(UrlPath("/publish/{numbers}"), publisher(publish))
    yield


if __name__ == "__main__":
    patience = RequestPolicy(keep_alive_timeout=60)
    config = ServerConfig(port=int(sys.argv[1]), event_loop="uvloop", requests=patience)
    Server(bootstrap, NoOpTracer(), config=config).run()
