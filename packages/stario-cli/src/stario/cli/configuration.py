"""The settings of the server, as far as they can work on this platform and in this process."""

import socket

from stario.cli import errors
from stario.http.config import ServerConfig, server_config_from_env
from stario.http.process.inherited import take_over


def configuration() -> ServerConfig:
    """Read the settings. Raises StarioError for a bad value, and for what cannot work here."""
    config = server_config_from_env()
    if config.unix_socket is not None and not hasattr(socket, "AF_UNIX"):
        raise errors.no_unix_sockets(config.unix_socket)
    for taken in take_over(config.fds):  # only to see that they can be had
        taken.close()
    return config
