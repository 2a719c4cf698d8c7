"""The limit: asyncio on uvloop, and a chunk that is ready, written to each transport."""

import asyncio
import sys
import time
from email.utils import formatdate
from typing import Any

import uvloop
from feed import EVENTS, numbers

CHUNKS = [b"%x\r\n%b\r\n" % (len(event), event) for event in EVENTS]
transports: set[Any] = set()


def head() -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\ndate: {formatdate(usegmt=True)}\r\ncontent-type: text/event-stream\r\n"
        "cache-control: no-cache\r\nx-accel-buffering: no\r\ntransfer-encoding: chunked\r\n\r\n"
    ).encode()


class Raw(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        target = data.split(b" ", 2)[1].decode()
        if target == "/stream":
            transports.add(self._transport)
            self._transport.write(head())
        else:
            self._publish(numbers(target))

    def _publish(self, wanted: range) -> None:
        start = time.perf_counter_ns()
        for number in wanted:
            for transport in transports:
                transport.write(CHUNKS[number])
        body = b"%d" % (time.perf_counter_ns() - start)
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    def connection_lost(self, exc: Exception | None) -> None:
        transports.discard(self._transport)


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Raw, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
