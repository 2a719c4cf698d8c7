"""The runs of the app, one after the other, and who answers between them.

At a change the run that serves is asked to stop, and the next one begins to import at once. It
runs its bootstrap when the one before is torn down, or has been at it for a while: what drains may
still finish its last answers, but nobody waits long for them. A process for the run after that is
made ahead, as soon as there is time.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex
from time import monotonic

import stario
from stario.cli.development.live import Run
from stario.cli.term import plain, say
from stario.cli.watching.changes import ChangedFile
from stario.cli.watching.child import HANDS_OVER, Child, patience_for
from stario.cli.watching.listening import Listening
from stario.cli.watching.substitute import Substitute
from stario.http.config import ServerConfig

# Seconds that the next run waits for the end of the one before, once that was asked to stop.
_OVERLAP = 0.25
# Seconds in which an app that was told to stop by a Ctrl-C says so.
_OWN_DOING = 0.3
# Seconds of serving until the next process is made: a page that reloads comes first.
_CALM = 0.3


class Runs:
    """Starts, restarts and stops the app. The sockets are ours and stay open."""

    def __init__(self, spec: str, config: ServerConfig) -> None:
        self._spec, self._config = spec, config
        self.folder = Path.cwd()
        self._patience = patience_for(config.graceful_shutdown_timeout)
        self._listening = Listening(config) if HANDS_OVER else None
        self._name = token_hex(4)
        self._started = self._styles = self._others = 0
        self._current: Child | None = None
        self._leaving: Child | None = None
        self._spare: Child | None = None
        self._calm_at = 0.0
        self._modules: Sequence[str] = ()
        self._substitute: Substitute | None = None

    def start(self) -> None:
        """Start the app for the first time."""
        self._serve(self._loading())

    def restart(self, batch: list[ChangedFile], before_loading: Callable[[], object]) -> None:
        """Start the app anew after a change; the call comes before anything is imported."""
        self._count(batch)
        self._retire()
        before_loading()
        if self._spare is not None and _is_stale(batch):
            self._discard_spare()
        if not HANDS_OVER and self._leaving is not None:
            self._finish(self._leaving)
        if not self.folder.is_dir():
            say(f"{plain(str(self.folder))} is gone; waiting for it")
            return
        fresh = self._loading()
        if self._substitute is not None:
            self._substitute.stop()
            self._substitute = None
        if self._leaving is not None:
            self._leaving.wait_for_teardown(_OVERLAP)
        self._serve(fresh)

    def look(self) -> None:
        """Notice what happened meanwhile: a run that ended, and time for the next process."""
        if self._leaving is not None and self._leaving.is_over():
            self._leaving.close()
            self._leaving = None
        if self._current is not None:
            self._look_at(self._current)
        if self._spare is not None and self._spare.exit_code() is not None:
            self._spare.close()
            self._spare, self._calm_at = None, float("inf")

    def hurry(self) -> None:
        """Let the end come at once. Safe in a signal handler."""
        for child in (self._current, self._leaving):
            if child is not None:
                child.hurry()

    def stop(self, *, is_told: bool) -> None:
        """Let the app end, by force when its time is up. `is_told`: it may know already."""
        self._discard_spare()
        current = self._current
        if current is not None:
            if is_told:
                current.stopped_by_itself(_OWN_DOING)
            current.ask_to_stop(self._patience)
        for child in (current, self._leaving):
            if child is not None:
                self._finish(child)
        self._current = self._leaving = None

    def close(self) -> None:
        """Let go of the sockets."""
        if self._substitute is not None:
            self._substitute.stop()
        if self._listening is not None:
            self._listening.close()

    def _look_at(self, current: Child) -> None:
        current.listen()
        code = current.exit_code()
        if code is not None:
            say(f"the app ended with exit code {code}; waiting for a change")
            current.close()
            self._current = None
            self._answer_for(current, code)
        elif current.is_listening and HANDS_OVER and self._spare is None:
            self._calm_at = self._calm_at or monotonic() + _CALM
            if monotonic() > self._calm_at:
                self._modules = current.modules
                self._spare = self._child()
                self._spare.preload(self._modules)

    def _answer_for(self, ended: Child, code: int) -> None:
        if self._listening is None:
            return
        failure = ended.failure or {}
        title = failure.get("title") or "The app has ended"
        text = failure.get("text") or f"Its exit code is {code}. The terminal may say more."
        self._started += 1
        self._substitute = Substitute(
            self._config, self._listening.fds, self._run(), {"title": title, "text": text}
        )

    def _loading(self) -> Child:
        fresh, self._spare = self._spare or self._child(), None
        self._started += 1
        run = self._run()
        fresh.load(run=run.id, styles=run.styles, others=run.others)
        return fresh

    def _serve(self, fresh: Child) -> None:
        fresh.serve()
        self._current, self._calm_at = fresh, 0.0

    def _child(self) -> Child:
        fds = () if self._listening is None else self._listening.fds
        return Child(self._spec, self.folder, fds)

    def _run(self) -> Run:
        return Run(f"{self._name}-{self._started}", self._styles, self._others)

    def _count(self, batch: list[ChangedFile]) -> None:
        styles = [changed for changed in batch if changed.path.suffix == ".css"]
        self._styles += bool(styles)
        self._others += len(styles) < len(batch)

    def _retire(self) -> None:
        """Ask the run to stop. One that was asked before, and is still there, had its time."""
        if self._leaving is not None:
            self._leaving.kill()
            self._finish(self._leaving)
        self._leaving, self._current = self._current, None
        if self._leaving is not None:
            self._leaving.ask_to_stop(self._patience)

    def _finish(self, child: Child) -> None:
        while not child.wait(1.0):
            pass
        child.close()
        if child is self._leaving:
            self._leaving = None

    def _discard_spare(self) -> None:
        if self._spare is not None:
            self._spare.kill()
            self._finish(self._spare)
            self._spare = None


def _is_stale(batch: list[ChangedFile]) -> bool:
    """Say whether a process made ahead may have imported what changed: Stario's own files, and one
    that takes the name of a module of the standard library.
    """
    return any(
        path.stem in sys.stdlib_module_names
        or any(path.is_relative_to(folder) for folder in stario.__path__)
        for _, path in batch
    )
