"""The server under test: an app of stario-core alone that answers, streams, and tells its state.

    python benchmarks/faults/app.py

It reads the settings of the server from `STARIO_*` like any app.
"""

import asyncio
import gc
import logging
import os
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import stario.responses as responses
from stario import App, AssetManifest, Context, Relay, StaticAssets, Writer
from stario.http.config import server_config_from_env
from stario.http.server import Server
from stario.tracing import NOOP_TRACER, Span

MB = 1024 * 1024
PIECE = 64 * 1024

relay: Relay[str] = Relay()
alive: Counter[str] = Counter()
kept: dict[str, bytes] = {}


@contextmanager
def counted(kind: str) -> Generator[None]:
    alive[kind] += 1
    try:
        yield
    finally:
        alive[kind] -= 1


def number(c: Context, name: str) -> int:
    return int(c.req.query.get(name) or 0)


async def state(_c: Context, w: Writer) -> None:
    """Tell what is open, this request included."""
    gc.collect()
    responses.json(
        w,
        {
            "fds": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - the names are enough
            "tasks": len(asyncio.all_tasks()),
            "handlers": alive.total(),
            "subscriptions": int(repr(relay).split()[1]),
        },
    )


# Streams that behave


async def live(c: Context, w: Writer) -> None:
    """Send the messages of a subject as events, as the documentation teaches."""
    w.headers.set("content-type", "text/event-stream")
    w.write_headers(200)
    with counted("live"):
        async with relay.subscribe(c.req.query.get("subject") or "feed") as messages:
            async for _, data in c.alive(messages):
                w.write(f"data: {data}\n\n".encode())


async def open_stream(c: Context, w: Writer) -> None:
    w.write(b"first")
    with counted("stream"):
        async with c.alive():
            await asyncio.sleep(600)


async def publish(c: Context, w: Writer) -> None:
    """Publish messages to one subject, or each to several, with a turn of the loop after each."""
    count, size, subjects = number(c, "count"), number(c, "size"), number(c, "subjects")
    names = [f"feed.{index}" for index in range(subjects)] or ["feed"]
    for index in range(count):
        for name in names:
            relay.publish(name, f"{index:08} {'x' * (size - 9)}")
        await asyncio.sleep(0)
    responses.text(w, "published")


async def publish_in_time(c: Context, w: Writer) -> None:
    """Publish at a rate, and tell how many were out by the end of the time."""
    count, rate, padding = number(c, "count"), number(c, "rate"), "x" * 2000
    began = perf_counter()
    in_time, latest = 0, 0.0
    for index in range(count):
        due = began + index / rate
        if (wait := due - perf_counter()) > 0:
            await asyncio.sleep(wait)
        late = perf_counter() - due
        latest = max(latest, late)
        in_time += perf_counter() - began < count / rate + 0.1
        relay.publish("feed", f"{monotonic():.6f} {padding}")
        if index % 16 == 15:
            await asyncio.sleep(0)
    responses.json(w, {"in_time": in_time, "latest": latest})


# Large answers


async def pieces(c: Context, w: Writer) -> None:
    with counted("pieces"):
        for _ in range(number(c, "mb") * MB // PIECE):
            w.write(b"x" * PIECE)
            await w.drain()


async def prepare(c: Context, w: Writer) -> None:
    kept["whole"] = b"x" * (number(c, "mb") * MB)
    responses.text(w, "prepared")


async def whole(_c: Context, w: Writer) -> None:
    w.respond(kept["whole"], b"application/octet-stream")


# Requests


async def hello(_c: Context, w: Writer) -> None:
    responses.text(w, "Hello")


async def slow(c: Context, w: Writer) -> None:
    with counted("slow"):
        await asyncio.sleep(number(c, "ms") / 1000)
        responses.text(w, "finished")


async def early(_c: Context, w: Writer) -> None:
    """Answer when more of the body has come than is kept."""
    await asyncio.sleep(0.05)
    responses.text(w, "no", 413)


async def echo(c: Context, w: Writer) -> None:
    with counted("echo"):
        responses.text(w, str(len(await c.req.body())))


# Handlers that ignore what happens


async def writes(w: Writer) -> None:
    while True:
        w.write(b"more")
        await asyncio.sleep(0.01)


async def drains(w: Writer) -> None:
    w.write(b"first")
    while True:
        await w.drain()
        await asyncio.sleep(0.01)


async def writes_and_swallows(w: Writer) -> None:
    while True:
        try:
            w.write(b"more")
        except Exception:
            pass
        await asyncio.sleep(0.01)


async def drains_and_swallows(w: Writer) -> None:
    w.write(b"first")
    while True:
        try:
            await w.drain()
        except Exception:
            pass
        await asyncio.sleep(0.01)


async def swallows_around_the_wait(w: Writer) -> None:
    while True:
        try:
            w.write(b"more")
            await w.drain()
            await asyncio.sleep(0.01)
        except Exception:
            await asyncio.sleep(0.01)


IGNORANT: dict[str, Callable[[Writer], Awaitable[None]]] = {
    work.__name__: work
    for work in (
        writes,
        drains,
        writes_and_swallows,
        drains_and_swallows,
        swallows_around_the_wait,
    )
}


async def ignorant(c: Context, w: Writer) -> None:
    kind = c.route.params["kind"]
    with counted(kind):
        await IGNORANT[kind](w)


async def bootstrap(app: App, _span: Span) -> AsyncGenerator[None]:
    routes: dict[str, Callable[[Context, Writer], Any]] = {
        "/": hello,
        "/state": state,
        "/live": live,
        "/stream": open_stream,
        "/publish": publish,
        "/publish-in-time": publish_in_time,
        "/pieces": pieces,
        "/prepare": prepare,
        "/whole": whole,
        "/slow": slow,
        "/ignorant/{kind}": ignorant,
    }
    for path, handler in routes.items():
        app.get(path, handler)
    app.post("/echo", echo)
    app.post("/early", early)
    app.post("/stream", open_stream)
    if folder := os.environ.get("FAULTS_STATIC"):
        StaticAssets(AssetManifest(Path(folder))).register(app)
    yield


if __name__ == "__main__":
    logging.getLogger("stario.relay").setLevel(logging.ERROR)  # what is dropped is meant to be
    Server(
        bootstrap,
        NOOP_TRACER,
        config=server_config_from_env(),
        on_listening=lambda _addresses: print("listening", flush=True),
    ).run()
