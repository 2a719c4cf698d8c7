"""The measurements, one function per row of the table; each yields its figures."""

import json
import random
import select
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from process import (
    MB,
    ServerProcess,
    is_closed,
    request,
    reset,
    rest_of,
    running,
    until_received,
)

STALLED = 20
PUBLISHED = 32 * MB
LARGE = 200  # MB


class Figure(NamedTuple):
    """What was measured, what came out, what is aimed at, and whether that holds."""

    what: str
    value: str
    aim: str
    holds: bool


type Row = Generator[Figure]


def megabytes(what: str, size: int, aim: float) -> Figure:
    return Figure(what, f"{size / MB:.1f} MB", f"< {aim:g} MB", size < aim * MB)


def exactly(what: str, value: int, aim: int) -> Figure:
    return Figure(what, str(value), str(aim), value == aim)


@contextmanager
def clients_of(
    server: ServerProcess, count: int, sent: bytes, first: bytes = b"", *, small: bool = False
) -> Generator[list[socket.socket]]:
    """Connections that sent a request and, if `first` is given, received the start of an answer.

    With `small` their receive buffers are as small as they can be, so that the server has to wait
    for them early.
    """
    with ExitStack() as stack:
        clients: list[socket.socket] = []
        for _ in range(count):
            if small:
                client = socket.socket()
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.settimeout(60)
                client.connect(("127.0.0.1", server.port))
            else:
                client = server.connect()
            stack.enter_context(client)
            client.sendall(sent)
            if first:
                until_received(client, first)
            clients.append(client)
        yield clients


def stalled_clients(loop: str) -> Row:
    for private in (False, True):
        for size in (2048, 32 * 1024, 64 * 1024):
            yield from _stalled_clients(loop, size, private=private)


def _stalled_clients(loop: str, size: int, *, private: bool) -> Row:
    timeout = 1.0
    with running(loop, STARIO_REQUESTS_WRITE_TIMEOUT=str(timeout)) as server, ExitStack() as stack:
        publish = f"/publish?count={PUBLISHED // size}&size={size}"
        warm_up(server, size, private=private)
        before = server.begin_peak()
        for index in range(STALLED):
            path = f"/live?subject=feed.{index}" if private else "/live?subject=feed"
            stack.enter_context(clients_of(server, 1, request(path), b"\r\n\r\n", small=True))
        server.ask(publish + (f"&subjects={STALLED}" if private else ""))
        published = "private messages" if private else "messages"
        yield megabytes(
            f"growth, {STALLED} stalled clients, 32 MB to each, {published} of {size // 1024} KB",
            server.peak() - before,
            30 if private else 10,  # alone in its inbox, a message cannot be shared
        )
        left = time_until(lambda: server.state()["subscriptions"] == 0, 3 * timeout + 2)
        yield Figure(
            "  then dropped, seconds after the last message",
            "never" if left is None else f"{left:.1f}",
            f"< {timeout + 1:.0f}",
            left is not None and left < timeout + 1,
        )


def warm_up(server: ServerProcess, size: int, *, private: bool) -> None:
    """A reader that keeps up, so that what is allocated once is there."""
    subject = "feed.0" if private else "feed"
    with clients_of(server, 1, request(f"/live?subject={subject}"), b"\r\n\r\n") as (reader,):
        server.ask(f"/publish?count=64&size={size}" + ("&subjects=1" if private else ""))
        until_received(reader, b"data: 00000063")


def time_until(condition: Callable[[], bool], limit: float) -> float | None:
    began = time.monotonic()
    while time.monotonic() - began < limit:
        if condition():
            return time.monotonic() - began
        time.sleep(0.05)
    return None


def publishing_in_time(loop: str) -> Row:
    count, rate = 20_000, 1000
    with (
        running(loop) as server,
        clients_of(server, 200, request("/live"), b"\r\n\r\n", small=True),
        clients_of(server, 1, request("/live"), b"\r\n\r\n") as (healthy,),
    ):
        reader = Latencies(healthy)
        told = json.loads(server.ask(f"/publish-in-time?count={count}&rate={rate}"))
        millis = sorted(reader.finish())
    yield exactly(f"published in time, of {count} at {rate}/s, 200 stalled", told["in_time"], count)
    yield Figure(
        "  the latest one, ms after it was due", f"{1000 * told['latest']:.0f}", "", holds=True
    )
    cuts = quantiles(millis, n=100)
    yield Figure(
        "  a healthy reader's events; latency median, 99 %, worst, ms",
        f"{len(millis)}; {cuts[49]:.1f}, {cuts[98]:.1f}, {millis[-1]:.0f}",
        str(count),
        len(millis) == count,
    )


