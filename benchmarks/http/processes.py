"""Servers as processes on one core, and what the kernel says they cost (Linux)."""

import os
import socket
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from environments import Unavailable

_PATIENCE = 20.0  # seconds until a server must listen


class Server:
    """A running contender. What it costs is summed over its threads and child processes."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.port = port
        self._process = process

    def cpu_seconds(self) -> float:
        """Time on the CPU, from the scheduler's nanoseconds."""
        files = (task / "schedstat" for pid in self._pids() for task in _tasks(pid))
        return sum(int(_text(file).split()[0]) for file in files) / 1e9

    def resident_bytes(self) -> int:
        """Memory that is in use, shared pages counted by their share."""
        return sum(_proportional_bytes(pid) for pid in self._pids())

    def _pids(self) -> Iterator[int]:
        waiting = [self._process.pid]
        while waiting:
            pid = waiting.pop()
            yield pid
            for task in _tasks(pid):
                waiting += map(int, _text(task / "children").split())


@contextmanager
def running(python: Path, script: Path, core: int, *arguments: str) -> Generator[Server]:
    """Run a server on one core until the block ends. Raises Unavailable when it does not start."""
    port = _free_port()
    # stario 4.3 warns of names that are those of stario 4.0.
    interpreter = [str(python), "-W", "ignore::DeprecationWarning"]
    command = ["taskset", "-c", str(core), *interpreter, str(script), str(port), *arguments]
    process = subprocess.Popen(command, cwd=script.parent)
    try:
        _wait_for(port, process)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pin(core: int) -> None:
    """Keep this process on one core."""
    os.sched_setaffinity(0, {core})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise Unavailable("it did not start; its output above says why")


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:  # it ended just now
        return []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return "0" if file.name == "schedstat" else ""


def _proportional_bytes(pid: int) -> int:
    lines = _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
