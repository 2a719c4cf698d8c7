"""The command in a terminal, as a person meets it: colour, the live view, and Ctrl-C for all."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from threading import Condition, Thread
from time import monotonic
from typing import IO, TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of Unix")

PATIENCE = 20.0
# A terminal of its own for the command; what is written to stdin is typed there.
IN_A_TERMINAL = """
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
"""


class Terminal:
    """A terminal with a command in it: what it shows, and a keyboard."""

    def __init__(self, project: "Project", *arguments: str, **environment: str) -> None:
        self.port = int(project.environment["STARIO_PORT"])
        self.shown = ""
        self._news = Condition()
        command = [sys.executable, "-m", "stario.cli", *arguments]
        settings = project.environment | {"TERM": "xterm-256color"} | environment
        self._process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, *command],
            cwd=project.folder,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._reader = Thread(target=self._read, args=(self._process.stdout,))
        self._reader.start()

    def type(self, keys: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(keys)
        self._process.stdin.flush()

    def wait_for(self, text: str) -> None:
        deadline = monotonic() + PATIENCE
        with self._news:
            while text not in self.shown:
                assert self._news.wait(deadline - monotonic()), self.shown

    def request(self, path: str) -> HTTPConnection:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        return connection

    def exit_code(self) -> int:
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        if self._process.poll() is None:
            self.type(b"\x03\x03\x03")
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._reader.join(PATIENCE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()

    def _read(self, stream: IO[bytes]) -> None:
        while data := os.read(stream.fileno(), 65536):
            with self._news:
                self.shown += data.decode("utf-8", "replace")
                self._news.notify_all()


type Open = Callable[..., Terminal]


@pytest.fixture
def terminal(project: "Project") -> Iterator[Open]:
    opened: list[Terminal] = []

    def open_terminal(*arguments: str, **environment: str) -> Terminal:
        opened.append(Terminal(project, *arguments, **environment))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


def test_the_first_line_says_where_with_what_and_in_colour(terminal: Open) -> None:
    """On a terminal the tracer is the live view."""
    shown = terminal("serve", "main:bootstrap", STARIO_TRACER="auto")
    shown.wait_for("stario 4.")
    assert f"\x1b[1m[stario]\x1b[0m listening on http://127.0.0.1:{shown.port} (" in shown.shown
    assert "TTYTracer, stario 4." in shown.shown
    shown.type(b"\x03")
    assert shown.exit_code() == 0


@pytest.mark.parametrize("command", ["serve", "watch"])
def test_ctrl_c_lets_a_request_finish(terminal: Open, command: str) -> None:
    """The terminal tells everybody in it, so `watch` does not tell its app a second time."""
    shown = terminal(command, "main:bootstrap")
    shown.wait_for("listening")
    connection = shown.request("/slow")
    shown.wait_for("slow began")
    shown.type(b"\x03")
    assert connection.getresponse().read() == b"finished"
    connection.close()
    assert shown.exit_code() == 0
    assert "torn down" in shown.shown
    assert "Traceback" not in shown.shown


@pytest.mark.parametrize("command", ["serve", "watch"])
def test_ctrl_c_twice_does_not_wait(terminal: Open, command: str) -> None:
    """What hangs is cut; teardown still runs."""
    shown = terminal(command, "main:bootstrap", STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="60")
    shown.wait_for("listening")
    connection = shown.request("/hang")
    shown.wait_for("hang began")
    shown.type(b"\x03")
    shown.wait_for("hang goes on")
    shown.type(b"\x03")
    assert shown.exit_code() == 0
    assert "torn down" in shown.shown
    connection.close()


def test_ctrl_c_while_the_app_is_imported_ends_watch(terminal: Open, project: "Project") -> None:
    """Nothing listens yet; the end is clean all the same, and quick."""
    project.write(
        "main.py",
        "import sys, time\nprint('importing', file=sys.stderr, flush=True)\ntime.sleep(600)\n",
    )
    shown = terminal("watch", "main:bootstrap")
    shown.wait_for("importing")
    shown.type(b"\x03")
    assert shown.exit_code() == 0


def test_a_debugger_has_the_keyboard_under_watch(terminal: Open, project: "Project") -> None:
    """The app is in the foreground: breakpoint() works."""
    project.write("main.py", "breakpoint()\n" + (project.folder / "main.py").read_text("utf-8"))
    shown = terminal("watch", "main:bootstrap")
    shown.wait_for("(Pdb)")
    shown.type(b"continue\n")
    shown.wait_for("listening")
    shown.type(b"\x03")
    assert shown.exit_code() == 0
