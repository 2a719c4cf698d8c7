"""The relay: who gets what, in which order, and what is kept for whom."""

import asyncio
import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioError, StarioRuntime
from stario.relay import Relay, RelaySubscription


def drained[T](sub: RelaySubscription[T]) -> list[tuple[str, T]]:
    """Return everything that waits."""
    found: list[tuple[str, T]] = []
    while (message := sub.receive_nowait()) is not None:
        found.append(message)
    return found


def publish_many(relay: Relay[int], subject: str, count: int) -> None:
    """Publish numbers in their order."""
    for number in range(count):
        relay.publish(subject, number)


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a", False),
        ("a.b", "a.b.c", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c.d", True),
        ("a.*", "a", False),
        ("a.*", "ab.c", False),
        ("a.b.*", "a.b.c", True),
        ("a.b.*", "a.c.b", False),
        ("*", "a", True),
        ("*", "a.b.c", True),
    ],
)
async def test_a_pattern_matches_these_subjects(pattern: str, subject: str, matches: bool) -> None:
    relay = Relay[int]()
    async with relay.subscribe(pattern) as sub:
        relay.publish(subject, 1)
        assert drained(sub) == ([(subject, 1)] if matches else [])


_segments = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=5)


def _matches(pattern: str, subject: str) -> bool:
    if pattern == "*":
        return True
    return subject.startswith(pattern[:-1]) if pattern.endswith(".*") else subject == pattern


