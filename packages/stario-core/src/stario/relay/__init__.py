"""Publish and subscribe inside one process.

`Relay.publish` puts a message into the inbox of every subscription that matches, and wakes whoever
waits there; a listener it calls at once. Both exist while their block is entered. `PubSub` is what
an app needs of a relay, and `stario.relay.contract` the tests that each one has to pass.
"""

from stario.relay.inbox import Msg
from stario.relay.listener import Listener
from stario.relay.pubsub import PubSub, Subscription
from stario.relay.relay import Relay
from stario.relay.subscription import RelaySubscription

__all__ = ["Listener", "Msg", "PubSub", "Relay", "RelaySubscription", "Subscription"]
