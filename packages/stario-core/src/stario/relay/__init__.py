"""Publish and subscribe inside one process.

`Relay.publish` puts a message into the inbox of every matching subscription and wakes its reader;
listeners are called at once. Both receive while their block is entered. `PubSub` is what an app
needs of a relay, and `stario.relay.contract` has the tests that every relay has to pass.
"""

from stario.relay.inbox import Msg
from stario.relay.listener import Listener
from stario.relay.pubsub import PubSub, Subscription
from stario.relay.relay import Relay
from stario.relay.subscription import RelaySubscription

__all__ = ["Listener", "Msg", "PubSub", "Relay", "RelaySubscription", "Subscription"]