@given(
    patterns=st.lists(
        st.one_of(
            st.just("*"),
            _segments.map(".".join),
            _segments.map(lambda segments: ".".join(segments) + ".*"),
        ),
        min_size=1,
        max_size=5,
    ),
    subjects=st.lists(_segments.map(".".join), max_size=10),
)
def test_every_matching_message_arrives_exactly_once(
    patterns: list[str], subjects: list[str]
) -> None:
    async def run() -> None:
        relay = Relay[int]()
        async with relay.subscribe(*patterns) as sub:
            for number, subject in enumerate(subjects):
                relay.publish(subject, number)
            assert drained(sub) == [
                (subject, number)
                for number, subject in enumerate(subjects)
                if any(_matches(pattern, subject) for pattern in patterns)
            ]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("given_patterns", "kept"),
    [
        (("a.b", "a.*"), ("a.*",)),
        (("a", "a.*"), ("a", "a.*")),
        (("a.b.*", "c", "a.*"), ("c", "a.*")),
        (("a", "b.*", "*"), ("*",)),
        (("a", "a"), ("a",)),
    ],
)
def test_patterns_that_cover_each_other_collapse(
    given_patterns: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    assert Relay[int]().subscribe(*given_patterns).patterns == kept


@pytest.mark.parametrize("subject", ["", ".", "a.", ".a", "a..b", "a.*", "*", "a*b"])
def test_a_bad_subject_is_refused(subject: str) -> None:
    with pytest.raises(StarioError, match="no subject"):
        Relay[int]().publish(subject, 1)


@pytest.mark.parametrize("pattern", ["", ".", "a.", ".*", "a*", "a.*.b", "**", "*.a", "a..*"])
def test_a_bad_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(StarioError, match="no pattern"):
        Relay[int]().subscribe("good", pattern)


def test_a_list_of_patterns_is_refused() -> None:
    with pytest.raises(StarioError, match="arguments of their own"):
        Relay[int]().subscribe(["a", "b"])  # pyright: ignore[reportArgumentType]


def test_a_subscription_needs_a_pattern_and_room() -> None:
    with pytest.raises(StarioError, match="needs a pattern"):
        Relay[int]().subscribe()
    with pytest.raises(StarioError, match="maxsize"):
        Relay[int]().subscribe("a", maxsize=0)


def test_a_subject_of_many_segments_is_not_searched_prefix_by_prefix() -> None:
    """With one short wildcard, 200,000 segments cost a few look-ups, not 200,000 slices."""
    relay = Relay[int]()

    async def run() -> None:
        async with relay.subscribe("a.*", "b.*") as sub:
            subject = ".".join(["a"] * 200_000)
            for _ in range(20):
                relay.publish(subject, 1)
            assert len(drained(sub)) == 20

    asyncio.run(asyncio.wait_for(run(), 5))


async def test_nothing_is_kept_before_the_block_or_after_it() -> None:
    relay = Relay[int]()
    sub = relay.subscribe("a")
    relay.publish("a", 1)
    assert not sub.active
    async with sub:
        assert sub.active
        relay.publish("a", 2)
        assert await sub.receive() == ("a", 2)
        relay.publish("a", 3)
    relay.publish("a", 4)
    async with sub:
        assert drained(sub) == []
    assert repr(relay) == "<Relay 0 active>"


async def test_a_waiting_receive_gets_the_next_message() -> None:
    relay = Relay[str]()
    async with relay.subscribe("a") as sub:
        waiting = asyncio.create_task(sub.receive())
        await asyncio.sleep(0)
        relay.publish("a", "x")
        relay.publish("a", "y")
        assert await waiting == ("a", "x")
        assert await sub.receive() == ("a", "y")


async def test_iteration_takes_what_waits_without_giving_up_its_turn() -> None:
    relay = Relay[int]()
    turns: list[None] = []
    async with relay.subscribe("a") as sub:
        for number in range(10):
            relay.publish("a", number)
        asyncio.get_running_loop().call_soon(turns.append, None)
        async for _, number in sub:
            if number == 9:
                break
        assert turns == []


async def test_a_reader_that_never_waits_still_gives_others_a_turn() -> None:
    relay = Relay[int]()
    turns: list[None] = []
    async with relay.subscribe("a") as sub:
        for number in range(1000):
            relay.publish("a", number)
        asyncio.get_running_loop().call_soon(turns.append, None)
        assert [(await sub.receive())[1] for _ in range(1000)] == list(range(1000))
    assert turns == [None]


async def test_leaving_the_block_cancels_a_waiting_receive() -> None:
    relay = Relay[int]()
    async with relay.subscribe("a") as sub:
        waiting = asyncio.create_task(sub.receive())
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_cancelled_receive_takes_no_message_with_it() -> None:
    relay = Relay[int]()
    async with relay.subscribe("a") as sub:
        waiting = asyncio.create_task(sub.receive())
        await asyncio.sleep(0)
        relay.publish("a", 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await sub.receive() == ("a", 1)


async def test_a_call_at_the_wrong_time_is_refused() -> None:
    relay = Relay[int]()
    sub = relay.subscribe("a")
    with pytest.raises(StarioRuntime, match="outside its block"):
        await sub.receive()
    with pytest.raises(StarioRuntime, match="outside its block"):
        await anext(sub)
    async with sub:
        with pytest.raises(StarioRuntime, match="entered already"):
            await sub.__aenter__()
        waiting = asyncio.create_task(sub.receive())
        await asyncio.sleep(0)
        with pytest.raises(StarioRuntime, match="Another task waits"):
            await sub.receive()
        relay.publish("a", 1)
        assert await waiting == ("a", 1)


async def test_reading_on_another_loop_is_refused() -> None:
    async with Relay[int]().subscribe("a") as sub:

        def elsewhere() -> None:
            with pytest.raises(StarioRuntime, match="another event loop"):
                asyncio.run(sub.receive())  # type: ignore[arg-type]

        await asyncio.to_thread(elsewhere)


async def test_a_full_inbox_drops_its_oldest_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    relay = Relay[int]()
    with caplog.at_level(logging.WARNING, logger="stario.relay"):
        async with relay.subscribe("a", maxsize=2) as sub:
            for number in range(5):
                relay.publish("a", number)
            assert drained(sub) == [("a", 3), ("a", 4)]
    assert sub.dropped == 3
    assert len(caplog.records) == 1
    assert "RelaySubscription a: active" in caplog.messages[0]


async def test_the_default_inbox_holds_1024_messages_and_none_means_no_bound() -> None:
    relay = Relay[int]()
    async with relay.subscribe("a") as bounded, relay.subscribe("a", maxsize=None) as unbounded:
        for number in range(1030):
            relay.publish("a", number)
        assert len(drained(bounded)) == 1024
        assert len(drained(unbounded)) == 1030
    assert (bounded.dropped, unbounded.dropped) == (6, 0)


async def test_latest_keeps_the_newest_of_each_subject_moved_to_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    relay = Relay[int]()
    async with relay.subscribe("*", latest=True) as sub:
        for subject, number in [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5)]:
            relay.publish(subject, number)
        assert drained(sub) == [("a", 3), ("c", 4), ("b", 5)]
    assert sub.dropped == 2
    assert not caplog.records


async def test_latest_with_maxsize_counts_subjects() -> None:
    relay = Relay[int]()
    async with relay.subscribe("*", latest=True, maxsize=2) as sub:
        for subject, number in [("a", 1), ("b", 2), ("a", 3), ("c", 4)]:
            relay.publish(subject, number)
        assert drained(sub) == [("a", 3), ("c", 4)]
    assert sub.dropped == 2


async def test_threads_publish_in_their_own_order() -> None:
    relay = Relay[int]()
    async with relay.subscribe("t.*", maxsize=None) as sub:
        threads = [
            threading.Thread(target=publish_many, args=(relay, f"t.{t}", 500)) for t in range(4)
        ]
        for thread in threads:
            thread.start()
        received = [await asyncio.wait_for(sub.receive(), 5) for _ in range(2000)]
        for thread in threads:
            thread.join()
    for t in range(4):
        assert [n for subject, n in received if subject == f"t.{t}"] == list(range(500))


async def test_what_a_thread_publishes_is_bounded_while_the_loop_is_busy() -> None:
    """The inbox is the only queue: the loop is asked for one wake-up, not for one a message."""
    relay = Relay[int]()
    async with relay.subscribe("a", maxsize=10) as sub:
        thread = threading.Thread(target=publish_many, args=(relay, "a", 5000))
        thread.start()
        thread.join()
        assert drained(sub) == [("a", n) for n in range(4990, 5000)]
    assert sub.dropped == 4990


async def test_a_message_from_a_thread_wakes_a_waiting_receive() -> None:
    relay = Relay[int]()
    async with relay.subscribe("a") as sub:
        for number in range(20):
            waiting = asyncio.create_task(sub.receive())
            await asyncio.sleep(0)
            await asyncio.to_thread(relay.publish, "a", number)
            assert await asyncio.wait_for(waiting, 5) == ("a", number)


@pytest.mark.parametrize("pattern", ["a.b", "a.*"])
def test_a_subscription_of_a_closed_loop_is_removed(pattern: str) -> None:
    relay = Relay[int]()
    loop = asyncio.new_event_loop()
    sub = relay.subscribe(pattern)
    loop.run_until_complete(sub.__aenter__())
    loop.close()
    assert repr(relay) == "<Relay 1 active>"
    relay.publish("a.b", 1)
    assert repr(relay) == "<Relay 0 active>"


async def test_the_repr_is_the_state() -> None:
    relay = Relay[int]()
    sub = relay.subscribe("a", "b.*")
    assert repr(sub) == "<RelaySubscription a b.*: inactive, 0 dropped>"
    async with sub:
        relay.publish("a", 1)
        assert repr(sub) == "<RelaySubscription a b.*: active, 1 waiting, 0 dropped>"


@pytest.mark.parametrize("room", ["7\nERROR forged", "\x1b[31m", "\u202e", "\ud800", "x" * 10_000])
async def test_a_pattern_from_a_url_forges_no_line_of_the_log(
    caplog: pytest.LogCaptureFixture, room: str
) -> None:
    relay = Relay[int]()
    with caplog.at_level(logging.WARNING, logger="stario.relay"):
        async with relay.subscribe(f"room.{room}", "b", maxsize=1):
            relay.publish(f"room.{room}", 1)
            relay.publish(f"room.{room}", 2)
    [line] = caplog.messages
    assert line.isprintable()
    assert len(line) < 1500
    assert repr(relay.listen(f"room.{room}", deliver=print)).isprintable()
