"""A replay tells a browser what it missed, and never that it missed nothing where it did."""

import asyncio
import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.datastar import SSE, Event, Replay, events, last_event_id
from stario.datastar.streams.replay import NumberedEvent
from stario.exceptions import StarioError
from stario.http.headers import Headers
from stario.relay import PubSub, Relay

if TYPE_CHECKING:
    from conftest import Browser, Site
    from stario import Context, Handler, Writer


def event(text: object) -> Event:
    return events.patch_signals({"a": str(text)})


def texts(found: "list[Event] | list[bytes] | None") -> list[str] | None:
    """Return what the events say, without their ids."""
    return (
        None if found is None else [one.split(b'"a":"')[1].split(b'"')[0].decode() for one in found]
    )


def id_of(one: bytes) -> str:
    return one.partition(b"\nid: ")[2].partition(b"\n")[0].decode()


def number_of(one: bytes) -> int:
    return int(id_of(one).partition("-")[2])


@contextmanager
def publishing(history: Replay, *, threads: int, each: int) -> Generator[None]:
    """Publish from threads while the block runs, and wait for them at its end."""

    def publish() -> None:
        for number in range(each):
            history.publish("a.b", event(number))

    running = [threading.Thread(target=publish) for _ in range(threads)]
    for thread in running:
        thread.start()
    yield
    for thread in running:
        thread.join(20)


class Recorder:
    """A relay that keeps all that was published, and calls nobody."""

    def __init__(self) -> None:
        self.published: list[tuple[str, Event]] = []

    def publish(self, subject: str, data: Event) -> None:
        self.published.append((subject, data))

    def subscribe(self, *patterns: str, **options: Any) -> Any:
        return ("subscription", patterns, options)

    @property
    def last_id(self) -> str:
        return id_of(self.published[-1][1])


@pytest.fixture
def relay() -> Recorder:
    return Recorder()


class TestEventWithId:
    @pytest.mark.parametrize(
        ("one", "wire"),
        [
            (
                events.patch_elements("<p>", mode="inner", selector="#a"),
                b"event: datastar-patch-elements\nid: 7\ndata: mode inner\ndata: selector #a\n"
                b"data: elements <p>\n\n",
            ),
            (
                events.patch_signals({"a": 1}, retry=5),
                b'event: datastar-patch-signals\nid: 7\nretry: 5\ndata: signals {"a":1}\n\n',
            ),
            (
                events.patch_signals({"a": 1}, event_id="old", retry=5),
                b'event: datastar-patch-signals\nid: 7\nretry: 5\ndata: signals {"a":1}\n\n',
            ),
            (events.comment("x"), b"id: 7\n: x\n\n"),
            (Event(b"data: id: x\n\n"), b"id: 7\ndata: id: x\n\n"),
        ],
    )
    def test_the_id_stands_after_the_event_line(self, one: Event, wire: bytes) -> None:
        with_id = one.with_id("7")
        assert with_id == wire
        assert isinstance(with_id, Event)
        assert with_id.with_id("7") == wire

    def test_it_is_the_event_that_was_made_with_the_id(self) -> None:
        for made in (events.patch_elements, events.remove, events.execute_script, events.navigate):
            assert made("/x").with_id("ü 1") == made("/x", event_id="ü 1")

    def test_the_event_itself_stays_as_it_is(self) -> None:
        one = event(1)
        before = bytes(one)
        one.with_id("7")
        assert one == before

    @pytest.mark.parametrize("bad", ["a\nb", "a\rb", "\0", "x\r\ndata: y", None, 7, b"7"])
    def test_an_id_that_would_start_a_line_is_refused(self, bad: Any) -> None:
        with pytest.raises(StarioError):
            event(1).with_id(bad)


class TestLastEventId:
    @pytest.mark.parametrize(
        ("sent", "read"), [("abc-1", "abc-1"), ("", None), (None, None), ("Ã¼", "ü"), ("ÿ", "�")]
    )
    def test_it_is_what_the_browser_sends(self, sent: str | None, read: str | None) -> None:
        headers = Headers()
        if sent is not None:
            headers.set("last-event-id", sent)
        request: Any = SimpleNamespace(headers=headers)
        assert last_event_id(request) == read


