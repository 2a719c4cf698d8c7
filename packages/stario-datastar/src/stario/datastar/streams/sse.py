"""`SSE`: a response as a stream of Datastar events.

The events are made in `events`; this file opens the stream and writes them. The response starts
with `open()` or with the first event, whichever comes first; and from then on a comment goes out
whenever nothing else did for a while, so that proxies keep the stream open.
"""

from math import inf
from typing import TYPE_CHECKING

from stario.datastar import events
from stario.datastar.errors import (
    bad_ping,
    not_a_writer,
    not_an_event_stream,
    not_made_by_events,
    stream_is_over,
)
from stario.datastar.event import Event
from stario.datastar.streams.follow import follower
from stario.datastar.streams.loop import StreamLoop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stario.datastar.events import Namespace, PatchMode
    from stario.datastar.payload import PageSignals
    from stario.datastar.signal import BySignal
    from stario.datastar.streams.follow import First
    from stario.http.context import Context
    from stario.http.writer import Writer
    from stario.markup.types import AttributeValue, HtmlElement
    from stario.relay import PubSub, Subscription
    from stario.responses import JsonValue

_CONTENT_TYPE = "text/event-stream"
# Made once, so that all streams share what was made of it. Proxies wait for 30 seconds and more.
_PING = events.comment()
_PING_SECONDS = 15.0


