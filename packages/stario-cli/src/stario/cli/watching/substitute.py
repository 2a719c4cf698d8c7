"""Who answers while the app cannot run: `watch` itself, with a page that says why.

It serves on the same sockets, from a thread, with the server that the app has: so it speaks TLS
where the app does. The pages that it gives bring themselves up to date when the app is back.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import replace
from threading import Lock, Thread
from typing import TYPE_CHECKING

from stario.exceptions import StarioError
from stario.http.config import ServerConfig

if TYPE_CHECKING:
    from stario.cli.development.live import Run
    from stario.http.app import App
    from stario.tracing import Span

_GRACE = 0.2  # seconds for answers on their way
_END = 5.0  # seconds for the thread; the rest of its server's end has limits of its own


class Substitute:
    """Serves the reason why the app does not, until it is stopped."""

    def __init__(
        self, config: ServerConfig, fds: tuple[int, ...], run: "Run", broken: Mapping[str, str]
    ) -> None:
        self._config = replace(
            config, fds=fds, unix_socket=None, graceful_shutdown_timeout=_GRACE, blocked_after=0
        )
        self._run, self._broken = run, broken
        self._lock = Lock()
        self._stopping = False
        self._serving: tuple[asyncio.AbstractEventLoop, App] | None = None
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and let go of the sockets."""
        with self._lock:
            self._stopping = True
            if self._serving is not None:
                loop, app = self._serving
                with suppress(RuntimeError):  # it has ended by itself
                    loop.call_soon_threadsafe(app.signal_shutdown)
        self._thread.join(_END)

    def _serve(self) -> None:
        # Not needed where every start goes well.
        from stario.cli.development.broken import BrokenApp
        from stario.http.server import Server
        from stario.tracing import NOOP_TRACER

        server = Server(
            self._bootstrap,
            NOOP_TRACER,
            config=self._config,
            app_factory=lambda: BrokenApp(self._run, self._broken),
        )
        with suppress(StarioError, OSError):  # then nobody answers, and the terminal has the reason
            server.run()

    async def _bootstrap(self, app: "App", _: "Span") -> AsyncGenerator[None]:
        with self._lock:
            self._serving = asyncio.get_running_loop(), app
            if self._stopping:
                app.signal_shutdown()
        yield
