"""Changes of files, in batches, seen from the moment that a `Changes` is made.

A file that is watched by name is watched through its directory, since editors save by putting a
new file in the place of the old one, and a watch on the old one would never hear of it.
"""

from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import NamedTuple

from stario.cli.errors import cannot_watch
from stario.cli.ignored import Ignored
from watchfiles import Change
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

# Milliseconds. A save is a burst of events: it is over after one quiet step, and a burst that does
# not end (a checkout of many files) is reported in between. A tick is how often others may look.
_STEP = 25
_DEBOUNCE = 500
_TICK = 200


class ChangedFile(NamedTuple):
    """One change: a word for it, and where."""

    what: str
    path: Path


class Changes:
    """What changes below the watched paths and is not ignored."""

    def __init__(self, watched: Iterable[Path], ignored: Ignored) -> None:
        self._ignored = ignored
        self._folders = [path for path in watched if path.is_dir()]
        self._files = [path for path in watched if not path.is_dir()]
        self._notifiers = list(self._open_notifiers())

    def until(self, stop: Event) -> Iterator[list[ChangedFile]]:
        """Yield a batch after each change, and an empty one now and then, until `stop` is set."""
        for notifier in cycle(self._notifiers):
            found = notifier.watch(_DEBOUNCE, _STEP, _TICK, stop)
            if stop.is_set() or found == "signal":
                return
            yield sorted(self._meant(found)) if isinstance(found, set) else []

    def close(self) -> None:
        """Stop watching."""
        for notifier in self._notifiers:
            notifier.close()

    def _open_notifiers(self) -> Iterator[RustNotify]:
        if self._folders:
            yield _notifier(self._folders, recursive=True)
        if self._files:
            yield _notifier({file.parent for file in self._files}, recursive=False)

    def _meant(self, found: set[tuple[int, str]]) -> Iterator[ChangedFile]:
        for number, text in found:
            path = Path(text)
            change = Change(number)
            if self._counts(path) and not (change is Change.modified and path.is_dir()):
                yield ChangedFile(change.raw_str(), path)

    def _counts(self, path: Path) -> bool:
        roots = [folder for folder in self._folders if path.is_relative_to(folder)]
        roots += [file for file in self._files if path == file]
        return any(not self._ignored(path, root) for root in roots)


def _notifier(paths: Iterable[Path], *, recursive: bool) -> RustNotify:
    texts = [str(path) for path in paths]
    try:
        return RustNotify(texts, False, False, 300, recursive, True)
    except (OSError, WatchfilesRustInternalError) as error:
        raise cannot_watch(error) from error
