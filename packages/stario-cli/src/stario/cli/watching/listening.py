"""The sockets that `watch` listens on for the apps that come and go.

They are bound once and stay open, so a connection that comes while an app restarts waits in the
backlog of the kernel, and none is refused.
"""

import os
import socket
from contextlib import ExitStack

from stario.http.config import ServerConfig
from stario.http.process.inherited import take_over


class Listening:
    """Open sockets on the configured address. Raises StarioError where it cannot be had."""

    def __init__(self, config: ServerConfig) -> None:
        self._closing = ExitStack()
        self._sockets: list[socket.socket] = []
        if config.fds:
            self._sockets = take_over(config.fds)
        elif config.unix_socket is not None:
            self._sockets = [self._unix(config, config.unix_socket)]
        else:
            self._sockets = self._tcp(config)
        for opened in self._sockets:
            self._closing.callback(opened.close)

    @property
    def fds(self) -> tuple[int, ...]:
        """Their descriptors."""
        return tuple(opened.fileno() for opened in self._sockets)

    def close(self) -> None:
        """Close the sockets, and remove the file of a Unix socket while it is ours."""
        self._closing.close()

    def _unix(self, config: ServerConfig, path: str) -> socket.socket:
        from stario.http.process.listen import UnixSocket

        bound = UnixSocket(path, config.unix_socket_mode)
        self._closing.callback(bound.remove_file)
        bound.socket.listen(config.backlog)
        return bound.socket

    def _tcp(self, config: ServerConfig) -> list[socket.socket]:
        from stario.http.process.listen import cannot_listen

        try:
            with ExitStack() as opened:
                addresses = _addresses(config)
                sockets = [opened.enter_context(_bound(config, *one)) for one in addresses]
                opened.pop_all()
            return sockets
        # ValueError: a host that IDNA refuses. OverflowError: a huge backlog.
        except (OSError, ValueError, OverflowError) as error:
            raise cannot_listen(config, error) from error


def _addresses(
    config: ServerConfig,
) -> "list[tuple[socket.AddressFamily, tuple[object, ...]]]":
    found = socket.getaddrinfo(
        config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bound(
    config: ServerConfig, family: "socket.AddressFamily", address: tuple[object, ...]
) -> socket.socket:
    with ExitStack() as stack:
        opened = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        if config.reuse_addr and os.name == "posix":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # 0.0.0.0 may have a server of its own
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(config.backlog)
        stack.pop_all()
    return opened
