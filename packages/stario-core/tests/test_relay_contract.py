"""Our own relay passes the contract of all relays, and one that is late does; broken ones fail."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

import pytest
from stario.relay import PubSub, Relay, RelaySubscription
from stario.relay.audience import Audience
from stario.relay.contract import RelayContract
from stario.relay.inbox import Inbox, QueueInbox, Sized
from stario.relay.patterns import bad_subject, is_subject


@asynccontextmanager
async def opened(make: Callable[[], PubSub[str]]) -> AsyncGenerator[PubSub[str]]:
    yield make()


class TestRelay(RelayContract):
    """The relay of core, as an app has it."""

    def relay(self) -> AbstractAsyncContextManager[PubSub[str]]:
        return opened(Relay[str])


class LateRelay(Relay[str]):
    """Delivers some time after `publish`, as a relay over a network does."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._line: deque[tuple[str, str]] = deque()

    def publish(self, subject: str, data: str) -> None:
        if not is_subject(subject):
            raise bad_subject(subject)
        self._line.append((subject, data))
        self._loop.call_soon_threadsafe(self._loop.call_later, 0.002, self._forward)

    def _forward(self) -> None:
        super().publish(*self._line.popleft())


class TestLateRelay(RelayContract):
    """What a broker cannot do any sooner is not asked of it."""

    def relay(self) -> AbstractAsyncContextManager[PubSub[str]]:
        return opened(LateRelay)


class Deaf(Relay[str]):
    def publish(self, subject: str, data: str) -> None: ...


class Twice(Relay[str]):
    def publish(self, subject: str, data: str) -> None:
        super().publish(subject, data)
        super().publish(subject, data)


class ByPrefix(Relay[str]):
    """Takes ab.c for something below a."""

    def __init__(self) -> None:
        super().__init__()
        self._inboxes = AudienceByPrefix[Inbox[str]]()


class AudienceByPrefix[M](Audience[M]):
    __slots__ = ()

    def _find_below(self, subject: str, found: list[M]) -> None:
        for prefix, members in self.below.items():
            if subject.startswith(prefix):
                found += members


class Shuffled(Relay[str]):
    """Lets every second message pass the one before it."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[tuple[str, str]] = []

    def publish(self, subject: str, data: str) -> None:
        self._held.append((subject, data))
        if len(self._held) == 2 or data == "end":
            for one in reversed(self._held):
                super().publish(*one)
            self._held.clear()


class Unforgetting(Relay[str]):
    """Goes on to deliver after the block, to what the next block takes over."""

    def __init__(self) -> None:
        super().__init__()
        self._inboxes = UnforgettingAudience()


class UnforgettingAudience(Audience[Inbox[str]]):
    __slots__ = ("_kept",)

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[int, Any] = {}

    def add(self, member: Inbox[str], patterns: tuple[str, ...]) -> None:
        before = self._kept.setdefault(id(member.subscriber), member)
        if before is not member:
            cast("Any", member)._messages = before._messages
        super().add(member, patterns)

    def discard(self, member: Inbox[str], patterns: tuple[str, ...]) -> None: ...


class NewestLost(Relay[str]):
    def __init__(self) -> None:
        super().__init__()
        self._inboxes = NewestLostAudience()


class NewestLostAudience(Audience[Inbox[str]]):
    __slots__ = ()

    def add(self, member: Inbox[str], patterns: tuple[str, ...]) -> None:
        if isinstance(member, QueueInbox):
            member.__class__ = NewestLostInbox
        super().add(member, patterns)


class NewestLostInbox(QueueInbox[str]):
    __slots__ = ()

    def _store(self, message: Sized[str]) -> bool:
        if len(self._messages) >= self._maxsize:
            self.subscriber.dropped += 1
            return True
        return super()._store(message)


class Unchecked(Relay[str]):
    def publish(self, subject: str, data: str) -> None:
        if is_subject(subject):
            super().publish(subject, data)


class Trimmed(Relay[str]):
    def publish(self, subject: str, data: str) -> None:
        super().publish(subject, data.strip())


class OneThread(Relay[str]):
    def publish(self, subject: str, data: str) -> None:
        asyncio.get_running_loop()
        super().publish(subject, data)


class Unbounded(Relay[str]):
    def subscribe(self, *patterns: str, **options: Any) -> RelaySubscription[str]:
        options["maxsize"] = None
        return super().subscribe(*patterns, **options)


class NeverLatest(Relay[str]):
    def subscribe(self, *patterns: str, **options: Any) -> RelaySubscription[str]:
        options["latest"] = False
        return super().subscribe(*patterns, **options)


class Shared(RelaySubscription[str]):
    """Refuses no reader, inside the block and outside, and lets each wait for ever."""

    __slots__ = ()

    async def receive(self) -> tuple[str, str]:
        message = None if self._inbox is None else self._inbox.take()
        return message or await asyncio.Future()


class AnyReader(Relay[str]):
    def subscribe(self, *patterns: str, **options: Any) -> RelaySubscription[str]:
        made = super().subscribe(*patterns, **options)
        made.__class__ = Shared
        return made


@pytest.mark.parametrize(
    ("broken", "caught_by"),
    [
        (Deaf, "test_every_subscription_gets_every_message"),
        (Twice, "test_a_message_comes_once_however_many_patterns_match"),
        (ByPrefix, "test_a_pattern_matches_its_subjects_and_no_other"),
        (Shuffled, "test_a_publisher_s_order_is_kept_over_all_subjects"),
        (Unforgetting, "test_nothing_is_kept_outside_the_block"),
        (NewestLost, "test_a_full_inbox_drops_its_oldest"),
        (Unchecked, "test_a_bad_subject_is_refused"),
        (Trimmed, "test_text_arrives_as_it_was_published"),
        (OneThread, "test_a_message_from_a_thread_wakes_a_waiting_reader"),
        (Unbounded, "test_1024_messages_are_kept_by_default_and_all_without_a_bound"),
        (NeverLatest, "test_latest_keeps_the_newest_of_each_subject"),
        (AnyReader, "test_a_call_at_the_wrong_time_is_refused"),
        (AnyReader, "test_leaving_the_block_cancels_a_waiting_reader"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_broken_relay_is_caught(broken: Callable[[], PubSub[str]], caught_by: str) -> None:
    class Impatient(RelayContract):
        patience = 0.05

        def relay(self) -> AbstractAsyncContextManager[PubSub[str]]:
            return opened(broken)

    test: Callable[[], Coroutine[Any, Any, None]] = getattr(Impatient(), caught_by)
    with pytest.raises((AssertionError, TimeoutError, RuntimeError)):
        await test()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


async def test_the_contract_names_what_it_met() -> None:
    contract = RelayContract()
    with pytest.raises(NotImplementedError):
        contract.relay()
    contract.relay = lambda: opened(Trimmed)
    with pytest.raises(AssertionError, match=r"texts: \['', '', "):
        await contract.test_text_arrives_as_it_was_published()
