"""Listening: TCP, a Unix socket or inherited ones, plain or TLS, and errors that say what is wrong.

What can fail without a network fails first: certificates are read, a Unix socket is bound, and
inherited sockets are taken over when a listener is built, which is before the app starts up.
"""

# ruff: noqa: PTH101, PTH108 - pathlib would be the slowest import of a server's start

import asyncio
import errno
import os
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from stario.exceptions import StarioError
from stario.http.process.inherited import address_of, take_over

if TYPE_CHECKING:
    import ssl

    from stario.http.config import ServerConfig

# Seconds for a TLS client to answer our goodbye; asyncio's 30 would outlast a shutdown.
_TLS_GOODBYE = 2.0
# Seconds of silence, seconds between two probes, and how many stay without an answer: a vanished
# client is noticed after two minutes. The system's own two hours would hold a stream that long.
_PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
# Turns of the loop in which an accepted connection reaches its protocol, and its bytes that one.
_TURNS = 3
# Python 3.13 began to remove the file of a Unix socket, also where others still listen on it.
_KEEP_FILE: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}


class Listener:
    """The place where a server listens: built, opened once, closed.

    Raises StarioError where the certificate, the socket or the address cannot be had.
    """

    def __init__(self, config: "ServerConfig") -> None:
        self._config = config
        self._tls = _tls_options(config)
        self._servers: list[asyncio.Server] = []
        self._inherited = take_over(config.fds)
        self._unix: UnixSocket | None = None
        if config.unix_socket is not None:
            self._unix = UnixSocket(config.unix_socket, config.unix_socket_mode)

    async def open(self, factory: Callable[[], asyncio.Protocol]) -> list[str]:
        """Start to accept connections, and return the addresses as URLs."""
        loop = asyncio.get_running_loop()
        try:
            if self._inherited:
                for taken in self._inherited:
                    self._servers.append(await self._listen_on(taken, loop, factory))
            else:
                self._servers.append(await self._listen(loop, factory))
        # ValueError: a host that IDNA refuses. OverflowError: a huge backlog.
        except (OSError, ValueError, OverflowError) as error:
            raise cannot_listen(self._config, error) from error
        for server in self._servers:
            for listening in server.sockets:
                _ask_for_signs_of_life(listening.fileno())
        return self._addresses()

    async def stop(self) -> None:
        """Accept no more connections, and let those that were accepted reach their protocol.

        Between the two asyncio would drop them: nobody could have sent those clients away.
        """
        loop = asyncio.get_running_loop()
        for server in self._servers:
            for listening in server.sockets:
                with suppress(NotImplementedError):  # loops of Windows; uvloop has no such reader
                    loop.remove_reader(listening.fileno())
        await _turns()
        self.close()
        await _turns()  # uvloop accepts until then

    def close(self) -> None:
        """Close what is open. May be called again."""
        # The file first: once the socket is closed, its inode number is free for a successor's
        # file, which would then look like ours.
        if self._unix is not None:
            self._unix.remove_file()
        for server in self._servers:
            server.close()
        self._servers = []
        for taken in self._inherited:
            taken.close()
        if self._unix is not None:
            self._unix.socket.close()

    async def _listen(
        self, loop: asyncio.AbstractEventLoop, factory: Callable[[], asyncio.Protocol]
    ) -> asyncio.Server:
        config = self._config
        if self._unix is not None:
            return await loop.create_unix_server(
                factory, sock=self._unix.socket, backlog=config.backlog, **self._tls
            )
        if bound := _bound_to_address(config):
            return await self._listen_on(bound, loop, factory)
        return await loop.create_server(
            factory,
            config.host,
            config.port,
            backlog=config.backlog,
            reuse_address=config.reuse_addr,
            **self._tls,
        )

    async def _listen_on(
        self,
        taken: socket.socket,
        loop: asyncio.AbstractEventLoop,
        factory: Callable[[], asyncio.Protocol],
    ) -> asyncio.Server:
        backlog = self._config.backlog
        if taken.family in (socket.AF_INET, socket.AF_INET6):
            return await loop.create_server(factory, sock=taken, backlog=backlog, **self._tls)
        return await loop.create_unix_server(
            factory, sock=taken, backlog=backlog, **_KEEP_FILE, **self._tls
        )

    def _addresses(self) -> list[str]:
        if self._unix is not None:
            return [f"unix:{self._unix.path}"]
        scheme = "https" if self._tls else "http"
        return [
            address_of(listening, scheme)
            for server in self._servers
            for listening in server.sockets
        ]