class TestWhatIsKept:
    def test_every_event_is_published_with_an_id_of_its_own(self, relay: Recorder) -> None:
        history = Replay(relay)
        for number in range(3):
            history.publish("a", event(number))
        found = [one for _, one in relay.published]
        assert texts(found) == ["0", "1", "2"]
        assert len({id_of(one) for one in found}) == 3
        assert all(isinstance(one, Event) for one in found)

    def test_since_tells_what_came_after_an_id(self, relay: Recorder) -> None:
        history = Replay(relay)
        ids: list[str] = []
        for number in range(4):
            history.publish("a" if number % 2 else "b.c", event(number))
            ids.append(relay.last_id)
        assert texts(history.since(ids[0], "a", "b.*")) == ["1", "2", "3"]
        assert texts(history.since(ids[0], "a")) == ["1", "3"]
        assert texts(history.since(ids[0], "b.c")) == ["2"]
        assert texts(history.since(ids[1], "*")) == ["2", "3"]
        assert history.since(ids[3], "*") == []
        assert history.since(ids[0], "other", "b", "a.*") == []

    def test_the_events_of_since_have_their_ids(self, relay: Recorder) -> None:
        history = Replay(relay)
        history.publish("a", event(1))
        first = relay.last_id
        history.publish("a", event(2))
        assert history.since(first, "a") == [relay.published[1][1]]

    def test_a_subject_keeps_its_last_events(self, relay: Recorder) -> None:
        history = Replay(relay, size=3)
        ids: list[str] = []
        for number in range(6):
            history.publish("a", event(number))
            ids.append(relay.last_id)
        assert history.since(ids[1], "a") is None
        assert texts(history.since(ids[2], "a")) == ["3", "4", "5"]

    def test_a_busy_subject_takes_nothing_from_a_quiet_one(self, relay: Recorder) -> None:
        history = Replay(relay, size=3)
        history.publish("quiet", event("q1"))
        first = relay.last_id
        history.publish("quiet", event("q2"))
        for number in range(100):
            history.publish("busy", event(number))
        assert texts(history.since(first, "quiet")) == ["q2"]
        assert history.since(first, "quiet", "busy") is None
        assert history.since(first, "*") is None

    def test_all_together_are_bounded_in_bytes(self, relay: Recorder) -> None:
        history = Replay(relay, max_bytes=1000)
        history.publish("a", event(0))
        first = relay.last_id
        for number in range(100):
            history.publish(f"s{number % 10}", event(f"{number:>100}"))
        held = sum(len(one) for _, one in history._events.values())
        assert history._held == held <= 1000
        assert history.since(first, "a") is None
        history.publish("big", event("x" * 5000))
        assert len(history._events) == 1
        assert texts(history.since(id_of(relay.published[-2][1]), "big")) == ["x" * 5000]

    def test_subjects_are_bounded_and_the_quietest_is_forgotten(self, relay: Recorder) -> None:
        history = Replay(relay, max_subjects=2)
        history.publish("a", event("a1"))
        first = relay.last_id
        history.publish("b", event("b1"))
        history.publish("a", event("a2"))
        history.publish("c", event("c1"))
        assert repr(history).startswith("<Replay 3 events of 2 subjects, ")
        assert texts(history.since(first, "a")) == ["a2"]
        assert history.since(first, "b") is None
        assert history.since(first, "*") is None

    def test_a_subject_that_comes_back_does_not_hide_that_it_was_forgotten(
        self, relay: Recorder
    ) -> None:
        history = Replay(relay, max_subjects=1)
        history.publish("a", event("a1"))
        first = relay.last_id
        history.publish("a", event("a2"))
        history.publish("b", event("b1"))
        history.publish("a", event("a3"))
        assert history.since(first, "a") is None
        assert history.since(first, "a.*") is None  # who knows whether there was one

    @given(
        st.lists(st.tuples(st.sampled_from(["a", "a.b", "a.b.c", "d"]), st.integers(1, 60))),
        st.integers(1, 4),
        st.integers(50, 900),
        st.integers(1, 3),
        st.sampled_from([("a",), ("a.*",), ("*",), ("a.b", "d"), ("d", "a.b.*"), ("x",)]),
    )
    def test_it_is_exact_or_says_that_it_is_not(
        self,
        published: list[tuple[str, int]],
        size: int,
        max_bytes: int,
        max_subjects: int,
        patterns: tuple[str, ...],
    ) -> None:
        """And it is exact where nothing had to be forgotten."""
        relay = Recorder()
        history = Replay(relay, size=size, max_bytes=max_bytes, max_subjects=max_subjects)
        for subject, length in published:
            history.publish(subject, event("x" * length))
        assert history._held <= max_bytes or len(history._events) == 1
        assert len(history._rings) <= max_subjects
        for at, (_, one) in enumerate(relay.published):
            later = relay.published[at + 1 :]
            missed = [
                later_one
                for subject, later_one in later
                if any(_matches(subject, pattern) for pattern in patterns)
            ]
            found = history.since(id_of(one), *patterns)
            assert found in (missed, None)
            if len(history._events) == len(published):
                assert found == missed

    @pytest.mark.parametrize(
        "other",
        [
            None,
            "",
            "x",
            "-1",
            "1",
            "{token}",
            "{token}-",
            "{token}-x",
            "{token}--1",
            "{token}-99",
            "{token}-٣",
            "{token}-1x",
            " {token}-1",
            "{token}-" + "9" * 400,
            "other-1",
            "\0",
        ],
    )
    def test_an_id_that_is_not_of_this_replay_is_a_gap(
        self, relay: Recorder, other: str | None
    ) -> None:
        history = Replay(relay)
        history.publish("a", event(1))
        token = relay.last_id.partition("-")[0]
        wanted = None if other is None else other.replace("{token}", token)
        assert history.since(wanted, "a") is None
        assert history.since(relay.last_id, "a") == []

    def test_the_id_of_another_process_is_a_gap(self, relay: Recorder) -> None:
        Replay(relay).publish("a", event(1))
        before = relay.last_id
        history = Replay(relay)
        history.publish("a", event(2))
        assert history.since(before, "a") is None

    def test_threads_that_publish_give_rising_ids_in_the_order_of_publication(self) -> None:
        relay = Recorder()
        history = Replay(relay, size=10_000)

        with publishing(history, threads=4, each=300):
            pass
        assert [number_of(one) for _, one in relay.published] == list(range(1, 1201))

    def test_it_subscribes_at_the_relay(self, relay: Recorder) -> None:
        assert Replay(relay).subscribe("a", latest=True) == (
            "subscription",
            ("a",),
            {"latest": True},
        )

    @pytest.mark.parametrize("name", ["size", "max_bytes", "max_subjects"])
    @pytest.mark.parametrize("bound", [0, -1, 1.5, True, None, "7"])
    def test_a_bound_that_is_none_is_refused(self, relay: Recorder, name: str, bound: Any) -> None:
        options: dict[str, Any] = {name: bound}
        with pytest.raises(StarioError, match=name):
            Replay(relay, **options)

    @pytest.mark.parametrize("subject", ["", "a.*", ".", "a..b"])
    def test_a_bad_subject_is_refused_and_nothing_kept(self, relay: Recorder, subject: str) -> None:
        history = Replay(relay)
        with pytest.raises(StarioError):
            history.publish(subject, event(1))
        assert (relay.published, history.number) == ([], 0)

    @pytest.mark.parametrize("data", [b"x", "x", None])
    def test_what_is_no_event_is_refused_where_it_is_published(
        self, relay: Recorder, data: Any
    ) -> None:
        with pytest.raises(StarioError, match="is not an Event"):
            Replay(relay).publish("a", data)
        assert relay.published == []

    @pytest.mark.parametrize("patterns", [(), ("",), ("a*",)])
    def test_a_bad_pattern_is_refused(self, relay: Recorder, patterns: tuple[str, ...]) -> None:
        history = Replay(relay)
        history.publish("a", event(1))
        for event_id in (relay.last_id, "unknown", None):
            with pytest.raises(StarioError):
                history.since(event_id, *patterns)


