"""The app in a process of its own, so that every start is a fresh import in a fresh environment."""

import os
import subprocess
import sys
from math import ceil
from threading import TIMEOUT_MAX, Timer

from stario.cli.term import say


class Child:
    """`stario serve SPEC`, started and stopped any number of times, one process at a time.

    It has `patience` seconds to stop before it is killed. It inherits the listening sockets `fds`.
    """

    def __init__(self, spec: str, patience: float, fds: tuple[int, ...] = ()) -> None:
        self._command = [sys.executable, "-m", "stario.cli", "serve", spec]
        self._patience = min(patience, TIMEOUT_MAX)
        self._fds = fds
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a process. The one before must have ended."""
        environment = None
        if self._fds:  # systemd passed them to this process, and not to its child
            environment = {**os.environ, "STARIO_FD": ",".join(map(str, self._fds))}
        self._process = subprocess.Popen(self._command, env=environment, pass_fds=self._fds)

    def died(self) -> int | None:
        """Return the exit code of a process that ended without being asked to, once."""
        code = None if self._process is None else self._process.poll()
        if code is not None:
            self._process = None
        return code

    def hurry(self) -> None:
        """Ask the process to stop; the second time means urgently. Safe in a signal handler."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Let the process end, by force when its time is up."""
        if self._process is None:
            return
        # Waiting in Popen with a timeout polls; a timer lets the end be noticed at once.
        timer = Timer(self._patience, self._kill)
        timer.start()
        self.hurry()
        self._process.wait()
        timer.cancel()
        self._process = None

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            say(f"the app did not stop in {self._patience:.0f} s and was killed")
            self._process.kill()


def patience_for(graceful_shutdown_timeout: float) -> float:
    """Return how many seconds the child gets: its own drain, and one more to tear down."""
    if graceful_shutdown_timeout > TIMEOUT_MAX:
        return TIMEOUT_MAX
    return max(1, ceil(graceful_shutdown_timeout + 1))