def _bound_to_address(config: "ServerConfig") -> socket.socket | None:
    """Return a socket that is bound to the configured host, if that is an address and no name.

    Loops would look an address up as a name, and load the tables of international names for it.
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, config.host)
        except (OSError, ValueError):  # a name; and no name holds a NUL
            continue
        with ExitStack() as stack:
            bound = stack.enter_context(socket.socket(family))
            if config.reuse_addr:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # 0.0.0.0 may have a server of its own
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound.bind((config.host, config.port))
            stack.pop_all()
        return bound
    return None


def _ask_for_signs_of_life(listening: int) -> None:
    """Let the kernel find out that a client vanished without a word, which no idle stream notices.

    What is set on a listening socket holds for the connections that it accepts.
    """
    with suppress(OSError), socket.socket(fileno=os.dup(listening)) as own:
        if own.family not in (socket.AF_INET, socket.AF_INET6):
            return
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES.items():
            if hasattr(socket, name):
                own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class UnixSocket:
    """A bound Unix socket. Its file is removed while it is still ours."""

    def __init__(self, path: str, mode: int) -> None:
        family = getattr(socket, "AF_UNIX", None)
        if family is None:
            raise no_unix_sockets(path)
        self.path = path
        _remove_stale_socket(path)
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.socket.bind(path)
            os.chmod(path, mode)
        except (OSError, ValueError) as error:
            self.socket.close()
            raise cannot_bind(path, error) from error
        self._identity = _identity(path)

    def remove_file(self) -> None:
        """Remove the file, unless somebody replaced it. May be called again."""
        if self._identity is not None and _identity(self.path) == self._identity:
            with suppress(FileNotFoundError):
                os.unlink(self.path)
        self._identity = None


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _remove_stale_socket(path: str) -> None:
    try:
        found = os.lstat(path)
        if not stat.S_ISSOCK(found.st_mode):
            raise no_socket(path)
        os.unlink(path)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise cannot_bind(path, error) from error


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _tls_options(config: "ServerConfig") -> dict[str, Any]:
    """Return the arguments that make a listener speak TLS; none for a plain one."""
    if config.ssl_certfile is None:
        return {}
    return {
        "ssl": _tls_context(config),
        "ssl_handshake_timeout": config.request_policy.header_timeout,
        "ssl_shutdown_timeout": _TLS_GOODBYE,
    }


def _tls_context(config: "ServerConfig") -> "ssl.SSLContext":
    import ssl

    def no_passphrase() -> str:
        # Without this OpenSSL would ask the terminal, and wait.
        raise unusable_certificate(config, "the key is protected by a passphrase")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    assert config.ssl_certfile is not None
    try:
        context.load_cert_chain(config.ssl_certfile, config.ssl_keyfile, no_passphrase)
    except (OSError, ValueError, TypeError) as error:
        raise unusable_certificate(config, error) from error
    return context


def unusable_certificate(config: "ServerConfig", reason: object) -> StarioError:
    keyfile = config.ssl_keyfile
    return StarioError(
        f"The TLS certificate cannot be used: {reason}.",
        context={
            "ssl_certfile": str(config.ssl_certfile),
            "ssl_keyfile": None if keyfile is None else str(keyfile),
        },
        help_text="Both files are PEM without a passphrase; the key must belong to the"
        " certificate, and may stand in the same file.",
    )


def no_unix_sockets(path: str) -> StarioError:
    return StarioError(
        "Unix sockets do not exist on this platform.",
        context={"unix_socket": path},
        help_text="Unset STARIO_UNIX_SOCKET and listen on a TCP port.",
    )


def no_socket(path: str) -> StarioError:
    return StarioError(
        f"{path} exists and is no socket.",
        context={"unix_socket": path},
        help_text="Remove the file, or choose another path.",
    )


def cannot_bind(path: str, error: Exception) -> StarioError:
    return StarioError(
        f"Cannot listen on the Unix socket {path!r}: {_reason(error)}.",
        context={"unix_socket": path},
        help_text="The directory must exist and be writable; a path has at most 107 bytes.",
    )


def cannot_listen(config: "ServerConfig", error: Exception) -> StarioError:
    helps = {
        errno.EADDRINUSE: "Another process listens there. Stop it, or set STARIO_PORT to a free"
        " port.",
        errno.EACCES: "This user may not listen there. Ports under 1024 need a privilege.",
        errno.EADDRNOTAVAIL: "No interface of this machine has this address. Check STARIO_HOST.",
    }
    address = config.unix_socket or f"{config.host}:{config.port}"
    if config.fds:
        address = f"the inherited descriptors {', '.join(map(str, config.fds))}"
    return StarioError(
        f"Cannot listen on {address}: {_reason(error)}.",
        context={"address": address},
        help_text=helps.get(
            getattr(error, "errno", None) or 0, "Check STARIO_HOST, STARIO_PORT and STARIO_BACKLOG."
        ),
    )


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None) or 0
    # Errors of name resolution have numbers of their own, below zero.
    return os.strerror(number) if number > 0 else str(error)
