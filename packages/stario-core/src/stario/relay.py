"""Publish and subscribe inside one process.

`publish` decides and never waits: it puts the message into the inbox of every subscription that
matches, and wakes whoever waits there. It costs what its own matching subscriptions cost, for
they are found by the exact subject and by the prefixes of it that somebody subscribed to.

An inbox exists while its block is entered. It is bounded, so a reader that stands still costs a
fixed amount of memory and then its oldest messages, which are counted.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Coroutine
from threading import Lock, RLock
from typing import Any, Self

from stario.exceptions import StarioError, StarioRuntime

__all__ = ["Msg", "Relay", "RelaySubscription"]

type Msg[T] = tuple[str, T]

_DEFAULT_MAXSIZE = 1024
# A publisher in a thread may be faster than a reader: after so many messages without a pause the
# reader gives the loop a turn, so that other work (and its own cancellation) gets through.
_MESSAGES_PER_TURN = 256

_log = logging.getLogger("stario.relay")


class Relay[T]:
    """Hands each message to every subscription whose patterns match its subject.

    In-process and not durable: who is not subscribed at the moment of `publish` misses it.
    Subjects are segments joined with dots (`room.7.joined`); a pattern is a subject, or one that
    ends in `.*` for everything below it, or `*` for all.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._exact: _Index[T] = {}
        self._below: _Index[T] = {}
        self._longest_below = -1

    def publish(self, subject: str, data: T) -> None:
        """Deliver `data` to the subscriptions that match now; from any thread, never waiting.

        Raises StarioError for a subject with an empty segment or a `*`.
        """
        if not _is_subject(subject):
            raise bad_subject(subject)
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        message = (subject, data)
        inboxes = self._exact.get(subject)
        if inboxes is not None:
            self._deliver(inboxes, message, here)
        if self._below:
            self._publish_below(message, here)

    def subscribe(
        self, *patterns: str, maxsize: int | None = _DEFAULT_MAXSIZE, latest: bool = False
    ) -> "RelaySubscription[T]":
        """Return a subscription to enter with `async with`; it keeps nothing before that.

        `maxsize` is how many messages may wait (None: any number); one more drops the oldest.
        With `latest` only the newest message of each subject waits, and `maxsize` counts subjects.
        Raises StarioError for no pattern, a bad one, or a `maxsize` below 1.
        """
        if not patterns:
            raise no_pattern()
        for pattern in patterns:
            if not _is_pattern(pattern):
                raise bad_pattern(pattern)
        if maxsize is not None and maxsize < 1:
            raise bad_maxsize(maxsize)
        return RelaySubscription(self, _collapsed(patterns), maxsize, latest)

    def _publish_below(self, message: Msg[T], here: asyncio.AbstractEventLoop | None) -> None:
        inboxes = self._below.get("")
        if inboxes is not None:
            self._deliver(inboxes, message, here)
        subject = message[0]
        # No prefix is tried that is longer than any that is subscribed to, so that a subject of
        # thousands of segments, which may come from a URL, costs nothing.
        end = subject.rfind(".", 0, self._longest_below + 1)
        while end > 0:
            inboxes = self._below.get(subject[:end])
            if inboxes is not None:
                self._deliver(inboxes, message, here)
            end = subject.rfind(".", 0, end)

    def _deliver(
        self,
        inboxes: "dict[_Inbox[T], None]",
        message: Msg[T],
        here: asyncio.AbstractEventLoop | None,
    ) -> None:
        for inbox in list(inboxes):  # atomic: another thread may enter or leave meanwhile
            if inbox.loop is here:
                inbox.put(message)
            elif not inbox.put_from_elsewhere(message):
                self._remove(inbox)

    def _add(self, inbox: "_Inbox[T]") -> None:
        with self._lock:
            for index, key in self._places(inbox):
                index.setdefault(key, {})[inbox] = None
                if index is self._below:
                    self._longest_below = max(self._longest_below, len(key))

    def _remove(self, inbox: "_Inbox[T]") -> None:
        with self._lock:
            for index, key in self._places(inbox):
                inboxes = index.get(key, {})
                inboxes.pop(inbox, None)
                if not inboxes:
                    index.pop(key, None)
            if not self._below:
                self._longest_below = -1

    def _places(self, inbox: "_Inbox[T]") -> "list[tuple[_Index[T], str]]":
        return [
            (self._exact, pattern)
            if (prefix := _prefix(pattern)) is None
            else (self._below, prefix)
            for pattern in inbox.subscription.patterns
        ]

    def __repr__(self) -> str:
        indexes = (self._exact, self._below)
        active = {inbox for index in indexes for inboxes in index.values() for inbox in inboxes}
        return f"<Relay {len(active)} active>"


