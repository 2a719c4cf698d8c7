"""starlette and sse-starlette on uvicorn: a queue for each stream."""

# None of them is installed where this is checked.
# pyright: basic, reportMissingImports=false

import asyncio
import sys
import time

import uvicorn
from feed import DATA, FIELD, numbers
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

queues: set[asyncio.Queue[str]] = set()


async def stream(_request):
    queue: asyncio.Queue[str] = asyncio.Queue(1024)

    async def feed():
        queues.add(queue)
        try:
            while True:
                yield {"event": FIELD, "data": await queue.get()}
        finally:
            queues.discard(queue)

    return EventSourceResponse(feed(), sep="\n", ping=600)


async def publish(request):
    start = time.perf_counter_ns()
    for number in numbers(request.url.path):
        for queue in queues:
            queue.put_nowait(DATA[number])
    return PlainTextResponse(str(time.perf_counter_ns() - start))


app = Starlette(routes=[Route("/stream", stream), Route("/publish/{numbers}", publish)])

if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        backlog=2048,
    )
