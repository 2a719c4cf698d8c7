"""The loop hears a signal even if it comes right before the loop begins to wait."""

import asyncio
import signal
import sys

import pytest
from stario.http.app import App
from stario.http.process.signals import stop_on_signals


def wakeup_fd() -> int:
    current = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(current)
    return current


@pytest.mark.skipif(sys.platform == "win32", reason="there the loop has a wakeup fd of its own")
async def test_a_signal_wakes_the_loop_by_a_descriptor_and_not_by_luck() -> None:
    app = App()
    urgent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    before = wakeup_fd()
    earlier = signal.getsignal(signal.SIGTERM)
    with stop_on_signals(app, urgent):
        assert wakeup_fd() != -1
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(app.shutdown, 5)
        assert not urgent.done()
        signal.raise_signal(signal.SIGINT)
        await asyncio.wait_for(urgent, 5)
    assert wakeup_fd() == before
    signal.signal(signal.SIGTERM, earlier)
    signal.signal(signal.SIGINT, signal.default_int_handler)