class RelaySubscription[T]:
    """Messages of some patterns, from `async with` on: `async for subject, data in sub`.

    It belongs to the loop that entered it, and one task at a time may wait in it. Leaving the
    block cancels a waiting `receive`; the handle can be entered again, and starts empty.
    `dropped` counts the messages that a full inbox dropped, and with `latest` those that a newer
    one replaced, over all blocks of this handle.
    """

    __slots__ = ("_inbox", "_latest", "_maxsize", "_relay", "_warned", "dropped", "patterns")

    def __init__(
        self, relay: Relay[T], patterns: tuple[str, ...], maxsize: int | None, latest: bool
    ) -> None:
        self.patterns = patterns
        self.dropped = 0
        self._relay = relay
        self._maxsize = maxsize
        self._latest = latest
        self._warned = False
        self._inbox: _Inbox[T] | None = None

    @property
    def active(self) -> bool:
        """Whether the block is entered, so that messages are kept."""
        return self._inbox is not None

    def receive_nowait(self) -> Msg[T] | None:
        """Return the next message, or None when none waits; StarioRuntime as for `receive`."""
        return self._entered().take()

    async def receive(self) -> Msg[T]:
        """Return the next message, and wait for it when there is none.

        Raises StarioRuntime outside the block, on another loop than the one that entered it, and
        while another `receive` waits.
        """
        inbox = self._entered()
        if inbox.taken_in_a_row >= _MESSAGES_PER_TURN:
            inbox.taken_in_a_row = 0
            await asyncio.sleep(0)
            inbox = self._entered()
        message = inbox.take()
        if message is None:
            return await inbox.wait()
        return message

    async def __aenter__(self) -> Self:
        """Begin to keep messages."""
        if self._inbox is not None:
            raise already_entered(self)
        loop = asyncio.get_running_loop()
        inbox: _Inbox[T]
        if self._latest:
            inbox = _LatestInbox(self, loop, self._maxsize)
        else:
            inbox = _QueueInbox(self, loop, self._maxsize)
        self._inbox = inbox
        self._relay._add(inbox)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Forget what waits, and cancel who waits."""
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            self._relay._remove(inbox)
            inbox.close()

    def __aiter__(self) -> Self:
        """Iterate over the messages for as long as the block lasts."""
        return self

    def __anext__(self) -> Coroutine[Any, Any, Msg[T]]:
        """Receive."""
        return self.receive()

    def say_first_drop(self) -> None:
        """Warn once that the reader is too slow. Internal."""
        if not self._warned:
            self._warned = True
            _log.warning(
                "%s dropped its oldest message: its reader is slower than its publishers. "
                "Use latest=True where only the newest state matters, or a larger maxsize.",
                repr(self),
            )

    def _entered(self) -> "_Inbox[T]":
        inbox = self._inbox
        if inbox is None:
            raise not_entered(self)
        if inbox.loop is not asyncio.get_running_loop():
            raise on_another_loop(self)
        if inbox.waiter is not None:
            raise already_waiting(self)
        return inbox

    def __repr__(self) -> str:
        state = "inactive" if self._inbox is None else f"active, {len(self._inbox)} waiting"
        return f"<RelaySubscription {' '.join(self.patterns)}: {state}, {self.dropped} dropped>"


class _Inbox[T]:
    """What one entered block has not read yet, and who waits for more.

    Threads put messages in directly, under the lock, and ask the loop for one wake-up at a time:
    so what a busy thread publishes is bounded by the inbox, not queued in the loop beside it.
    """

    __slots__ = ("_lock", "_maxsize", "_waking", "loop", "subscription", "taken_in_a_row", "waiter")

    def __init__(
        self,
        subscription: RelaySubscription[T],
        loop: asyncio.AbstractEventLoop,
        maxsize: int | None,
    ) -> None:
        self.subscription = subscription
        self.loop = loop
        self._maxsize = maxsize
        self.waiter: asyncio.Future[None] | None = None
        self.taken_in_a_row = 0
        self._waking = False
        self._lock = RLock()  # reentrant: a signal handler may publish while its thread is in here

    def put(self, message: Msg[T]) -> None:
        """Keep a message that was published on this inbox's own loop."""
        with self._lock:
            dropped = self._store(message)
        if dropped:
            self.subscription.say_first_drop()
        waiter = self.waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def put_from_elsewhere(self, message: Msg[T]) -> bool:
        """Keep a message from another thread or loop; False when this loop is closed."""
        if self.loop.is_closed():
            return False
        with self._lock:
            dropped = self._store(message)
            must_wake, self._waking = not self._waking, True
        if dropped:
            self.subscription.say_first_drop()
        try:
            if must_wake:
                self.loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # closed in between
            return False
        return True

    def take(self) -> Msg[T] | None:
        """Return the oldest message, or None."""
        with self._lock:
            message = self._pop()
        self.taken_in_a_row = 0 if message is None else self.taken_in_a_row + 1
        return message

    async def wait(self) -> Msg[T]:
        """Wait until there is a message; who is cancelled here takes none with him."""
        while True:
            self.waiter = self.loop.create_future()
            try:
                await self.waiter
            finally:
                self.waiter = None
            message = self.take()
            if message is not None:
                return message

    def close(self) -> None:
        """Cancel who waits."""
        if self.waiter is not None:
            self.waiter.cancel()

    def _wake(self) -> None:
        with self._lock:
            self._waking = False
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def _store(self, message: Msg[T]) -> bool:
        """Keep the message; True when the oldest had to go for it."""
        raise NotImplementedError

    def _pop(self) -> Msg[T] | None:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


