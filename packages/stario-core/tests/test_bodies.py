"""A request body between its connection and its reader: limits, flow, failures, one reader."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import ClientDisconnected, HttpException, StarioRuntime
from stario.http.bodies.body import HIGH_WATER, Body, left_while_sending, too_slow
from stario.http.headers import Headers
from stario.http.request import Request


class Source:
    """A connection that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def pause_body(self) -> None:
        self.asked.append("pause")

    def resume_body(self) -> None:
        self.asked.append("resume")

    def send_continue(self) -> None:
        self.asked.append("continue")


def a_body(
    *pieces: bytes,
    limit: int = 100,
    declared: int | None = None,
    source: Source | None = None,
    expects_continue: bool = False,
    complete: bool = True,
) -> Body:
    body = Body(source or Source(), limit, declared)
    body.expects_continue = expects_continue
    for piece in pieces:
        body.feed(piece)
    if complete:
        body.complete()
    return body


def a_request(body: Body | None) -> Request:
    return Request(method="POST", headers=Headers(), body=body)


async def soon(work: Coroutine[object, object, bytes]) -> "asyncio.Task[bytes]":
    """Let a read begin and come to its wait."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    return task


class TestWholeBodies:
    """`await c.req.body()`."""

    async def test_it_is_what_was_sent_as_often_as_asked(self) -> None:
        request = a_request(a_body(b"one ", b"two"))
        assert await request.body() == b"one two"
        assert await request.body() == b"one two"

    async def test_no_body_is_empty(self) -> None:
        request = a_request(None)
        assert await request.body() == b""
        assert await request.body(max_size=0) == b""

    async def test_it_waits_for_the_end(self) -> None:
        body = a_body(b"one ", complete=False)
        task = await soon(body.read(None))
        body.feed(b"two")
        await asyncio.sleep(0)
        assert not task.done()
        body.complete()
        assert await task == b"one two"

    @pytest.mark.parametrize(
        ("limit", "max_size", "size", "fits"),
        [
            (10, None, 10, True),
            (10, None, 11, False),
            (10, 5, 5, True),
            (10, 5, 6, False),
            (10, 20, 20, True),
            (10, 20, 21, False),
            (10, 0, 0, True),
            (10, 0, 1, False),
        ],
    )
    @pytest.mark.parametrize("is_declared", [True, False])
    async def test_a_limit_is_the_server_s_unless_the_read_has_its_own(
        self, limit: int, max_size: int | None, size: int, fits: bool, is_declared: bool
    ) -> None:
        """Lower or higher, for a length that is known at once or only at the end."""
        body = a_body(b"x" * size, limit=limit, declared=size if is_declared else None)
        if fits:
            assert await body.read(max_size) == b"x" * size
            return
        with pytest.raises(HttpException) as caught:
            await body.read(max_size)
        assert caught.value.status_code == 413

    async def test_a_declared_length_over_the_limit_fails_before_it_arrives(self) -> None:
        """And nobody is told to go on sending."""
        source = Source()
        body = a_body(declared=101, source=source, expects_continue=True, complete=False)
        with pytest.raises(HttpException, match="larger than 100 bytes"):
            await body.read(None)
        assert source.asked == []

    @pytest.mark.parametrize("declared", [20, None])
    async def test_after_a_413_a_read_with_room_gets_everything(self, declared: int | None) -> None:
        """Nothing that arrived is lost."""
        body = a_body(b"x" * 10, b"y" * 10, declared=declared, limit=15)
        with pytest.raises(HttpException):
            await body.read(None)
        assert await body.read(20) == b"x" * 10 + b"y" * 10

    async def test_a_lower_limit_counts_for_a_body_that_was_read_before(self) -> None:
        body = a_body(b"12345")
        await body.read(None)
        with pytest.raises(HttpException):
            await body.read(4)

    async def test_a_read_that_was_cancelled_takes_nothing_away(self) -> None:
        """As by `asyncio.timeout`: the next read returns the whole, not the rest."""
        body = a_body(b"one ", complete=False)
        task = await soon(body.read(None))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        body.feed(b"two")
        body.complete()
        assert await body.read(None) == b"one two"

    @given(st.lists(st.binary(min_size=1, max_size=40)), st.integers(0, 60))
    def test_any_cut_of_the_bytes_is_the_same_body(self, pieces: list[bytes], size: int) -> None:
        body = a_body(*pieces, limit=10_000)
        whole = b"".join(pieces)
        if len(whole) > size:
            with pytest.raises(HttpException):
                asyncio.run(body.read(size))
        assert asyncio.run(body.read(None)) == whole


class TestStreams:
    """`async for piece in c.req.stream()`."""

    async def test_pieces_come_as_they_arrive(self) -> None:
        body = a_body(b"one", complete=False)
        stream = body.stream(None)
        assert await anext(stream) == b"one"
        body.feed(b"two")
        body.feed(b"three")
        body.complete()
        assert [piece async for piece in stream] == [b"twothree"]

    async def test_no_body_is_no_piece(self) -> None:
        assert [piece async for piece in a_request(None).stream()] == []
        assert [piece async for piece in a_request(a_body()).stream()] == []

    async def test_over_the_limit_it_fails_with_what_came_before(self) -> None:
        body = a_body(b"x" * 5, limit=8, complete=False)
        seen: list[bytes] = []
        stream = body.stream(None)
        seen.append(await anext(stream))
        body.feed(b"y" * 4)
        with pytest.raises(HttpException) as caught:
            await anext(stream)
        assert caught.value.status_code == 413
        assert seen == [b"xxxxx"]


@pytest.mark.parametrize("has_body", [True, False])
class TestOneReader:
    """Whole, repeatable; or a stream, once."""

    async def test_a_stream_after_the_whole_is_refused(self, has_body: bool) -> None:
        request = a_request(a_body(b"x") if has_body else None)
        await request.body()
        with pytest.raises(StarioRuntime, match="read already"):
            request.stream()

    async def test_the_whole_after_a_stream_is_refused(self, has_body: bool) -> None:
        """Even where the stream has not begun."""
        request = a_request(a_body(b"x") if has_body else None)
        request.stream()
        with pytest.raises(StarioRuntime, match="read already"):
            await request.body()

    async def test_a_second_stream_is_refused(self, has_body: bool) -> None:
        request = a_request(a_body(b"x") if has_body else None)
        request.stream()
        with pytest.raises(StarioRuntime, match="read already"):
            request.stream()

    async def test_a_negative_size_is_refused_at_once_and_reads_nothing(
        self, has_body: bool
    ) -> None:
        request = a_request(a_body(b"x") if has_body else None)
        with pytest.raises(ValueError, match="0 or more; got -1"):
            await request.body(max_size=-1)
        with pytest.raises(ValueError, match="0 or more; got -1"):
            request.stream(max_size=-1)
        assert await request.body() == (b"x" if has_body else b"")

    @pytest.mark.parametrize("size", ["64", b"64", [64]])
    async def test_a_size_that_is_no_number_is_refused(self, has_body: bool, size: Any) -> None:
        request = a_request(a_body(b"x") if has_body else None)
        with pytest.raises(TypeError, match="max_size is a number of bytes, not"):
            await request.body(max_size=size)
        with pytest.raises(TypeError, match="max_size is a number of bytes, not"):
            request.stream(max_size=size)


async def test_two_tasks_cannot_wait_for_the_same_bytes() -> None:
    body = a_body(complete=False)
    first = await soon(body.read(None))
    with pytest.raises(StarioRuntime, match="another task"):
        await body.read(None)
    body.feed(b"x")
    body.complete()
    assert await first == b"x"


class TestFailures:
    """What the connection meets reaches the reader, now or later."""

    @pytest.mark.parametrize(
        ("failure", "kind"), [(left_while_sending, ClientDisconnected), (too_slow, HttpException)]
    )
    async def test_a_waiting_read_wakes(
        self, failure: Callable[[], Exception], kind: type[Exception]
    ) -> None:
        body = a_body(b"half", complete=False)
        task = await soon(body.read(None))
        body.fail(failure())
        with pytest.raises(kind):
            await task

    async def test_a_later_read_fails_too_and_every_time(self) -> None:
        body = a_body(b"half", complete=False)
        body.fail(too_slow())
        for _ in range(2):
            with pytest.raises(HttpException) as caught:
                await body.read(None)
            assert caught.value.status_code == 408

    async def test_a_stream_gives_what_arrived_and_then_fails(self) -> None:
        body = a_body(b"half", complete=False)
        body.fail(left_while_sending())
        stream = body.stream(None)
        assert await anext(stream) == b"half"
        with pytest.raises(ClientDisconnected):
            await anext(stream)

    async def test_the_first_failure_counts(self) -> None:
        body = a_body(complete=False)
        body.fail(too_slow())
        body.fail(left_while_sending())
        with pytest.raises(HttpException):
            await body.read(None)

    async def test_after_the_end_nothing_fails(self) -> None:
        body = a_body(b"all")
        body.fail(left_while_sending())
        assert await body.read(None) == b"all"


class TestFlow:
    """Unread bytes pause the connection; taking them lets it go on."""

    async def test_reading_pauses_above_the_mark_once(self) -> None:
        source = Source()
        body = a_body(b"x" * HIGH_WATER, source=source, limit=10**7, complete=False)
        assert source.asked == []
        body.feed(b"x")
        body.feed(b"x")
        assert source.asked == ["pause"]

    async def test_taking_the_bytes_resumes_it(self) -> None:
        source = Source()
        body = a_body(b"x" * (HIGH_WATER + 1), source=source, limit=10**7, complete=False)
        assert len(await anext(body.stream(None))) == HIGH_WATER + 1
        assert source.asked == ["pause", "resume"]

    async def test_discarding_them_resumes_it_too(self) -> None:
        source = Source()
        body = a_body(b"x" * (HIGH_WATER + 1), source=source, complete=False)
        body.discard()
        body.discard()
        assert source.asked == ["pause", "resume"]

    async def test_many_small_pieces_cost_their_number_only(self) -> None:
        """A megabyte of single bytes is joined once, not at each of them."""
        body = a_body(*([b"x"] * 200_000), limit=10**7)
        before = time.perf_counter()
        assert len(await body.read(None)) == 200_000
        assert time.perf_counter() - before < 1


class TestContinue:
    """`Expect: 100-continue` is answered by the first read (RFC 9110, 10.1.1)."""

    async def test_the_first_read_asks_for_the_body_once(self) -> None:
        source = Source()
        body = a_body(source=source, expects_continue=True, complete=False)
        task = await soon(body.read(None))
        assert source.asked == ["continue"]
        body.feed(b"x")
        body.complete()
        assert await task == b"x"
        await body.read(None)
        assert source.asked == ["continue"]

    async def test_a_stream_asks_when_it_begins(self) -> None:
        source = Source()
        body = a_body(source=source, expects_continue=True, complete=False)
        stream = body.stream(None)
        assert source.asked == []
        task = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert source.asked == ["continue"]
        body.feed(b"x")
        assert await task == b"x"

    @pytest.mark.parametrize("complete", [True, False])
    async def test_a_client_that_did_not_wait_is_not_asked(self, complete: bool) -> None:
        source = Source()
        body = a_body(b"x", source=source, expects_continue=True, complete=complete)
        assert await anext(body.stream(None)) == b"x"
        assert source.asked == []


def test_the_repr_is_the_state() -> None:
    body = a_body(b"four", complete=False)
    assert repr(body) == "<Body open, 4 bytes received, 4 unread>"
    body.complete()
    assert repr(body) == "<Body complete, 4 bytes received, 4 unread>"
