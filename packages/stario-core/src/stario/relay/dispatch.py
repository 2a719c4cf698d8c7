"""Listeners are called by `publish` itself, in the order of publication, never one inside another.

On a listener's own loop a message is delivered at once. What comes from elsewhere, and what a
callback publishes itself, waits in the listener's inbox for the next turn of the loop; and while
something waits there, what comes later waits behind it.
"""

import asyncio

from stario.relay.audience import Audience
from stario.relay.inbox import Sized
from stario.relay.listener import Listener

# What callbacks publish, until the publish that called them has reached everybody.
_MOST_NESTED = 1024


class Dispatch[T]:
    """Calls the listeners of one relay, at once or on their loops."""

    __slots__ = ("_nested", "audience")

    def __init__(self) -> None:
        self.audience = Audience[Listener[T]]()
        # For each loop that is calling listeners: what they publish meanwhile.
        self._nested: dict[asyncio.AbstractEventLoop, list[Sized[T]]] = {}

    def deliver(self, message: Sized[T], here: asyncio.AbstractEventLoop | None) -> None:
        """Call the listeners of this loop, and post to the others."""
        if here is None:
            self._post(message)
            return
        nested = self._nested.get(here)
        if nested is not None:
            # It comes after the message that is being delivered.
            nested.append(message)
            if len(nested) >= _MOST_NESTED:
                self._post_all(nested)
            return
        subject, data = message[0]
        listeners = self.audience.of(subject)
        if not listeners:
            return
        nested = self._nested[here] = []
        try:
            for listener in listeners:
                if listener.loop is here and not listener.waiting:
                    try:
                        listener.deliver(subject, data)
                    except (Exception, asyncio.CancelledError) as error:
                        listener.failed(error)
                elif not listener.post(message):
                    self.audience.discard_soon(listener, listener.patterns)
        finally:
            del self._nested[here]
            if nested:
                self._post_all(nested)

    def deliver_waiting(self, listener: Listener[T]) -> None:
        """Call a listener with what waits for it. On its loop."""
        here = listener.loop
        if here is None:
            return
        nested: list[Sized[T]] = []
        self._nested[here] = nested
        try:
            listener.deliver_waiting()
        finally:
            del self._nested[here]
            if nested:
                self._post_all(nested)

    def _post(self, message: Sized[T]) -> None:
        for listener in self.audience.of(message[0][0]):
            if not listener.post(message):
                self.audience.discard_soon(listener, listener.patterns)

    def _post_all(self, nested: list[Sized[T]]) -> None:
        messages = nested.copy()
        nested.clear()
        for message in messages:
            self._post(message)
