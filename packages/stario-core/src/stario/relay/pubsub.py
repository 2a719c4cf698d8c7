"""What an app needs of a relay: to publish, and to subscribe.

`Relay` is the one inside a process. Another that satisfies `PubSub`, over a broker say, can take
its place; the tests of `stario.relay.contract` show whether it behaves as an app expects.
"""

from collections.abc import AsyncIterator
from typing import Protocol, Self

from stario.relay.inbox import Msg


class Subscription[T](Protocol):
    """Messages of some patterns, from `async with` on; see `RelaySubscription`."""

    @property
    def patterns(self) -> tuple[str, ...]: ...
    @property
    def active(self) -> bool: ...
    @property
    def dropped(self) -> int: ...
    async def receive(self) -> Msg[T]: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc_info: object) -> None: ...
    def __aiter__(self) -> AsyncIterator[Msg[T]]: ...


class PubSub[T](Protocol):
    """Publishes messages, and hands out subscriptions to them; see `Relay`."""

    def publish(self, subject: str, data: T) -> None: ...
    def subscribe(
        self,
        *patterns: str,
        maxsize: int | None = ...,
        max_bytes: int | None = ...,
        latest: bool = ...,
    ) -> Subscription[T]: ...
