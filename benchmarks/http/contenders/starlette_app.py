"""Starlette on uvicorn, with the loop and the parser that it is fastest with."""

# pyright: basic, reportMissingImports=false

import asyncio
import sys

import uvicorn
from cases import USER, files
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles


async def hello(_request):
    return PlainTextResponse("Hello, World!")


async def user(request):
    return JSONResponse({**USER, "id": request.path_params["id"]})


async def echo(request):
    return Response(await request.body(), media_type="application/json")


async def parse(request):
    return JSONResponse(await request.json())


async def stream(_request):
    async def events():
        yield b"data: 0\n\n"
        await asyncio.Event().wait()

    return StreamingResponse(events(), media_type="text/event-stream")


FILES = files()
app = Starlette(
    routes=[
        Route("/hello", hello),
        Route("/users/{id}", user),
        Route("/echo", echo, methods=["POST"]),
        Route("/json", parse, methods=["POST"]),
        Route("/stream", stream),
        Mount("/static", StaticFiles(directory=FILES.name)),
    ]
)

if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
        timeout_keep_alive=60,
    )
