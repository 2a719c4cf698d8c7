"""Who listens on a TCP port, as far as Linux tells: /proc has it without a tool or a privilege.

Processes of other users keep their descriptors to themselves; then nobody is named.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENS = "0A"  # TCP_LISTEN, see proc(5)
_LONGEST = 100  # characters of a command


class Owner(NamedTuple):
    """A process that listens, and how it was started."""

    pid: int
    command: str


def owner_of_port(port: int) -> Owner | None:
    """Return the process that listens on a port; None where that cannot be known."""
    sockets = {f"socket:[{inode}]" for inode in _listening_on(port)}
    if not sockets:
        return None
    for pid in _names("/proc"):
        if pid.isdigit() and not sockets.isdisjoint(_descriptors(pid)):
            return Owner(int(pid), _command(pid))
    return None


def _listening_on(port: int) -> Iterator[str]:
    """Yield the inodes of the sockets that listen on this port."""
    ending = f":{port:04X}"
    for table in _TABLES:
        for line in _read(table).splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(ending) and fields[3] == _LISTENS:
                yield fields[9]


def _descriptors(pid: str) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    for name in _names(folder):
        try:
            yield os.readlink(f"{folder}/{name}")  # noqa: PTH115  (text is wanted, not a path)
        except OSError:  # closed meanwhile
            continue


def _command(pid: str) -> str:
    command = " ".join(_read(f"/proc/{pid}/cmdline").split("\0")).strip()
    return command if len(command) <= _LONGEST else command[:_LONGEST] + "…"


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  (names are enough)
    except OSError:  # another system, another user, or a process that is gone
        return []


def _read(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123
            return opened.read()
    except OSError:
        return ""