class Latencies:
    """A reader in a thread that notes how old each event is."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._millis: list[float] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        rest = b""
        while ready(self._client, 2) and (piece := self._client.recv(1 << 20)):
            now = time.monotonic()
            *events, rest = (rest + piece).split(b"\n\n")
            published = (event.rpartition(b"data: ")[2].split()[0] for event in events)
            self._millis += [1000 * (now - float(one)) for one in published]

    def finish(self) -> list[float]:
        self._thread.join()
        return self._millis


def ready(client: socket.socket, seconds: float) -> bool:
    return bool(select.select([client], [], [], seconds)[0])


def unread_bodies(loop: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder, "large.bin")
        with large.open("wb") as file:
            file.truncate(LARGE * MB)
        with running(loop, FAULTS_STATIC=folder) as server:
            with server.connect() as client:
                client.sendall(request("/static/large.bin"))
                head = until_received(client, b"\r\n\r\n").decode()
            url = next(line for line in head.splitlines() if line.startswith("location"))[10:]
            server.ask("/pieces?mb=8")
            yield unread(server, f"{LARGE} MB in pieces, each drained", f"/pieces?mb={LARGE}")
            yield unread(server, f"a static file of {LARGE} MB", url)
            server.ask(f"/prepare?mb={LARGE}")
            yield unread(server, f"one respond of {LARGE} MB, beyond the object", "/whole")
            before = server.begin_peak()
            sent = send_and_never_read(server, request("/") * 1000, 3)
            yield megabytes(
                f"growth, {sent / MB:.0f} MB of pipelined requests, no answer read",
                server.peak() - before,
                2,
            )


def send_and_never_read(server: ServerProcess, block: bytes, seconds: float) -> int:
    """Send for so long, as far as the server takes it, and return how much that was."""
    end = time.monotonic() + seconds
    sent = 0
    with server.connect() as client:
        while (left := end - time.monotonic()) > 0:
            if select.select([], [client], [], left)[1]:
                client.setblocking(False)
                sent += client.send(block[sent % len(block) :])
    return sent


def unread(server: ServerProcess, what: str, path: str) -> Figure:
    """Ask, read the head, and let the server alone for a while."""
    with clients_of(server, 1, request(path), b"HTTP/1.1 200", small=True):
        pass
    before = server.begin_peak()
    with clients_of(server, 1, request(path), b"HTTP/1.1 200", small=True):
        time.sleep(1)
        return megabytes(f"growth, {what}, never read", server.peak() - before, 2)


ENDLESS = {
    "header": (b"GET / HTTP/1.1\r\nHost: a\r\nx: ", b"y"),
    "URL": (b"GET /", b"y"),
    "chunk extension": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"y",
    ),
    "trailer": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx: ",
        b"y",
    ),
    "body behind an early answer": (
        b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n",
        b"y",
    ),
    "list of headers": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"x: y\r\n"),
    "list of trailers": (
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
        b"x: y\r\n",
    ),
}


def endless_heads(loop: str) -> Row:
    with running(loop) as server:
        for begin, repeated in ENDLESS.values():
            send_without_end(server, begin, repeated, 8 * MB)
        for what, (begin, repeated) in ENDLESS.items():
            before = server.begin_peak()
            sent = send_without_end(server, begin, repeated, 64 * MB)
            yield megabytes(f"growth, 64 MB of one {what}", server.peak() - before, 1)
            yield Figure(
                "  closed, KB that were sent by then",
                f"{sent / 1024:.0f}",
                "closed",
                sent < 64 * MB,
            )


def send_without_end(server: ServerProcess, begin: bytes, repeated: bytes, most: int) -> int:
    """Send it all, and return how much that was when the server closed its side."""
    block = repeated * (64 * 1024 // len(repeated))
    sent, sent_before_close = 0, most
    with server.connect() as client:
        client.sendall(begin)
        try:
            while sent < most:
                client.setblocking(True)
                sent += client.send(block)
                if sent_before_close == most and is_closed(client):
                    sent_before_close = sent
        except OSError:  # cut, after the moment in which it lets the client read its answer
            sent_before_close = min(sent, sent_before_close)
    return sent_before_close


def shutdown_in_order(loop: str) -> Row:
    longest = 1.0
    with (
        running(loop) as server,
        clients_of(server, 100, request("/stream"), b"first\r\n") as streams,
        clients_of(server, 50, request(f"/slow?ms={int(longest * 1000)}")) as requests,
    ):
        until(lambda: server.state()["handlers"] == 150)
        began = time.monotonic()
        server.terminate()
        answers = [rest_of(client) for client in requests]
        ends = [rest_of(client) for client in streams]
        code = server.wait()
        seconds = time.monotonic() - began
    answered = sum(answer.endswith(b"\r\n\r\nfinished") for answer in answers)
    yield exactly("requests in flight at SIGTERM that were answered, of 50", answered, 50)
    ended = sum(end.endswith(b"0\r\n\r\n") for end in ends)
    yield exactly("  open streams that got their last chunk, of 100", ended, 100)
    yield Figure(
        f"  exit after seconds, code (longest request {longest:g} s)",
        f"{seconds:.2f}, {code}",
        f"< {longest + 0.2:.1f}, 0",
        seconds < longest + 0.2 and code == 0,
    )


def shutdown_of_the_ignorant(loop: str) -> Row:
    timeout = 1.0
    with (
        running(loop, STARIO_GRACEFUL_SHUTDOWN_TIMEOUT=str(timeout)) as server,
        ExitStack() as stack,
    ):
        for kind in IGNORANT:
            path = f"/ignorant/{kind}"
            stack.enter_context(clients_of(server, 20, request(path), b"\r\n\r\n"))
        stack.enter_context(clients_of(server, 50, request("/slow?ms=600000")))
        until(lambda: server.state()["handlers"] == 150)
        began = time.monotonic()
        server.terminate()
        code = server.wait()
        seconds = time.monotonic() - began
    yield Figure(
        "exit, seconds beyond the timeout and code, of 100 streams and 50 requests that ignore it",
        f"{seconds - timeout:.2f}, {code}",
        "<= 0.20, 0",
        seconds <= timeout + 0.2 and code == 0,
    )


IGNORANT = (
    "writes",
    "drains",
    "writes_and_swallows",
    "drains_and_swallows",
    "swallows_around_the_wait",
)


def handlers_of_the_departed(loop: str) -> Row:
    for how, leave in (("FIN", socket.socket.close), ("RST", reset)):
        with (
            running(loop, STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="0.2") as server,
            ExitStack() as stack,
        ):
            for kind in IGNORANT:
                clients = stack.enter_context(
                    clients_of(server, 10, request(f"/ignorant/{kind}"), b"\r\n\r\n")
                )
                for client in clients:
                    leave(client)
            time.sleep(3)
            yield exactly(
                f"handlers alive 3 s after their client left by {how}, of 50",
                server.state()["handlers"],
                0,
            )


def leftovers(loop: str) -> Row:
    moments: dict[str, tuple[bytes, bytes]] = {
        "mid-head": (b"GET / HTTP/1.1\r\nHost", b""),
        "mid-body": (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", b""),
        "mid-stream": (request("/live"), b"\r\n\r\n"),
        "mid-drain": (request("/pieces?mb=64"), b"HTTP/1.1 200"),
        "mid-request": (request("/slow?ms=50"), b""),
    }
    with running(loop) as server:
        before = server.state()
        chance = random.Random(14)
        for _ in range(100):
            with ExitStack() as stack:
                clients: list[socket.socket] = []
                for sent, first in moments.values():
                    clients += stack.enter_context(clients_of(server, 10, sent, first))
                chance.shuffle(clients)
                for index, client in enumerate(clients):
                    (reset if index % 2 else socket.socket.close)(client)
        until(lambda: server.state() == before)
        after = server.state()
    for name, value in after.items():
        yield exactly(f"{name} left after 5,000 disconnects", value - before[name], 0)


def dripping(loop: str) -> Row:
    half = 500
    with running(loop) as server:
        sent = {
            "headers": b"GET / HTTP/1.1\r\nHost: a\r\nx: ",
            "bodies": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
        }
        with ExitStack() as stack:
            groups = {
                what: stack.enter_context(clients_of(server, half, begin))
                for what, begin in sent.items()
            }
            closed = drip(groups, 12)
    for what, count in closed.items():
        yield exactly(f"connections closed within 12 s that drip {what}, of {half}", count, half)


def drip(groups: dict[str, list[socket.socket]], seconds: float) -> dict[str, int]:
    """Send a byte a second on each until it is closed."""
    end = time.monotonic() + seconds
    left = {what: list(clients) for what, clients in groups.items()}
    while time.monotonic() < end and any(left.values()):
        began = time.monotonic()
        for what, clients in left.items():
            left[what] = [client for client in clients if not is_closed(client) and drips(client)]
        time.sleep(max(0.0, min(1.0, end - began) - (time.monotonic() - began)))
    return {
        what: len(clients) - sum(not is_closed(client) for client in left[what])
        for what, clients in groups.items()
    }


def drips(client: socket.socket) -> bool:
    try:
        client.send(b"y")
    except OSError:
        return False
    return True


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for it; what did not come shows in the figures."""
    time_until(condition, seconds)


ROWS: dict[int, Callable[[str], Row]] = {
    6: stalled_clients,
    7: publishing_in_time,
    8: unread_bodies,
    9: endless_heads,
    10: shutdown_in_order,
    11: shutdown_of_the_ignorant,
    12: handlers_of_the_departed,
    13: leftovers,
    14: dripping,
}
