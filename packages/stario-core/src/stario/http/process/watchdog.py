"""Names the code that blocks the event loop: while it runs, every client of the server waits.

A thread asks the loop for a sign of life, again and again. Where none comes in time, it looks at
what the loop's thread is running; when the loop goes on, one span `loop.blocked` tells that. So a
block without end is never told.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import TIMEOUT_MAX, Event, Thread, get_ident
from time import monotonic
from traceback import StackSummary
from types import FrameType
from typing import TYPE_CHECKING, Any

from stario.http.app import App

if TYPE_CHECKING:
    from stario.http.context import Context
    from stario.tracing import Tracer

# Seconds between two questions: a duration is short of the truth by this much at most.
_INTERVAL = 0.1
# Seconds in which one block is told and more are counted.
_SILENCE = 1.0
# Frames that are told, the innermost ones; recursion may have thousands.
_MOST_FRAMES = 50
# Seconds for the thread to end. It is asleep, or looks at a stack.
_PATIENCE = 1.0


def _folder(path: str) -> str:
    return os.path.join(os.path.abspath(path), "")  # noqa: PTH100, PTH118


_FRAMEWORK = (
    *map(_folder, sys.modules["stario"].__path__),
    _folder(os.path.dirname(asyncio.__file__)),  # noqa: PTH120
)
_STANDARD = _folder(os.path.dirname(os.__file__))  # noqa: PTH120
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


@dataclass(frozen=True, slots=True)
class Sample:
    """What the loop was running: the code to name, all of the stack, and the request."""

    attributes: dict[str, Any]
    stack: str
    request: "Context | None"


@contextmanager
def watched(tracer: "Tracer", blocked_after: float) -> Generator[None]:
    """Tell what blocks the running loop for more than `blocked_after` seconds."""
    watchdog = Watchdog(tracer, blocked_after)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.stop()


class Watchdog:
    """Watches the running loop from a thread of its own, between `start` and `stop`."""

    def __init__(self, tracer: "Tracer", blocked_after: float) -> None:
        self._tracer = tracer
        self._blocked_after = min(blocked_after, TIMEOUT_MAX)
        self._loop = asyncio.get_running_loop()
        self._watched = get_ident()
        self._depth = sys.maxsize
        self._answered = Event()
        self._over = Event()
        self._found: list[tuple[Sample | bool, float]] = []
        self._told_at = float("-inf")
        self._untold = 0
        self._thread = Thread(target=self._watch, name="stario-watchdog", daemon=True)

    def start(self) -> None:
        self._loop.call_soon(self._answer)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, or leave it to the end of the process, which does not wait for it."""
        self._over.set()
        self._answered.set()
        self._thread.join(_PATIENCE)
        self._tell()

    def _watch(self) -> None:
        while not self._over.wait(_INTERVAL):
            asked = monotonic()
            self._answered.clear()
            if not self._call(self._answer):
                return
            if sample := self._wait_for_answer(asked):
                self._found.append((sample, monotonic() - asked))
                self._call(self._tell)

    def _wait_for_answer(self, asked: float) -> "Sample | bool":
        """Return what kept the loop from its answer; False where nothing did, or many did.

        One that blocks is met twice: a long queue of quick callbacks is no block. But when this
        thread was kept waiting itself, by code that holds the GIL, that is its last chance.
        """
        seen: list[FrameType | None] = []
        while not self._answered.wait(self._blocked_after / 2):
            running = self._running()
            first = running[0] if running else None
            late = monotonic() - asked >= self._blocked_after
            if late and first is not None and seen in ([], [first]):
                # In the silence nobody will see the stack, so none is taken.
                sample = self._is_silent() or sample_of(running)
                del running, first, seen  # which would keep alive what the handler let go
                self._answered.wait()
                return sample
            seen = [first]
        return False

    def _call(self, function: Callable[[], None]) -> bool:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # the loop is closed
            return False
        return True

    def _answer(self) -> None:
        """Give the sign of life; the first one tells how deep a callback of this loop stands."""
        if self._depth == sys.maxsize:
            self._depth = len(_stack_of(sys._getframe()))  # pyright: ignore[reportPrivateUsage]
        self._answered.set()

    def _running(self) -> list[FrameType]:
        """Return the frames of the loop's callback, the outermost first; none while it waits."""
        frame = sys._current_frames().get(self._watched)  # pyright: ignore[reportPrivateUsage]
        return _stack_of(frame)[self._depth - 1 :]

    def _is_silent(self) -> bool:
        return monotonic() < self._told_at + _SILENCE

    def _tell(self) -> None:
        """Tell what was found, in the thread of the loop, since tracers expect that."""
        while self._found:
            self._tell_one(*self._found.pop(0))

    def _tell_one(self, sample: "Sample | bool", seconds: float) -> None:
        if isinstance(sample, bool) or self._is_silent():
            self._untold += 1
            return
        self._told_at = monotonic()
        milliseconds = round(seconds * 1000)
        attributes = {"loop.blocked_ms": milliseconds, **sample.attributes}
        if self._untold:
            attributes["loop.blocks_not_told"] = self._untold
            self._untold = 0
        span = self._tracer.create("loop.blocked", attributes)
        span.start()
        if sample.request is not None:
            span.link("request", sample.request.span.id)
        span.event("stack", body=sample.stack)
        span.fail(
            f"{attributes['code.function']} blocked the event loop for {milliseconds} ms"
            f" ({attributes['code.file']}, line {attributes['code.line']})"
        )
        span.end()


def _stack_of(frame: FrameType | None) -> list[FrameType]:
    """Return the frames from the outermost one to this."""
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]


def sample_of(running: list[FrameType]) -> Sample:
    """Return what is told of a callback's frames, the outermost first."""
    shown = [frame for frame in running if not _is_framework(frame)] or running
    named = next((frame for frame in reversed(shown) if _is_own(frame)), shown[-1])
    request = _request_of(running)
    attributes: dict[str, Any] = {
        "code.function": named.f_code.co_qualname,
        "code.file": named.f_code.co_filename,
        "code.line": named.f_lineno,
    }
    if request is not None:
        attributes["request.method"] = request.req.method
        attributes["request.path"] = request.req.path
    frames = ((frame, frame.f_lineno) for frame in shown[-_MOST_FRAMES:])
    return Sample(attributes, "".join(StackSummary.extract(frames).format()).rstrip("\n"), request)


def _is_framework(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_FRAMEWORK)


def _is_own(frame: FrameType) -> bool:
    """Tell the application's code from what it calls: the standard library, what is installed."""
    file = frame.f_code.co_filename
    return not (file.startswith(("<", _STANDARD)) or any(part in file for part in _INSTALLED))


def _request_of(running: list[FrameType]) -> "Context | None":
    """Return the context of the request that is being handled."""
    served = (frame for frame in running if frame.f_code is App.__call__.__code__)
    frame = next(served, None)
    return None if frame is None else frame.f_locals.get("c")
