"""The limit of this stack: asyncio on uvloop, httptools, and one canned answer per target."""

import asyncio
import json
import sys
from email.utils import formatdate
from typing import Any

import httptools
import uvloop
from cases import CASES, FILES, ROWS, USER
from views import JSON_ENCODE, plain_page

JAVASCRIPT = "application/javascript; charset=utf-8"


class Raw(asyncio.Protocol):
    """Collects the header fields as any server must, and writes what was prepared."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._parser: Any = httptools.HttpRequestParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._url = b""
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._headers = []
        body = self._body
        if self._url == b"/json":
            body = JSON_ENCODE(json.loads(body)).encode()
        self._transport.write(self._answers[self._url] + body)
        self._body = b""


def head(content_type: str, length: int) -> bytes:
    """Return a head with the fields that every contender sends."""
    return (
        f"HTTP/1.1 200 OK\r\ndate: {formatdate(usegmt=True)}\r\ncontent-type: {content_type}\r\n"
        f"content-length: {length}\r\n\r\n"
    ).encode()


def answer(content_type: str, body: bytes) -> bytes:
    return head(content_type, len(body)) + body


def stream() -> bytes:
    """Return the head of a stream and its first event."""
    return (
        f"HTTP/1.1 200 OK\r\ndate: {formatdate(usegmt=True)}\r\ncontent-type: text/event-stream\r\n"
        "transfer-encoding: chunked\r\n\r\n9\r\ndata: 0\n\n\r\n"
    ).encode()


async def main(port: int, answers: dict[bytes, bytes]) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Raw(answers), "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    PAGE = answer("text/html; charset=utf-8", plain_page(ROWS).rendered.encode())
    ECHOED = next(len(case.body) for case in CASES if case.body)
    ANSWERS = {
        b"/hello": answer("text/plain; charset=utf-8", b"Hello, World!"),
        b"/users/42": answer("application/json; charset=utf-8", JSON_ENCODE(USER).encode()),
        b"/json": head("application/json; charset=utf-8", ECHOED),
        b"/echo": head("application/json", ECHOED),
        b"/page": PAGE,
        b"/baked": PAGE,
        b"/stream": stream(),
    }
    for name, content in FILES.items():
        ANSWERS[f"/static/{name}".encode()] = answer(JAVASCRIPT, content)
    uvloop.run(main(int(sys.argv[1]), ANSWERS))
