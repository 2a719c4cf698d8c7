"""A loop sends the current state first, then after every change, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, cast

import pytest
from stario.datastar import SSE
from stario.datastar.streams import loop as loop_module
from stario.exceptions import StarioError, StarioRuntime
from stario.relay import Msg, PubSub, Relay, Subscription

if TYPE_CHECKING:
    from conftest import Site
    from stario import Context, Handler, Writer

    type Items = list[tuple[Msg[int], ...]]


class OnlyReceives:
    """A subscription of another relay: what the protocol promises, and no more."""

    def __init__(self, subscription: Subscription[int]) -> None:
        self._subscription = subscription

    patterns = ("a",)
    dropped = 0

    @property
    def active(self) -> bool:
        return self._subscription.active

    async def receive(self) -> Msg[int]:
        return await self._subscription.receive()

    async def __aenter__(self) -> Self:
        await self._subscription.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._subscription.__aexit__(*exc_info)

    def __aiter__(self) -> AsyncIterator[Msg[int]]:
        return aiter(self._subscription)


class Foreign:
    """Another relay, which hands out subscriptions that can only be waited for."""

    def __init__(self) -> None:
        self.relay = Relay[int]()

    def publish(self, subject: str, data: int) -> None:
        self.relay.publish(subject, data)

    def subscribe(self, *patterns: str, **options: Any) -> OnlyReceives:
        return OnlyReceives(self.relay.subscribe(*patterns, **options))

    def __repr__(self) -> str:
        return repr(self.relay)


@pytest.fixture(params=[Relay[int], Foreign])
def relay(request: pytest.FixtureRequest) -> PubSub[int]:
    return request.param()


@pytest.fixture
def items() -> "Items":
    """What the loop under test yielded."""
    return []


def looping(relay: PubSub[int], items: "Items", **options: Any) -> "Handler":
    """A handler that sends how many messages each item has."""

    async def handler(c: "Context", w: "Writer") -> None:
        sse = SSE(w)
        async with sse.loop(c, relay.subscribe("a.*", **options)) as changes:
            async for news in changes:
                items.append(news)
                sse.ping(str(len(news)))

    return handler


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def pings(*counts: int) -> list[bytes]:
    return [b": %d\n\n" % count for count in counts]


async def test_the_state_comes_first_and_again_after_every_change(
    site: "Site", relay: PubSub[int], items: "Items"
) -> None:
    site.serve(looping(relay, items))
    browser = site.open()
    assert browser.pieces == pings(0)
    for number in range(3):
        relay.publish("a.b", number)
        await browser.got(*pings(0, *[1] * (number + 1)))
    assert items == [(), (("a.b", 0),), (("a.b", 1),), (("a.b", 2),)]


async def test_the_head_is_out_and_the_subscription_on_before_the_state_is_read(
    site: "Site", relay: PubSub[int]
) -> None:
    seen: list[Any] = []

    async def handler(c: "Context", w: "Writer") -> None:
        subscription = relay.subscribe("a.*")
        async with SSE(w).loop(c, subscription) as changes:
            async for _ in changes:
                seen.append((w.started, subscription.active))
                break

    site.serve(handler)
    browser = site.open()
    assert b"content-type: text/event-stream" in browser.head
    await browser.served()
    assert seen == [(True, True)]


async def test_what_changes_while_the_state_is_read_comes_next(
    site: "Site", relay: PubSub[int], items: "Items"
) -> None:
    reading = asyncio.Event()

    async def handler(c: "Context", w: "Writer") -> None:
        async with SSE(w).loop(c, relay.subscribe("a.*")) as changes:
            async for news in changes:
                items.append(news)
                await reading.wait()

    site.serve(handler)
    browser = site.open()
    relay.publish("a.b", 1)
    reading.set()
    await browser.until(lambda: len(items) == 2)
    assert items == [(), (("a.b", 1),)]


async def test_changes_cost_one_item_while_the_client_is_slow(
    site: "Site", relay: PubSub[int], items: "Items"
) -> None:
    site.serve(looping(relay, items))
    browser = site.open()
    browser.stall()
    await turns()
    relay.publish("a.b", 1)
    await turns()
    before = len(items)
    for number in range(100):
        relay.publish("a.b", number)
        await asyncio.sleep(0)
    assert len(items) == before <= 2
    browser.transport.take()
    await browser.until(lambda: sum(map(len, items)) == 101)
    assert len(items) <= 3


async def test_with_latest_an_item_has_each_subject_once(
    site: "Site", relay: PubSub[int], items: "Items"
) -> None:
    site.serve(looping(relay, items, latest=True))
    browser = site.open()
    await asyncio.sleep(0)
    browser.stall()
    relay.publish("a.x", -1)
    await turns()
    for number in range(10):
        relay.publish("a.b", number)
        relay.publish("a.c", number)
    browser.transport.take()
    await browser.until(lambda: ("a.c", 9) in items[-1])
    assert [message for item in items for message in item][-2:] == [("a.b", 9), ("a.c", 9)]


async def test_an_item_is_bounded_whatever_a_publisher_does(
    site: "Site", relay: PubSub[int], items: "Items", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "_MOST_AT_ONCE", 10)
    site.serve(looping(relay, items, maxsize=None))
    browser = site.open()
    for number in range(25):
        relay.publish("a.b", number)
    await browser.until(lambda: sum(map(len, items)) == 25)
    assert max(map(len, items)) <= 10
    assert [data for item in items for _, data in item] == list(range(25))


async def test_messages_keep_their_order(site: "Site", relay: PubSub[int], items: "Items") -> None:
    site.serve(looping(relay, items))
    browser = site.open()
    for number in range(300):
        relay.publish(f"a.s{number % 3}", number)
        if number % 7 == 0:
            await asyncio.sleep(0)
    await browser.until(lambda: sum(map(len, items)) == 300)
    assert [data for item in items for _, data in item] == list(range(300))


@pytest.mark.parametrize("end", ["the client leaves", "the app drains"])
@pytest.mark.parametrize("slow", [False, True])
async def test_the_loop_ends_with_the_exchange_and_leaves_its_subscription(
    site: "Site", relay: PubSub[int], items: "Items", end: str, slow: bool
) -> None:
    site.serve(looping(relay, items))
    browser = site.open()
    relay.publish("a.b", 1)
    await browser.got(*pings(0, 1))
    if slow:
        browser.stall()
        relay.publish("a.b", 1)
        await turns()
    if end == "the client leaves":
        browser.leave()
    else:
        site.app.signal_shutdown()
    await browser.served()
    assert repr(relay) == "<Relay 0 active>"
    assert not site.endpoint.tasks
    assert not site.app.lifelines
    if end == "the app drains":
        browser.transport.take()
        assert browser.pieces[-1] == b""  # the last chunk: the stream ended in order


async def test_the_code_behind_the_loop_runs(site: "Site", relay: PubSub[int]) -> None:
    after: list[bool] = []

    async def handler(c: "Context", w: "Writer") -> None:
        async with SSE(w).loop(c, relay.subscribe("a.*")) as changes:
            async for _ in changes:
                pass
        after.append(c.closing)

    site.serve(handler)
    browser = site.open()
    browser.leave()
    await browser.served()
    assert after == [True]


async def test_an_error_in_the_body_leaves_the_subscription(
    site: "Site", relay: PubSub[int]
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async with SSE(w).loop(c, relay.subscribe("a.*")) as changes:
            async for _ in changes:
                raise ZeroDivisionError

    site.serve(handler)
    browser = site.open()
    await browser.served()
    assert repr(relay) == "<Relay 0 active>"
    assert browser.transport.closing


async def test_a_loop_that_is_left_can_be_taken_up_with_the_state_again(
    site: "Site", relay: PubSub[int], items: "Items"
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        async with SSE(w).loop(c, relay.subscribe("a.*")) as changes:
            for _ in "12":
                async for news in changes:
                    items.append(news)
                    if news:
                        break

    site.serve(handler)
    browser = site.open()
    relay.publish("a.b", 1)
    await browser.until(lambda: len(items) == 3)
    relay.publish("a.b", 2)
    await browser.served()
    assert items == [(), (("a.b", 1),), (), (("a.b", 2),)]


async def test_a_head_request_gets_the_head_and_no_loop(
    site: "Site", relay: PubSub[int], items: "Items"
) -> None:
    site.serve(looping(relay, items))
    browser = site.connect()
    browser.ask(method="HEAD")
    await browser.served()
    assert browser.head.startswith(b"HTTP/1.1 200 ")
    assert items == []
    assert repr(relay) == "<Relay 0 active>"


async def test_the_loop_written_by_hand_works_beside_it(site: "Site", relay: PubSub[int]) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        sse = SSE(w)
        async with relay.subscribe("a.*") as live:
            sse.ping("state")
            async for _, number in c.alive(live):
                sse.ping(str(number))

    site.serve(handler)
    browser = site.open()
    relay.publish("a.b", 7)
    await browser.got(b": state\n\n", b": 7\n\n")
    browser.leave()
    await browser.served()
    assert repr(relay) == "<Relay 0 active>"


class TestMisuse:
    """What is wrong is said at the first use, with what to do."""

    @pytest.fixture
    def context(self) -> Any:
        return SimpleNamespace(req=SimpleNamespace(method="GET"))

    @pytest.mark.parametrize("given", [None, "a", Relay[int](), relay])
    def test_what_is_no_subscription_is_refused(self, sse: SSE, context: Any, given: Any) -> None:
        with pytest.raises(StarioError, match="takes a subscription") as caught:
            sse.loop(context, given)
        assert "relay.subscribe(" in str(caught.value)

    async def test_a_subscription_that_was_entered_is_refused_and_stays_entered(
        self, sse: SSE, context: Any, writer: Any
    ) -> None:
        async with Relay[int]().subscribe("a") as subscription:
            with pytest.raises(StarioRuntime, match="entered already"):
                await sse.loop(context, subscription).__aenter__()
            assert subscription.active
        assert not writer.started

    async def test_an_iteration_outside_the_block_is_refused(self, sse: SSE, context: Any) -> None:
        loop = sse.loop(context, Relay[int]().subscribe("a"))
        with pytest.raises(StarioRuntime, match="outside its block"):
            aiter(loop)

    async def test_a_response_of_another_kind_is_refused_and_the_subscription_left(
        self, context: Any, writer: Any, stream_on: Callable[..., SSE]
    ) -> None:
        writer.headers.set("content-type", "text/html")
        writer.write_headers(200)
        subscription = Relay[int]().subscribe("a")
        with pytest.raises(StarioRuntime, match="something other"):
            await stream_on(writer).loop(context, subscription).__aenter__()
        assert not subscription.active

    async def test_a_relay_that_fails_ends_the_loop_with_its_error(
        self, site: "Site", items: "Items"
    ) -> None:
        class Broken(OnlyReceives):
            async def receive(self) -> Msg[int]:
                raise ConnectionError("the broker is away")

        caught: list[Exception] = []

        async def handler(c: "Context", w: "Writer") -> None:
            subscription = Broken(Relay[int]().subscribe("a"))
            try:
                async with SSE(w).loop(c, cast("Subscription[int]", subscription)) as changes:
                    async for news in changes:
                        items.append(news)
            except ConnectionError as error:
                caught.append(error)

        site.serve(handler)
        await site.open().served()
        assert items == [()]
        assert len(caught) == 1
