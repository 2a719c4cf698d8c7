"""A real server on a free port, in a thread of the test's process: for browsers, and other clients.

It runs on a loop of its own, so that it serves while a test blocks, as one with Playwright's
synchronous face does.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Self

from stario.http.app import App
from stario.http.bootstrap import Bootstrap, bootstrap_run
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.testing.errors import did_not_start, did_not_stop
from stario.testing.load import require_bootstrap
from stario.testing.tracer import TestTracer

if TYPE_CHECKING:
    from stario.tracing import Span

_START_SECONDS = 30.0
# Beyond the time that the server gives its requests when it is told to stop.
_STOP_SECONDS = 10.0


class LiveServer:
    """A server of one bootstrap: `with LiveServer(bootstrap) as server: open(server.url)`.

    `url` has no slash at its end. `tracer` has the server's spans.
    """

    __test__ = False

    def __init__(self, bootstrap: Bootstrap, *, tracer: TestTracer | None = None) -> None:
        require_bootstrap(bootstrap)
        self.tracer = tracer or TestTracer()
        self.url = ""
        self._bootstrap = bootstrap
        self._told: SimpleQueue[str | BaseException] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._app: App | None = None
        self._thread = Thread(target=self._run, name="stario-live-server", daemon=True)

    def __repr__(self) -> str:
        state = "running" if self._thread.is_alive() else "stopped"
        return f"<LiveServer {self.url or 'without an address'} {state}>"

    def __enter__(self) -> Self:
        self._thread.start()
        told = self._told.get(timeout=_START_SECONDS)
        if isinstance(told, BaseException):
            self._thread.join(_STOP_SECONDS)
            raise did_not_start(told) from told
        self.url = told.rstrip("/")
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def failures(self) -> list[str]:
        """What failed so far: for each failed request its spans and its traceback as text."""
        return self.tracer.failures()

    def stop(self) -> None:
        """Stop the server and wait for its end; a second call does nothing.

        Raises RuntimeError where it does not end.
        """
        if self._loop is not None and self._app is not None and self._thread.is_alive():
            try:
                self._loop.call_soon_threadsafe(self._app.signal_shutdown)
            except RuntimeError:
                pass  # its loop is closed already
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            raise did_not_stop(self.url, _STOP_SECONDS)

    def _run(self) -> None:
        server = Server(
            self._remembered,
            self.tracer,
            config=ServerConfig(port=_free_port(), graceful_shutdown_timeout=1.0),
            on_listening=lambda addresses: self._told.put(addresses[0]),
        )
        try:
            with self.tracer:
                server.run()
        except BaseException as error:
            self._told.put(error)
        else:
            self._told.put(RuntimeError("the server ended before it listened"))

    async def _remembered(self, app: App, span: "Span") -> AsyncGenerator[None]:
        self._loop, self._app = asyncio.get_running_loop(), app
        async with bootstrap_run(self._bootstrap, app, span):
            yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
