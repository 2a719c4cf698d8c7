"""A reader that is too slow is told of once: in the log, and on the span of its handler."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses
from stario import Relay
from stario.relay import drops
from stario.tracing import NOOP_SPAN, EventBody, NoOpSpan, NoOpTracer, Span, handler_span

if TYPE_CHECKING:
    from conftest import WireFactory
    from stario import Context, Writer

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
type Events = list[tuple[str, dict[str, Any]]]


class Log(logging.Handler):
    """The lines of the relay's log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._told: Callable[[], object] = int

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self._told()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for lines that make it so."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        self._told = lambda: loop.call_soon_threadsafe(told.set)
        async with asyncio.timeout(10):
            while not condition():
                told.clear()
                await told.wait()


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    logger = logging.getLogger("stario.relay")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
async def crowd() -> AsyncIterator[AsyncExitStack]:
    """Subscriptions that are left at the end."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def relay() -> Relay[int]:
    return Relay()


class EventSpan(NoOpSpan):
    """Keeps its events, until it ends."""

    __slots__ = ("ended", "events")

    def __init__(self) -> None:
        super().__init__(NOOP_SPAN.id, NOOP_SPAN.id, None)
        self.events: Events = []
        self.ended = False

    def event(
        self, name: str, attributes: Mapping[str, Any] | None = None, /, *, body: EventBody = None
    ) -> None:
        if not self.ended:
            self.events.append((name, dict(attributes or {})))

    def end(self) -> None:
        self.ended = True


class EventTracer(NoOpTracer):
    def __init__(self) -> None:
        self.spans: list[EventSpan] = []

    def create(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> EventSpan:
        self.spans.append(EventSpan())
        return self.spans[-1]


def flood(relay: Relay[int], subject: str = "a", count: int = 5) -> None:
    for number in range(count):
        relay.publish(subject, number)


DROPPED = ("relay.dropped", {"relay.patterns": "a b.*"})


async def test_the_first_drop_is_an_event_on_the_handler_s_span(
    relay: Relay[int], site: "WireFactory"
) -> None:
    """One, however many messages are dropped, and none on the span of another request."""
    site.tracer = tracer = EventTracer()

    async def slow(c: "Context", w: "Writer") -> None:
        async with relay.subscribe("a", "b.*", maxsize=1):
            flood(relay)
            flood(relay, "b.c")
        responses.text(w, "done")

    async def quick(c: "Context", w: "Writer") -> None:
        async with relay.subscribe("a"):
            flood(relay)
        responses.text(w, "done")

    site.app.get("/", slow)
    site.app.get("/quick", quick)
    await site.connect().answer_to(GET)
    await site.connect().answer_to(GET.replace(b"/ ", b"/quick "))
    assert [span.events for span in tracer.spans] == [[DROPPED], []]


async def test_a_drop_that_a_thread_made_is_on_the_span_too(
    relay: Relay[int], site: "WireFactory"
) -> None:
    site.tracer = tracer = EventTracer()

    async def slow(c: "Context", w: "Writer") -> None:
        async with relay.subscribe("a", "b.*", maxsize=1):
            thread = Thread(target=flood, args=(relay,))
            thread.start()
            thread.join()
            assert tracer.spans[0].events == []  # the span belongs to this loop
            await asyncio.sleep(0)
        responses.text(w, "done")

    site.app.get("/", slow)
    await site.connect().answer_to(GET)
    assert [span.events for span in tracer.spans] == [[DROPPED]]


async def test_a_task_of_the_handler_reads_for_its_span(
    relay: Relay[int], site: "WireFactory"
) -> None:
    site.tracer = tracer = EventTracer()

    async def read() -> None:
        async with relay.subscribe("a", "b.*", maxsize=1):
            flood(relay)

    async def handler(c: "Context", w: "Writer") -> None:
        await asyncio.create_task(read())
        responses.text(w, "done")

    site.app.get("/", handler)
    await site.connect().answer_to(GET)
    assert [span.events for span in tracer.spans] == [[DROPPED]]


async def test_a_handle_that_is_entered_again_tells_its_new_reader(
    relay: Relay[int], log: Log
) -> None:
    sub = relay.subscribe("a", "b.*", maxsize=1)
    spans = [EventSpan(), EventSpan()]
    for span in spans:
        handler_span.set(span)
        async with sub:
            flood(relay)
    assert [span.events for span in spans] == [[DROPPED], [DROPPED]]
    assert len(log.lines) == 1


async def test_without_a_handler_there_is_no_span_and_no_complaint(
    relay: Relay[int], log: Log
) -> None:
    async with relay.subscribe("a", maxsize=1):
        assert handler_span.get() is NOOP_SPAN
        flood(relay)
    assert len(log.lines) == 1


async def test_what_latest_replaces_is_told_to_nobody(relay: Relay[int], log: Log) -> None:
    handler_span.set(span := EventSpan())
    async with relay.subscribe("a", latest=True) as sub:
        flood(relay)
        assert sub.dropped == 4
    assert span.events == log.lines == []


async def test_a_crowd_that_stalls_makes_two_lines(
    relay: Relay[int], log: Log, crowd: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One at once, and one for all the others when some time has passed."""
    monkeypatch.setattr(drops, "_SECONDS", 0.05)
    for number in range(200):
        await crowd.enter_async_context(relay.subscribe(f"a.{number}", "a.all", maxsize=1))
    began = monotonic()
    flood(relay, "a.all")
    assert len(log.lines) == 1
    assert log.lines[0].startswith(
        "<RelaySubscription a.0 a.all: active, 1 waiting, 1 dropped> dropped"
    )
    await log.until(lambda: len(log.lines) == 2)
    assert monotonic() - began >= 0.05
    flood(relay, "a.all")
    assert len(log.lines) == 2
    assert log.lines[1].startswith("199 more subscriptions dropped")
    assert "<RelaySubscription a.199 a.all: " in log.lines[1]


