"""A root span as a block of text: a rule, a header, and the tree of what happened under it.

Text only; nothing here writes. Open spans may change while they are rendered, so what is iterated
is copied first.
"""

import os
from datetime import datetime
from time import time_ns
from typing import Any
from uuid import UUID

from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.telemetry.tty.cells import clip, safe, spread, value_text
from stario.telemetry.tty.durations import duration_text

_RESET = "\x1b[0m"
_RED, _GREEN, _YELLOW, _CYAN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"

_ERROR = "[error]"
_TAIL = 8
_INDENT = "  "
# Narrower terminals get lines of this many cells and wrap.
_NARROWEST = 20
# Deeper steps are shown at this depth, so that something of them is left to see.
_DEEPEST = 12
# A traceback of a deep recursion or a chain of them fills the screen; the last lines tell.
_BODY_LINES = 60


class TTYRenderer:
    """Renders roots with their descendants, `width` cells wide.

    `children` maps a span's id to its children. `color` is on unless `NO_COLOR` exists.
    """

    def __init__(
        self,
        width: int,
        children: dict[UUID, list[RecordingSpan]],
        *,
        color: bool | None = None,
    ) -> None:
        self._width = max(width, _NARROWEST)
        self._children = children
        self._color = "NO_COLOR" not in os.environ if color is None else color

    def root_block(self, span: RecordingSpan) -> str:
        """Return the block of a root span, without a newline at its end."""
        rule = self._painted("─" * self._width, _state_color(span))
        return "\n".join([rule, self._header(span, _local_time(span), ""), *self._inside(span, 1)])

    def live_text(self, open_roots: list[RecordingSpan]) -> str:
        """Return the blocks of the roots that are open, in order of their start."""
        return "\n".join(self.root_block(root) for root in sorted(open_roots, key=_start))

    def _header(self, span: RecordingSpan, when: str, indent: str) -> str:
        end = time_ns() if span.end_ns is None else span.end_ns
        right = f"{duration_text(end - _start(span))}  {span.id.hex[-_TAIL:]}"
        if span.failed:
            right = f"{_ERROR} {right}"
        name = value_text(span.name, self._width)
        line = spread(f"{indent}{when} {name}", right, self._width)
        return self._marked(line) if span.failed else line

    def _marked(self, line: str) -> str:
        # Painted last, since colour codes take no cells; the last mark, since a name may hold one.
        before, mark, after = line.rpartition(_ERROR)
        return before + self._painted(mark, _RED) + after if mark else line

    def _inside(self, span: RecordingSpan, depth: int) -> list[str]:
        indent = _INDENT * min(depth, _DEEPEST)
        lines = self._attributes(span, indent)
        lines += [self._link(link, indent) for link in list(span.links)]
        for item in sorted(self._moments(span), key=_start):
            if isinstance(item, RecordedEvent):
                lines += self._event(item, span, indent)
            else:
                lines += self._step(item, span, depth)
        return lines

    def _moments(self, span: RecordingSpan) -> list[RecordedEvent | RecordingSpan]:
        children = [c for c in list(self._children.get(span.id, ())) if c.started]
        return [*list(span.events), *children]

    def _attributes(self, span: RecordingSpan, indent: str) -> list[str]:
        lines = [f"{indent}error: {value_text(span.error, self._width)}"] if span.error else []
        lines += [f"{indent}{key}: {value}" for key, value in self._pairs(span.attributes)]
        return [clip(line, self._width) for line in lines]

    def _link(self, link: RecordedLink, indent: str) -> str:
        name = value_text(link.name, self._width)
        text = f"{indent}link {name} {link.span_id.hex[-_TAIL:]}{self._inline(link.attributes)}"
        return clip(text, self._width)

    def _event(self, event: RecordedEvent, span: RecordingSpan, indent: str) -> list[str]:
        offset = duration_text(event.time_ns - _start(span))
        name = value_text(event.name, self._width)
        head = f"{indent}+{offset} {name}{self._inline(event.attributes)}"
        return [clip(head, self._width), *self._body(event.body or "", indent + _INDENT)]

    def _step(self, child: RecordingSpan, parent: RecordingSpan, depth: int) -> list[str]:
        offset = f"+{duration_text(_start(child) - _start(parent))}"
        indent = _INDENT * min(depth, _DEEPEST)
        return [self._header(child, offset, indent), *self._inside(child, depth + 1)]

    def _body(self, body: str, indent: str) -> list[str]:
        lines = body.replace("\r\n", "\n").split("\n") if body else []
        if (hidden := len(lines) - _BODY_LINES) > 0:
            lines = [f"… {hidden} lines", *lines[-_BODY_LINES:]]
        return [clip(indent + safe(line.expandtabs(4)), self._width) for line in lines]

    def _inline(self, attributes: dict[str, Any] | None) -> str:
        pairs = ", ".join(f"{key}: {value}" for key, value in self._pairs(attributes or {}))
        return f"  {pairs}" if pairs else ""

    def _pairs(self, attributes: dict[str, Any]) -> list[tuple[str, str]]:
        width = self._width
        return sorted((value_text(k, width), value_text(v, width)) for k, v in _items(attributes))

    def _painted(self, text: str, color: str) -> str:
        return f"{color}{text}{_RESET}" if self._color else text


def _items(attributes: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(attributes.items())


def _start(moment: RecordedEvent | RecordingSpan) -> int:
    if isinstance(moment, RecordedEvent):
        return moment.time_ns
    return time_ns() if moment.start_ns is None else moment.start_ns


def _local_time(span: RecordingSpan) -> str:
    seconds, rest = divmod(_start(span), 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds):%H:%M:%S}.{rest // 1_000_000:03}"


def _state_color(span: RecordingSpan) -> str:
    if not span.finished:
        return _CYAN
    status = span.attributes.get("response.status_code")
    code = status if isinstance(status, int) else 0
    if span.failed or code >= 500:
        return _RED
    return _YELLOW if code >= 300 else _GREEN
