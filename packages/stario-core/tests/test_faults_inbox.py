"""A reader of a relay that stands still costs so many messages and so many bytes, and no more."""

import asyncio
import logging
from threading import Thread

import pytest
from stario import Relay
from stario.markup import SafeString
from stario.markup import html as h
from stario.relay.subscription import RelaySubscription

KB = 1024
MB = 1024 * KB


def drained[T](sub: RelaySubscription[T]) -> list[T]:
    messages: list[T] = []
    while (message := sub.receive_nowait()) is not None:
        messages.append(message[1])
    return messages


@pytest.mark.parametrize("letter", ["x", b"x"], ids=["text", "bytes"])
@pytest.mark.parametrize("size", [2 * KB, 32 * KB, 64 * KB])
async def test_an_inbox_keeps_a_megabyte_of_what_was_published_last(
    letter: str | bytes, size: int
) -> None:
    """However large the messages are: 32 MB come, the newest that fit stay."""
    relay = Relay[str | bytes]()
    async with relay.subscribe("a") as sub:
        for _ in range(32 * MB // size):
            relay.publish("a", letter * size)
        newest = letter * (size - 1)
        relay.publish("a", newest)
        kept = drained(sub)
    assert kept[-1] == newest
    assert MB - size < sum(map(len, kept)) <= MB
    assert sub.dropped == 32 * MB // size + 1 - len(kept)


async def test_a_message_that_is_longer_than_the_bound_is_kept_alone() -> None:
    """Nothing is lost that a reader who keeps up would have got."""
    relay = Relay[str]()
    async with relay.subscribe("a", max_bytes=10) as sub:
        relay.publish("a", "1")
        relay.publish("a", "x" * 1000)
        assert drained(sub) == ["x" * 1000]
        relay.publish("a", "x" * 1000)
        relay.publish("a", "2")
        assert drained(sub) == ["2"]
        assert sub.dropped == 2


async def test_what_was_taken_makes_room() -> None:
    """The count is of what waits, over any number of messages."""
    relay = Relay[bytes]()
    async with relay.subscribe("a", max_bytes=100) as sub:
        for _ in range(1000):
            relay.publish("a", b"x" * 60)
            assert await sub.receive() == ("a", b"x" * 60)
        assert sub.dropped == 0


async def test_the_bound_of_messages_holds_beside_that_of_bytes() -> None:
    relay = Relay[str]()
    async with relay.subscribe("a", maxsize=2, max_bytes=100) as sub:
        for text in ("1", "2", "3"):
            relay.publish("a", text)
        assert drained(sub) == ["2", "3"]
        assert sub.dropped == 1


async def test_markup_counts_with_its_length() -> None:
    relay = Relay[SafeString]()
    async with relay.subscribe("a", max_bytes=25) as sub:
        for text in ("1", "2", "3"):
            relay.publish("a", h.P(text))
        relay.publish("a", SafeString("<hr>"))
        assert [node.rendered for node in drained(sub)] == ["<p>2</p>", "<p>3</p>", "<hr>"]
        assert sub.dropped == 1


async def test_other_data_counts_as_a_message_only() -> None:
    """Nobody looks into an object to tell how large it is."""
    relay = Relay[list[str]]()
    async with relay.subscribe("a", max_bytes=10) as sub:
        for _ in range(100):
            relay.publish("a", ["x" * 100])
        assert len(drained(sub)) == 100


@pytest.mark.parametrize(("maxsize", "max_bytes"), [(1024, None), (None, 1000)])
async def test_none_lifts_the_bound_of_bytes(maxsize: int | None, max_bytes: int | None) -> None:
    """And `maxsize=None` lifts both."""
    relay = Relay[str]()
    async with relay.subscribe("a", maxsize=maxsize, max_bytes=max_bytes) as sub:
        for _ in range(40):
            relay.publish("a", "x" * (64 * KB))
        assert len(drained(sub)) == 40
        assert sub.dropped == 0


async def test_without_a_bound_of_messages_any_number_waits() -> None:
    relay = Relay[str]()
    async with relay.subscribe("a", maxsize=None) as sub:
        for _ in range(5000):
            relay.publish("a", "x" * KB)
        assert len(drained(sub)) == 5000


class TestLatest:
    """The newest message of each subject, and no more bytes than may be."""

    async def test_subjects_that_were_not_published_for_longest_go_first(self) -> None:
        relay = Relay[str]()
        async with relay.subscribe("*", latest=True, max_bytes=10) as sub:
            for subject in ("a", "b", "c"):
                relay.publish(subject, subject * 3)
            relay.publish("a", "AAA")
            relay.publish("d", "dddd")
            assert sub.dropped == 2
            assert drained(sub) == ["ccc", "AAA", "dddd"]

    async def test_a_replaced_message_gives_its_bytes_back(self) -> None:
        relay = Relay[str]()
        async with relay.subscribe("*", latest=True, max_bytes=10) as sub:
            for _ in range(100):
                relay.publish("a", "x" * 9)
            relay.publish("b", "y")
            assert drained(sub) == ["x" * 9, "y"]
            relay.publish("c", "z" * 10)
            assert drained(sub) == ["z" * 10]

    async def test_a_replacement_that_is_too_long_stays_alone(self) -> None:
        relay = Relay[str]()
        async with relay.subscribe("*", latest=True, max_bytes=10) as sub:
            for subject in ("a", "b", "a"):
                relay.publish(subject, "x" * (4 if subject == "b" else 11))
            assert drained(sub) == ["x" * 11]


async def test_a_thread_that_publishes_meets_the_same_bound(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While the loop stands still; and the drop is said once."""
    relay = Relay[str]()
    async with relay.subscribe("a") as sub:
        thread = Thread(target=lambda: [relay.publish("a", "x" * (64 * KB)) for _ in range(100)])
        with caplog.at_level(logging.WARNING, "stario.relay"):
            thread.start()
            thread.join()
        assert len(drained(sub)) == 16
        assert sub.dropped == 84
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "max_bytes" in caplog.text


async def test_a_slow_reader_gets_the_newest_in_order() -> None:
    """What is dropped are whole messages from the front, never from the middle."""
    relay = Relay[str]()
    seen: list[int] = []
    async with relay.subscribe("a", max_bytes=100) as sub:

        async def read() -> None:
            async for _, text in sub:
                seen.append(int(text))
                if seen[-1] == 999:
                    return
                await asyncio.sleep(0)

        reader = asyncio.create_task(read())
        for number in range(1000):
            relay.publish("a", f"{number:010}")
            if number % 30 == 0:
                await asyncio.sleep(0)
        await asyncio.wait_for(reader, 10)
    assert seen == sorted(seen)
    assert len(seen) + sub.dropped == 1000
