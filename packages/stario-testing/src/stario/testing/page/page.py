"""A page as Datastar's client would show it, for a test to look at and to act on.

It applies what the server sends: patches of elements and of signals. It runs no JavaScript:
expressions are not evaluated, scripts and navigations are recorded.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urljoin

from stario.testing import errors
from stario.testing.events import EventParser
from stario.testing.limits import require_seconds
from stario.testing.page.action import Action, read_action
from stario.testing.page.attributes import (
    apply_attribute,
    apply_element,
    bound_path,
    form_fields,
    is_ignored,
    reader_of,
)
from stario.testing.page.controls import fill
from stario.testing.page.dom import (
    Node,
    attribute,
    children,
    closest,
    detach,
    elements,
    empty_element,
    is_element,
    outer_html,
    parse_document,
    select,
)
from stario.testing.page.elements import PageElement
from stario.testing.page.morph import Changes, Document
from stario.testing.page.patch import Patch, apply_patch
from stario.testing.page.sending import sent_fields, sent_signals, with_form, with_signals
from stario.testing.page.signals import Signals, merge, nested
from stario.testing.response import TestResponse
from stario.testing.sse import SseStream, holds
from stario.testing.sse_event import PATCH_ELEMENTS, PATCH_SIGNALS, SseEvent, event_of

if TYPE_CHECKING:
    from stario.testing.client import TestClient
    from stario.testing.inputs import SendOptions

_NAVIGATION = re.compile(
    r"\b(?:window\.|document\.)?location(?:\.href)?\s*(?:=\s*|\.(?:assign|replace)\(\s*)"
    r"(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
)
_SCRIPTS = frozenset({"", "module", "text/javascript", "application/javascript"})
_REMEMBERED = 8  # streams whose last events a complaint shows
_REMOVES_ITSELF = "el.remove()"


class Page:
    """A loaded page: `page = await client.page("/")`.

    `signals` are those that it has now, to read and to write. `response` is the answer that it was
    loaded from, `scripts` the code that patches brought, `navigations` the URLs that such code goes
    to, and `complaints` what the client would say on its console about patches.
    """

    __test__: ClassVar[bool] = False

    def __init__(self, client: "TestClient", response: TestResponse) -> None:
        self._client = client
        self._changed = asyncio.Event()
        self._streams: set[asyncio.Task[None]] = set()
        self._read: deque[SseStream] = deque(maxlen=_REMEMBERED)
        self.scripts: list[str] = []
        self.navigations: list[str] = []
        self.complaints: list[str] = []
        self._load(response)

    def __repr__(self) -> str:
        return f"<Page {self.url}, {len(self.signals)} signals>"

    def __str__(self) -> str:
        """The page as HTML, and its signals as JSON, for snapshots."""
        return f"{self.html()}\n{json.dumps(self.signals, ensure_ascii=False, indent=2)}"

    def _load(self, response: TestResponse) -> None:
        kind = response.headers.get("content-type", "")
        if not kind.startswith(("text/html", "application/xhtml+xml")):
            name = f"{response.request.method} {response.url}"
            error = errors.no_page(name, response.status_code, kind, response.text)
            raise errors.with_failure(error, response.failure)
        self.response = response
        self.url = response.url
        self.signals = Signals()
        self._root = parse_document(response.text)
        self._document = Document(self._root, empty_element())
        for top in filter(is_element, children(self._root)):
            apply_element(self.signals, top)

    # Looking

    def exists(self, selector: str) -> bool:
        """Tell whether an element is there. Raises ValueError for what is no selector."""
        return bool(select(self._root, selector))

    def all(self, selector: str) -> list[PageElement]:
        """Return all elements that a selector finds, in the order of the page."""
        return [PageElement(node, self.signals) for node in select(self._root, selector)]

    def one(self, selector: str) -> PageElement:
        """Return the first element that a selector finds. Raises LookupError for none."""
        return PageElement(self._node(selector), self.signals)

    def text(self, selector: str) -> str:
        """Return the text of the first such element, with runs of white space as one space.

        Raises LookupError for none. A `data-text` that is a plain signal is shown.
        """
        return self.one(selector).text

    def attr(self, selector: str, name: str) -> str | None:
        """Return an attribute of the first such element, None where it has none of this name."""
        return self.one(selector).attrs.get(name)

    def html(self, selector: str | None = None) -> str:
        """Return the first such element, or the whole page, as browsers write HTML."""
        return outer_html(self._root if selector is None else self._node(selector))

    def _node(self, selector: str) -> Node:
        found = select(self._root, selector)
        if not found:
            ids = (attribute(one, "id") for one in elements(self._root))
            known = [f"#{name}" for name in ids if name]
            raise errors.no_element(selector, known, outer_html(self._root))
        return found[0]

    def _form(self, selector: str) -> Node:
        node = self._node(selector)
        if node.name != "form":
            raise errors.not_a_form(selector, node.name)
        return node

    # Requests

    async def get(self, url: str, **options: Any) -> TestResponse:
        """Send a GET as `request` does."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> TestResponse:
        """Send a POST as `request` does."""
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Any) -> TestResponse:
        """Send a PUT as `request` does."""
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Any) -> TestResponse:
        """Send a PATCH as `request` does."""
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Any) -> TestResponse:
        """Send a DELETE as `request` does."""
        return await self.request("DELETE", url, **options)

    async def request(
        self,
        method: str,
        url: str,
        *,
        payload: Mapping[str, Any] | None = None,
        form: str | None = None,
        fields: Mapping[str, str] | None = None,
        filter_signals: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> TestResponse:
        """Send the page's signals as the client would, apply the answer, and return it.

        `payload` goes instead of the signals; with `form`, a selector, the fields of that form go,
        and `fields` replace what is in them. `filter_signals` has regular expressions `include` and
        `exclude`. Redirects are followed, and only a 200 is applied. Raises as `client.request`.
        """
        send = self._send(method.upper(), payload, form, fields, filter_signals, headers, None)
        response = await self._client.request(
            method, self._target(url), follow_redirects=True, timeout=timeout, **send
        )
        self.apply(response)
        return response

    def _target(self, url: str) -> str:
        """Return where a reference of this page leads."""
        if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise errors.bad_url(url, f"it is of type {type(url).__name__}")
        return urljoin(self.url, url)

    def _send(
        self,
        method: str,
        payload: Mapping[str, Any] | None,
        form: str | None,
        fields: Mapping[str, str] | None,
        chosen: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        submitter: Node | None,
    ) -> "SendOptions":
        sent = sent_fields(headers)
        if form is not None:
            return self._send_form(method, self._form(form), fields, sent, submitter)
        signals = sent_signals(self.signals, chosen) if payload is None else payload
        return with_signals(method, signals, sent)

    def _send_form(
        self,
        method: str,
        form: Node,
        fields: Mapping[str, str] | None,
        headers: dict[str, str],
        submitter: Node | None,
    ) -> "SendOptions":
        given = dict(fields or {})
        pairs = [
            (name, given.pop(name, value))
            for name, value in form_fields(self.signals, form, submitter)
        ]
        pairs += given.items()
        return with_form(method, pairs, attribute(form, "enctype") or "", headers)

    # Acting as a person

    def fill(self, selector: str, value: Any) -> None:
        """Set the signal that a control is bound to, or else its value.

        Checkboxes and radio buttons take True or False. Raises ValueError for what is no control,
        and for an option that a select does not have.
        """
        node = self._node(selector)
        if path := bound_path(node):
            merge(self.signals, nested(path, value), only_if_missing=False)
        else:
            fill(selector, node, value, self._root)

    async def click(self, selector: str) -> TestResponse:
        """Do what a click on the first such element does, where that is one plain action.

        Follows a link, and submits the form of a submit button. Raises ValueError for anything
        else, and LookupError for no such element.
        """
        node = self._node(selector)
        if (expression := _handler(node, "click")) is not None:
            return await self._act(selector, node, "data-on:click", expression)
        if node.name == "a" and (target := attribute(node, "href")) is not None:
            return await self.goto(target)
        form = closest(node, lambda one: one.name == "form")
        kind = (attribute(node, "type") or "submit").lower()
        if form is not None and node.name in ("button", "input") and kind == "submit":
            return await self._submit(selector, form, node)
        raise errors.not_a_plain_action(selector, "data-on:click", None)

    async def submit(self, selector: str) -> TestResponse:
        """Do what submitting the first such form does: its plain action, or what browsers do."""
        return await self._submit(selector, self._node(selector), None)

    async def goto(self, url: str) -> TestResponse:
        """Load another page in the place of this one; its streams are left."""
        response = await self._client.get(
            self._target(url), headers={"accept": "text/html"}, follow_redirects=True
        )
        await self._leave_streams()
        self._load(response)
        return response

    async def _submit(self, selector: str, form: Node, submitter: Node | None) -> TestResponse:
        if (expression := _handler(form, "submit")) is not None:
            return await self._act(selector, form, "data-on:submit", expression, submitter)
        if form.name != "form":
            raise errors.not_a_form(selector, form.name)
        method = (attribute(form, "method") or "GET").upper()
        send = self._send_form(method, form, None, {"accept": "text/html"}, submitter)
        target = self._target(attribute(form, "action") or "")
        response = await self._client.request(method, target, follow_redirects=True, **send)
        await self._leave_streams()
        self._load(response)
        return response

    async def _act(
        self, selector: str, node: Node, what: str, expression: str, submitter: Node | None = None
    ) -> TestResponse:
        action = self._action(expression)
        if action is None:
            raise errors.not_a_plain_action(selector, what, expression)
        response = await self._client.request(
            action.method,
            self._target(action.url),
            follow_redirects=True,
            **self._sent_by(action, node, submitter),
        )
        self.apply(response)
        return response

    def _action(self, expression: str) -> Action | None:
        return read_action(expression, reader_of(self.signals))

    def _sent_by(self, action: Action, node: Node, submitter: Node | None) -> "SendOptions":
        options = action.options
        fields = sent_fields(cast("Mapping[str, str]", options.get("headers")))
        if options.get("contentType") == "form":
            selector = options.get("selector")
            found = closest(node, lambda one: one.name == "form")
            if found is None or selector is not None:
                found = self._form(selector or "form")
            return self._send_form(action.method, found, None, fields, submitter)
        payload = options.get("payload")
        signals = sent_signals(self.signals, options.get("filterSignals"))
        return with_signals(action.method, signals if payload is None else payload, fields)

    # Streams

    @asynccontextmanager
    async def stream(
        self,
        url: str | None = None,
        *,
        method: str = "GET",
        payload: Mapping[str, Any] | None = None,
        filter_signals: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 5.0,
    ) -> AsyncGenerator[SseStream]:
        """Open a stream with the page's signals, and apply its events as they come.

        Without a URL it is that of the first plain `data-init`. Wait with `until` for what comes;
        `timeout` in seconds is for the head of the answer. Raises as `client.sse` does. Leaving
        raises what reading the stream raised.
        """
        if url is None:
            method, url, send = self._subscription()
        else:
            send = self._send(method.upper(), payload, None, None, filter_signals, headers, None)
        target = self._target(url)
        async with self._client.sse(target, method=method, timeout=timeout, **send) as events:
            task = asyncio.create_task(self._follow(events), name=f"page stream {target}")
            self._streams.add(task)
            self._read.append(events)
            try:
                yield events
            finally:
                self._streams.discard(task)
                await _ended(task)

    def _subscription(self) -> "tuple[str, str, SendOptions]":
        for node in elements(self._root):
            for name, value in list(node.attrs.items()):
                if name.partition("__")[0] == "data-init" and not is_ignored(node):
                    action = self._action(value or "")
                    if action is not None:
                        return action.method, action.url, self._sent_by(action, node, None)
        raise errors.no_subscription(self.url)

    async def until(self, predicate: Callable[["Page"], object], *, timeout: float = 5.0) -> None:
        """Wait until the predicate is true: asked now, and after every event of the open streams.

        A LookupError that it raises, for an element or a signal, means that it is not true yet.
        Raises TimeoutError after `timeout` seconds, and RuntimeError where no stream can change it.
        """
        require_seconds("timeout", timeout)
        scope = asyncio.timeout(timeout)
        try:
            async with scope:
                while not _holds(predicate, self):
                    if all(task.done() for task in self._streams):
                        for task in self._streams:
                            task.result()
                        raise errors.no_more_to_come(self._state())
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            if not scope.expired():
                raise
            raise errors.not_in_time(timeout, self._state()) from None

    async def _follow(self, events: SseStream) -> None:
        try:
            while (event := await events.read()) is not None:
                self.apply_event(event)
        finally:
            self._changed.set()

    async def _leave_streams(self) -> None:
        for task in self._streams:
            task.cancel()
        if self._streams:
            await asyncio.wait(self._streams)

    def _state(self) -> str:
        came = [repr(event) for events in self._read for event in list(events.seen)[-3:]]
        shown = f"The last events: {'; '.join(came)}." if came else "No event came."
        complaints = f" Complaints: {'; '.join(self.complaints[-3:])}." if self.complaints else ""
        signals = json.dumps(self.signals, ensure_ascii=False)
        return f"{shown}{complaints} Signals: {signals[:300]}. Page: {self.html()[-600:]}"

    # What comes from the server

    def apply(self, response: TestResponse) -> None:
        """Apply an answer as the client does: a 200 by its type, and nothing of others."""
        if response.status_code != 200:
            return
        fields = response.headers
        match fields.get("content-type", "").partition(";")[0].strip().lower():
            case "text/event-stream":
                for block in EventParser().feed(response.content):
                    if (event := event_of(block)) is not None:
                        self.apply_event(event)
            case "text/html":
                self._patch_elements(
                    Patch(
                        response.text,
                        fields.get("datastar-selector", ""),
                        fields.get("datastar-mode", "") or "outer",
                        fields.get("datastar-namespace", "") or "html",
                    )
                )
            case "application/json":
                self._merge_signals(
                    response.json(),
                    only_if_missing=fields.get("datastar-only-if-missing", "") == "true",
                )
            case "text/javascript":
                self._record(response.text)
            case _:
                pass
        self._changed.set()

    def apply_event(self, event: SseEvent) -> None:
        """Apply an event as the client does; others than Datastar's are ignored."""
        if event.event == PATCH_ELEMENTS:
            self._patch_elements(
                Patch(
                    event.elements or "",
                    event.selector or "",
                    event.mode or "outer",
                    event.namespace or "html",
                )
            )
        elif event.event == PATCH_SIGNALS:
            merge(self.signals, event.signals or {}, only_if_missing=event.only_if_missing)
        self._changed.set()

    def _merge_signals(self, patch: Any, *, only_if_missing: bool) -> None:
        if isinstance(patch, dict):
            merge(self.signals, cast("dict[str, Any]", patch), only_if_missing=only_if_missing)
        else:
            self.complaints.append(f"signals are a JSON object, not {patch!r}")

    def _patch_elements(self, patch: Patch) -> None:
        changes = Changes()
        self.complaints += apply_patch(self._document, patch, changes)
        records = [record for record in changes.records if is_element(record[0])]
        for node in [node for node, name in records if name is None and self._is_here(node)]:
            for script in [one for one in [node, *elements(node)] if one.name == "script"]:
                self._take_script(script)
        # In order, each with what is there at the end, and what was taken off too.
        for node, name in records:
            if name is None:
                apply_element(self.signals, node)
            else:
                apply_attribute(self.signals, node, name)

    def _is_here(self, node: Node) -> bool:
        while node.parent is not None:
            node = node.parent
        return node is self._root

    def _take_script(self, script: Node) -> None:
        if (attribute(script, "type") or "").lower() in _SCRIPTS:
            self._record("".join(child.data or "" for child in children(script)))
        if attribute(script, "data-effect") == _REMOVES_ITSELF:
            detach(script)

    def _record(self, code: str) -> None:
        self.scripts.append(code)
        for found in _NAVIGATION.finditer(code):
            text = found[1]
            try:
                target = json.loads(text if text[0] == '"' else f'"{text[1:-1]}"')
            except ValueError:
                continue
            self.navigations.append(target)


def _handler(node: Node, event: str) -> str | None:
    for name, value in cast("dict[str, str | None]", node.attrs or {}).items():
        if name.partition("__")[0] == f"data-on:{event}":
            return value or ""
    return None


def _holds(predicate: Callable[[Page], object], page: Page) -> bool:
    try:
        return holds(predicate, page)
    except LookupError:
        return False


async def _ended(task: "asyncio.Task[None]") -> None:
    """End a reader; raise what it failed with by itself."""
    if task.done():
        if not task.cancelled():
            task.result()
        return
    task.cancel()
    await asyncio.wait([task])
