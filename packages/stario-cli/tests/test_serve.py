"""`stario serve` as a process: a line when it listens, a clean end, sentences for what is wrong."""

import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and sockets of Unix")


@unix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_a_signal_ends_it_with_0_after_the_request_in_flight(
    project: "Project", number: signal.Signals, loop: str
) -> None:
    """It says where it listens, finishes what it began, tears down, and ends with 0."""
    running = project.start("serve", "main:bootstrap", STARIO_LOOP=loop)
    line = running.wait_for("listening")
    assert line.startswith(f"[stario] listening on http://127.0.0.1:{running.port} (")
    assert "NoOpTracer, stario 4." in line
    assert running.get() == "one"
    connection = running.request("/slow")
    running.wait_for("slow began")
    running.signal(number)
    assert connection.getresponse().read() == b"finished"
    connection.close()
    assert running.exit_code() == 0
    assert running.lines[1:] == ["slow began", "slow goes on", "torn down"]


@unix_only
def test_the_example_of_the_readme_runs(project: "Project") -> None:
    """As it stands there."""
    readme = Path(__file__).parent.parent.joinpath("README.md").read_text("utf-8")
    project.write("main.py", readme.split("```python\n")[1].split("```")[0])
    running = project.start("serve", "main:bootstrap")
    running.wait_for("listening")
    assert running.get() == "Hello"


@unix_only
def test_two_tracers_get_the_spans_of_one_server(project: "Project") -> None:
    """The line says which; what is in the database was on standard output too."""
    running = project.start("serve", "main:bootstrap", STARIO_TRACER="sqlite, json")
    line = running.wait_for("listening").replace("(asyncio,", "(uvloop,")
    assert "(uvloop, SqliteTracer + JsonTracer, stario" in line
    assert running.get() == "one"
    running.signal(signal.SIGTERM)
    assert running.exit_code() == 0
    database = sqlite3.connect(project.folder / "stario-traces.sqlite3")
    with closing(database):
        names = [name for (name,) in database.execute("SELECT name FROM spans ORDER BY start_ns")]
    assert names == ["server.startup", "GET /", "server.shutdown"]


@unix_only
def test_a_second_signal_is_urgent(project: "Project") -> None:
    """The first waits for a request that never ends, the second does not; teardown still runs."""
    running = project.start("serve", "main:bootstrap", STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="300")
    running.wait_for("listening")
    connection = running.request("/hang")
    running.wait_for("hang began")
    running.signal(signal.SIGTERM)
    running.wait_for("hang goes on")
    running.signal(signal.SIGTERM)
    assert running.exit_code() == 0
    assert running.lines[-1] == "torn down"
    connection.close()


@unix_only
def test_a_late_signal_cuts_nothing_off(project: "Project") -> None:
    """While the tracer writes its last spans, a signal changes nothing."""
    project.write(
        "slowly.py",
        """
import sys, time
from stario.tracing import NoOpTracer

class make_tracer(NoOpTracer):
    def __exit__(self, *_):
        print("closing", file=sys.stderr, flush=True)
        time.sleep(0.3)
        print("closed", file=sys.stderr, flush=True)
""",
    )
    running = project.start("serve", "main:bootstrap", STARIO_TRACER="slowly")
    running.wait_for("listening")
    running.signal(signal.SIGTERM)
    running.wait_for("closing")
    running.signal(signal.SIGTERM)
    running.signal(signal.SIGINT)
    running.wait_for("closed")
    assert running.exit_code() == 0


def test_a_taken_port_is_a_sentence(project: "Project") -> None:
    """The second process on a port says so, without a traceback, and the first goes on."""
    first = project.start("serve", "main:bootstrap")
    first.wait_for("listening")
    second = project.start("serve", "main:bootstrap", NO_COLOR="")
    assert second.exit_code() == 1
    error = f"[stario] error: Cannot listen on 127.0.0.1:{first.port}: Address already in use."
    assert error in second.lines
    assert "STARIO_PORT" in second.said()
    assert "Traceback" not in second.said()
    assert first.get() == "one"