class _QueueInbox[T](_Inbox[T]):
    """Every message, in order."""

    __slots__ = ("_messages",)

    def __init__(
        self,
        subscription: RelaySubscription[T],
        loop: asyncio.AbstractEventLoop,
        maxsize: int | None,
    ) -> None:
        super().__init__(subscription, loop, maxsize)
        self._messages: deque[Msg[T]] = deque(maxlen=maxsize)  # drops at the other end

    def _store(self, message: Msg[T]) -> bool:
        messages = self._messages
        full = len(messages) == self._maxsize
        if full:
            self.subscription.dropped += 1
        messages.append(message)
        return full

    def _pop(self) -> Msg[T] | None:
        return self._messages.popleft() if self._messages else None

    def __len__(self) -> int:
        return len(self._messages)


class _LatestInbox[T](_Inbox[T]):
    """The newest message of each subject, the least recently published first."""

    __slots__ = ("_newest",)

    def __init__(
        self,
        subscription: RelaySubscription[T],
        loop: asyncio.AbstractEventLoop,
        maxsize: int | None,
    ) -> None:
        super().__init__(subscription, loop, maxsize)
        self._newest: OrderedDict[str, T] = OrderedDict()

    def _store(self, message: Msg[T]) -> bool:
        subject, data = message
        newest = self._newest
        if subject in newest:
            newest[subject] = data
            newest.move_to_end(subject)
            self.subscription.dropped += 1
            return False
        newest[subject] = data
        if self._maxsize is None or len(newest) <= self._maxsize:
            return False
        newest.popitem(last=False)
        self.subscription.dropped += 1
        return True

    def _pop(self) -> Msg[T] | None:
        return self._newest.popitem(last=False) if self._newest else None

    def __len__(self) -> int:
        return len(self._newest)


