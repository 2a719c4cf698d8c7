"""What a person sees: the terminal view on a real pseudo-terminal, read by a small emulator.

The emulator knows the few control sequences that the view may send, and fails on any other. Claims
are about rows of the screen, and about what scrolled away above it.
"""

import codecs
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Condition, Event, Thread
from typing import Any, TextIO
from unicodedata import category, east_asian_width

import pytest
from stario.telemetry.spans import RecordingSpan
from stario.telemetry.tty import TTYTracer

termios = pytest.importorskip("termios")

WAIT = 20.0
_SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")
_ASK = "\x1b[6n"  # the emulator counts it, as a mark of what it has read


class Row:
    """Cells, the colour of each, and whether the line goes on in the next row."""

    def __init__(self, width: int) -> None:
        self.cells = [" "] * width
        self.colours = [0] * width
        self.goes_on = False

    def text(self) -> str:
        return "".join(self.cells)


class Emulator:
    """A terminal of `columns` and `lines`; `reflows` says what a change of its width does."""

    def __init__(self, columns: int, lines: int, *, reflows: bool = True) -> None:
        self.columns, self.lines, self.reflows = columns, lines, reflows
        self.above: list[Row] = []
        self.rows = [Row(columns) for _ in range(lines)]
        self.x = self.y = 0
        self.is_at_end = False  # the last column was written, the next character wraps
        self.wraps = True
        self.colour = 0
        self.asked = 0
        self._rest = ""

    def feed(self, text: str) -> None:
        text, self._rest = self._rest + text, ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
            elif found := _SEQUENCE.match(text, at):
                self._obey(*found.groups())
                at = found.end()
            else:
                assert len(text) - at < 12, f"no sequence of ours: {text[at : at + 20]!r}"
                self._rest = text[at:]
                return

    def _obey(self, private: str, numbers: str, final: str) -> None:
        self.is_at_end = self.is_at_end and final in "mhl"
        match private + final, numbers:
            case "J", "":
                self._clear(self.rows[self.y], self.x)
                for row in self.rows[self.y + 1 :]:
                    self._clear(row, 0)
            case "A", _:
                self.y = max(self.y - int(numbers or 1), 0)
            case "?l", "7":
                self.wraps = False
            case "?h", "7":
                self.wraps = True
            case "m", "0" | "31" | "32" | "33" | "36":
                self.colour = int(numbers)
            case "n", "6":
                self.asked += 1
            case _:
                raise AssertionError(f"{private}{numbers}{final} is none of ours")

    def _clear(self, row: Row, start: int) -> None:
        row.cells[start:] = [" "] * (self.columns - start)
        row.colours[start:] = [0] * (self.columns - start)
        row.goes_on = False

    def _put(self, character: str) -> None:
        if character == "\r":
            self.x, self.is_at_end = 0, False
        elif character == "\n":
            self._down()
            self.is_at_end = False
        elif character == "\x07":
            raise AssertionError("it rings")
        elif category(character) in ("Mn", "Me"):
            self.rows[self.y].cells[max(self.x - 1, 0)] += character
        else:
            assert character.isprintable(), f"{character!r} reached the terminal"
            self._write(character, 2 if east_asian_width(character) in "WF" else 1)

    def _write(self, character: str, width: int) -> None:
        if self.is_at_end or self.x + width > self.columns:
            if self.wraps:
                self.rows[self.y].goes_on = True
                self.x, self.is_at_end = 0, False
                self._down()
            else:
                self.x = self.columns - width
        row = self.rows[self.y]
        row.cells[self.x : self.x + width] = [character, *[""] * (width - 1)]
        row.colours[self.x : self.x + width] = [self.colour] * width
        self.x += width
        if self.x >= self.columns:
            self.x, self.is_at_end = self.columns - 1, self.wraps

    def _down(self) -> None:
        if self.y + 1 < self.lines:
            self.y += 1
        else:
            self.above.append(self.rows.pop(0))
            self.rows.append(Row(self.columns))

    def resize(self, columns: int, lines: int) -> None:
        rows, cursor = [*self.above, *self.rows], len(self.above) + self.y
        while len(rows) > cursor + 1 and not rows[-1].text().strip():
            rows.pop()
        if self.reflows:
            rows, cursor = self._reflowed(rows, cursor, columns)
        else:
            for row in rows:
                row.cells = (row.cells + [" "] * columns)[:columns]
                row.colours = (row.colours + [0] * columns)[:columns]
        top = min(max(len(rows) - lines, 0), cursor)
        self.above, self.rows = rows[:top], rows[top : top + lines]
        self.columns, self.lines = columns, lines
        self.rows += [Row(columns) for _ in range(lines - len(self.rows))]
        self.y, self.x, self.is_at_end = cursor - top, min(self.x, columns - 1), False

    def _reflowed(self, rows: list[Row], cursor: int, columns: int) -> tuple[list[Row], int]:
        made: list[Row] = []
        cells: list[tuple[str, int]] = []
        at = cursor
        for number, row in enumerate(rows):
            if number == cursor:
                at = len(made) + len(cells) // columns
            cells += list(zip(row.cells, row.colours, strict=True))
            if row.goes_on:
                continue
            while cells and cells[-1][0] == " ":
                cells.pop()
            for start in range(0, max(len(cells), 1), columns):
                part = cells[start : start + columns]
                fresh = Row(columns)
                fresh.cells[: len(part)] = [cell for cell, _ in part]
                fresh.colours[: len(part)] = [colour for _, colour in part]
                fresh.goes_on = start + columns < len(cells)
                made.append(fresh)
            cells = []
        return made, at

    def screen(self) -> list[str]:
        """The rows with something on them, and those between."""
        return "\n".join(row.text().rstrip() for row in self.rows).rstrip("\n").split("\n")

    def everything(self) -> list[str]:
        return [*(row.text().rstrip() for row in self.above), *self.screen()]


