"""`stario watch`: the app in a child process that is started anew when files change.

Watching begins before the first start, so that no change is missed, and ends with the child.
"""

import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from importlib.util import cache_from_source
from pathlib import Path
from threading import Event
from types import FrameType

from stario.cli.configuration import configuration
from stario.cli.imports import parse
from stario.cli.term import plain, say
from stario.cli.watching.changes import ChangedFile, Changes
from stario.cli.watching.ignored import parse_ignored, parse_watched
from stario.cli.watching.runs import Runs
from stario.env import read_str
from stario.http.config import ServerConfig


def watch(spec: str, watched: Sequence[str], ignored: Sequence[str]) -> int:
    """Run the app until SIGINT or SIGTERM, and return the exit code 0.

    Raises StarioError for a bad spec, watch path or setting, and for an address that cannot be
    had. What is wrong inside of the app is told by the child; the next change starts it again.
    """
    parse(spec)
    config = configuration()
    stop = Event()
    changes = Changes(parse_watched(watched), parse_ignored(ignored, _written_by(config)), stop)
    with closing(Runs(spec, config)) as runs:
        heard: list[int] = []

        def on_signal(number: int) -> None:
            if heard:
                runs.hurry()
            heard.append(number)
            stop.set()

        with _signals(on_signal):
            runs.start()
            try:
                for batch in changes:
                    _follow(runs, batch)
            finally:
                stop.set()
                changes.close()
                # A Ctrl-C in a terminal has reached the app as well.
                runs.stop(is_told=heard[:1] == [signal.SIGINT])
    return 0


def _written_by(config: ServerConfig) -> Iterator[str]:
    """Paths that the app writes by its settings: it must not be restarted by its own doing."""
    if config.unix_socket is not None:
        yield config.unix_socket
    if database := read_str("STARIO_TRACERS_SQLITE", None):
        yield from (database + journal for journal in ("", "-wal", "-shm", "-journal"))


def _follow(runs: Runs, batch: list[ChangedFile]) -> None:
    runs.look()
    if batch:
        say(f"{told(batch, runs.folder)}; restarting")
        runs.restart(batch, lambda: forget_bytecode(batch))


def told(batch: list[ChangedFile], folder: Path) -> str:
    """Tell a batch of changes in a few words, with paths as seen from the folder."""
    what, path = batch[0]
    if path != folder and path.is_relative_to(folder):
        path = path.relative_to(folder)
    more = f" and {len(batch) - 1} more" if len(batch) > 1 else ""
    return f"{plain(str(path))} {what}{more}"


def forget_bytecode(batch: list[ChangedFile]) -> None:
    """Remove what Python compiled from changed files.

    It compares whole seconds and sizes, so it would take an edit for the one before when both came
    within a second and have one length.
    """
    for _, path in batch:
        if path.suffix == ".py":
            with suppress(OSError):  # somebody else's, and then no compiled file was written either
                Path(cache_from_source(path)).unlink(missing_ok=True)


@contextmanager
def _signals(hear: Callable[[int], None]) -> Generator[None]:
    """Turn SIGINT and SIGTERM into a call, which may come at any moment."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        hear(number)

    earlier = {n: signal.signal(n, on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
