"""BlackSheep on granian, one worker."""

# pyright: basic, reportMissingImports=false

import asyncio
import sys
from pathlib import Path

from blacksheep import Application, Content, Response, Router, StreamedContent, json, text
from cases import USER
from granian import Granian

# A router of its own: this file is imported again in the worker.
router = Router()
app = Application(router=router)


@router.get("/hello")
async def hello():
    return text("Hello, World!")


@router.get("/users/{id}")
async def user(id: str):
    return json({**USER, "id": id})


@router.post("/echo")
async def echo(request):
    return Response(200, content=Content(b"application/json", await request.read()))


@router.post("/json")
async def parse(request):
    return json(await request.json())


@router.get("/stream")
async def stream():
    async def events():
        yield b"data: 0\n\n"
        await asyncio.Event().wait()

    return Response(200, content=StreamedContent(b"text/event-stream", events))


if __name__ == "__main__":
    target = f"{Path(__file__).stem}:app"
    Granian(
        target,
        port=int(sys.argv[1]),
        interface="asgi",
        workers=1,
        loop="uvloop",
        log_enabled=False,
        backlog=2048,
    ).serve()
