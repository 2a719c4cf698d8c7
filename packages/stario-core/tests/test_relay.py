"""What our own relay does beside the contract of all relays, which `test_relay_contract` runs."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioError, StarioRuntime
from stario.relay import Relay, RelaySubscription


@pytest.fixture
def relay() -> Relay[int]:
    return Relay()


def drained[T](sub: RelaySubscription[T]) -> list[tuple[str, T]]:
    """Return everything that waits."""
    found: list[tuple[str, T]] = []
    while (message := sub.receive_nowait()) is not None:
        found.append(message)
    return found


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


@pytest.mark.parametrize("subject", ["", "a..b", "a.*", "*", None, 1, b"a", ["a"], {"a": 1}])
async def test_what_is_not_a_subject_is_refused_whoever_listens(
    relay: Relay[int], subject: Any
) -> None:
    async with relay.subscribe("*"), relay.subscribe("a"):
        with pytest.raises(StarioError, match="is not a subject"):
            relay.publish(subject, 1)


@pytest.mark.parametrize(
    ("patterns", "complaint"),
    [
        ((), "needs a pattern"),
        (("good", "a*"), "'a\\*' is not a pattern"),
        ((["a", "b"],), "as an argument of its own"),
        ((1,), "1 is not a pattern"),
        ((b"a",), "b'a' is not a pattern"),
        ((None,), "None is not a pattern"),
    ],
)
def test_what_is_not_a_pattern_is_refused(
    relay: Relay[int], patterns: tuple[Any, ...], complaint: str
) -> None:
    with pytest.raises(StarioError, match=complaint):
        relay.subscribe(*patterns)
    with pytest.raises(StarioError, match=complaint):
        relay.listen(*patterns, deliver=print)


@pytest.mark.parametrize("bound", [0, -1, 1.5, "5", True, float("nan")])
@pytest.mark.parametrize("name", ["maxsize", "max_bytes"])
def test_a_bound_is_a_whole_number_above_0(relay: Relay[int], name: str, bound: Any) -> None:
    with pytest.raises(StarioError, match=f"{name} must be a whole number") as caught:
        relay.subscribe("a", **{name: bound})
    assert list(caught.value.context) == [name]
    with pytest.raises(StarioError, match=f"{name} must be a whole number"):
        relay.listen("a", deliver=print, **{name: bound})


def test_a_subject_of_many_segments_is_not_searched_prefix_by_prefix(relay: Relay[int]) -> None:
    """With one short wildcard, 200,000 segments cost a few look-ups, not 200,000 slices."""

    async def run() -> None:
        async with relay.subscribe("a.*", "b.*") as sub:
            subject = ".".join(["a"] * 200_000)
            for _ in range(20):
                relay.publish(subject, 1)
            assert len(drained(sub)) == 20

    asyncio.run(asyncio.wait_for(run(), 5))


@pytest.mark.parametrize(("count", "turns"), [(10, 0), (1000, 1)])
async def test_a_reader_that_never_waits_gives_others_a_turn_now_and_then(
    relay: Relay[int], count: int, turns: int
) -> None:
    """Not for each message: what waits is taken at once."""
    had: list[None] = []
    async with relay.subscribe("a") as sub:
        for number in range(count):
            relay.publish("a", number)
        asyncio.get_running_loop().call_soon(had.append, None)
        async for _, number in sub:
            if number == count - 1:
                break
    assert len(had) == turns


async def test_a_call_at_the_wrong_time_says_what_is_wrong(relay: Relay[int]) -> None:
    sub = relay.subscribe("a")
    with pytest.raises(StarioRuntime, match="keeps no messages outside its block"):
        sub.receive_nowait()
    async with sub:
        with pytest.raises(StarioRuntime, match="entered already"):
            await sub.__aenter__()

        def elsewhere() -> None:
            with pytest.raises(StarioRuntime, match="entered on another event loop"):
                asyncio.run(sub.receive())  # type: ignore[arg-type]

        await asyncio.to_thread(elsewhere)
        waiting = asyncio.create_task(sub.receive())
        await asyncio.sleep(0)
        with pytest.raises(StarioRuntime, match="Another task waits in <RelaySubscription a: "):
            await sub.receive()
        relay.publish("a", 1)
        assert await waiting == ("a", 1)


async def test_the_repr_is_the_state(relay: Relay[int]) -> None:
    sub = relay.subscribe("a", "b.*")
    assert repr(sub) == "<RelaySubscription a b.*: inactive, 0 dropped>"
    async with sub, relay.listen("a", deliver=print):
        assert repr(relay) == "<Relay 1 active, 1 listening>"
        relay.publish("b.c", 1)
        assert repr(sub) == "<RelaySubscription a b.*: active, 1 waiting, 0 dropped>"
    assert repr(relay) == "<Relay 0 active>"