async def test_a_crowd_on_threads_is_counted_whole(
    relay: Relay[int], log: Log, crowd: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drops, "_SECONDS", 0.05)
    for _ in range(100):
        await crowd.enter_async_context(relay.subscribe("a", maxsize=1))
    threads = [Thread(target=flood, args=(relay,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def told() -> int:
        return sum(1 if line.startswith("<") else int(line.split()[0]) for line in log.lines)

    await log.until(lambda: told() >= 100)
    assert told() == 100
    assert len(log.lines) <= 10


def test_what_a_closed_loop_could_not_say_comes_with_the_next_warning(
    relay: Relay[int], log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:

    async def stall() -> None:
        async with relay.subscribe("a", maxsize=1), relay.subscribe("a", maxsize=1):
            flood(relay)

    asyncio.run(stall())
    assert len(log.lines) == 1
    monkeypatch.setattr(relay._drops, "_quiet_until", 0.0)
    asyncio.run(stall())
    assert [line.split()[0] for line in log.lines] == [
        "<RelaySubscription",
        "<RelaySubscription",
        "1",
    ]


async def test_each_relay_has_a_word_of_its_own(log: Log) -> None:
    for _ in range(3):
        relay = Relay[int]()
        async with relay.subscribe("a", maxsize=1):
            flood(relay)
    assert len(log.lines) == 3


@pytest.mark.parametrize("room", ["7\nERROR forged", "\x1b[31m", "\u202e", "\ud800", "x" * 10_000])
async def test_a_pattern_from_a_url_forges_no_line_of_the_log(
    relay: Relay[int], log: Log, room: str
) -> None:
    async with relay.subscribe(f"room.{room}", "b", maxsize=1):
        flood(relay, f"room.{room}")
    [line] = log.lines
    assert line.isprintable()
    assert len(line) < 1500
    assert repr(relay.listen(f"room.{room}", deliver=print)).isprintable()
