"""The load script, against the app as a process."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SECONDS = 90  # the first start gets the client


def load(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "load.py", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """Where the dashboard is served, with ten samples a second."""
    free = free_port()
    settings = {"STARIO_PORT": free, "STARIO_TRACER": "noop", "DASHBOARD_INTERVAL": "0.1"}
    command = [sys.executable, "-m", "stario.cli", "serve", "app.main:bootstrap"]
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
    assert "Is the dashboard served on port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [["--streams", "0"], ["--streams", "100000"], ["--seconds", "0"], ["--seconds", "nan"]]
)
def test_it_has_bounds(words: list[str]) -> None:
    done = load(*words)
    assert done.returncode == 2
    assert words[0] in done.stderr