class Pty:
    """A pseudo-terminal with an emulator behind it, which may be told not to read."""

    def __init__(self, columns: int = 60, lines: int = 24, *, reflows: bool = True) -> None:
        self.master, slave = os.openpty()
        self.out: TextIO = open(slave, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        self.emulator = Emulator(columns, lines, reflows=reflows)
        self._size(columns, lines)
        self.reads = Event()
        self.reads.set()
        self.fault: BaseException | None = None
        self._news = Condition()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _size(self, columns: int, lines: int) -> None:
        termios.tcsetwinsize(self.out.fileno(), (lines, columns))

    def _read(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")().decode
        while True:
            self.reads.wait()
            try:
                data = os.read(self.master, 65_536)
            except OSError:
                return
            with self._news:
                try:
                    if self.fault is None:
                        self.emulator.feed(decode(data))
                except BaseException as fault:
                    self.fault = fault
                self._news.notify_all()

    def until(self, holds: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.fault is not None or holds(), WAIT), (
                self.emulator.screen()
            )
        if self.fault is not None:
            raise self.fault

    def settle(self) -> None:
        """Wait until all that was written is on the screen."""
        asked = self.emulator.asked
        os.write(self.out.fileno(), _ASK.encode())
        self.until(lambda: self.emulator.asked > asked)

    def screen(self) -> list[str]:
        self.settle()
        return self.emulator.screen()

    def everything(self) -> list[str]:
        self.settle()
        return self.emulator.everything()

    def resize(self, columns: int, lines: int) -> None:
        self.settle()
        with self._news:
            self.emulator.resize(columns, lines)
            self._size(columns, lines)

    def prints(self, text: str) -> None:
        """Write as a C library or another process does."""
        os.write(self.out.fileno(), text.encode())

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        self.reads.set()
        self.out.close()
        self._thread.join(WAIT)
        if self.master >= 0:
            os.close(self.master)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def ptys() -> Iterator[Callable[..., Pty]]:
    made: list[Pty] = []

    def make(*size: int, reflows: bool = True) -> Pty:
        made.append(Pty(*size, reflows=reflows))
        return made[-1]

    yield make
    for pty in made:
        pty.close()


@contextmanager
def by_hand(pty: Pty) -> Generator[TTYTracer]:
    """A tracer whose painting thread rests: the test calls the repaints."""
    with TTYTracer(out=pty.out) as tracer:
        rest(tracer)
        yield tracer


def rest(tracer: TTYTracer) -> None:
    tracer._closing.set()
    tracer._changed.set()
    assert tracer._thread is not None
    tracer._thread.join(WAIT)


def finish(tracer: TTYTracer, name: str, count: int = 1, **attributes: Any) -> None:
    for _ in range(count):
        with tracer.create(name, attributes):
            pass


def opened(tracer: TTYTracer, name: str) -> RecordingSpan:
    span = tracer.create(name)
    span.start()
    return span


def heads(rows: list[str]) -> list[str]:
    """The names in headers: without times, durations and ids."""
    return [m[1] for row in rows if (m := re.match(r"\d\d:\d\d:\d\d\.\d{3} (.*?)(?:  |$)", row))]


def test_the_block_on_a_screen(ptys: Callable[..., Pty]) -> None:
    pty = ptys(40, 10)
    with by_hand(pty) as tracer:
        finish(tracer, "GET /x", **{"response.status_code": 404})
        tracer.flush()
        rows = pty.screen()
    assert rows[0] == "─" * 40
    assert pty.emulator.rows[0].colours == [33] * 40
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} GET /x +[\d.]+ us  [0-9a-f]{8}", rows[1])
    assert rows[2:] == ["  response.status_code: 404"]


@pytest.mark.parametrize("columns", [7, 20, 33, 80, 400])
def test_repaints_leave_no_trace_at_any_width(ptys: Callable[..., Pty], columns: int) -> None:
    pty = ptys(columns, 24)
    with by_hand(pty) as tracer:
        streams = [opened(tracer, f"GET /stream/日本語/{n}" + "x" * 50) for n in range(3)]
        for _ in range(20):
            tracer.flush()
        rows = pty.screen()
        assert sum("─" in row for row in rows) == 3
        assert len(rows) == 7  # the cursor's row, and two for each
        assert (pty.emulator.x, pty.emulator.y) == (0, 0)
        for stream in streams:
            stream.end()
    assert not [row for row in pty.emulator.above if row.text().strip()] or columns < 20


def test_in_twenty_columns_the_name_and_the_duration_are_left(ptys: Callable[..., Pty]) -> None:
    pty = ptys(20, 24)
    with by_hand(pty) as tracer:
        finish(tracer, "GET /x")
        with pytest.raises(LookupError), tracer.create("GET /y"):
            raise LookupError("no")
        tracer.flush()
        rows = pty.screen()
    assert re.fullmatch(r"GET /x +[\d.]+ us", rows[1])
    assert re.fullmatch(r"! GET /y +.*s|GET /y +! .*[mu]s", rows[3])


@pytest.mark.parametrize("reflows", [True, False], ids=["reflows", "cuts"])
@pytest.mark.parametrize("size", [(30, 24), (140, 24), (80, 8), (80, 50), (25, 9)])
def test_a_resize_leaves_no_stale_rows_on_the_screen(
    ptys: Callable[..., Pty], reflows: bool, size: tuple[int, int]
) -> None:
    pty = ptys(80, 24, reflows=reflows)
    with by_hand(pty) as tracer:
        finish(tracer, "before")
        streams = [opened(tracer, "stream") for _ in range(3)]
        tracer.flush()
        pty.resize(*size)
        tracer.flush()
        finish(tracer, "after")
        tracer.flush()
        rows = pty.screen()
        assert sum(" stream" in row or row.startswith("stream") for row in rows) in (1, 3)
        assert rows.index(next(row for row in rows if "after" in row)) < len(rows) - 1
        assert all(len(row) <= size[0] for row in rows)
        assert sum("before" in row for row in pty.everything()) == 1
        for stream in streams:
            stream.end()


def test_what_others_print_stays_and_is_not_mixed(ptys: Callable[..., Pty]) -> None:
    pty = ptys(60, 12)
    with by_hand(pty) as tracer:
        stream = opened(tracer, "stream")
        for number in range(40):
            tracer.flush()
            pty.prints(f"printed {number}\n")
            if number % 7 == 0:
                finish(tracer, f"request {number}")
        tracer.flush()
        rows = pty.everything()
        assert [row for row in rows if "printed" in row] == [f"printed {n}" for n in range(40)]
        assert sum(" stream " in row for row in rows) == 1
        assert sum(" request " in row for row in rows) == 6
        assert " stream " in rows[-1]
        stream.end()


def test_a_line_without_an_end_is_kept_and_gets_one(ptys: Callable[..., Pty]) -> None:
    pty = ptys(60, 12)
    with by_hand(pty) as tracer:
        stream = opened(tracer, "stream")
        tracer.flush()
        pty.prints("progress 10 %")
        tracer.flush()
        pty.prints("progress 20 %\n")
        tracer.flush()
        rows = pty.screen()
        assert rows[:3] == ["progress 10 %", "progress 20 %", ""]
        assert [row for row in rows if "stream" in row] == rows[-1:]
        stream.end()


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_many_lines_of_python_clear_the_live_rows_away(
    ptys: Callable[..., Pty], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A traceback must not stand beside the remains of a rule."""
    pty = ptys(60, 24)
    other = open(os.dup(pty.out.fileno()), "w", buffering=1, encoding="utf-8")  # noqa: PTH123, SIM115
    monkeypatch.setattr(sys, "stdout", pty.out)
    monkeypatch.setattr(sys, name, other)
    kept_by_logging = getattr(sys, name)
    with other:
        with by_hand(pty) as tracer:
            streams = [opened(tracer, "stream") for _ in range(4)]
            tracer.flush()
            for number in range(5):
                print(f"line {number}", file=kept_by_logging, flush=True)
            assert pty.screen() == [f"line {number}" for number in range(5)]
            tracer.flush()
            assert pty.screen()[:5] == [f"line {number}" for number in range(5)]
            assert sum(" stream " in row for row in pty.screen()) == 4
            for stream in streams:
                stream.end()
        assert "write" not in vars(other)
        assert "write" not in vars(pty.out)


def test_somebody_who_presses_enter_makes_room_and_no_garbage(ptys: Callable[..., Pty]) -> None:
    pty = ptys(60, 24)
    with by_hand(pty) as tracer:
        stream = opened(tracer, "stream")
        for _ in range(3):
            tracer.flush()
            pty.settle()
            row = pty.emulator.y
            os.write(pty.master, b"\n")
            pty.until(lambda row=row: pty.emulator.y > row)
        tracer.flush()
        rows = pty.screen()
        assert sum("stream" in row for row in rows) == 1
        assert sum("─" in row for row in rows) == 1
        stream.end()


def test_while_somebody_edits_a_line_only_news_are_painted(ptys: Callable[..., Pty]) -> None:
    pty = ptys(60, 24)
    modes: list[Any] = termios.tcgetattr(pty.out.fileno())
    modes[3] &= ~termios.ICANON
    with by_hand(pty) as tracer:
        stream = opened(tracer, "stream")
        tracer.flush()
        assert tracer._is_worth_it()
        termios.tcsetattr(pty.out.fileno(), termios.TCSANOW, modes)
        assert not tracer._is_worth_it()
        finish(tracer, "news")
        assert tracer._is_worth_it()
        stream.end()


def next_second(tracer: TTYTracer) -> None:
    """Let what was set aside be told by the next repaint."""
    tracer._digest._due = 0.0


def test_under_load_kinds_are_told_and_failures_are_shown(ptys: Callable[..., Pty]) -> None:
    pty = ptys(100, 40)
    with by_hand(pty) as tracer:
        finish(tracer, "GET /burst", 24)
        tracer.flush()
        assert heads(pty.everything()) == ["GET /burst"] * 24
        finish(tracer, "GET /x", 200)
        tracer.flush()
        finish(tracer, "GET /x", 14)
        finish(tracer, "GET /y", 30, **{"response.status_code": 404})
        finish(tracer, "POST /rare")
        for error in (LookupError("nobody"), ValueError("odd")):
            with tracer.create("POST /z") as span:
                span.exception(error)
                span.fail(str(error))
        tracer.flush()
        rows = pty.everything()
        assert not [row for row in rows if "×" in row]  # they wait for the second to pass
        assert heads(rows)[-2:] == ["POST /z"] * 2  # failures do not
        assert [row for row in rows if "error:" in row] == ["  error: nobody", "  error: odd"]
        assert re.search(r"^2\d\d/s  p50 .*  0 open  2 errors$", rows[-1])
        next_second(tracer)
        tracer.flush()
        rows = pty.everything()
        assert heads(rows)[-3] == "POST /rare"
        told = [row for row in rows if "×" in row]
        assert re.fullmatch(r"[\d:.]+ GET /x ×214  p50 \S+ us +max \S+ \ws  [0-9a-f]{8}", told[0])
        assert re.fullmatch(r"[\d:.]+ GET /y 404 ×30  p50 .*", told[1])
        assert len(told) == 2


def test_after_the_load_blocks_come_back_and_the_line_below_goes(ptys: Callable[..., Pty]) -> None:
    pty = ptys(100, 40)
    with TTYTracer(out=pty.out) as tracer:
        finish(tracer, "GET /x", 500)
        pty.until(lambda: "/s  p50" in pty.emulator.screen()[-1])
        pty.until(lambda: "×500" in "".join(pty.emulator.screen()))
        pty.until(lambda: "/s  p50" not in "".join(pty.emulator.screen()))
        finish(tracer, "GET /alone", 1, key="value")
        pty.until(lambda: "  key: value" in pty.emulator.screen())


def test_a_flood_of_failures_is_counted_by_kind_and_the_first_is_whole(
    ptys: Callable[..., Pty],
) -> None:
    pty = ptys(100, 40)
    with by_hand(pty) as tracer:
        for number in range(200):
            with pytest.raises(LookupError), tracer.create("GET /x"):
                raise LookupError(f"nobody {number}")
        finish(tracer, "GET /x", 50)
        finish(tracer, "GET /y", 1, **{"response.status_code": 503})
        tracer.flush()
        next_second(tracer)
        tracer.flush()
        rows = pty.everything()
    assert sum("error: nobody" in row for row in rows) == 1
    assert sum(" GET /y " in row for row in rows) == 1
    (told,) = [row for row in rows if "LookupError ×200" in row]
    assert " [error] max " in told
    assert [row for row in rows if "GET /x ×50" in row]
    assert "201 errors" in rows[-1]


@pytest.mark.parametrize("columns", [40, 60])
def test_on_a_narrow_screen_the_counts_are_left(ptys: Callable[..., Pty], columns: int) -> None:
    pty = ptys(columns, 40)
    with by_hand(pty) as tracer:
        finish(tracer, "GET /a/route/with/a/name/that/is/long", 100)
        finish(tracer, "GET /x", 100, **{"response.status_code": 500})
        tracer.flush()
        next_second(tracer)
        tracer.flush()
        rows = pty.everything()
    told = [row for row in rows if "×" in row]
    assert len(told) == 2
    assert all("×100 " in row and " max " in row for row in told)
    assert re.fullmatch(r"200/s +(p50 .*)?0 open  100 errors", rows[-1])


def test_many_names_take_few_rows(ptys: Callable[..., Pty]) -> None:
    pty = ptys(100, 40)
    with by_hand(pty) as tracer:
        for number in range(3_000):
            finish(tracer, f"job {number}")
        tracer.flush()
        next_second(tracer)
        tracer.flush()
        rows = pty.everything()
    assert len(rows) < 20
    assert "… 2,988 more of other names" in rows


def test_nothing_that_was_set_aside_is_lost_at_the_end(ptys: Callable[..., Pty]) -> None:
    pty = ptys(100, 40)
    with by_hand(pty) as tracer:
        finish(tracer, "GET /x", 100)
        tracer.flush()
        finish(tracer, "GET /x", 100)
    assert any("GET /x ×200" in row for row in pty.everything())


def test_three_hundred_streams_fit_on_a_screen(ptys: Callable[..., Pty]) -> None:
    pty = ptys(80, 24)
    with by_hand(pty) as tracer:
        streams = [opened(tracer, "GET /live") for _ in range(290)]
        streams += [opened(tracer, "GET /chat") for _ in range(10)]
        finish(tracer, "GET /x")
        for _ in range(5):
            tracer.flush()
        rows = pty.screen()
        assert heads(rows) == ["GET /x"]
        assert re.fullmatch(r"GET /live ×290 open +\S+ \ws to \S+ \ws", rows[3])
        assert rows[4].startswith("GET /chat ×10 open")
        assert "300 open" in rows[5]
        for stream in streams:
            stream.end()


def test_open_roots_get_blocks_while_there_is_room_then_headers(ptys: Callable[..., Pty]) -> None:
    pty = ptys(80, 24)
    with by_hand(pty) as tracer:
        streams = [opened(tracer, f"stream {n}") for n in range(7)]
        tracer.flush()
        assert sum("─" in row for row in pty.screen()) == 7
        streams += [opened(tracer, f"stream {n}") for n in range(7, 14)]
        tracer.flush()
        rows = pty.screen()
        assert heads(rows) == [f"stream {n}" for n in range(14)]
        assert not any("─" in row for row in rows)
        for stream in streams:
            stream.end()


def test_one_long_block_is_cut_to_the_room_there_is(ptys: Callable[..., Pty]) -> None:
    pty = ptys(80, 24)
    with by_hand(pty) as tracer:
        stream = opened(tracer, "stream")
        stream.attrs({f"key {n:03}": n for n in range(100)})
        tracer.flush()
        rows = pty.screen()
        assert len(rows) == 15
        assert rows[-1] == "  … more"
        stream.end()


def test_a_span_with_five_thousand_children_is_a_page(ptys: Callable[..., Pty]) -> None:
    pty = ptys(80, 24)
    with by_hand(pty) as tracer:
        with tracer.create("import") as root:
            for number in range(5_000):
                with root.step(f"row {number}") as step:
                    if number == 2_500:
                        step.fail("odd")
        tracer.flush()
        rows = pty.everything()
    assert len(rows) < 60
    assert any("row 0 " in row for row in rows)
    assert any("row 2500 " in row and "[error]" in row for row in rows)
    assert any("row 4999 " in row for row in rows)
    assert "  … 4,959 more" in rows


EVIL = [
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b2J",
    "a\nb\r\nc\x0b\x0c",
    "\u202eevil\u202c\u2066x\u2069",
    "\u200bzero\u200d\ufeff",
    "\u2028\u2029\x85",
    "\x00\x7f\x08\x08\x08",
    "lone \udcff",
    "日本\u0301" * 40,
    "e" + "\u0301" * 300,
    "👩‍👩‍👧\ufe0f" * 20,
    "\x1b",
]


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_nothing_of_a_request_is_obeyed_by_the_terminal(
    ptys: Callable[..., Pty], evil: str
) -> None:
    """The emulator fails on every control byte that is not the view's own."""
    pty = ptys(47, 24)
    with by_hand(pty) as tracer:
        for _ in range(2):
            with tracer.create(evil, {evil: evil}) as root:
                root.event(evil, {evil: evil}, body=evil)
                root.link(evil, root.id, {evil: evil})
                root.exception(LookupError(evil))
                root.fail(evil)
                root.step(evil, {evil: evil}).start()
            finish(tracer, evil, 60)
            opened(tracer, evil)
            tracer.flush()
            pty.settle()
        pty.settle()
        assert pty.emulator.colour == 0
        assert pty.emulator.wraps


def test_a_pipe_gets_every_block_and_no_codes() -> None:
    out = io.StringIO()
    with TTYTracer(out=out) as tracer:
        rest(tracer)
        finish(tracer, "GET /x", 300)
        tracer.flush()
    assert len(heads(out.getvalue().split("\n"))) == 300
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    ("variables", "colours", "moves"),
    [
        ({}, True, True),
        ({"NO_COLOR": ""}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_the_environment_decides_what_a_terminal_gets(
    ptys: Callable[..., Pty],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    colours: bool,
    moves: bool,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    pty = ptys(40, 10)
    with by_hand(pty) as tracer:
        stream = opened(tracer, "stream")
        finish(tracer, "GET /x")
        tracer.flush()
        rows = pty.screen()
        assert ("stream" in "".join(rows)) is moves
        rule = next(row for row in pty.emulator.rows if "─" in row.text())
        assert (rule.colours[0] == 32) is colours
        stream.end()


@pytest.mark.parametrize(
    ("variables", "codes"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, False),
    ],
)
def test_a_file_gets_colours_only_where_they_are_forced(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], codes: bool
) -> None:
    """Colours, such as a log viewer knows; never a movement of the cursor."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    out = io.StringIO()
    with TTYTracer(out=out) as tracer:
        finish(tracer, "GET /x")
    assert ("\x1b" in out.getvalue()) is codes
    assert set(re.findall(r"\x1b\[[^m]*[A-Za-z]", out.getvalue())) <= {"\x1b[32m", "\x1b[0m"}


def test_what_is_open_at_the_end_stays_above_the_prompt(ptys: Callable[..., Pty]) -> None:
    pty = ptys(60, 24)
    with by_hand(pty) as tracer:
        opened(tracer, "stream")
        tracer.flush()
    pty.prints("$ ")
    rows = pty.screen()
    assert "stream" in rows[-2]
    assert rows[-1] == "$"


def test_a_terminal_that_does_not_read_holds_up_nobody(
    ptys: Callable[..., Pty], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The painter waits; spans are taken up to a bound, then counted, and shown when it reads."""
    monkeypatch.setattr("stario.telemetry.tty.forest._MAX_NEW", 500)
    pty = ptys(80, 24)
    with TTYTracer(out=pty.out) as tracer:
        pty.reads.clear()
        pty.prints("x")  # the reader takes this, and then waits
        deadline = time.monotonic() + WAIT
        while not tracer._painting.locked() or len(tracer._forest._new) < 500:
            began = time.monotonic()
            finish(tracer, "GET /" + "x" * 60, 100, a="y" * 60, b="z" * 60)
            assert time.monotonic() - began < 5
            assert time.monotonic() < deadline
            time.sleep(0.01)
        finish(tracer, "GET /", 1_000)
        assert len(tracer._forest._new) == 500
        pty.reads.set()
        pty.until(lambda: "not shown" in pty.emulator.screen()[-1])


def test_an_output_that_somebody_made_non_blocking_gets_all(ptys: Callable[..., Pty]) -> None:
    pty = ptys(80, 24)
    os.set_blocking(pty.out.fileno(), False)
    with by_hand(pty) as tracer:
        pty.reads.clear()
        finish(tracer, "GET /x", 24, **{f"{n}": "y" * 300 for n in range(50)})
        flushing = Thread(target=tracer.flush)
        flushing.start()
        flushing.join(0.5)
        assert flushing.is_alive()  # its terminal is full
        pty.reads.set()
        flushing.join(WAIT)
        assert not flushing.is_alive()
        os.set_blocking(pty.out.fileno(), True)
        assert heads(pty.everything()) == ["GET /x"] * 24


PROGRAM = """
import sys
from stario.telemetry.tty import TTYTracer
with TTYTracer() as tracer:
    for number in range(3_000):
        with tracer.create("GET /", {"n": number}):
            pass
        if number % 100 == 0:
            tracer._closing.wait(0.01)
    print("done", file=sys.stderr, flush=True)
    sys.stdin.read(1)
"""


@contextmanager
def program(stdout: int) -> "Generator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_process_ends_cleanly_while_its_terminal_does_not_read(
    ptys: Callable[..., Pty],
) -> None:
    """The painter is given up after a moment; what it holds must not stop the interpreter."""
    pty = ptys(80, 24)
    pty.reads.clear()
    pty.prints("x")
    termios.tcflow(pty.out.fileno(), termios.TCOOFF)  # as Ctrl-S does
    with program(pty.out.fileno()) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "done\n"
        told = process.communicate("x", WAIT)[1]
        assert (process.returncode, told) == (0, "")
    termios.tcflow(pty.out.fileno(), termios.TCOON)


@pytest.mark.parametrize("reads", [True, False], ids=["reads a little", "never reads"])
def test_a_pipe_that_is_closed_does_not_reach_the_application(reads: bool) -> None:
    reader, writer = os.pipe()
    with program(writer) as process:
        os.close(writer)
        if reads:
            os.read(reader, 100)
        os.close(reader)
        assert process.stderr is not None
        assert process.stderr.readline() == "done\n"
        told = process.communicate("x", WAIT)[1]
        assert (process.returncode, told) == (0, "")


def test_without_a_console_nothing_is_shown_and_nothing_piles_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with TTYTracer() as tracer:
        rest(tracer)
        finish(tracer, "GET /x", 10)
        tracer.flush()
        finish(tracer, "GET /x", 10)
        assert not tracer._forest._new


def test_a_terminal_that_hangs_up_does_not_reach_the_application(ptys: Callable[..., Pty]) -> None:
    pty = ptys(80, 24)
    with by_hand(pty) as tracer:
        finish(tracer, "GET /x")
        tracer.flush()
        pty.settle()
        pty.hang_up()
        for _ in range(3):
            finish(tracer, "GET /x", 10)
            tracer.flush()
        assert not tracer._forest._new  # nobody collects what nobody will see
