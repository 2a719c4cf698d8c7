"""`stario watch` as a process: a change is a fresh start, and its end is the child's end."""

import os
import shutil
import signal
import socket
import sys
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project, Running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


@pytest.fixture
def app(project: "Project") -> str:
    return (project.folder / "main.py").read_text("utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_change_is_served_and_a_signal_ends_both(
    project: "Project", app: str, number: signal.Signals
) -> None:
    """The new text is answered by a new process; the end is clean, and the port is free."""
    running = project.start("watch", "main:bootstrap")
    running.wait_for("listening")
    assert running.get() == "one"
    project.write("main.py", app.replace('"one"', '"another"'))
    assert "main.py" in running.wait_for("restarting")
    running.wait_for("torn down")
    running.wait_for("listening")
    assert running.get() == "another"
    running.signal(number)
    assert running.exit_code() == 0
    assert running.lines[-1] == "torn down"
    with socket.create_server(("127.0.0.1", running.port)):
        pass


def test_an_inherited_socket_is_handed_on_and_refuses_nobody_meanwhile(
    project: "Project", app: str
) -> None:
    """A request that comes during a restart waits for the new process."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd = listening.fileno()
        running = project.start("watch", "main:bootstrap", fds=(fd,), STARIO_FD=str(fd))
        running.port = listening.getsockname()[1]
        running.wait_for("listening")
        assert running.get() == "one"
        project.write("main.py", app.replace('"one"', '"another"'))
        running.wait_for("torn down")
        assert running.get() == "another"


def test_an_edit_of_the_same_length_in_the_same_second_is_seen(
    project: "Project", app: str
) -> None:
    """Python's compiled file of the edit before is not taken for this one."""
    file = project.write("main.py", app)
    os.utime(file, (1_000_000_000, 1_000_000_000))
    running = project.start("watch", "main:bootstrap", PYTHONDONTWRITEBYTECODE="")
    running.wait_for("listening")
    fresh = project.folder / "main.py~"
    fresh.write_text(app.replace('"one"', '"two"'), "utf-8")
    os.utime(fresh, (1_000_000_000, 1_000_000_000))
    fresh.replace(file)
    running.wait_for("restarting")
    running.wait_for("listening")
    assert running.get() == "two"


def test_an_app_that_cannot_be_imported_is_shown_and_recovers(project: "Project", app: str) -> None:
    """The mistake is told, the watch goes on, and the corrected file is served."""
    project.write("main.py", "import nowhere_to_be_found\n")
    running = project.start("watch", "main:bootstrap")
    running.wait_for("error: The module 'main' needs 'nowhere_to_be_found' at main.py, line 1")
    running.wait_for("the app ended with exit code 1; waiting for a change")
    project.write("main.py", "def broken(:\n")
    running.wait_for("error: The module 'main' raised SyntaxError")
    running.wait_for("waiting for a change")
    project.write("main.py", app)
    running.wait_for("listening")
    assert running.get() == "one"


def test_an_app_that_does_not_stop_is_killed_and_served_anew(project: "Project", app: str) -> None:
    """A teardown without end gets its time, and no more; nobody waits for it meanwhile."""
    project.write("main.py", app + "    await asyncio.sleep(600)\n")
    running = project.start("watch", "main:bootstrap", STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="0")
    running.wait_for("listening")
    project.write("main.py", app.replace('"one"', '"another"'))
    running.wait_for("listening")
    assert running.get() == "another"
    killed = "the app did not stop in 1 s and was killed"
    if killed not in running.said():  # a busy machine starts the next one later than that
        running.wait_for(killed)
    assert running.get() == "another"


def test_no_request_is_refused_or_fails_over_five_restarts(project: "Project", app: str) -> None:
    """Whoever comes between two runs waits for the second one."""
    running = project.start("watch", "main:bootstrap")
    running.wait_for("listening")
    answers: list[str] = []
    over = Event()

    def ask() -> None:
        while not over.is_set():
            try:
                answers.append(running.get())
            except OSError as error:
                answers.append(repr(error))

    asking = Thread(target=ask)
    asking.start()
    try:
        for number in range(5):
            project.write("main.py", app.replace('"one"', f'"run {number}"'))
            running.wait_for("restarting")
            running.wait_for("listening")
            assert running.get() == f"run {number}"
    finally:
        over.set()
        asking.join(20)
    assert set(answers) <= {"one", *(f"run {number}" for number in range(5))}
    assert len(answers) > 20


