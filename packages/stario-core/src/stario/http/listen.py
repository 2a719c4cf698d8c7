"""Listening: TCP or a Unix socket, plain or TLS, and errors that say what stands in the way."""

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stario.exceptions import StarioError

if TYPE_CHECKING:
    import ssl

    from stario.http.config import ServerConfig


class UnixSocket:
    """A Unix socket that is bound before startup, and removed at exit while it is still ours."""

    def __init__(self, path: str, mode: int) -> None:
        family = getattr(socket, "AF_UNIX", None)
        if family is None:
            raise StarioError(
                "Unix sockets do not exist on this platform.",
                context={"unix_socket": path},
                help_text="Unset STARIO_UNIX_SOCKET and listen on a TCP port.",
            )
        self.path = path
        _remove_stale_socket(path)
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.socket.bind(path)
            Path(path).chmod(mode)
        except OSError as error:
            self.socket.close()
            raise cannot_listen(path, error) from error
        self._identity = _identity(path)

    def remove(self) -> None:
        """Close the socket and remove its file, unless somebody replaced it."""
        self.socket.close()
        if _identity(self.path) == self._identity:
            Path(self.path).unlink(missing_ok=True)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _remove_stale_socket(path: str) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot_listen(path, error) from error
    if not stat.S_ISSOCK(found.st_mode):
        raise StarioError(
            f"{path} exists and is no socket.",
            context={"unix_socket": path},
            help_text="Remove the file, or choose another path.",
        )
    Path(path).unlink()


async def listen(
    factory: Callable[[], asyncio.Protocol], config: "ServerConfig", unix: UnixSocket | None
) -> asyncio.Server:
    """Start listening. Raises StarioError where the address cannot be had."""
    loop = asyncio.get_running_loop()
    context = _tls_context(config)
    if unix is not None:
        return await loop.create_unix_server(
            factory, sock=unix.socket, backlog=config.backlog, ssl=context
        )
    try:
        return await loop.create_server(
            factory,
            config.host,
            config.port,
            backlog=config.backlog,
            reuse_address=config.reuse_addr,
            ssl=context,
        )
    except (OSError, ValueError, OverflowError) as error:  # a host IDNA refuses, a huge backlog
        raise cannot_listen(f"{config.host}:{config.port}", error) from error


def _tls_context(config: "ServerConfig") -> "ssl.SSLContext | None":
    if config.ssl_certfile is None:
        return None
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(config.ssl_certfile, config.ssl_keyfile)
    except (OSError, ssl.SSLError) as error:
        raise StarioError(
            f"The TLS certificate cannot be used: {error}",
            context={"ssl_certfile": str(config.ssl_certfile), "ssl_keyfile": config.ssl_keyfile},
            help_text="Both files are PEM; the key must belong to the certificate.",
        ) from error
    return context


def cannot_listen(address: str, error: Exception) -> StarioError:
    number = getattr(error, "errno", None) or 0
    helps = {
        errno.EADDRINUSE: "Another process listens there. Stop it, or set STARIO_PORT to a free"
        " port.",
        errno.EACCES: "This user may not listen there. Ports under 1024 need a privilege.",
        errno.EADDRNOTAVAIL: "No interface of this machine has this address. Check STARIO_HOST.",
    }
    return StarioError(
        f"Cannot listen on {address}: {os.strerror(number) if number > 0 else error}.",
        context={"address": address},
        help_text=helps.get(number, "Check STARIO_HOST, STARIO_PORT, STARIO_UNIX_SOCKET."),
    )
