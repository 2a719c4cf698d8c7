"""Publish and subscribe inside one process.

`Relay.publish` puts a message into the inbox of every subscription that matches, and wakes whoever
waits there. An inbox exists while its block is entered.
"""

from stario.relay.inbox import Msg
from stario.relay.relay import Relay
from stario.relay.subscription import RelaySubscription

__all__ = ["Msg", "Relay", "RelaySubscription"]
