"""Who follows gets every event at once, and no publisher waits for one that does not take it."""

import asyncio
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any, cast

import pytest
from stario.datastar import SSE, Event, events
from stario.datastar.streams import follow as follow_module
from stario.exceptions import StarioError
from stario.relay import PubSub, Relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Browser, Site
    from stario import Context, Handler, Writer
    from stario.relay import Subscription

THOUSAND = 1000


def event(text: object) -> Event:
    return events.patch_signals({"a": str(text)})


class Foreign:
    """A relay that calls nobody: subscriptions are all there is."""

    def __init__(self) -> None:
        self.relay = Relay[Event]()

    def publish(self, subject: str, data: Event) -> None:
        self.relay.publish(subject, data)

    def subscribe(self, *patterns: str, **options: Any) -> "Subscription[Event]":
        return self.relay.subscribe(*patterns, **options)

    def __repr__(self) -> str:
        return repr(self.relay)


@pytest.fixture(params=[Relay[Event], Foreign])
def relay(request: pytest.FixtureRequest) -> PubSub[Event]:
    return request.param()


@pytest.fixture
def direct() -> Relay[Event]:
    return Relay()


def following(relay: PubSub[Event], *patterns: str, first: Any = None) -> "Handler":
    async def handler(c: "Context", w: "Writer") -> None:
        await SSE(w).follow(c, relay, *(patterns or ("a.*",)), first=first)

    return handler


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def nothing_is_left(site: "Site", relay: object) -> bool:
    assert repr(relay) == "<Relay 0 active>"
    assert not site.endpoint.tasks
    assert not site.app.lifelines
    return True


class TestWhatIsSent:
    async def test_the_head_is_out_before_the_first_event(
        self, site: "Site", relay: PubSub[Event]
    ) -> None:
        site.serve(following(relay))
        browser = site.open()
        assert b"content-type: text/event-stream" in browser.head
        assert browser.pieces == []

    async def test_an_event_is_written_before_publish_returns(
        self, site: "Site", direct: Relay[Event]
    ) -> None:
        site.serve(following(direct))
        browsers = [site.open() for _ in range(3)]
        direct.publish("a.b", event(1))
        direct.publish("b.a", event(2))
        for browser in browsers:
            assert browser.pieces == [event(1)]

    async def test_the_events_come_in_order_from_every_relay(
        self, site: "Site", relay: PubSub[Event]
    ) -> None:
        site.serve(following(relay, "a", "b.*"))
        browser = site.open()
        for number in range(10):
            relay.publish("a" if number % 2 else "b.c", event(number))
            await asyncio.sleep(0)
        await browser.got(*map(event, range(10)))

    @pytest.mark.parametrize("kind", ["event", "function", "async"])
    async def test_the_state_comes_first(
        self, site: "Site", relay: PubSub[Event], kind: str
    ) -> None:
        async def later() -> Event:
            await turns()
            return event("state")

        first = {"event": event("state"), "function": lambda: event("state"), "async": later}[kind]
        site.serve(following(relay, first=first))
        browser = site.open()
        await browser.got(event("state"))
        relay.publish("a.b", event(1))
        await browser.got(event("state"), event(1))

    async def test_what_is_published_while_the_state_is_made_comes_after_it(
        self, site: "Site", relay: PubSub[Event]
    ) -> None:
        """The newest of each subject."""
        going_on = asyncio.Event()

        async def slowly() -> Event:
            await going_on.wait()
            return event("state")

        site.serve(following(relay, first=slowly))
        browser = site.open()
        for number in range(3):
            relay.publish("a.b", event(f"b{number}"))
            relay.publish("a.c", event(f"c{number}"))
        assert browser.pieces == []
        going_on.set()
        await browser.got(event("state"), event("b2"), event("c2"))

    async def test_threads_are_followed_too(self, site: "Site", direct: Relay[Event]) -> None:
        site.serve(following(direct))
        browser = site.open()

        def publish() -> None:
            for number in range(50):
                direct.publish("a.b", event(number))

        await asyncio.to_thread(publish)
        await browser.until(lambda: browser.pieces[-1:] == [event(49)])
        assert browser.pieces == sorted(browser.pieces, key=lambda one: int(one.split(b'"')[3]))

    async def test_a_head_request_follows_nothing(self, site: "Site", relay: PubSub[Event]) -> None:
        site.serve(following(relay, first=event("state")))
        browser = site.connect()
        browser.ask(method="HEAD")
        await browser.served()
        assert browser.head.startswith(b"HTTP/1.1 200 ")
        assert nothing_is_left(site, relay)

    async def test_several_streams_of_one_handler_can_follow_in_turn(
        self, site: "Site", direct: Relay[Event]
    ) -> None:
        """Events that were sent by hand before do no harm."""

        async def handler(c: "Context", w: "Writer") -> None:
            sse = SSE(w)
            sse.ping("by hand")
            await sse.follow(c, direct, "a.*", first=event("state"))

        site.serve(handler)
        browser = site.open()
        await browser.got(events.comment("by hand"), event("state"))