type _Index[T] = dict[str, dict[_Inbox[T], None]]


def _is_subject(text: str) -> bool:
    return bool(text) and "*" not in text and ".." not in text and text[0] != "." != text[-1]


def _is_pattern(text: str) -> bool:
    return text == "*" or _is_subject(text.removesuffix(".*"))


def _prefix(pattern: str) -> str | None:
    """Return what the subjects of a wildcard begin with, `""` for all, None for a plain subject."""
    return pattern[:-2] if pattern.endswith("*") else None


def _collapsed(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Drop what another pattern covers, so that no subject is matched twice."""
    wildcards = {prefix for prefix in map(_prefix, patterns) if prefix is not None}
    return tuple(one for one in dict.fromkeys(patterns) if not _is_covered(one, wildcards))


def _is_covered(pattern: str, wildcards: set[str]) -> bool:
    rest = pattern if (prefix := _prefix(pattern)) is None else prefix
    while rest:
        rest = rest.rpartition(".")[0]
        if rest in wildcards:
            return True
    return False


def bad_subject(subject: str) -> StarioError:
    """The complaint of `publish`."""
    return StarioError(
        f"{subject!r} is no subject.",
        context={"subject": subject},
        help_text="A subject is one or more non-empty segments joined with dots, without '*'.",
        example='relay.publish("room.7.joined", user)',
    )


def bad_pattern(pattern: str) -> StarioError:
    """The complaint of `subscribe` about one pattern."""
    return StarioError(
        f"{pattern!r} is no pattern.",
        context={"pattern": pattern},
        help_text="A pattern is a subject, a subject and '.*' for all below it, or '*' for all.",
        example='relay.subscribe("room.7.*")',
    )


def no_pattern() -> StarioError:
    """The complaint of `subscribe` without arguments."""
    return StarioError(
        "A subscription needs a pattern.",
        help_text="Name the subjects, or subscribe to '*' for all of them.",
        example='relay.subscribe("room.7.*")',
    )


def bad_maxsize(maxsize: int) -> StarioError:
    """The complaint about an inbox without room."""
    return StarioError(
        f"maxsize must be 1 or more, not {maxsize!r}.",
        context={"maxsize": maxsize},
        help_text="Give the number of messages that may wait, or None for no bound.",
    )


def already_entered(subscription: RelaySubscription[Any]) -> StarioRuntime:
    """The complaint of a second `async with` inside the first."""
    return StarioRuntime(
        f"{subscription!r} is entered already.",
        help_text="Each reader takes a subscription of its own from relay.subscribe().",
    )


def not_entered(subscription: RelaySubscription[Any]) -> StarioRuntime:
    """The complaint of reading outside the block."""
    return StarioRuntime(
        f"{subscription!r} keeps no messages outside its block.",
        help_text="Read inside `async with relay.subscribe(...) as sub:`.",
    )


def on_another_loop(subscription: RelaySubscription[Any]) -> StarioRuntime:
    """The complaint of reading on a loop that did not enter the block."""
    return StarioRuntime(
        f"{subscription!r} was entered on another event loop.",
        help_text="Enter and read a subscription on the same loop.",
    )


def already_waiting(subscription: RelaySubscription[Any]) -> StarioRuntime:
    """The complaint of a second reader."""
    return StarioRuntime(
        f"Another task waits in {subscription!r}.",
        help_text="Each reader takes a subscription of its own from relay.subscribe().",
    )
