"""Listening sockets that another process opened: which descriptors they are, and taking them over.

Who restarts a server and keeps its listening socket open refuses nobody meanwhile: connections wait
in the socket's backlog. systemd does that; how it tells us the descriptors is sd_listen_fds(3).
"""

import os
import socket
from contextlib import ExitStack, suppress

from stario import env
from stario.exceptions import StarioError

# The first descriptor that systemd hands over, SD_LISTEN_FDS_START.
_FIRST = 3
# More than a service has, and fewer than a typing mistake would ask for.
_MOST = 1024
# They are meant for one process, and not for its children.
_SYSTEMD = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


def fds_from_env() -> tuple[int, ...]:
    """Return the descriptors of `STARIO_FD`, or else those that systemd passed to this process.

    Removes the variables of systemd from the environment. Raises ValueError for a bad value.
    """
    passed = {name: os.environ.pop(name, "").strip() for name in _SYSTEMD}
    given = env.read_str("STARIO_FD", None)
    if given is not None:
        return _numbers(given)
    if passed["LISTEN_PID"] != str(os.getpid()):
        return ()
    count = passed["LISTEN_FDS"]
    if not (count.isascii() and count.isdigit() and int(count) <= _MOST):
        raise ValueError(f"LISTEN_FDS is {count!r}, but takes a number up to {_MOST}.")
    return tuple(range(_FIRST, _FIRST + int(count)))


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise ValueError(
            f"STARIO_FD is {text!r}, but takes descriptors such as 3 or 3,4."
        ) from None


def take_over(fds: tuple[int, ...]) -> list[socket.socket]:
    """Return listening sockets on copies of the descriptors, which child processes do not inherit.

    Raises StarioError for a descriptor on which nobody can listen.
    """
    with ExitStack() as opened:
        sockets = [opened.enter_context(_take_over(fd)) for fd in fds]
        opened.pop_all()
    return sockets


def _take_over(fd: int) -> socket.socket:
    try:
        taken = _copy(fd)
    except (OSError, OverflowError) as error:
        raise unusable_descriptor(fd, _reason(error)) from error
    if fault := _fault(taken):
        taken.close()
        raise unusable_descriptor(fd, fault)
    return taken


def _copy(fd: int) -> socket.socket:
    """Copy the descriptor, so that its owner may close it, or let another server have it."""
    given = socket.socket(fileno=fd)
    try:
        if os.name == "posix":
            os.set_inheritable(fd, False)
        return given.dup()
    finally:
        given.detach()


def _fault(taken: socket.socket) -> str:
    """Tell why nobody can accept connections from a socket; empty where somebody can."""
    families = {socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_UNIX", None)}
    if taken.family not in families or taken.type != socket.SOCK_STREAM:
        return f"it is neither TCP nor a Unix stream: {taken.family!r}, {taken.type!r}"
    with suppress(AttributeError, OSError):  # not every platform can tell
        if not taken.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return "it does not listen"
    return ""


def address_of(listening: socket.socket, scheme: str) -> str:
    """Return where a socket listens, as a URL or as `unix:PATH`; `@` begins an abstract name."""
    if listening.family in (socket.AF_INET, socket.AF_INET6):
        host, port = listening.getsockname()[:2]
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    path: str | bytes = listening.getsockname()
    return "unix:" + os.fsdecode(path).replace("\0", "@")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error)


def unusable_descriptor(fd: int, fault: str) -> StarioError:
    return StarioError(
        f"Cannot listen on the inherited descriptor {fd}: {fault}.",
        context={"fd": fd},
        help_text="Whoever starts the server must open the socket, listen on it, and leave it open"
        " and inheritable under the number that STARIO_FD (or systemd) names.",
    )
