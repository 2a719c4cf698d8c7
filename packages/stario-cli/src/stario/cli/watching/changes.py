"""Changes of files, in batches, seen from the moment that a `Changes` is made.

A file that is watched by name is watched through its directory, since editors save by putting a
new file in the place of the old one, and a watch on the old one would never hear of it. A
directory that is removed and made again is another one to the system, and is watched anew.
"""

from collections.abc import Generator, Iterable, Iterator
from itertools import cycle
from pathlib import Path
from threading import Event
from time import monotonic
from typing import NamedTuple

from stario.cli.errors import cannot_watch
from stario.cli.watching.ignored import Ignored
from watchfiles import Change, watch

# Milliseconds. A save is a burst of events: it is over after one quiet step, and a burst that does
# not end is reported in between.
_STEP = 25
_DEBOUNCE = 500
# So many files are no save, but the work of a tool such as a checkout, which may pause: it is over
# after so many seconds without a change, and reported in between after the longer time.
_MANY = 5
_CALM = 0.1
_LONGEST = 2.0

type _Batch = set[tuple[Change, str]]


class ChangedFile(NamedTuple):
    """One change: a word for it, and where."""

    what: str
    path: Path


class Changes:
    """What changes below the watched paths and is not ignored, until `stop` is set."""

    def __init__(self, watched: Iterable[Path], ignored: Ignored, stop: Event) -> None:
        self._ignored = ignored
        self._stop = stop
        self._folders = [path for path in watched if path.is_dir()]
        self._files = [path for path in watched if not path.is_dir()]
        self._watchers = list(self._make_watchers())

    def __iter__(self) -> Iterator[list[ChangedFile]]:
        """Yield a batch after each change, and an empty one at every step without."""
        burst: dict[Path, str] = {}
        began = latest = 0.0
        for watcher in cycle(self._watchers):
            batch = watcher.step()
            if batch is None or self._stop.is_set():
                return
            now = monotonic()
            if found := dict(self._meant(batch)):
                began, latest = began if burst else now, now
                burst |= found
            is_held = len(burst) >= _MANY and now < min(latest + _CALM, began + _LONGEST)
            yield [] if is_held else sorted(ChangedFile(burst[path], path) for path in burst)
            if not is_held:
                burst = {}

    def close(self) -> None:
        """Stop watching."""
        for watcher in self._watchers:
            watcher.close()

    def _make_watchers(self) -> Iterator["_Watcher"]:
        if self._folders:
            yield _Watcher(self._folders, self._stop, recursive=True)
        if self._files:
            yield _Watcher({file.parent for file in self._files}, self._stop, recursive=False)

    def _meant(self, batch: _Batch) -> Iterator[tuple[Path, str]]:
        for change, text in sorted(batch):
            path = Path(text)
            if self._counts(path) and not (change is Change.modified and path.is_dir()):
                yield path, change.raw_str()

    def _counts(self, path: Path) -> bool:
        roots = [folder for folder in self._folders if path.is_relative_to(folder)]
        roots += [file for file in self._files if path == file]
        return any(not self._ignored(path, root) for root in roots)


class _Watcher:
    """Watches directories, also those that go and come back."""

    def __init__(self, folders: Iterable[Path], stop: Event, *, recursive: bool) -> None:
        self._folders = {folder: _identity(folder) for folder in folders}
        self._stop = stop
        self._recursive = recursive
        self._events: Generator[_Batch] | None = None
        self._begin()

    def step(self) -> _Batch | None:
        """Return what changed in the time of a step; None when watching was stopped."""
        if back := [folder for folder, known in self._folders.items() if _is_new(folder, known)]:
            self._begin()
            return {(Change.added, str(folder)) for folder in back}
        if self._events is None:
            self._stop.wait(_STEP / 1000)
            return set()
        batch = next(self._events, None)
        for change, text in batch or ():
            if change is Change.deleted and Path(text) in self._folders:
                self._folders[Path(text)] = None  # the next one may have its number
        return batch

    def close(self) -> None:
        if self._events is not None:
            self._events.close()

    def _begin(self) -> None:
        self.close()
        self._folders = {folder: _identity(folder) for folder in self._folders}
        there = [folder for folder, known in self._folders.items() if known is not None]
        self._events = self._watch(there) if there else None

    def _watch(self, folders: list[Path]) -> Generator[_Batch]:
        events = watch(
            *folders,
            watch_filter=None,
            debounce=_DEBOUNCE,
            step=_STEP,
            stop_event=self._stop,
            rust_timeout=_STEP,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=self._recursive,
            ignore_permission_denied=True,
        )
        try:  # the generator does nothing before it is asked for the first time
            next(events, None)
        except (OSError, RuntimeError) as error:
            raise cannot_watch(error) from error
        return events


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_new(folder: Path, known: tuple[int, int] | None) -> bool:
    return (found := _identity(folder)) is not None and found != known