def test_a_browser_is_told_why_there_is_no_app(project: "Project", app: str) -> None:
    """The page waits for the app, text is plain, and nobody is refused."""
    project.write("main.py", "import <b>\n")
    running = project.start("watch", "main:bootstrap")
    running.wait_for("waiting for a change")
    status, page = running.ask("/any/path", accept="text/html,*/*")
    assert status == 500
    assert "SyntaxError" in page
    assert "import &lt;b&gt;" in page
    assert 'src="/_stario/reload.js"' in page
    status, text = running.ask("/any/path", accept="*/*")
    assert (status, text.splitlines()[0]) == (500, "The app cannot start")
    assert "import <b>" in text
    project.write("main.py", app)
    running.wait_for("listening")
    assert running.get() == "one"


def test_a_crash_without_a_word_is_told_by_its_exit_code(project: "Project", app: str) -> None:
    """Such as one in C code."""
    project.write("main.py", "import os\nos._exit(7)\n")
    running = project.start("watch", "main:bootstrap")
    running.wait_for("the app ended with exit code 7; waiting for a change")
    assert "Its exit code is 7." in running.ask("/", accept="text/html")[1]


def test_a_directory_may_go_and_come_back(project: "Project", app: str) -> None:
    """It is watched anew, as the working directory's and as one that was named."""
    package = project.folder / "shop"
    package.mkdir()
    project.write("shop/main.py", app)
    running = project.start("watch", "--watch", "shop", "shop.main:bootstrap")
    running.wait_for("listening")
    for number in range(2):
        shutil.rmtree(package)
        running.wait_for("waiting for a change")
        package.mkdir()
        project.write("shop/main.py", app.replace('"one"', f'"run {number}"'))
        running.wait_for("listening")
        project.write("shop/main.py", app.replace('"one"', f'"changed {number}"'))
        running.wait_for("restarting")
        running.wait_for("listening")
        assert running.get() == f"changed {number}"


def test_the_working_directory_may_go_and_come_back(project: "Project", app: str) -> None:
    """As when a work tree is made anew."""
    running = project.start("watch", "main:bootstrap")
    running.wait_for("listening")
    shutil.rmtree(project.folder)
    running.wait_for("is gone; waiting for it")
    project.folder.mkdir()
    project.write("main.py", app.replace('"one"', '"another"'))
    running.wait_for("listening")
    assert running.get() == "another"
    project.write("main.py", app.replace('"one"', '"third"'))
    running.wait_for("restarting")
    running.wait_for("listening")
    assert running.get() == "third"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc of Linux")
def test_a_module_with_a_name_of_the_standard_library_is_fresh_at_each_start(
    project: "Project", app: str
) -> None:
    """The process that is made ahead imports nothing of the app's, whatever it is called."""
    project.write("colorsys.py", "WORD = 'one'")
    project.write("main.py", app.replace('"one"', "__import__('colorsys').WORD"))
    running = project.start("watch", "main:bootstrap")
    running.wait_for("listening")
    for word in ("two", "three"):
        assert running.get() != word
        running.wait_for_children(2)  # the app, and the process that is made ahead
        project.write("colorsys.py", f"WORD = {word!r}")
        running.wait_for("restarting")
        running.wait_for("listening")
        assert running.get() == word


def test_many_changes_at_once_are_one_restart(project: "Project", app: str) -> None:
    """A checkout writes file after file, and pauses at times."""
    running = project.start("watch", "main:bootstrap")
    running.wait_for("listening")
    for number in range(60):
        project.write(f"module_{number}.py", f"n = {number}")
        if number % 20 == 19:
            Event().wait(0.05)
    assert "more; restarting" in running.wait_for("restarting")
    running.wait_for("listening")
    assert_restarts(running, 1)