@unix_only
def test_a_unix_socket_is_announced_and_removed(project: "Project") -> None:
    """The line names the path; at the end the file is gone."""
    running = project.start("serve", "main:bootstrap", STARIO_UNIX_SOCKET="app.sock")
    assert "listening on unix:app.sock (" in running.wait_for("listening")
    running.signal(signal.SIGTERM)
    assert running.exit_code() == 0
    assert not Path(project.folder, "app.sock").exists()


@unix_only
def test_inherited_sockets_are_announced_and_their_files_stay(project: "Project") -> None:
    """The line names the addresses that they have, and no port of the settings."""
    path = project.folder / "app.sock"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))
        unix.listen()
        fds = (tcp.fileno(), unix.fileno())
        given = ",".join(map(str, fds))
        running = project.start("serve", "main:bootstrap", fds=fds, STARIO_FD=given)
        where = f"http://127.0.0.1:{tcp.getsockname()[1]}, unix:{path}"
        assert f"listening on {where} (" in running.wait_for("listening")
        running.signal(signal.SIGTERM)
        assert running.exit_code() == 0
    assert path.exists()


@unix_only
@pytest.mark.parametrize("command", ["serve", "watch"])
def test_a_descriptor_that_is_not_open_is_a_sentence(project: "Project", command: str) -> None:
    running = project.start(command, "main:bootstrap", STARIO_FD="99", NO_COLOR="")
    assert running.exit_code() == 1
    assert "error: Cannot listen on the inherited descriptor 99: Bad file" in running.lines[0]
    assert "STARIO_FD" in running.said()


def test_a_mistake_in_the_bootstrap_is_told_with_its_place(project: "Project") -> None:
    """A StarioError at startup is a sentence, the next step, and the line of the app."""
    project.write(
        "twice.py",
        """
from stario import UrlPath

async def home(c, w):
    pass

async def bootstrap(app, span):
    app.get(UrlPath("/"), home)
    app.get(UrlPath("/"), home)
    yield
""",
    )
    running = project.start("serve", "twice:bootstrap")
    assert running.exit_code() == 1
    assert running.lines[0].startswith("[stario] error: ")
    assert running.lines[-1] == "  At: twice.py, line 9"
    assert "Traceback" not in running.said()


def test_what_nobody_foresaw_is_a_traceback(project: "Project") -> None:
    """An exception of the app's own at startup comes out as it is."""
    project.write(
        "broken.py",
        """
async def bootstrap(app, span):
    raise LookupError("no such shelf")
    yield
""",
    )
    running = project.start("serve", "broken:bootstrap")
    assert running.exit_code() == 1
    assert running.lines[0] == "Traceback (most recent call last):"
    assert running.lines[-1] == "LookupError: no such shelf"
    assert not any(line.startswith("[stario]") for line in running.lines)


@unix_only
def test_a_teardown_that_fails_is_a_traceback_and_1(project: "Project") -> None:
    """Whoever watches the process hears that something was left undone."""
    project.write("main.py", APP_THAT_FAILS_LATE)
    running = project.start("serve", "main:bootstrap")
    running.wait_for("listening")
    running.signal(signal.SIGTERM)
    assert running.exit_code() == 1
    assert running.lines[-1] == "LookupError: no good end"


APP_THAT_FAILS_LATE = """
async def bootstrap(app, span):
    yield
    raise LookupError("no good end")
"""


@unix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_startup_ends_it_with_0(project: "Project", number: signal.Signals) -> None:
    """What started is torn down, and it never listens."""
    project.write(
        "slow.py",
        """
import asyncio, sys

async def bootstrap(app, span):
    print("starting", file=sys.stderr, flush=True)
    await app.shutdown
    yield
    print("torn down", file=sys.stderr, flush=True)
""",
    )
    running = project.start("serve", "slow:bootstrap")
    running.wait_for("starting")
    running.signal(number)
    assert running.exit_code() == 0
    assert running.lines == ["starting", "torn down"]