def _matches(subject: str, pattern: str) -> bool:
    return pattern in ("*", subject) or (
        pattern.endswith(".*") and subject.startswith(pattern[:-1])
    )


class OnlySubscriptions(Relay[Event]):
    """Has no `listen` that anybody could find."""

    listen: Any = None


@pytest.fixture(params=[Relay[Event], OnlySubscriptions])
def history(request: pytest.FixtureRequest) -> Replay:
    return Replay(request.param(), size=20)


def following(history: Replay, *patterns: str, first: Any = None) -> "Handler":
    async def handler(c: "Context", w: "Writer") -> None:
        await SSE(w).follow(c, history, *(patterns or ("a.*",)), first=first)

    return handler


async def come_back(site: "Site", browser: "Browser") -> "Browser":
    """Leave, and connect again as a browser does."""
    last = id_of(browser.pieces[-1])
    browser.leave()
    await browser.served()
    again = site.connect()
    again.ask(last_event_id=last)
    return again


class TestWhoComesBack:
    async def test_a_browser_that_comes_back_gets_what_it_missed(
        self, site: "Site", history: Replay
    ) -> None:
        """And not the state, which it has."""
        site.serve(following(history, first=event("state")))
        browser = site.open()
        history.publish("a.b", event(1))
        await browser.until(lambda: texts(browser.pieces) == ["state", "1"])
        last = id_of(browser.pieces[-1])
        browser.leave()
        await browser.served()
        history.publish("a.b", event(2))
        history.publish("other", event("other"))
        history.publish("a.c", event(3))
        again = site.open(last_event_id=last)
        assert texts(again.pieces) == ["2", "3"]
        history.publish("a.b", event(4))
        await again.until(lambda: texts(again.pieces) == ["2", "3", "4"])

    async def test_who_missed_nothing_gets_nothing(self, site: "Site", history: Replay) -> None:
        site.serve(following(history, first=event("state")))
        browser = site.open()
        history.publish("a.b", event(1))
        await browser.until(lambda: len(browser.pieces) == 2)
        again = await come_back(site, browser)
        assert again.pieces == []
        history.publish("a.b", event(2))
        await again.until(lambda: texts(again.pieces) == ["2"])

    async def test_who_missed_too_much_gets_the_state(self, site: "Site", history: Replay) -> None:
        site.serve(following(history, first=event("state")))
        browser = site.open()
        history.publish("a.b", event(1))
        await browser.until(lambda: len(browser.pieces) == 2)
        last = id_of(browser.pieces[-1])
        browser.leave()
        await browser.served()
        for number in range(21):
            history.publish("a.b", event(number))
        again = site.open(last_event_id=last)
        await again.until(lambda: bool(again.pieces))
        assert texts(again.pieces) == ["state"]

    @pytest.mark.parametrize("last", ["x", "0" * 12 + "-1", "%00", "9" * 5000])
    async def test_an_id_of_elsewhere_gets_the_state(
        self, site: "Site", history: Replay, last: str
    ) -> None:
        history.publish("a.b", event(1))
        site.serve(following(history, first=event("state")))
        assert texts(site.open(last_event_id=last).pieces) == ["state"]

    async def test_without_a_state_an_unknown_id_begins_with_what_comes(
        self, site: "Site", history: Replay
    ) -> None:
        history.publish("a.b", event(1))
        site.serve(following(history))
        browser = site.open(last_event_id="x")
        history.publish("a.b", event(2))
        await browser.until(lambda: texts(browser.pieces) == ["2"])

    async def test_what_is_published_while_the_state_is_made_comes_after_it(
        self, site: "Site", history: Replay
    ) -> None:
        """Every event of it, since an id says that all before it was there."""
        going_on = asyncio.Event()

        async def slowly() -> Event:
            await going_on.wait()
            return event("state")

        site.serve(following(history, first=slowly))
        browser = site.open()
        for number in range(5):
            history.publish("a.b", event(number))
        going_on.set()
        await browser.until(lambda: texts(browser.pieces) == ["state", "0", "1", "2", "3", "4"])


