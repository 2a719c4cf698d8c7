"""Where POSIX is missing, the server works: no module of it is imported, and no name is needed.

A process of its own plays Windows, as far as one can: what is not there can be neither imported nor
found, and its event loop cannot watch descriptors.
"""

import subprocess
import sys

import pytest

PATIENCE = 30.0

WITHOUT_POSIX = """
import asyncio
import importlib
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import uuid

# There, a pair of sockets is made of TCP.
pair, family = socket.socketpair, socket.AF_UNIX
socket.socketpair = lambda *_: pair(family)

# What the standard library has imported for itself by now stays; nobody else gets it.
ABSENT = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty", "uvloop")

class Without:
    def __init__(self, finder):
        self._finder = finder
    def find_spec(self, name, path=None, target=None):
        return None if name in ABSENT else self._finder.find_spec(name, path, target)
    def __getattr__(self, name):
        return getattr(self._finder, name)

for name in ABSENT:
    sys.modules.pop(name, None)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
for module, names in {
    os: ("fork", "geteuid", "getuid", "getpgid", "kill", "killpg", "mkfifo", "sched_setaffinity"),
    signal: ("SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE", "alarm"),
    socket: ("AF_UNIX", "SO_REUSEPORT", "SO_PEERCRED", "MSG_DONTWAIT"),
}.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

class Loop(asyncio.SelectorEventLoop):
    # As that of Windows; asyncio itself uses the private ones.
    def add_reader(self, fd, callback, *args):
        raise NotImplementedError
    def remove_reader(self, fd):
        raise NotImplementedError
    def add_signal_handler(self, sig, callback, *args):
        raise NotImplementedError
    async def create_unix_server(self, *args, **kwargs):
        raise NotImplementedError

asyncio.new_event_loop = Loop
"""

IMPORT_ALL = """
import stario
count = 0
for module in pkgutil.walk_packages(stario.__path__, "stario."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            # An extra that is not installed, but nothing of POSIX.
            assert error.name not in ABSENT, (module.name, error)
        count += 1
assert count > 50, count
"""

SERVE = """
import stario.responses as responses
from stario.exceptions import StarioError
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.tracing import NoOpTracer

class Tracer(NoOpTracer):  # one that records, so that the loop is watched as well
    pass

def ask(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
        answer = b""
        while piece := client.recv(4096):
            answer += piece
    print(answer.rpartition(b"\\r\\n")[2].decode(), flush=True)
    END

async def hello(c, w):
    responses.text(w, "Hello")

apps = []

async def bootstrap(app, span):
    apps.append((app, asyncio.get_running_loop()))
    app.get("/", hello)
    yield
    print("torn down", flush=True)

with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
asking = threading.Thread(target=ask, args=(port,))
Server(
    bootstrap,
    Tracer(),
    config=ServerConfig(port=port),
    on_listening=lambda addresses: asking.start(),
).run()
asking.join()
try:
    Server(bootstrap, Tracer(), config=ServerConfig(unix_socket="s")).run()
except StarioError as error:
    print(error.message)
"""


def run(script: str) -> list[str]:
    command = [sys.executable, "-W", "error", "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout.splitlines()


def test_every_module_is_imported_without_posix() -> None:
    """All that are installed: in the workspace those of every package."""
    run(WITHOUT_POSIX + IMPORT_ALL)


@pytest.mark.parametrize(
    "end",
    [
        "app, loop = apps[0]; loop.call_soon_threadsafe(app.signal_shutdown)",
        "signal.raise_signal(signal.SIGINT)",
    ],
)
def test_a_server_answers_and_stops_without_posix(end: str) -> None:
    """Python itself hears Ctrl-C there."""
    lines = run(WITHOUT_POSIX + SERVE.replace("END", end))
    assert lines == ["Hello", "torn down", "Unix sockets do not exist on this platform."]