def test_a_slow_answer_of_the_run_before_is_finished(project: "Project", app: str) -> None:
    """The next run serves already while the last answers of the one before are given."""
    running = project.start("watch", "main:bootstrap")
    running.wait_for("listening")
    connection = running.request("/slow")
    running.wait_for("slow began")
    project.write("main.py", app.replace('"one"', '"another"'))
    assert connection.getresponse().read() == b"finished"
    connection.close()
    running.wait_for("listening")
    assert running.get() == "another"


def test_a_second_signal_ends_what_does_not_end(project: "Project", app: str) -> None:
    """The first lets a request finish; the second is urgent."""
    running = project.start("watch", "main:bootstrap", STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="60")
    running.wait_for("listening")
    connection = running.request("/hang")
    running.wait_for("hang began")
    running.signal(signal.SIGINT)
    running.wait_for("hang goes on")
    running.signal(signal.SIGINT)
    assert running.exit_code() == 0
    assert running.lines[-1] == "torn down"
    connection.close()


def test_an_app_that_hangs_at_its_end_is_killed_by_the_second_signal(
    project: "Project", app: str
) -> None:
    """Also where it listens to no signal any more."""
    project.write("main.py", app + "    import time; time.sleep(600)\n")
    running = project.start("watch", "main:bootstrap", STARIO_GRACEFUL_SHUTDOWN_TIMEOUT="60")
    running.wait_for("listening")
    running.signal(signal.SIGTERM)
    running.wait_for("torn down")
    running.signal(signal.SIGTERM)
    running.wait_for("the app did not stop in time and was killed")
    assert running.exit_code() == 0


def test_the_app_ends_with_a_watch_that_is_killed(project: "Project") -> None:
    """Nobody would stop it any more, and it would keep the port."""
    running = project.start("watch", "main:bootstrap")
    running.wait_for("listening")
    running.signal(signal.SIGKILL)
    running.wait_for("torn down")


def test_noise_and_what_is_ignored_restart_nothing(project: "Project", app: str) -> None:
    """Databases, the app's socket, the own output and the ignored names pass unseen."""
    (project.folder / "static").mkdir()
    ignoring = ("--watch-ignore", "*.css", "--watch-ignore", "static")
    socket_path = "app.sock"
    running = project.start("watch", *ignoring, "main:bootstrap", STARIO_UNIX_SOCKET=socket_path)
    running.wait_for("listening")
    for name in ("stario-traces.sqlite3-wal", "site.css", "static/page.html", ".main.py.swp"):
        project.write(name, "noise")
    project.write("notes.txt", "news")
    assert running.wait_for("restarting") == "[stario] notes.txt added; restarting"
    running.wait_for("listening")
    project.write("main.py", app)
    assert "main.py" in running.wait_for("restarting")
    assert_restarts(running, 2)


def test_a_file_that_is_watched_alone_may_be_replaced_again_and_again(
    project: "Project", app: str
) -> None:
    """Editors put a new file in the place of the old one; its neighbours mean nothing."""
    project.write("settings.toml", "a = 1")
    running = project.start("watch", "--watch", "settings.toml", "main:bootstrap")
    running.wait_for("listening")
    for number in range(2):
        project.write("main.py", app)
        project.write("settings.toml", f"a = {number}")
        assert "settings.toml" in running.wait_for("restarting")
        running.wait_for("listening")
    assert_restarts(running, 2)


def test_polling_sees_a_change_where_there_are_no_notifications(
    project: "Project", app: str
) -> None:
    """The variable of watchfiles counts. Polling looks at whole seconds, so the file is old."""
    os.utime(project.folder / "main.py", (1_000_000_000, 1_000_000_000))
    running = project.start("watch", "main:bootstrap", WATCHFILES_FORCE_POLLING="true")
    running.wait_for("listening")
    project.write("main.py", app.replace('"one"', '"another"'))
    running.wait_for("restarting")
    running.wait_for("listening")
    assert running.get() == "another"


def assert_restarts(running: "Running", number: int) -> None:
    running.signal(signal.SIGTERM)
    assert running.exit_code() == 0
    assert running.said().count("restarting") == number
