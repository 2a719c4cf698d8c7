"""The client's parser stumbles where a browser would, and its transport behaves as a socket's."""

import asyncio
from contextvars import copy_context

import pytest
from stario.testing.answer import Answer
from stario.testing.transport import MemoryTransport


def answer_to(method: str, *reads: bytes, closed: bool = False) -> Answer:
    answer = Answer(method, whole=True, pull=lambda: None)
    for data in reads:
        answer.feed(data)
    if closed:
        answer.end_of_stream()
    return answer


@pytest.mark.parametrize(
    ("method", "wire", "body"),
    [
        ("GET", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", b"ab"),
        (
            "GET",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            b"ab",
        ),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", b""),
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", b""),
        ("HEAD", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b""),
        ("POST", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b""),
    ],
)
@pytest.mark.parametrize("bytewise", [False, True])
def test_an_answer_ends_where_its_framing_says(
    method: str, wire: bytes, body: bytes, bytewise: bool
) -> None:
    reads = [wire[at : at + 1] for at in range(len(wire))] if bytewise else [wire]
    answer = answer_to(method, *reads)
    assert (answer.complete, answer.failure, answer.keeps_alive) == (True, None, True)
    assert answer.received() == body


def test_a_body_without_framing_ends_with_the_connection() -> None:
    wire = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nab"
    assert not answer_to("GET", wire).complete
    answer = answer_to("GET", wire, closed=True)
    assert (answer.complete, answer.received(), answer.keeps_alive) == (True, b"ab", False)


@pytest.mark.parametrize(
    ("method", "wire", "failure"),
    [
        ("GET", b"garbage", "malformed"),
        ("GET", b"HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n", "malformed"),
        (
            "GET",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            "malformed",
        ),
        ("GET", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", "malformed"),
        ("GET", b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc", "after the end"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\nabc", "after the end"),
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", "follows the answer to HEAD"),
        (
            "HEAD",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "follows the answer to HEAD",
        ),
        ("GET", b"", "before the head"),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\n", "before the head"),
        ("GET", b"HTTP/1.1 200 OK\r\ncontent-le", "before the head"),
        ("GET", b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", "inside the body"),
        (
            "GET",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
            "inside the body",
        ),
    ],
)
def test_bad_framing_fails_the_answer(method: str, wire: bytes, failure: str) -> None:
    answer = answer_to(method, wire, closed=True)
    assert answer.failure is not None
    assert failure in answer.failure


class Server(asyncio.Protocol):
    """Notes what its transport calls."""

    def __init__(self, *, broken: bool = False) -> None:
        self.calls: list[str] = []
        self.broken = broken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.calls.append("made")

    def data_received(self, data: bytes) -> None:
        self.calls.append(f"data {len(data)}")
        if self.broken:
            raise ValueError("broken")

    def eof_received(self) -> bool:
        self.calls.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.calls.append(f"lost {exc}")

    def pause_writing(self) -> None:
        self.calls.append("pause")

    def resume_writing(self) -> None:
        self.calls.append("resume")


class Reader:
    """The client's end; reads only when told to."""

    def __init__(self, *, wants_bytes: bool) -> None:
        self.wants_bytes = wants_bytes
        self.read = b""
        self.ends = 0
        self.errors: list[Exception | None] = []

    def received(self, data: bytes) -> None:
        self.read += data

    def server_closed(self) -> None:
        self.ends = 1

    def lost(self, error: Exception | None) -> None:
        self.errors.append(error)


async def turns(count: int = 6) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_reads_come_from_the_loop_in_pieces_and_a_pause_holds_them() -> None:
    server = Server()
    transport = MemoryTransport(server, Reader(wants_bytes=True), copy_context())
    transport.pause_reading()
    transport.deliver(b"x" * 100_000, copy_context())
    await turns()
    assert server.calls == ["made"]
    transport.resume_reading()
    assert server.calls == ["made"]
    await turns()
    assert server.calls == ["made", "data 65536", "data 34464"]
    assert transport.all_delivered


async def test_the_buffer_pauses_above_its_limit_and_resumes_below() -> None:
    server, reader = Server(), Reader(wants_bytes=False)
    transport = MemoryTransport(server, reader, copy_context())
    transport.set_write_buffer_limits(high=3)
    for _ in range(4):
        transport.write(b"x")
    assert (server.calls, transport.get_write_buffer_size()) == (["made", "pause"], 4)
    reader.wants_bytes = True
    transport.flush()
    assert (server.calls, reader.read) == (["made", "pause", "resume"], b"xxxx")


async def test_a_close_waits_for_the_reader_and_an_abort_does_not() -> None:
    for act, read in (("close", b"last"), ("abort", b"")):
        server, reader = Server(), Reader(wants_bytes=False)
        transport = MemoryTransport(server, reader, copy_context())
        transport.write(b"last")
        getattr(transport, act)()
        await turns()
        assert transport.is_closing()
        assert reader.ends == (1 if act == "abort" else 0)
        reader.wants_bytes = True
        transport.flush()
        await turns()
        assert (reader.read, reader.ends, reader.errors) == (read, 1, [None])
        assert server.calls == ["made", "lost None"]


async def test_a_half_close_is_answered_with_a_close() -> None:
    server, reader = Server(), Reader(wants_bytes=True)
    transport = MemoryTransport(server, reader, copy_context())
    transport.write(b"last")
    transport.write_eof()
    transport.write(b"too late")
    await turns()
    assert (reader.read, reader.ends) == (b"last", 1)
    assert server.calls == ["made", "lost None"]


async def test_a_client_that_leaves_is_seen_as_an_end_and_then_a_loss() -> None:
    server = Server()
    transport = MemoryTransport(server, Reader(wants_bytes=True), copy_context())
    transport.leave()
    transport.leave()
    assert server.calls == ["made"]
    await turns()
    assert server.calls == ["made", "eof", "lost None"]


async def test_a_protocol_that_raises_loses_its_connection() -> None:
    server, reader = Server(broken=True), Reader(wants_bytes=True)
    transport = MemoryTransport(server, reader, copy_context())
    transport.deliver(b"x" * 100_000, copy_context())
    await turns()
    assert server.calls == ["made", "data 65536", "lost broken"]
    assert [str(error) for error in reader.errors] == ["broken"]