class TestSlowBrowsers:
    async def test_a_slow_one_gets_the_newest_of_each_subject(
        self, site: "Site", relay: PubSub[Event]
    ) -> None:
        site.serve(following(relay))
        slow, quick = site.open(), site.open()
        await turns()
        slow.stall()
        for number in range(50):
            for subject in ("a.b", "a.c"):
                relay.publish(subject, event(f"{subject}{number}"))
                await turns(2)
        await quick.until(lambda: len(quick.pieces) == 100)
        slow.transport.take()
        await slow.until(lambda: slow.pieces[-1:] == [event("a.c49")])
        assert slow.pieces[-2:] == [event("a.b49"), event("a.c49")]
        # Over a relay without listeners one is on its way already when the client stalls.
        assert len(slow.pieces) <= 3
        relay.publish("a.b", event("again"))
        await slow.until(lambda: slow.pieces[-1] == event("again"))

    async def test_what_is_published_while_it_catches_up_keeps_its_place(
        self, site: "Site", direct: Relay[Event]
    ) -> None:
        site.serve(following(direct, first=event("state")))
        browser = site.open()
        browser.stall()
        for number in range(5):
            direct.publish(f"a.s{number}", event(number))
        browser.transport.take()
        direct.publish("a.s5", event(5))
        direct.publish("a.s0", event("new"))
        await browser.got(*map(event, ["state", 1, 2, 3, 4, 5, "new"]))

    async def test_more_subjects_than_may_wait_cut_the_stream(
        self, site: "Site", direct: Relay[Event], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Better no stream than one that misses something: the browser comes back for the state."""
        monkeypatch.setattr(follow_module, "_MOST_SUBJECTS", 10)
        site.serve(following(direct, first=event("state")))
        browser, other = site.open(), site.open()
        browser.stall()
        for number in range(11):
            direct.publish(f"a.s{number}", event(number))
        browser.transport.take()
        await browser.served()
        assert browser.pieces == [event("state")]  # no last chunk: the end is out of order
        assert len(other.pieces) == 12
        assert other.is_served

    async def test_a_thousand_follow_and_one_that_stalls_costs_nobody_anything(
        self, site: "Site", direct: Relay[Event]
    ) -> None:
        site.serve(following(direct, first=event("state")))
        slow = site.open()
        others = [site.open() for _ in range(THOUSAND - 1)]
        slow.stall()
        held = len(slow.transport.unsent)
        sent = [event(f"{number:>2000}") for number in range(50)]
        for browser in others:
            browser.transport.sent = bytearray()  # only the newest is looked at, so keep no more
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for one in sent:
            direct.publish("a.b", one)
            for browser in others:
                assert browser.transport.sent.endswith(one + b"\r\n")
                browser.transport.sent.clear()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert len(slow.transport.unsent) == held
        assert grown < 500_000
        slow.transport.take()
        await slow.got(event("state"), sent[-1])
        for browser in others:
            browser.leave()
        slow.leave()
        await slow.until(lambda: not site.endpoint.tasks)
        assert nothing_is_left(site, direct)


class TestEnds:
    @pytest.mark.parametrize("how", ["leaves", "drains"])
    @pytest.mark.parametrize("when", ["idle", "making the state", "slow"])
    async def test_it_ends_with_the_client_and_with_the_app(
        self, site: "Site", relay: PubSub[Event], how: str, when: str
    ) -> None:
        async def never() -> Event:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        ended: list[bool] = []

        async def handler(c: "Context", w: "Writer") -> None:
            first = never if when == "making the state" else None
            await SSE(w).follow(c, relay, "a.*", first=first)
            ended.append(c.closing)

        site.serve(handler)
        browser = site.open()
        await turns()
        if when == "slow":
            browser.stall()
            relay.publish("a.b", event(1))
            await turns()
        if how == "leaves":
            browser.leave()
        else:
            site.app.signal_shutdown()
        relay.publish("a.b", event(2))
        await browser.served()
        assert ended == [True]
        assert nothing_is_left(site, relay)
        relay.publish("a.b", event(3))
        if how == "drains":
            browser.transport.take()
            assert browser.pieces[-1] == b""

    async def test_publish_raises_for_no_client_whatever_became_of_it(
        self, site: "Site", direct: Relay[Event]
    ) -> None:
        """In the moment between the loss of the connection and the end of its handler."""
        told: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, one: told.append(one))
        site.serve(following(direct))
        ends: list[Callable[[Browser], object]] = [
            lambda one: one.leave(),
            lambda one: one.protocol.cut(),
            lambda one: one.protocol.close(),
            lambda one: one.protocol.eof_received(),
            lambda one: one.transport.abort(),
        ]
        for end in ends:
            browser = site.open()
            end(browser)
            direct.publish("a.b", event(1))
            await browser.served()
            direct.publish("a.b", event(2))
        assert told == []
        assert nothing_is_left(site, direct)

    async def test_an_error_in_the_state_ends_the_stream_and_leaves_nothing(
        self, site: "Site", relay: PubSub[Event]
    ) -> None:
        def broken() -> Event:
            raise ZeroDivisionError

        site.serve(following(relay, first=broken))
        browser = site.open()
        await browser.served()
        assert browser.transport.closing
        assert nothing_is_left(site, relay)

    async def test_threads_may_publish_while_browsers_come_and_go(
        self, site: "Site", direct: Relay[Event]
    ) -> None:
        site.serve(following(direct, first=event("state")))
        stop = threading.Event()
        errors: list[BaseException] = []

        def publish() -> None:
            try:
                while not stop.is_set():
                    direct.publish("a.b", event(1))
                    stop.wait(0.0001)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=publish) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(20):
                browsers = [site.open() for _ in range(10)]
                await browsers[0].until(lambda some=browsers: len(some[0].pieces) > 2)
                for browser in browsers:
                    browser.leave()
                await browsers[0].until(lambda: not site.endpoint.tasks)
        finally:
            stop.set()
            for thread in threads:
                thread.join(10)
        assert errors == []
        assert nothing_is_left(site, direct)


class TestMisuse:
    @pytest.fixture
    def caught(self) -> list[tuple[StarioError, bool]]:
        """The error that the handler met, and whether the response had started."""
        return []

    @pytest.fixture
    def serve(
        self, site: "Site", relay: PubSub[Any], caught: list[tuple[StarioError, bool]]
    ) -> "Callable[..., None]":
        def serve(*patterns: str, first: Any = None) -> None:
            async def handler(c: "Context", w: "Writer") -> None:
                try:
                    await SSE(w).follow(c, relay, *patterns, first=first)
                except StarioError as error:
                    caught.append((error, w.started))
                    raise

            site.serve(handler)

        return serve

    @pytest.mark.parametrize("data", ["text", b"bytes", None, {"a": 1}])
    async def test_data_that_is_no_event_ends_the_stream_with_a_sentence(
        self, site: "Site", relay: PubSub[Any], serve: Any, caught: Any, data: Any
    ) -> None:
        """In the handler, and not in who published it."""
        serve("a.*")
        browser = site.open()
        relay.publish("a.b", data)
        await browser.served()
        [(error, _)] = caught
        assert "published on 'a.b' is not an Event" in str(error)
        assert "stario.datastar.events" in str(error)
        assert browser.transport.closing
        assert nothing_is_left(site, relay)

    @pytest.mark.parametrize("first", [b"x", "x", lambda: None, lambda: b"x", 7])
    async def test_a_state_that_is_no_event_is_refused(
        self, site: "Site", relay: PubSub[Event], serve: Any, caught: Any, first: Any
    ) -> None:
        serve("a.*", first=first)
        await site.open().served()
        [(error, _)] = caught
        assert "first= of sse.follow() is an Event" in str(error)
        assert nothing_is_left(site, relay)

    @pytest.mark.parametrize("patterns", [(), ("",), ("a*",), ("a.*.b",)])
    async def test_a_bad_pattern_is_refused_before_the_stream_opens(
        self, site: "Site", serve: Any, caught: Any, patterns: tuple[str, ...]
    ) -> None:
        serve(*patterns)
        await site.open().served()
        [(_, started)] = caught
        assert not started

    async def test_what_is_no_relay_is_refused_before_the_stream_opens(self, sse: SSE) -> None:
        forgotten: Any = "ticker"
        with pytest.raises(StarioError, match="takes a relay or a Replay before its subjects"):
            await sse.follow(cast("Context", None), forgotten)

    async def test_a_response_of_another_kind_is_refused(
        self, site: "Site", relay: PubSub[Event]
    ) -> None:
        caught: list[StarioError] = []

        async def handler(c: "Context", w: "Writer") -> None:
            w.headers.set("content-type", "text/html")
            w.write(b"<p>")
            try:
                await SSE(w).follow(c, relay, "a.*")
            except StarioError as error:
                caught.append(error)

        site.serve(handler)
        await site.open().served()
        assert "something other" in str(caught[0])
        assert nothing_is_left(site, relay)
