"""The load script, against the app as a process."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parent.parent
SECONDS = 90  # the first start gets the client
SERVE = [sys.executable, "-m", "stario.cli", "serve", "app.main:bootstrap"]
HAS_ULIMIT = pytest.mark.skipif(sys.platform == "win32", reason="sockets are no files on Windows")


def with_files(count: int, *command: str) -> list[str]:
    """Let a command have so many open files, and never more."""
    return ["sh", "-c", f'ulimit -n {count}; exec "$@"', "sh", *command]


def load(*words: str, files: int | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "load.py", *words]
    return subprocess.run(
        with_files(files, *command) if files else command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@contextmanager
def served(*command: str, **settings: str) -> Generator[str]:
    """Serve the dashboard with ten samples a second, and tell on which port."""
    free = free_port()
    settings |= {"STARIO_PORT": free, "STARIO_TRACER": "noop", "DASHBOARD_INTERVAL": "0.1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | settings, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stderr is not None
            assert any("listening on" in line for line in server.stderr)
            yield free
        finally:
            server.terminate()
            server.communicate(timeout=SECONDS)


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    with served(*SERVE) as port:
        yield port


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_it_tells_how_the_samples_came(port: str, encoding: str) -> None:
    done = load("--port", port, "--streams", "20", "--seconds", "1", "--encoding", encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"20 streams, {encoding}: ")
    assert done.stdout.endswith("; 0 streams lost\n")


def test_it_says_that_nobody_serves() -> None:
    done = load("--port", free_port(), "--streams", "2")
    assert done.returncode == 1
    assert done.stderr.startswith("0 of 2 streams were opened. ")
    assert done.stderr.endswith(". Is the dashboard served there?\n")


def test_it_says_that_the_server_takes_no_more_connections() -> None:
    with served(*SERVE, STARIO_MAX_CONNECTIONS="10") as port:
        done = load("--port", port, "--streams", "20")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"10 of 20 streams were opened. The server on port {port} refused more:"
        " HTTP/1.1 503 Service Unavailable. Is its STARIO_MAX_CONNECTIONS lower?\n"
    )


@HAS_ULIMIT
def test_it_says_that_the_server_has_no_files_left() -> None:
    with served(*with_files(60, *SERVE)) as port:
        done = load("--port", port, "--streams", "80")
    assert done.returncode == 1
    assert " of 80 streams were opened. " in done.stderr
    assert "`ulimit -n` where it is started" in done.stderr or "no files left?" in done.stderr
    assert "Traceback" not in done.stderr


@HAS_ULIMIT
def test_it_says_that_it_may_open_too_few_files_itself() -> None:
    done = load("--port", free_port(), "--streams", "50", files=60)
    assert (done.returncode, done.stderr.partition(":")[0]) == (
        1,
        "50 streams need 114 open files, and this process may have 60",
    )


def test_it_says_that_another_app_is_served() -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        Thread(target=other.handle_request, daemon=True).start()
        done = load("--port", str(other.server_port), "--streams", "1")
    assert done.returncode == 1
    assert "answered /subscribe with HTTP/1.0 501 Unsupported method" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [["--streams", "0"], ["--streams", "100000"], ["--seconds", "0"], ["--seconds", "nan"]]
)
def test_it_has_bounds(words: list[str]) -> None:
    done = load(*words)
    assert done.returncode == 2
    assert words[0] in done.stderr
