"""The app in a process of its own, so that every start is a fresh import in a fresh environment.

A process is made ahead of its use: it waits, with Stario imported, until it is told to load the
app. Its import goes on while the one before drains; it runs the bootstrap when it is told to serve.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from threading import TIMEOUT_MAX
from time import monotonic, sleep

from stario.cli.term import say
from stario.cli.watching.channel import VARIABLE, Channel, Message

# Whether a process can inherit sockets. Where it cannot, an app binds its own, one after the other.
HANDS_OVER = os.name == "posix"
# Seconds that a process whose line is closed gets to be over; it has nothing left to do.
_LAST = 0.01
# Seconds until somebody who asked a second time sees the end.
_URGENT = 1.0


class Child:
    """`stario serve SPEC` as a process that `watch` talks to. It inherits the sockets `fds`."""

    def __init__(self, spec: str, folder: Path, fds: Sequence[int]) -> None:
        command = [sys.executable, "-m", "stario.cli", "serve", spec]
        ours, theirs = socket.socketpair()
        with theirs:
            self._channel = Channel(ours)
            if HANDS_OVER:
                line = theirs.fileno()
                with _interrupts_held_up():
                    self._process = subprocess.Popen(
                        command, env=_environment(fds, line), pass_fds=(*fds, line), cwd=folder
                    )
            else:
                self._process = subprocess.Popen(command, cwd=folder)
        self._patience = 0.0
        self._killed_at: float | None = None
        self._is_urgent = False
        self.is_listening = False
        self.is_stopping = False
        self._is_through = False
        self.failure: Message | None = None
        self.modules: list[str] = []

    def preload(self, modules: Sequence[str]) -> None:
        """Name modules, none of the app's own, that it will need."""
        self._channel.say("preload", modules=modules)

    def load(self, **run: object) -> None:
        """Let it import the app."""
        self._channel.say("load", **run)

    def serve(self) -> None:
        """Let it run the bootstrap, and listen."""
        self._channel.say("serve")

    def listen(self, seconds: float = 0.0) -> None:
        """Hear what it has to say, for so long."""
        while message := self._channel.hear(seconds):
            match message:
                case {"say": "listening"}:
                    self.is_listening = True
                    self.modules = message["modules"]
                case {"say": "stopping"}:
                    self.is_stopping = True
                case {"say": "over"}:
                    self._is_through = True
                case {"say": "failed"}:
                    self.failure = message
                case _:
                    pass
            seconds = 0.0

    def exit_code(self) -> int | None:
        """Return its exit code, once it has ended."""
        code = self._process.poll()
        if code is not None:
            self.listen()
        return code

    def ask_to_stop(self, patience: float) -> None:
        """Ask it to stop; when `patience` seconds are over, `is_over` kills it."""
        self._killed_at = monotonic() + min(patience, TIMEOUT_MAX)
        self._patience = patience
        if not self.is_stopping:
            self._process.terminate()
            self.is_stopping = True

    def stopped_by_itself(self, seconds: float) -> bool:
        """Wait a moment for what was told to stop by somebody else: a Ctrl-C reaches all."""
        end = monotonic() + seconds
        while not (self.is_stopping or self._channel.closed) and monotonic() < end:
            self.listen(end - monotonic())
        return self.is_stopping or self._channel.closed

    def hurry(self) -> None:
        """Ask for the end at once; the second time, make it. Safe in a signal handler."""
        if self._is_urgent:
            self.kill()
        else:
            self._is_urgent = True
            self._process.send_signal(signal.SIGTERM)
            self._killed_at = min(self._killed_at or TIMEOUT_MAX, monotonic() + _URGENT)

    def kill(self) -> None:
        """End it by force."""
        self._process.kill()

    def is_over(self) -> bool:
        """Say whether it has ended, and kill it when its time is up."""
        if self.exit_code() is not None:
            return True
        if self._killed_at is not None and monotonic() > self._killed_at:
            told = "in time" if self._is_urgent else f"in {self._patience:.0f} s"
            say(f"the app did not stop {told} and was killed")
            self._killed_at = None
            self.kill()
        return False

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most so long. It is noticed at once, by the closed line."""
        end = monotonic() + seconds
        while not self.is_over() and (left := end - monotonic()) > 0:
            if self._channel.closed:
                sleep(_LAST)
            else:
                self.listen(left)
        return self.exit_code() is not None

    def wait_for_teardown(self, seconds: float) -> None:
        """Wait until the app has nothing open any more, at most so long."""
        end = monotonic() + seconds
        while not (self._is_through or self._channel.closed) and (left := end - monotonic()) > 0:
            self.listen(left)

    def close(self) -> None:
        """Let go of a process that has ended."""
        self._channel.close()


@contextmanager
def _interrupts_held_up() -> Generator[None]:
    """Let a process begin without hearing a Ctrl-C: Python would tell where it was just then.

    It begins to hear when it is told to load the app. What comes for us meanwhile comes later.
    """
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _environment(fds: Sequence[int], line: int) -> dict[str, str]:
    environment = {**os.environ, VARIABLE: str(line), "STARIO_FD": ",".join(map(str, fds))}
    # The socket is bound already, and settings may name either, not of both.
    environment.pop("STARIO_UNIX_SOCKET", None)
    return environment


def patience_for(graceful_shutdown_timeout: float) -> float:
    """Return how many seconds the child gets: its own drain, and one more to tear down."""
    if graceful_shutdown_timeout > TIMEOUT_MAX:
        return TIMEOUT_MAX
    return max(1, ceil(graceful_shutdown_timeout + 1))
