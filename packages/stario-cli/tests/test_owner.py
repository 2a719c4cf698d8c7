"""Who listens on a port, as Linux tells it."""

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from stario.cli.owner import owner_of_port

if TYPE_CHECKING:
    from conftest import Project

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="/proc of Linux")


@linux_only
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_process_that_listens_is_named(host: str) -> None:
    """Both tables count, and a socket that only connects does not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"{host} is not there")
    with listening, socket.create_connection(listening.getsockname()[:2]) as client:
        owner = owner_of_port(listening.getsockname()[1])
        assert owner is not None
        assert owner.pid == os.getpid()
        assert "python" in owner.command or "pytest" in owner.command
        assert owner_of_port(client.getsockname()[1]) is None


def test_a_free_port_has_no_owner() -> None:
    """Neither has any port where there is no /proc."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert owner_of_port(port) is None


@linux_only
def test_a_taken_port_is_told_with_its_owner(project: "Project") -> None:
    """The pid can be given to kill, and the command says what it was."""
    with socket.create_server(("127.0.0.1", int(project.environment["STARIO_PORT"]))):
        running = project.start("serve", "main:bootstrap")
        assert running.exit_code() == 1
        assert f"  Owner: process {os.getpid()}: " in running.said()


def test_a_setting_out_of_range_is_told_with_its_variable(project: "Project") -> None:
    """The server's sentence names the setting; the line below, what to set it to."""
    running = project.start("serve", "main:bootstrap", STARIO_REQUESTS_MAX_HEADER_BYTES="12")
    assert running.exit_code() == 1
    assert "max_header_bytes must be a whole number, 256 or more; got 12." in running.said()
    assert "  Variable: STARIO_REQUESTS_MAX_HEADER_BYTES: bytes of a request's head [65536]" in (
        running.lines
    )