class TestSlowBrowsers:
    async def test_a_slow_one_gets_every_event(self, site: "Site", history: Replay) -> None:
        site.serve(following(history, first=event("state")))
        browser = site.open()
        await asyncio.sleep(0)
        browser.stall()
        for number in range(20):
            history.publish("a.b", event(number))
        browser.transport.take()
        wanted = ["state", *map(str, range(20))]
        await browser.until(lambda: texts(browser.pieces) == wanted)
        history.publish("a.b", event("again"))
        await browser.until(lambda: texts(browser.pieces) == [*wanted, "again"])

    async def test_one_that_is_too_slow_gets_the_state_again(
        self, site: "Site", history: Replay
    ) -> None:
        states: list[str] = []

        def first() -> Event:
            states.append(f"state {len(states)}")
            return event(states[-1])

        site.serve(following(history, first=first))
        browser = site.open()
        browser.stall()
        for number in range(200):
            history.publish("a.b", event(number))
            await asyncio.sleep(0)
        browser.transport.take()
        await browser.until(lambda: (texts(browser.pieces) or [""])[-1] == "state 1")
        history.publish("a.b", event("new"))
        await browser.until(lambda: (texts(browser.pieces) or [""])[-1] == "new")

    async def test_one_that_is_too_slow_is_cut_where_there_is_no_state(
        self, site: "Site", history: Replay
    ) -> None:
        site.serve(following(history))
        browser = site.open()
        browser.stall()
        for number in range(200):
            history.publish("a.b", event(number))
            await asyncio.sleep(0)
        browser.transport.take()
        await browser.served()
        assert browser.transport.closing
        assert b"" not in browser.pieces  # no last chunk
        assert "<Relay 0 active>" in repr(history)

    async def test_a_slow_one_is_held_a_few_events_and_no_more(self, site: "Site") -> None:
        """Or a crowd of them, each somewhere else, would hold what the replay forgot."""

        def held() -> int:
            gc.collect()
            return sum(type(one) is NumberedEvent for one in gc.get_objects())

        history = Replay(Relay[Event](), size=100, max_bytes=100_000_000)
        site.serve(following(history))
        before = held()
        browser = site.open()
        browser.stall()
        for number in range(100):
            history.publish("a.b", event(f"{number:>70000}"))
        browser.transport.take()
        browser.transport.stalled = True  # again, after the first of them
        await browser.until(lambda: browser.transport.get_write_buffer_size() > 0)
        for number in range(100):
            history.publish("a.b", event(number))
        assert 100 < held() - before <= 100 + 32


