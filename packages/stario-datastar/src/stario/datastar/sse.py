"""`SSE`: a response as a stream of Datastar events.

The events are made in `events`; this file opens the stream and writes them. The response starts
with `open()` or with the first event, whichever comes first.
"""

from typing import TYPE_CHECKING

from stario.datastar import events
from stario.datastar.errors import not_an_event_stream, stream_is_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stario.datastar.event import Event
    from stario.datastar.events import Namespace, PatchMode
    from stario.datastar.payload import PageSignals
    from stario.datastar.signal import BySignal
    from stario.http.writer import Writer
    from stario.markup.types import AttributeValue, HtmlElement
    from stario.responses import JsonValue

_CONTENT_TYPE = "text/event-stream"


class SSE:
    """Sends events to one browser: `SSE(w).patch_elements(view(state))`.

    Every method raises `StarioRuntime` when the response is completed, or has started as something
    else than an event stream; and `StarioError` for CR, LF or NUL in a selector, an id or a
    comment. `event_id` comes back as `Last-Event-ID` when the browser connects again, `retry` is
    how many milliseconds it waits before.
    """

    __slots__ = ("_open", "_w")

    def __init__(self, w: "Writer") -> None:
        self._w = w
        self._open = False

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
        transition selector counts only with `view_transition`.
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

        A dotted key is a nested path. A `str` is ready JSON. Raises `TypeError` for a payload that
        is neither, `StarioError` for bad names and for values that JSON cannot hold.
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
        """Send a comment, so that proxies keep an idle stream open."""
        self._send(events.comment(comment))

    def send(self, event: "Event") -> None:
        """Send an event that was made before, by `stario.datastar.events`, for many streams."""
        if not self._open:
            self.open()
        self._w.write(event)

    def _send(self, event: "Event") -> None:
        self.send(event)


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