class SSE:
    """Sends events to one browser: `SSE(w).patch_elements(view(state))`.

    Every method raises `StarioRuntime` when the response is completed, or has started as something
    other than an event stream; and `StarioError` for CR, LF or NUL in a selector, an id or a
    comment. `event_id` comes back as `Last-Event-ID` when the browser connects again, `retry` is
    how many milliseconds it waits before. After `ping` seconds without an event a comment is sent,
    `ping=None` leaves that out; anything but a number above 0 is a `StarioError`.
    """

    __slots__ = ("_open", "_ping", "_w")

    def __init__(self, w: "Writer", *, ping: float | None = _PING_SECONDS) -> None:
        if not hasattr(w, "heartbeat"):
            raise not_a_writer(w)
        self._w = w
        self._open = False
        self._ping = None if ping is None else _seconds(ping)

    def __repr__(self) -> str:
        return f"<SSE {'open' if self._open else 'not open'} on {self._w!r}>"

    def open(self) -> None:
        """Send the head of the stream now, so that the browser knows before the first event."""
        w = self._w
        if w.completed:
            raise stream_is_over()
        if w.started:
            _require_event_stream(w)
        else:
            _start(w)
        w.heartbeat(_PING, self._ping)
        self._open = True

    def patch_elements(
        self,
        content: "bytes | str | HtmlElement",
        *,
        mode: "PatchMode | None" = None,
        selector: str | None = None,
        namespace: "Namespace | None" = None,
        view_transition: bool = False,
        view_transition_selector: str | None = None,
        event_id: str | None = None,
        retry: int | None = None,
    ) -> None:
        """Put HTML into the page.

        Without a selector the elements go where their own `id` is. `bytes` and `str` are HTML as
        they are, nodes are rendered. All modes but outer and replace need a selector. The view
        transition selector counts only with `view_transition`. With a `namespace` send one element
        and nothing around it: client 1.0.1 loses every second node of the outermost level.
        """
        self._send(
            events.patch_elements(
                content,
                mode=mode,
                selector=selector,
                namespace=namespace,
                view_transition=view_transition,
                view_transition_selector=view_transition_selector,
                event_id=event_id,
                retry=retry,
            )
        )

    def patch_signals(
        self,
        payload: "BySignal[JsonValue] | PageSignals | str",
        *,
        only_if_missing: bool = False,
        event_id: str | None = None,
        retry: int | None = None,
    ) -> None:
        """Merge signals into those of the page (RFC 7386: None removes a signal).

        A dotted key is a nested path. A `str` is ready JSON of your own: the client evaluates it,
        so it must hold no foreign text. Raises `TypeError` for a payload that is neither,
        `StarioError` for bad names and for values that JSON cannot hold.
        """
        self._send(
            events.patch_signals(
                payload, only_if_missing=only_if_missing, event_id=event_id, retry=retry
            )
        )

    def remove(
        self,
        selector: str,
        *,
        view_transition: bool = False,
        event_id: str | None = None,
        retry: int | None = None,
    ) -> None:
        """Remove every element that a selector finds."""
        self._send(
            events.remove(selector, view_transition=view_transition, event_id=event_id, retry=retry)
        )

    def navigate(self, url: str, *, event_id: str | None = None, retry: int | None = None) -> None:
        """Send the browser to a page; `url` is checked like the target of a redirect."""
        self._send(events.navigate(url, event_id=event_id, retry=retry))

    def execute_script(
        self,
        code: str,
        *,
        auto_remove: bool = True,
        attributes: "Mapping[str, AttributeValue] | None" = None,
        event_id: str | None = None,
        retry: int | None = None,
    ) -> None:
        """Run JavaScript in the page.

        It travels in a script element at the end of the body, with these `attributes`, which is
        gone once it ran unless `auto_remove` is False.
        """
        self._send(
            events.execute_script(
                code,
                auto_remove=auto_remove,
                attributes=attributes,
                event_id=event_id,
                retry=retry,
            )
        )

    def ping(self, comment: str = "") -> None:
        """Send a comment now; an idle stream does so by itself."""
        self.send(events.comment(comment) if comment else _PING)

    def send(self, event: Event) -> None:
        """Send an event that was made before, by `stario.datastar.events`, to many streams.

        Make it once, publish it, and let every stream send it: it is framed once, and compressed
        once for each coding. A stream that sends only such events keeps no compressor. The other
        methods compress for this stream alone, so an event that repeats parts of those before is
        smaller. Both may alternate. Raises `StarioError` for anything but an `Event`.
        """
        if not isinstance(event, Event):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_made_by_events(event)
        if not self._open:
            self.open()
        self._w.write(event)

    def loop[T](self, c: "Context", subscription: "Subscription[T]") -> "StreamLoop[T]":
        """Send the current state now, and again after every change.

            async with sse.loop(c, relay.subscribe("room.*", latest=True)) as changes:
                async for news in changes:
                    sse.patch_elements(view(state))

        It enters the subscription, opens the stream, and yields an empty tuple at once: so the body
        sends the state to whoever connects, for the first time or again, and misses nothing. Then
        it yields for each wake-up a tuple of all `(subject, data)` that wait, so that many changes
        cost one patch while the client is slow, and waits for its socket in between. The iteration
        ends when the client leaves or the app drains, as that of `c.alive`; the subscription is
        left with the block. It may be of any relay (`stario.relay.PubSub`). HEAD gets the head.

        Raises `StarioError` for what is not a subscription, `StarioRuntime` for one that has been
        entered already and for an iteration outside the block.
        """
        return StreamLoop(self.open, c, subscription)

    async def follow(
        self, c: "Context", relay: "PubSub[Event]", *patterns: str, first: "First" = None
    ) -> None:
        """Send every event that is published on these subjects, until the client leaves.

            await sse.follow(c, relay, "ticker", first=lambda: events.patch_elements(view(state)))

        `publish` writes the event's bytes to every browser that can take them, before it returns;
        it neither waits nor raises for one that is slow or gone. Use it where all get the same.

        `first` is the current state: an event, or a function that makes it, which may be async. It
        is sent after the subscription began and before any later event. A client that is slow gets
        the newest event of each subject when it takes more, so let an event bring all there is to
        know of its subject; one that has more than 1,024 subjects waiting is cut, and connects
        again. Of a `Replay` it gets every event: what it missed by its `Last-Event-ID` instead of
        `first`, and `first` again when that is not known any more, or a cut where there is none.

        It ends when the client leaves or the app drains. Over a relay without `listen` it
        subscribes. Raises `StarioError` for what was published and is not an `Event`, for a `first`
        that is neither an event nor a function, and for a bad pattern.
        """
        one, source = follower(c, self._w, relay, patterns, first)
        await one.run(source, self.open)

    def _send(self, event: Event) -> None:
        if not self._open:
            self.open()
        self._w.write(bytes(event))  # no longer shared


def _start(w: "Writer") -> None:
    headers = w.headers
    headers.set("content-type", _CONTENT_TYPE)
    headers.set("cache-control", "no-cache")
    headers.set("x-accel-buffering", "no")
    w.write_headers(200)


def _require_event_stream(w: "Writer") -> None:
    content_type = w.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != _CONTENT_TYPE:
        raise not_an_event_stream(content_type)


def _seconds(ping: object) -> float:
    if isinstance(ping, (int, float)) and not isinstance(ping, bool) and 0 < ping < inf:
        return ping
    raise bad_ping(ping)
