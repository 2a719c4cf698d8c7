"""The deployment pages keep their word: systemd's units, the socket that is held, the image."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
import workspace
from ports import free_port

if sys.platform == "win32":
    pytest.skip("Sockets are handed on by descriptor.", allow_module_level=True)

HOW_TOS = workspace.ROOT / "docs" / "how-tos"
TESTS = Path(__file__).parent
PATIENCE = 20.0  # seconds
COMMAND = "/srv/my-app/.venv/bin/stario serve app.main:bootstrap"
SERVE = [sys.executable, "-m", "stario.cli", "serve", "proxied_app:bootstrap"]


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(
        rf"^```{kind}\n(.*?)^```$", (HOW_TOS / page).read_text("utf-8"), re.DOTALL | re.M
    )


def program(name: str) -> str:
    if found := shutil.which(name):
        return found
    pytest.skip(f"{name} is not installed.")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name[:7] != "STARIO_"}
    return kept | {"STARIO_TRACER": "noop", "PYTHONPATH": str(TESTS), **more}


@contextmanager
def running(command: list[str], folder: Path, **more: str) -> Generator[None]:
    """Run a program in a group of its own, and end that."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**more), stdout=log, stderr=log, process_group=0
        )
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def ask(port: int) -> int:
    """The status of an answer; whoever listens may take its time to start."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/origin")
        return connection.getresponse().status
    finally:
        connection.close()


def until_it_listens(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    pytest.fail("Nobody listens.")


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    command = [program("systemd-analyze"), "verify"]
    for unit in blocks("systemd.md", "ini"):
        name = unit.partition("\n")[0].removeprefix("# /etc/systemd/system/")
        assert (COMMAND in unit) == name.endswith(".service")
        here = unit.replace(COMMAND, f"{sys.executable} -m stario.cli serve app.main:bootstrap")
        (tmp_path / name).write_text(here)
        command.append(str(tmp_path / name))
    assert len(command) == 4
    found = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    said = found.stdout + found.stderr
    if "Failed to initialize manager" in said or "Failed to setup" in said:
        pytest.skip("systemd-analyze needs more of systemd than is here.")
    assert (found.returncode, [line for line in said.splitlines() if str(tmp_path) in line]) == (
        0,
        [],
    )


def test_the_command_of_the_unit_takes_the_socket_of_systemd(tmp_path: Path) -> None:
    activate, port = program("systemd-socket-activate"), free_port()
    command = [activate, "-l", f"127.0.0.1:{port}", "-E", "PYTHONPATH", "-E", "STARIO_TRACER"]
    with running([*command, *SERVE], tmp_path):
        until_it_listens(port)  # systemd does; the connection starts the app
        assert ask(port) == 200
    assert f"listening on http://127.0.0.1:{port}" in (tmp_path / "log").read_text()


def test_who_holds_the_socket_starts_the_app_again(tmp_path: Path) -> None:
    (holder,) = (one for one in blocks("systemd.md", "python") if one.startswith("# hold.py"))
    port = free_port()
    ours = holder.replace("8000", str(port)).replace("app.main:bootstrap", "proxied_app:bootstrap")
    (tmp_path / "hold.py").write_text(ours)
    with running([sys.executable, "hold.py"], tmp_path):
        until_it_listens(port)
        assert ask(port) == 200
        (first,) = children(tmp_path)
        os.kill(first, 15)
        until(lambda: first not in children(tmp_path))
        assert ask(port) == 200


def test_several_processes_serve_one_socket_and_end_together(tmp_path: Path) -> None:
    (starter,) = (
        one for one in blocks("several-processes.md", "python") if one.startswith("# several.py")
    )
    port = free_port()
    ours = starter.replace("8000", str(port)).replace("app.main:bootstrap", "proxied_app:bootstrap")
    (tmp_path / "several.py").write_text(ours)
    with running([sys.executable, "several.py", "2"], tmp_path):
        until_it_listens(port)
        assert ask(port) == 200
        pids = children(tmp_path)
        assert len(pids) == 2
        os.kill(pids[0], 15)
        until(lambda: not children(tmp_path))


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, "It never came."
        time.sleep(0.02)


def children(folder: Path) -> list[int]:
    """The processes that run in a folder and are our command (Linux)."""
    if not Path("/proc/self/cwd").exists():
        pytest.skip("Looks for processes in /proc.")
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if (process / "cwd").readlink() == folder and b"serve" in words:
                found.append(int(process.name))
        except OSError:
            continue
    return found


STEP = re.compile(
    r"(FROM|COPY|ENV|WORKDIR|RUN|USER|VOLUME|EXPOSE|HEALTHCHECK|CMD|ENTRYPOINT|ARG) (.+)", re.DOTALL
)


def test_the_dockerfile_reads_as_one_though_nothing_here_builds_it() -> None:
    dockerfile, *lines = blocks("containers.md", "dockerfile")
    steps = instructions(dockerfile)
    assert all(instructions(line) for line in lines)
    stages = [words.split(" AS ")[-1] for name, words in steps if name == "FROM"]
    assert stages == ["build", "python:3.13-slim"]
    copied = [words for name, words in steps if name == "COPY" and "--from=build" in words]
    assert copied == ["--from=build /srv/my-app ."]
    assert [words for name, words in steps if name == "USER"] == ["my-app"]
    name, command = steps[-1]
    assert (name, json.loads(command)) == ("CMD", ["stario", "serve", "app.main:bootstrap"])
    (check,) = (words for name, words in steps if name == "HEALTHCHECK")
    assert json.loads(check.partition("CMD ")[2]) == ["python", "-m", "app.healthy"]


def instructions(text: str) -> list[tuple[str, str]]:
    """The steps of a Dockerfile; a line that is none fails."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    found = [STEP.fullmatch(line) for line in lines]
    assert None not in found, lines
    return [(step[1], step[2]) for step in found if step]
