"""Where in the test's or the app's code something waits, or was made.

The frame that helps is the innermost one that is neither ours nor of the standard library: what a
person wrote, and can change.
"""

import os
import sys
import sysconfig
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any, NamedTuple, cast

_DEEPEST = 200  # frames; a chain of awaits that is longer tells no more

# Frames that a coroutine remembers: enough to come out of a helper or a decorator.
_ORIGIN = 4


class Place(NamedTuple):
    """A line of a function."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{_short(self.file)}:{self.line} in {self.function}"

    @property
    def is_foreign(self) -> bool:
        """Of the standard library, of a runner of tests, or of Stario itself."""
        return self.file.startswith(_FOREIGN) or "<frozen" in self.file


def caller() -> Place | None:
    """Return what of the app or the test called, or None where only the server did."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_DEEPEST):
        if frame is None:
            return None
        place = _place(frame)
        if _is_runner(place):
            return None
        if not place.is_foreign:
            return place
        frame = frame.f_back
    return None


def waiting_at(awaitable: object) -> Place | None:
    """Return where a coroutine or an async generator is suspended."""
    innermost: Place | None = None
    for _ in range(_DEEPEST):
        frame, awaitable = _step(awaitable)
        if frame is None:
            break
        place = _place(frame)
        if innermost is None or not place.is_foreign:
            innermost = place
    return innermost


def made_at(coroutine: object) -> Place | None:
    """Return where a coroutine was made, while somebody keeps track of that."""
    origin: Any = getattr(coroutine, "cr_origin", None)
    for file, line, function in origin or ():
        place = Place(file, line, function)
        if _is_runner(place):
            return None
        if not place.is_foreign:
            return place
    return None


_tracking = 0
_untracked = 0


@contextmanager
def tracked_origins() -> Generator[None]:
    """Let coroutines of this thread remember where they were made, for `made_at`."""
    global _tracking, _untracked
    if not _tracking:
        _untracked = sys.get_coroutine_origin_tracking_depth()
        sys.set_coroutine_origin_tracking_depth(max(_untracked, _ORIGIN))
    _tracking += 1
    try:
        yield
    finally:
        _tracking -= 1
        if not _tracking:
            sys.set_coroutine_origin_tracking_depth(_untracked)


def _step(awaitable: object) -> tuple[FrameType | None, object]:
    match awaitable:
        case CoroutineType():
            return awaitable.cr_frame, awaitable.cr_await
        case AsyncGeneratorType():
            return awaitable.ag_frame, awaitable.ag_await
        case GeneratorType():
            generator = cast("GeneratorType[Any, Any, Any]", awaitable)
            return generator.gi_frame, generator.gi_yieldfrom
        case _:
            return None, None


def _place(frame: FrameType) -> Place:
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)


def _is_runner(place: Place) -> bool:
    return place.file.startswith(_LOOPS) and place.function.endswith(("._run", "run_once"))


def _short(file: str) -> str:
    """Return a path below the working directory as a person would write it there."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file


def _folders() -> tuple[str, ...]:
    standard = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    installed = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return tuple({f"{folder}{os.sep}" for folder in standard + installed})


def _of_stario() -> tuple[str, ...]:
    namespace = sys.modules["stario"].__path__
    return tuple(f"{folder}{os.sep}" for folder in namespace)


_LOOPS = tuple(f"{folder}asyncio{os.sep}" for folder in _folders())
_FOREIGN = (*_folders(), *_of_stario())
