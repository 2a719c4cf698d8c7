"""An exception as a page shows it: what raised what, each frame with its source and its locals.

Frames of Stario and of libraries are there, but only the project's own have their locals shown.
"""

import linecache
from collections.abc import Iterator
from pathlib import Path
from traceback import FrameSummary, extract_tb, walk_tb
from types import FrameType, TracebackType
from typing import NamedTuple, cast

from stario.cli.development.redacted import shown
from stario.cli.errors import is_in_project

_ERRORS = 8  # of a chain, or of a group
_FRAMES = 40  # innermost ones: what recursion leaves out is like the rest
_LOCALS = 40
_AROUND = 4  # lines of source, before and after


class Frame(NamedTuple):
    """One frame: where it is, the lines around, and what its names stood for."""

    file: str
    line: int
    function: str
    source: list[tuple[int, str]]
    variables: list[tuple[str, str]]
    is_own: bool


class Raised(NamedTuple):
    """One exception of a chain; `how` tells what it has to do with the one before it."""

    how: str
    kind: str
    message: str
    frames: list[Frame]


def chain_of(error: BaseException) -> list[Raised]:
    """Return an exception and those that led to it, the last one first."""
    found: list[Raised] = []
    seen: set[int] = set()
    waiting = [("", error)]
    while waiting and len(found) < _ERRORS:
        how, one = waiting.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            found.append(Raised(how, type(one).__qualname__, _message(one), frames_of(one)))
            waiting += _causes(one)
    return found


def frames_of(error: BaseException) -> list[Frame]:
    """Return the frames of one exception, the innermost last."""
    trace = error.__traceback__
    pairs = zip(_frames(trace), extract_tb(trace), strict=False)
    return [_frame(frame, summary) for frame, summary in list(pairs)[-_FRAMES:]]


def _causes(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    if error.__cause__ is not None:
        yield "caused by", error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        yield "while handling", error.__context__
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        yield from (("with", one) for one in group.exceptions)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its str() fails)"


def _frames(trace: TracebackType | None) -> list[FrameType]:
    return [frame for frame, _ in walk_tb(trace)]


def _frame(frame: FrameType, summary: FrameSummary) -> Frame:
    file, line = summary.filename, summary.lineno or 0
    is_own = is_in_project(Path(file))
    variables = list(frame.f_locals.items())[:_LOCALS] if is_own else []
    return Frame(
        file,
        line,
        summary.name,
        list(_source(file, line)) if is_own else [(line, (summary.line or "").strip())],
        [(name, shown(name, value)) for name, value in variables],
        is_own,
    )


def _source(file: str, line: int) -> Iterator[tuple[int, str]]:
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    first = max(1, line - _AROUND)
    for number, text in enumerate(lines[first - 1 : line + _AROUND], first):
        yield number, text.rstrip("\n")
