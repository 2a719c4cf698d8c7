"""What every relay has to do, as tests that a relay inherits.

    from stario.relay.contract import RelayContract

    class TestRedisRelay(RelayContract):
        def relay(self):
            return redis_relay("redis://127.0.0.1", prefix=uuid4().hex)

Run it with pytest and a plugin for coroutines, or add unittest.IsolatedAsyncioTestCase as a base.
The class imports neither. A relay over a broker may deliver late, so the tests wait for what must
come, up to `patience`; that something does not come is shown by a later message that does. Data is
text: how other data travels is up to each relay.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from functools import partial

from stario.exceptions import StarioError, StarioRuntime
from stario.relay.inbox import Msg
from stario.relay.pubsub import PubSub, Subscription

_SUBJECTS = ("a", "b", "ab", "a.b", "ab.c", "a.bc", "a.b.c", "a.b.c.d", "b.a", "a-b.c_d", "ü.1")
_MATCHES = {
    "a": {"a"},
    "a.b": {"a.b"},
    "a.*": {"a.b", "a.bc", "a.b.c", "a.b.c.d"},
    "a.b.*": {"a.b.c", "a.b.c.d"},
    "ü.*": {"ü.1"},
    "*": set(_SUBJECTS),
}
_COLLAPSED = {
    ("a.b", "a.*"): ("a.*",),
    ("a", "a.*"): ("a", "a.*"),
    ("a.b.*", "c", "a.*"): ("c", "a.*"),
    ("a", "b.*", "*"): ("*",),
    ("a", "a"): ("a",),
}
_BAD_SUBJECTS = ("", ".", "a.", ".a", "a..b", "a.*", "*", "a*b")
_BAD_PATTERNS = ("", ".", "a.", ".*", "a*", "a.*.b", "**", "*.a", "a..*")


class RelayContract:
    """The tests. Subclass it, and return a relay of yours from `relay`."""

    patience = 5.0  # seconds

    def relay(self) -> AbstractAsyncContextManager[PubSub[str]]:
        """Return what opens a relay that nobody else publishes to, and closes it."""
        raise NotImplementedError

    def peer(self, relay: PubSub[str]) -> AbstractAsyncContextManager[PubSub[str]]:
        """Return what opens a second relay on the same broker, as in another process.

        A relay inside one process has no peer but itself.
        """
        return nullcontext(relay)

    # Who gets what

    async def test_a_pattern_matches_its_subjects_and_no_other(self) -> None:
        async with self.relay() as relay:
            for pattern, subjects in _MATCHES.items():
                end = min(subjects)
                async with relay.subscribe(pattern) as sub:
                    for subject in _SUBJECTS:
                        relay.publish(subject, "x")
                    relay.publish(end, "end")
                    found = [subject for subject, _ in await self._until_end(sub)]
                    wanted = [subject for subject in _SUBJECTS if subject in subjects]
                    _same(found, [*wanted, end], f"what {pattern!r} matched")

    async def test_a_message_comes_once_however_many_patterns_match(self) -> None:
        async with self.relay() as relay, relay.subscribe("a.b", "a.b.c", "a.*", "a.b.*") as sub:
            for subject in ("a.b", "a.b.c", "a.b.c.d"):
                relay.publish(subject, "x")
            relay.publish("a.b", "end")
            found = [subject for subject, _ in await self._until_end(sub)]
            _same(found, ["a.b", "a.b.c", "a.b.c.d", "a.b"], "subjects")

    async def test_patterns_that_cover_each_other_collapse(self) -> None:
        async with self.relay() as relay:
            for given, kept in _COLLAPSED.items():
                _same(relay.subscribe(*given).patterns, kept, f"patterns of {given}")

    async def test_every_subscription_gets_every_message(self) -> None:
        async with self.relay() as relay, AsyncExitStack() as stack:
            patterns = ("a.b", "a.*", "*", "a.b")
            subs = [await stack.enter_async_context(relay.subscribe(one)) for one in patterns]
            relay.publish("a.b", "x")
            relay.publish("a.b", "end")
            for sub in subs:
                _same(await self._until_end(sub), [("a.b", "x"), ("a.b", "end")], repr(sub))

    async def test_text_arrives_as_it_was_published(self) -> None:
        texts = ["", " ", "é€\U0001f600", "a\0b", "line\r\nline\n", '{"a": "\\"}', "x" * 200_000]
        async with self.relay() as relay, relay.subscribe("a") as sub:
            for text in [*texts, "end"]:
                relay.publish("a", text)
            found = [data for _, data in await self._until_end(sub)]
            _same(found, [*texts, "end"], "texts")

    async def test_a_peer_s_messages_arrive_too(self) -> None:
        async with self.relay() as relay, self.peer(relay) as peer, peer.subscribe("a") as sub:
            relay.publish("a", "x")
            _same(await self._next(sub), ("a", "x"), "message")
            peer.publish("a", "y")
            _same(await self._next(sub), ("a", "y"), "message")

    # In which order, and from where

    async def test_a_publisher_s_order_is_kept_over_all_subjects(self) -> None:
        async with self.relay() as relay, relay.subscribe("*") as sub:
            wanted = [(f"s{number % 7}", str(number)) for number in range(500)]
            for subject, data in wanted:
                relay.publish(subject, data)
            relay.publish("s", "end")
            _same((await self._until_end(sub))[:-1], wanted, "messages")

    async def test_threads_publish_each_in_its_own_order(self) -> None:
        async with self.relay() as relay, relay.subscribe("t.*", maxsize=None) as sub:
            threads = [
                threading.Thread(target=_publish_many, args=(relay, f"t.{number}", 200))
                for number in range(4)
            ]
            for thread in threads:
                thread.start()
            found = [await self._next(sub) for _ in range(800)]
            for thread in threads:
                thread.join(self.patience)
            for number in range(4):
                own = [data for subject, data in found if subject == f"t.{number}"]
                _same(own, [str(one) for one in range(200)], f"messages of thread {number}")

    async def test_a_message_from_a_thread_wakes_a_waiting_reader(self) -> None:
        async with self.relay() as relay, relay.subscribe("a") as sub:
            waiting = await _waiting(sub)
            await asyncio.to_thread(relay.publish, "a", "x")
            _same(await self._soon(waiting), ("a", "x"), "message")

    async def test_publishing_waits_for_nobody(self) -> None:
        """With a reader that stands still, and with none at all."""
        async with (
            self.relay() as relay,
            relay.subscribe("a", maxsize=1),
            relay.subscribe("a") as b,
        ):
            for number in range(100):
                _same(relay.publish("a", str(number)), None, "what publish returned")
                _same(relay.publish("nobody", "x"), None, "what publish returned")
            relay.publish("a", "end")
            _same(len(await self._until_end(b)), 101, "messages of the other reader")

    # The life of a subscription

    async def test_nothing_is_kept_outside_the_block(self) -> None:
        """Before, after and between blocks; a witness shows when a message was delivered."""
        async with self.relay() as relay, relay.subscribe("a") as witness:
            sub = relay.subscribe("a")
            _same(sub.active, False, "active before the block")
            await self._pass_by(relay, witness, "before")
            async with sub:
                _same(sub.active, True, "active inside the block")
                await self._pass_by(relay, witness, "first")
                _same(await self._next(sub), ("a", "first"), "the first message")
                await self._pass_by(relay, witness, "unread")
            _same(sub.active, False, "active after the block")
            await self._pass_by(relay, witness, "between")
            async with sub:
                await self._pass_by(relay, witness, "second")
                _same(await self._next(sub), ("a", "second"), "the first message of block two")

    async def test_a_waiting_reader_gets_the_next_message(self) -> None:
        async with self.relay() as relay, relay.subscribe("a") as sub:
            waiting = await _waiting(sub)
            relay.publish("a", "x")
            relay.publish("a", "y")
            _same(await self._soon(waiting), ("a", "x"), "message")
            _same(await self._next(sub), ("a", "y"), "message")

    async def test_iterating_gives_the_messages(self) -> None:
        async with self.relay() as relay, relay.subscribe("a") as sub:
            for data in ("x", "y", "end"):
                relay.publish("a", data)
            found: list[str] = []
            async with asyncio.timeout(self.patience):
                async for _, data in sub:
                    found.append(data)
                    if data == "end":
                        break
            _same(found, ["x", "y", "end"], "messages")

    async def test_a_cancelled_reader_takes_no_message_with_it(self) -> None:
        async with (
            self.relay() as relay,
            relay.subscribe("a") as witness,
            relay.subscribe("a") as sub,
        ):
            waiting = await _waiting(sub)
            await self._pass_by(relay, witness, "x")
            waiting.cancel()
            try:
                taken = await self._soon(waiting)
            except asyncio.CancelledError:
                taken = await self._next(sub)
            _same(taken, ("a", "x"), "message")

    async def test_leaving_the_block_cancels_a_waiting_reader(self) -> None:
        async with self.relay() as relay:
            async with relay.subscribe("a") as sub:
                waiting = await _waiting(sub)
            await asyncio.wait([waiting], timeout=self.patience)
            _same(waiting.cancelled(), True, "cancelled")

    async def test_an_exception_leaves_the_block(self) -> None:
        async with self.relay() as relay, relay.subscribe("a") as other:
            sub = relay.subscribe("a")
            try:
                async with sub:
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass
            _same(sub.active, False, "active")
            relay.publish("a", "x")
            _same(await self._next(other), ("a", "x"), "message of the other reader")

    # What is refused

    async def test_a_bad_subject_is_refused(self) -> None:
        async with self.relay() as relay:
            for subject in _BAD_SUBJECTS:
                _refuses(repr(subject), relay.publish, subject, "x")

    async def test_a_bad_subscription_is_refused(self) -> None:
        async with self.relay() as relay:
            _refuses("no pattern", relay.subscribe)
            for pattern in _BAD_PATTERNS:
                _refuses(repr(pattern), relay.subscribe, "good", pattern)
            _refuses("maxsize=0", partial(relay.subscribe, "a", maxsize=0))
            _refuses("max_bytes=0", partial(relay.subscribe, "a", max_bytes=0))

    async def test_a_call_at_the_wrong_time_is_refused(self) -> None:
        async with self.relay() as relay:
            sub = relay.subscribe("a")
            await self._refuses_later(sub.receive, "receive outside the block")
            await self._refuses_later(lambda: anext(aiter(sub)), "iteration outside the block")
            async with sub:
                await self._refuses_later(sub.__aenter__, "a second entry")
                waiting = await _waiting(sub)
                await self._refuses_later(sub.receive, "a second reader")
                relay.publish("a", "x")
                _same(await self._soon(waiting), ("a", "x"), "message of the first reader")

    async def test_a_reader_on_another_loop_is_refused(self) -> None:
        async with self.relay() as relay, relay.subscribe("a") as sub:
            refused = self._refuses_later(sub.receive, "a reader on another loop")
            await asyncio.to_thread(asyncio.run, refused)
            relay.publish("a", "x")
            _same(await self._next(sub), ("a", "x"), "message")

    # What is kept for a reader that stands still

    async def test_a_full_inbox_drops_its_oldest(self) -> None:
        async with self.relay() as relay, relay.subscribe("a", maxsize=2) as sub:
            for number in range(5):
                relay.publish("a", str(number))
            await self._dropped(sub, 3)
            _same([await self._next(sub) for _ in "12"], [("a", "3"), ("a", "4")], "messages")

    async def test_1024_messages_are_kept_by_default_and_all_without_a_bound(self) -> None:
        async with (
            self.relay() as relay,
            relay.subscribe("a", maxsize=None) as unbounded,
            relay.subscribe("a") as bounded,
        ):
            _publish_many(relay, "a", 1030)
            await self._dropped(bounded, 6)
            _same((await self._next(bounded))[1], "6", "the oldest message")
            found = [(await self._next(unbounded))[1] for _ in range(1030)]
            _same(found, [str(number) for number in range(1030)], "messages without a bound")
            _same(unbounded.dropped, 0, "dropped without a bound")

    async def test_an_inbox_is_bounded_in_bytes_too(self) -> None:
        """Text counts with its length; the newest message is kept, however long."""
        async with self.relay() as relay, relay.subscribe("a", max_bytes=10) as sub:
            for text in ("1", "22", "333", "4444", "55555"):
                relay.publish("a", text)
            await self._dropped(sub, 3)
            _same([await self._next(sub) for _ in "12"], [("a", "4444"), ("a", "55555")], "rest")
            relay.publish("a", "1")
            relay.publish("a", "x" * 1000)
            await self._dropped(sub, 4)
            _same(await self._next(sub), ("a", "x" * 1000), "the long message")

    async def test_latest_keeps_the_newest_of_each_subject(self) -> None:
        """Moved to the end; and what it replaces counts as dropped."""
        async with self.relay() as relay, relay.subscribe("*", latest=True) as sub:
            for subject, data in ("a1", "b2", "a3", "c4", "b5"):
                relay.publish(subject, data)
            await self._dropped(sub, 2)
            relay.publish("z", "end")
            wanted = [("a", "3"), ("c", "4"), ("b", "5"), ("z", "end")]
            _same(await self._until_end(sub), wanted, "messages")

    async def test_latest_with_a_bound_counts_subjects(self) -> None:
        async with self.relay() as relay, relay.subscribe("*", latest=True, maxsize=2) as sub:
            for subject, data in ("a1", "b2", "a3", "c4"):
                relay.publish(subject, data)
            await self._dropped(sub, 2)
            _same([await self._next(sub) for _ in "12"], [("a", "3"), ("c", "4")], "messages")

    async def test_a_reader_that_stands_still_costs_the_others_nothing(self) -> None:
        async with (
            self.relay() as relay,
            relay.subscribe("a", maxsize=1) as still,
            relay.subscribe("a") as reader,
        ):
            for number in range(50):
                relay.publish("a", str(number))
                _same(await self._next(reader), ("a", str(number)), "message")
            await self._dropped(still, 49)
            _same(reader.dropped, 0, "dropped by the reader")

    # Bounded waits

    async def _soon[T](self, waited_for: Awaitable[T]) -> T:
        async with asyncio.timeout(self.patience):
            return await waited_for

    async def _next(self, sub: Subscription[str]) -> Msg[str]:
        return await self._soon(sub.receive())

    async def _until_end(self, sub: Subscription[str]) -> list[Msg[str]]:
        found = [await self._next(sub)]
        while found[-1][1] != "end":
            found.append(await self._next(sub))
        return found

    async def _pass_by(self, relay: PubSub[str], witness: Subscription[str], data: str) -> None:
        """Publish, and see that the message was delivered."""
        relay.publish("a", data)
        _same(await self._next(witness), ("a", data), "message of the witness")

    async def _dropped(self, sub: Subscription[str], count: int) -> None:
        try:
            async with asyncio.timeout(self.patience):
                while sub.dropped < count:  # noqa: ASYNC110 - a relay has no event for it
                    await asyncio.sleep(0.001)
        except TimeoutError:
            pass
        _same(sub.dropped, count, "dropped")

    async def _refuses_later(self, call: Callable[[], Awaitable[object]], what: str) -> None:
        try:
            await self._soon(call())
        except StarioRuntime:
            return
        except TimeoutError:
            pass
        raise AssertionError(f"{what} is not refused with StarioRuntime")


def _publish_many(relay: PubSub[str], subject: str, count: int) -> None:
    for number in range(count):
        relay.publish(subject, str(number))


async def _waiting(sub: Subscription[str]) -> "asyncio.Task[Msg[str]]":
    """Start to receive, and return when that waits."""
    task = asyncio.ensure_future(sub.receive())
    await asyncio.sleep(0)
    return task


# Not by `assert`: pytest explains it in test modules only, and Python leaves it out with -O.


def _same(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def _refuses(what: str, call: Callable[..., object], *args: object) -> None:
    try:
        call(*args)
    except StarioError:
        return
    raise AssertionError(f"{what} is not refused with StarioError")
