"""What `test_proxies.py` serves behind a real proxy: who asked, what came in, and a stream.

cd tests && stario serve proxied_app:bootstrap
"""

import hashlib
from collections.abc import AsyncGenerator

import stario.responses as responses
from stario import App, Context, Relay, Span, UrlPath, Writer
from stario.datastar import SSE

ORIGIN = UrlPath("/origin")
UPLOAD = UrlPath("/upload")
STREAM = UrlPath("/stream")
SAY = UrlPath("/say/{text}")


async def origin(c: Context, w: Writer) -> None:
    responses.json(w, {"client": c.req.client, "scheme": c.req.scheme, "host": c.req.host})


async def upload(c: Context, w: Writer) -> None:
    found = hashlib.sha256()
    async for piece in c.req.stream():
        found.update(piece)
    responses.text(w, found.hexdigest())


async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
    relay = Relay[str]()

    async def stream(c: Context, w: Writer) -> None:
        sse = SSE(w)
        try:
            async with relay.subscribe("said") as said:
                sse.patch_signals({"said": "hello"})
                async for _, text in c.alive(said):
                    sse.patch_signals({"said": text})
        finally:
            relay.publish("said", "somebody left")

    async def say(c: Context, w: Writer) -> None:
        relay.publish("said", c.route.params["text"])
        responses.empty(w)

    app.get(ORIGIN, origin)
    app.post(UPLOAD, upload)
    app.get(STREAM, stream)
    app.post(SAY, say)
    yield
