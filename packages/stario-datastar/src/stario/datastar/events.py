"""Server-sent events as Datastar reads them: pure functions from values to events.

CR, LF and CRLF each end a line of an event stream (HTML Living Standard, 9.2.5), and nothing else
does. So payloads are split exactly there, and every other field is refused if it holds one.
Defaults of the client are not written.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from stario.datastar.errors import (
    bad_retry,
    bad_script_attributes,
    empty_selector,
    event_in_an_event,
    not_one_of,
    not_text,
)
from stario.datastar.event import Event
from stario.datastar.line import one_line
from stario.datastar.payload import signals_json
from stario.http.redirect import normalized_location
from stario.markup import html as h
from stario.markup import render

if TYPE_CHECKING:
    from stario.datastar.payload import PageSignals
    from stario.datastar.signal import BySignal
    from stario.markup.types import AttributeValue, HtmlElement

type PatchMode = Literal["outer", "inner", "replace", "prepend", "append", "before", "after"]
type Namespace = Literal["svg", "mathml"]

_MODES = ("outer", "inner", "replace", "prepend", "append", "before", "after")
_NAMESPACES = ("svg", "mathml")

_PATCH_ELEMENTS = "event: datastar-patch-elements\n"
_PATCH_SIGNALS = "event: datastar-patch-signals\n"
_APPEND_TO_BODY = "data: mode append\ndata: selector body\n"
_CLIENT_RETRY_MS = 1000
_AUTO_REMOVE = {"data-effect": "el.remove()"}


def patch_elements(
    content: "bytes | str | HtmlElement",
    *,
    mode: PatchMode | None = None,
    selector: str | None = None,
    namespace: Namespace | None = None,
    view_transition: bool = False,
    view_transition_selector: str | None = None,
    event_id: str | None = None,
    retry: int | None = None,
) -> Event:
    """Make the event that puts HTML into the page."""
    head = "".join(
        (
            _PATCH_ELEMENTS,
            _id_and_retry(event_id, retry),
            _mode(mode),
            _selector(selector),
            _namespace(namespace),
            _transition(view_transition, view_transition_selector),
        )
    )
    return _event(head, b"data: elements ", _html(content))


def patch_signals(
    payload: "BySignal[Any] | PageSignals | str",
    *,
    only_if_missing: bool = False,
    event_id: str | None = None,
    retry: int | None = None,
) -> Event:
    """Make the event that merges signals (RFC 7386: None removes).

    A `str` is ready JSON of your own: the client evaluates it, so it must hold no foreign text.
    """
    text = payload if isinstance(payload, str) else signals_json(payload)
    missing = "data: onlyIfMissing true\n" if only_if_missing else ""
    head = f"{_PATCH_SIGNALS}{_id_and_retry(event_id, retry)}{missing}"
    return _event(head, b"data: signals ", _utf8(text))


def remove(
    selector: str,
    *,
    view_transition: bool = False,
    event_id: str | None = None,
    retry: int | None = None,
) -> Event:
    """Make the event that removes what a selector finds."""
    fields = f"data: mode remove\n{_selector(selector or '')}{_transition(view_transition, None)}"
    return Event(_utf8(f"{_PATCH_ELEMENTS}{_id_and_retry(event_id, retry)}{fields}\n"))


def execute_script(
    code: str,
    *,
    auto_remove: bool = True,
    attributes: "Mapping[str, AttributeValue] | None" = None,
    event_id: str | None = None,
    retry: int | None = None,
) -> Event:
    """Make the event that runs JavaScript.

    `h.Script` writes the code as raw text, so that `</script` in it cannot end the element.
    """
    if not isinstance(code, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_text("The code of a script", code)
    if attributes is not None and not isinstance(attributes, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_script_attributes(attributes)
    head = f"{_PATCH_ELEMENTS}{_id_and_retry(event_id, retry)}{_APPEND_TO_BODY}"
    script = h.Script(_AUTO_REMOVE if auto_remove else None, attributes, code)
    return _event(head, b"data: elements ", _utf8(render(script)))


def navigate(url: str, *, event_id: str | None = None, retry: int | None = None) -> Event:
    """Make the event that sends the browser to a page; the target is checked like a redirect's."""
    target = json.dumps(normalized_location(url))
    # After a timeout the client is done with this event, and a stream can end in order.
    code = f"setTimeout(() => window.location = {target});"
    return execute_script(code, event_id=event_id, retry=retry)


def comment(text: str = "") -> Event:
    """Make a comment, which clients skip."""
    return Event(_utf8(f": {one_line('comment', text)}\n\n"))


def _event(head: str, field: bytes, payload: bytes) -> Event:
    # `in` on bytes takes ten times as long: it tries the left side as a number first.
    if payload.find(b"\r") >= 0:
        payload = payload.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if payload.find(b"\n") >= 0:
        payload = payload.replace(b"\n", b"\n" + field)
    return Event(b"%b%b%b\n\n" % (_utf8(head), field, payload))


def _html(content: "bytes | str | HtmlElement") -> bytes:
    if isinstance(content, bytes):
        if isinstance(content, Event):
            raise event_in_an_event(content)
        return content
    return _utf8(content if isinstance(content, str) else render(content))


def _utf8(text: str) -> bytes:
    # A lone surrogate in one message must not break the stream of everybody who would see it.
    return text.encode("utf-8", "replace")


def _id_and_retry(event_id: str | None, retry: int | None) -> str:
    if event_id is None and retry is None:
        return ""
    identity = "" if event_id is None else f"id: {one_line('id', event_id)}\n"
    if retry is None:
        return identity
    if type(retry) is not int or retry < 1:
        raise bad_retry(retry)
    return identity if retry == _CLIENT_RETRY_MS else f"{identity}retry: {retry}\n"


def _mode(mode: str | None) -> str:
    if mode is None or mode == "outer":
        return ""
    if mode not in _MODES:
        raise not_one_of("The mode", mode, _MODES)
    return f"data: mode {mode}\n"


def _selector(selector: str | None) -> str:
    if selector is None:
        return ""
    if selector == "":
        raise empty_selector()
    return f"data: selector {one_line('selector', selector)}\n"


def _namespace(namespace: str | None) -> str:
    if namespace is None:
        return ""
    if namespace not in _NAMESPACES:
        raise not_one_of("The namespace", namespace, _NAMESPACES)
    return f"data: namespace {namespace}\n"


def _transition(view_transition: bool, selector: str | None) -> str:
    if selector is not None:
        one_line("view transition selector", selector)
    if not view_transition:
        return ""
    target = f"data: viewTransitionSelector {selector}\n" if selector else ""
    return f"data: useViewTransition true\n{target}"