class TestMisuse:
    @pytest.mark.parametrize("past", ["the relay", "another replay"])
    async def test_what_is_published_past_the_replay_ends_the_stream_with_a_sentence(
        self, site: "Site", history: Replay, past: str
    ) -> None:
        """Its number says nothing here: events of this one would be taken for old ones."""
        caught: list[StarioError] = []

        async def handler(c: "Context", w: "Writer") -> None:
            try:
                await SSE(w).follow(c, history, "a")
            except StarioError as error:
                caught.append(error)

        site.serve(handler)
        browser = site.open()
        relay: PubSub[Event] = history.relay if past == "the relay" else Replay(history.relay)
        relay.publish("a", event(1))
        await browser.served()
        assert browser.pieces[:-1] == []
        [error] = caught
        assert "'a' was not published by the Replay that is followed" in str(error)


class TestThreads:
    async def test_threads_that_publish_more_than_the_loop_can_take_lose_nothing(
        self, site: "Site"
    ) -> None:
        """What is dropped on its way here is read from the replay."""
        history = Replay(Relay[Event](), size=10_000)
        site.serve(following(history))
        browser = site.open()
        with publishing(history, threads=3, each=1000):
            pass  # waiting for them holds up the loop
        assert await numbers_of(browser, 3000) == list(range(1, 3001))

    async def test_threads_and_the_loop_publish_and_every_id_rises(self, site: "Site") -> None:
        history = Replay(Relay[Event](), size=10_000)
        site.serve(following(history))
        browser = site.open()
        with publishing(history, threads=2, each=500):
            for number in range(500):
                history.publish("a.c", event(number))
                if number % 50 == 0:
                    await asyncio.sleep(0)
        assert await numbers_of(browser, 1500) == list(range(1, 1501))


async def numbers_of(browser: "Browser", count: int) -> list[int]:
    """Wait for so many events, and return the numbers in their ids."""
    await browser.until(lambda: browser.transport.sent.count(b"\nid: ") >= count)
    return [number_of(one) for one in browser.pieces]
