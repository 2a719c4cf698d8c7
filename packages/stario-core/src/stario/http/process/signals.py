"""SIGINT and SIGTERM: the first lets the app shut down, the second is urgent, the rest is nothing.

After a signal the earlier handlers stay away: what is left to do until the process exits, such as
the last write of a tracer, is not to be cut off by one more signal.

A signal that comes right before the loop begins to wait for sockets does not interrupt that wait.
So the loop also waits for a socket of ours, to which Python's own handler writes a byte
(`signal.set_wakeup_fd`), unless the loop has seen to that itself, as uvloop and that of Windows do.
"""

import asyncio
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stario.http.app import App

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_on_signals(app: "App", urgent: asyncio.Future[None]) -> Generator[None]:
    """Complete `app.shutdown` at the first signal, and `urgent` at the second.

    Only the main thread can hear signals; elsewhere this does nothing.
    """
    if current_thread() is not main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    heard = False

    def stop() -> None:
        if not app.shutting_down:
            app.signal_shutdown()
        elif not urgent.done():
            urgent.set_result(None)

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        heard = True
        loop.call_soon_threadsafe(stop)

    earlier = {number: signal.signal(number, hear) for number in _SIGNALS}
    try:
        with _woken_by_signals(loop):
            yield
    finally:
        for number, handler in earlier.items():
            # None: a handler that Python did not install, and cannot put back.
            signal.signal(number, _ignore if heard or handler is None else handler)


@contextmanager
def _woken_by_signals(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        earlier = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        if earlier != -1 or not _reads(loop, reader):
            signal.set_wakeup_fd(earlier)
            yield
            return
        try:
            yield
        finally:
            loop.remove_reader(reader)
            signal.set_wakeup_fd(-1)


def _reads(loop: asyncio.AbstractEventLoop, reader: socket.socket) -> bool:
    """Let the loop wait for the socket, if it can wait for one."""
    try:
        loop.add_reader(reader, reader.recv, 64)
    except NotImplementedError:  # on Windows; built in the main thread, that loop needs it not
        return False
    return True


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing. SIG_IGN would be inherited by child processes."""
