"""A root span as a block of text: a rule, a header, and the tree of what happened under it.

Text only; nothing here writes. Open spans may change while they are rendered, so what is iterated
is copied first. A block has a bound: lines are made one by one, and no more than are shown.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from time import time_ns
from typing import Any
from uuid import UUID

from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.telemetry.tty.cells import cells, clip, safe, spread, value_text
from stario.telemetry.tty.digest import Kind
from stario.telemetry.tty.durations import duration_text
from stario.telemetry.tty.outcome import is_bad, status_of

_RESET = "\x1b[0m"
_RED, _GREEN, _YELLOW, _CYAN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"

_ERROR = "[error]"
_OPEN = "[open]"
_TAIL = 8
_INDENT = "  "
# Narrower terminals get lines of this many cells and wrap.
_NARROWEST = 20
# Below this width the time and the id give way to the name, where there is no room for all.
_NARROW = 50
# Deeper steps are shown at this depth, or at that for which there is room, behind a `>`.
_DEEPEST = 12
_CELLS_PER_DEPTH = 6
_DEEPER = "> "
# Deeper ones are not followed: a recursion that steps is endless.
_DEEPEST_SHOWN = 100
# A traceback of a deep recursion or a chain of them fills the screen; the last lines tell.
_BODY_LINES = 60
# Of many steps and events the first and the last are shown, and failed ones in between.
_MOMENTS = 60
_FIRST_MOMENTS = 20
_FAILED_MOMENTS = 20
_LAST_MOMENTS = 20
# What is longer is not read in a terminal.
BLOCK_LINES = 400

type _Moment = RecordedEvent | RecordingSpan


class TTYRenderer:
    """Renders roots with their descendants, `width` cells wide.

    `children` maps a span's id to its children, `forgotten` to the number of those that are not
    among them. `color` is on unless `NO_COLOR` exists.
    """

    def __init__(
        self,
        width: int,
        children: dict[UUID, list[RecordingSpan]],
        *,
        color: bool | None = None,
        forgotten: Mapping[UUID, int] | None = None,
    ) -> None:
        self._width = max(width, _NARROWEST)
        self._children = children
        self._deepest = min(_DEEPEST, self._width // _CELLS_PER_DEPTH)
        self._forgotten = forgotten or {}
        self._color = "NO_COLOR" not in os.environ if color is None else color

    def root_block(self, span: RecordingSpan) -> str:
        """Return the block of a root span, without a newline at its end."""
        return "\n".join(self.root_lines(span))

    def root_lines(self, span: RecordingSpan, most: int = BLOCK_LINES) -> list[str]:
        """Return the lines of a block; when there are more than `most`, the last one says so."""
        rule = self._painted("─" * self._width, _state_color(span))
        lines = [rule, self.header(span)]
        lines += islice(self._inside(span, 1), max(most - 1, 1))
        return [*lines[: most - 1], f"{_INDENT}… more"] if len(lines) > most else lines

    def live_text(self, open_roots: list[RecordingSpan]) -> str:
        """Return the blocks of the roots that are open, in order of their start."""
        return "\n".join(self.root_block(root) for root in sorted(open_roots, key=_start))

    def header(self, span: RecordingSpan) -> str:
        """Return the header of a root's block."""
        return self._header(span, _local_time(_start(span)), "")

    def note(self, left: str, right: str = "") -> str:
        """Return one line of plain text, with `right` at its end."""
        return spread(left, right, self._width)

    def summary(self, kind: Kind) -> str:
        """Return one line for several finished roots, with the slowest one's id."""
        slowest = kind.slowest
        longest = f"max {duration_text(slowest.duration_ns or 0)}"
        mark = f"{_ERROR} " if slowest.failed else ""
        right, count = f"{mark}{longest}  {slowest.id.hex[-_TAIL:]}", f" ×{kind.count:,}"
        name = value_text(kind.name, self._width)
        timed = f"{_local_time(kind.since_ns)} {name}{count}"
        least = longest if self._width < _NARROW else right
        room = max(self._width - cells(count + least) - 1, 1)
        left, right = self._fitting(
            (f"{timed}  p50 {duration_text(kind.middle_ns)}", right),
            (timed, right),
            (name + count, right),
            (clip(name, room) + count, least),
        )
        return self._painted(spread(left, right, self._width), _state_color(slowest))

    def _header(self, span: RecordingSpan, when: str, indent: str, state: str = "") -> str:
        end = time_ns() if span.end_ns is None else span.end_ns
        duration = duration_text(end - _start(span))
        name = value_text(span.name, self._width)
        mark = f"{_ERROR} " if span.failed else state
        left, right = f"{indent}{when} {name}", f"{mark}{duration}  {span.id.hex[-_TAIL:]}"
        if self._width < _NARROW:
            # Left out, one by one: what is worth less than the name.
            left, right = self._fitting(
                (left, right),
                (indent + name, right),
                (indent + name, mark + duration),
                (indent + name, f"! {duration}" if span.failed else duration),
            )
        line = spread(left, right, self._width)
        return self._marked(line) if span.failed else line

    def _fitting(self, *choices: tuple[str, str]) -> tuple[str, str]:
        """Return the first two ends of a line that there is room for, else the last ones."""
        fitting = (ends for ends in choices if cells("".join(ends)) < self._width)
        return next(fitting, choices[-1])

    def _marked(self, line: str) -> str:
        # Painted last, since colour codes take no cells; the last mark, since a name may hold one.
        before, mark, after = line.rpartition(_ERROR)
        return before + self._painted(mark, _RED) + after if mark else self._painted(line, _RED)

    def _inside(self, span: RecordingSpan, depth: int) -> Iterator[str]:
        indent = _INDENT * min(depth, self._deepest)
        yield from self._attributes(span, indent)
        for link in list(span.links):
            yield self._link(link, indent)
        moments = sorted(self._moments(span), key=_start)
        if depth > _DEEPEST_SHOWN and moments:
            yield f"{indent}… deeper"
            return
        for item in self._folded(moments, self._forgotten.get(span.id, 0)):
            if isinstance(item, RecordedEvent):
                yield from self._event(item, span, indent)
            elif isinstance(item, RecordingSpan):
                yield from self._step(item, span, depth)
            else:
                yield clip(f"{indent}… {item:,} more", self._width)

    def _folded(self, moments: list[_Moment], forgotten: int) -> Iterable[_Moment | int]:
        """Return what is shown of many moments; a number says how many are not, and where."""
        if len(moments) <= _MOMENTS and not forgotten:
            return moments
        last = moments[max(len(moments) - _LAST_MOMENTS, _FIRST_MOMENTS) :]
        middle = moments[_FIRST_MOMENTS : len(moments) - len(last)]
        failed = [m for m in middle if isinstance(m, RecordingSpan) and m.failed][:_FAILED_MOMENTS]
        hidden = len(middle) - len(failed) + forgotten
        return [*moments[:_FIRST_MOMENTS], *failed, hidden, *last]

    def _moments(self, span: RecordingSpan) -> list[_Moment]:
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

    def _step(self, child: RecordingSpan, parent: RecordingSpan, depth: int) -> Iterator[str]:
        offset = f"+{duration_text(_start(child) - _start(parent))}"
        level = self._deepest - 1
        indent = _INDENT * depth if depth <= level else _INDENT * (level - 1) + _DEEPER
        # It goes on after its parent, so its duration is not the last word.
        state = f"{_OPEN} " if parent.finished and not child.finished else ""
        yield self._header(child, offset, indent, state)
        yield from self._inside(child, depth + 1)

    def _body(self, body: str, indent: str) -> list[str]:
        lines = body.replace("\r\n", "\n").removesuffix("\n").split("\n") if body else []
        if len(lines) > _BODY_LINES:
            shown = lines[1 - _BODY_LINES :]
            lines = [f"… {len(lines) - len(shown):,} lines", *shown]
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


def _start(moment: _Moment) -> int:
    if isinstance(moment, RecordedEvent):
        return moment.time_ns
    return time_ns() if moment.start_ns is None else moment.start_ns


def _local_time(ns: int) -> str:
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds):%H:%M:%S}.{rest // 1_000_000:03}"


def _state_color(span: RecordingSpan) -> str:
    if not span.finished:
        return _CYAN
    if is_bad(span):
        return _RED
    return _YELLOW if status_of(span) >= 300 else _GREEN
