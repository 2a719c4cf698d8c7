"""Changes of files, in batches, seen from the moment that a `Changes` is made.

A file that is watched by name is watched through its directory, since editors save by putting a
new file in the place of the old one, and a watch on the old one would never hear of it.
"""

from collections.abc import Generator, Iterable, Iterator
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import NamedTuple

from stario.cli.errors import cannot_watch
from stario.cli.ignored import Ignored
from watchfiles import Change, watch

# Milliseconds. A save is a burst of events: it is over after one quiet step, and a burst that does
# not end (a checkout of many files) is reported in between.
_STEP = 25
_DEBOUNCE = 500

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
        self._watchers = [_begun(watcher) for watcher in self._make_watchers()]

    def __iter__(self) -> Iterator[list[ChangedFile]]:
        """Yield a batch after each change, and an empty one at every step without."""
        for watcher in cycle(self._watchers):
            batch = next(watcher, None)
            if batch is None or self._stop.is_set():
                return
            yield sorted(self._meant(batch))

    def close(self) -> None:
        """Stop watching."""
        for watcher in self._watchers:
            watcher.close()

    def _make_watchers(self) -> Iterator[Generator[_Batch]]:
        if self._folders:
            yield self._watcher(self._folders, recursive=True)
        if self._files:
            yield self._watcher({file.parent for file in self._files}, recursive=False)

    def _watcher(self, paths: Iterable[Path], *, recursive: bool) -> Generator[_Batch]:
        return watch(
            *paths,
            watch_filter=None,
            debounce=_DEBOUNCE,
            step=_STEP,
            stop_event=self._stop,
            rust_timeout=_STEP,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=recursive,
            ignore_permission_denied=True,
        )

    def _meant(self, batch: _Batch) -> Iterator[ChangedFile]:
        for change, text in batch:
            path = Path(text)
            if self._counts(path) and not (change is Change.modified and path.is_dir()):
                yield ChangedFile(change.raw_str(), path)

    def _counts(self, path: Path) -> bool:
        roots = [folder for folder in self._folders if path.is_relative_to(folder)]
        roots += [file for file in self._files if path == file]
        return any(not self._ignored(path, root) for root in roots)


def _begun(watcher: Generator[_Batch]) -> Generator[_Batch]:
    """Let a watcher begin: the generator does nothing before it is asked for the first time."""
    try:
        next(watcher, None)
    except (OSError, RuntimeError) as error:
        raise cannot_watch(error) from error
    return watcher
