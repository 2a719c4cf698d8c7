"""The tracer that shows its spans: finished roots scroll up, open ones are repainted below them.

A thread paints, so a request only leaves its span behind. Without a terminal, or with `NO_COLOR`,
nothing is repainted: the finished blocks are written, each whole.

While open roots are shown, the cursor rests on an empty row above them. So a repaint has to know
nothing about the screen: what the application prints meanwhile, a line that wraps, and a window
that changes its size move the cursor, and everything below the cursor is ours.
"""

import sys
from dataclasses import replace
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self, TextIO

from stario.exceptions import StarioRuntime
from stario.telemetry.outputs import require_text_file
from stario.telemetry.policy import span_policy_from_env
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import RecordingSpan, not_open
from stario.telemetry.tty.beside import Beside
from stario.telemetry.tty.digest import Digest
from stario.telemetry.tty.forest import Forest, Tree
from stario.telemetry.tty.live import live_lines, rows_for
from stario.telemetry.tty.painting import Painting
from stario.telemetry.tty.pulse import Pulse
from stario.telemetry.tty.terminal import Terminal
from stario.tracing import Attributes, Span, TelemetryStats

_REPAINT_SECONDS = 0.125
_JOIN_SECONDS = 2.0
_NOTHING_LOST = TelemetryStats()

_CLEAR_BELOW = "\x1b[J"
# Lines that the terminal measures otherwise than we do are cut by it, and take one row each.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"


class TTYTracer(RecordingTracer):
    """Shows spans as trees on a terminal; `out` is standard output when None.

    When more ends than a person can read, roots of one kind are told in one line, failed ones
    apart. Where the output is no terminal every block is written. Raises TypeError for an output
    that takes no text, such as a path.
    """

    def __init__(self, *, out: TextIO | None = None) -> None:
        require_text_file("out", out)
        self._given = out
        self._terminal = Terminal(sys.stdout if out is None else out)
        self._forest = Forest()
        self._digest = Digest()
        self._pulse = Pulse()
        self._beside = Beside()
        self._painting = Lock()
        self._missed = 0
        self._open = 0
        self._is_gone = False
        self._idle = False
        self._changed = Event()
        self._closing = Event()
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise StarioRuntime("This TTYTracer is entered already.")
        out: TextIO | None = sys.stdout if self._given is None else self._given
        self._terminal = Terminal(out)
        if out is not None and self._terminal.is_live:
            self._beside.watch(out)
        self._was_entered = True
        self._is_gone = False
        self._closing.clear()
        self._changed.clear()
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
        if not thread.is_alive():  # else the terminal does not read, and would stop us as well
            self._flush(is_last=True)
        self._beside.stop()
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
        return super().create(name, attributes, parent=parent)

    def on_create(self, span: RecordingSpan) -> None:
        """Take a new span: what is open is shown too."""
        if self._is_gone:
            return
        self._forest.add(span)
        # Add, then ask; the painter says that it is idle, then looks. So one of the two sees.
        if self._idle:
            self._idle = False
            self._changed.set()

    def on_end(self, span: Span) -> None:
        """Take a finished span: a root is shown at the next repaint."""
        if self._idle:
            self._idle = False
            self._changed.set()

    def flush(self) -> None:
        """Write what is finished now, and repaint what is open."""
        self._flush()

    def stats(self) -> TelemetryStats:
        """Return zeros: what is not shown is said on the screen."""
        return _NOTHING_LOST

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._beside.is_shown and not self._pulse.is_shown:
                self._wait_for_news()
            self._closing.wait(_REPAINT_SECONDS)
            if self._is_worth_it():
                self.flush()

    def _is_worth_it(self) -> bool:
        """Say whether to repaint: durations that run on do not disturb who edits a line."""
        return self._forest.has_news() or not self._terminal.is_being_typed_at()

    def _wait_for_news(self) -> None:
        self._changed.clear()
        self._idle = True
        if self._forest.has_news() or self._closing.is_set():
            self._idle = False
        else:
            self._changed.wait()

    def _flush(self, *, is_last: bool = False) -> None:
        with self._painting:
            if not self._is_gone:
                self._paint(is_last=is_last)

    def _write(self, text: str) -> None:
        try:
            self._terminal.write(text)
        except (OSError, ValueError):
            # The terminal is gone; the application need not know, and nobody needs the spans.
            self._is_gone = True
            self._forest = Forest()

    def _paint(self, *, is_last: bool) -> None:
        finished = self._forest.take_finished()
        if self._terminal.is_live:
            self._paint_live(finished, is_last=is_last)
        else:
            self._write_blocks(finished)

    def _write_blocks(self, finished: list[Tree]) -> None:
        painting = Painting(self._terminal.size()[0], color=self._terminal.has_color)
        lines = [line for tree in finished for line in painting.block(tree)]
        if missed := self._forest.missed - self._missed:
            self._missed += missed
            lines.append(painting.note(f"… {missed:,} not shown"))
        if lines:
            self._write("\n".join(lines) + "\n")

    def _paint_live(self, finished: list[Tree], *, is_last: bool) -> None:
        width, height = self._terminal.size()
        painting = Painting(width, color=True)
        entries = self._digest.of(finished, is_last=is_last)
        done = [line for entry in entries for line in painting.finished(entry)]
        live, all_open = self._live(painting, height)
        self._pulse.beat(finished, all_shown=all_open and not self._digest.is_busy)
        if self._pulse.is_shown:
            live.append(painting.note(self._pulse.text(self._open, self._forest.missed, width)))
        was_shown, self._beside.is_shown = self._beside.is_shown, False
        if not (done or live or was_shown):
            return
        self._write(_frame(width, done, live, parked=not is_last))
        self._beside.is_shown = bool(live) and not is_last

    def _live(self, painting: Painting, height: int) -> tuple[list[str], bool]:
        """Return the lines about what is open, and whether all of it has its own."""
        roots = self._forest.open_roots()
        self._open = len(roots)
        rows = rows_for(height)
        return live_lines(painting, roots, rows), len(roots) <= rows


def _frame(width: int, done: list[str], live: list[str], *, parked: bool) -> str:
    """Return what clears the old live lines, adds the finished ones, and paints the live ones.

    Somebody may have left the cursor inside a line. A row of blanks ends it: from the first column
    it stays within its row, from any other it reaches the next. Then `\\r` leads to a free row.
    """
    start = f"{_CLEAR_BELOW}{' ' * width}\r{_CLEAR_BELOW}"
    above = "".join(line + "\n" for line in done)
    if not live:
        return start + above
    if not parked:
        return start + above + "".join(line + "\n" for line in live)
    rows = "".join("\n" + line for line in live)
    return f"{start}{above}{_NO_WRAP}{rows}{_WRAP}\x1b[{len(live)}A\r"


def tty_tracer_from_env() -> TTYTracer:
    """Build a TTYTracer that knows the names in `STARIO_TRACERS_REDACT`.

    It shows every trace, whatever the sample. Raises StarioError for a bad value.
    """
    tracer = TTYTracer()
    tracer.follow(replace(span_policy_from_env(), sample=1.0))
    return tracer
