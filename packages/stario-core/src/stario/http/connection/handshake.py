"""A connection over TLS: its protocol hears of it when the handshake is over, not when it comes.

Between the two the endpoint knows it as arriving, so that a drain does not end in the middle.
"""

import asyncio
from typing import TYPE_CHECKING

from stario.http.connection.protocol import HttpProtocol

if TYPE_CHECKING:
    from stario.http.connection.endpoint import Endpoint


class TlsProtocol(HttpProtocol):
    """The server's side of one connection over TLS. One whose handshake fails is just let go."""

    __slots__ = ("__weakref__", "accepted_at")

    def __init__(self, endpoint: "Endpoint") -> None:
        super().__init__(endpoint)
        self.accepted_at = endpoint.loop.time()
        endpoint.arriving.add(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._endpoint.arriving.discard(self)
        super().connection_made(transport)
