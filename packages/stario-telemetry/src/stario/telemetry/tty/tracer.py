"""The tracer that shows its spans: finished roots scroll up, open ones are repainted below them.

A thread paints, so a request only leaves its span behind. Without a terminal, or with `NO_COLOR`,
there are no control sequences at all: only the finished blocks are written.
"""

import os
import sys
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self, TextIO

from stario.exceptions import StarioRuntime
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import RecordingSpan, not_open
from stario.telemetry.tty.forest import Forest
from stario.telemetry.tty.renderer import TTYRenderer
from stario.tracing import Attributes, Span, TelemetryStats

_REPAINT_SECONDS = 0.125
_JOIN_SECONDS = 2.0
_FALLBACK_SIZE = (80, 24)
_NOTHING_LOST = TelemetryStats()


class TTYTracer(RecordingTracer):
    """Shows spans as trees on a terminal; `out` is standard output when None."""

    def __init__(self, *, out: TextIO | None = None) -> None:
        self._given = out
        self._out: TextIO = sys.stdout if out is None else out
        self._is_live = False
        self._forest = Forest()
        self._live_lines = 0
        self._painting = Lock()
        self._changed = Event()
        self._closing = Event()
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise StarioRuntime("This TTYTracer is entered already.")
        self._out = sys.stdout if self._given is None else self._given
        self._is_live = _is_terminal(self._out) and "NO_COLOR" not in os.environ
        self._was_entered = True
        self._closing.clear()
        self._thread = Thread(target=self._run, name="stario-tty-tracer", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if (thread := self._thread) is None:
            return
        self._closing.set()
        self._changed.set()
        thread.join(_JOIN_SECONDS)
        if not thread.is_alive():
            self.flush()
        self._thread = None

    def create(
        self,
        name: str,
        attributes: Attributes | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> RecordingSpan:
        """Return a span, not started.

        Raises RuntimeError before the tracer is entered, and for a parent that is not open.
        """
        if isinstance(parent, RecordingSpan) and not parent.in_progress:
            raise not_open(parent)
        span = super().create(name, attributes, parent=parent)
        self._forest.add(span)
        if self._is_live:
            self._changed.set()
        return span

    def on_end(self, span: Span) -> None:
        """Take a finished span: a root is shown at the next repaint."""
        if isinstance(span, RecordingSpan) and self._forest.finish(span):
            self._changed.set()

    def flush(self) -> None:
        """Write what is finished now, and repaint what is open."""
        with self._painting:
            try:
                self._paint()
            except (OSError, ValueError):
                pass  # the terminal is gone; the application need not know

    def stats(self) -> TelemetryStats:
        """Return zeros: nothing is queued, so nothing is dropped."""
        return _NOTHING_LOST

    def _run(self) -> None:
        while not self._closing.is_set():
            self._changed.wait()
            self._closing.wait(_REPAINT_SECONDS)
            self._changed.clear()
            self.flush()
            if self._live_lines:
                self._changed.set()  # durations run on while something is open

    def _paint(self) -> None:
        width, height = _size(self._out)
        renderer = TTYRenderer(width, self._forest.children, color=self._is_live)
        blocks: list[str] = []
        for root in self._forest.take_finished():
            blocks.append(renderer.root_block(root) + "\n")
            self._forest.release(root)
        live = self._live_text(renderer, height) if self._is_live else ""
        text = self._erasure() + "".join(blocks) + live
        self._live_lines = live.count("\n")
        if text:
            self._write(text)

    def _live_text(self, renderer: TTYRenderer, height: int) -> str:
        lines = renderer.live_text(self._forest.open_roots()).split("\n")
        # What scrolled out above cannot be erased again, so no more than a screen is live.
        shown = lines[: height - 1]
        return "\n".join(shown) + "\n" if shown[0] else ""

    def _erasure(self) -> str:
        return f"\x1b[{self._live_lines}F\x1b[J" if self._live_lines else ""

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
        except UnicodeEncodeError:  # a terminal without UTF-8
            encoding = self._out.encoding
            self._out.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self._out.flush()


def _is_terminal(out: TextIO) -> bool:
    try:
        return out.isatty()
    except ValueError:  # closed
        return False


def _size(out: TextIO) -> tuple[int, int]:
    try:
        columns, lines = os.get_terminal_size(out.fileno())
    except (OSError, ValueError):
        return _FALLBACK_SIZE
    return columns or _FALLBACK_SIZE[0], max(lines, 2) if lines else _FALLBACK_SIZE[1]
