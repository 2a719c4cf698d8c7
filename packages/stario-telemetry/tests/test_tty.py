"""The terminal view: what a block looks like, and when which bytes reach the terminal."""

import io
import itertools
import re
import time
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from stario.exceptions import StarioError
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan
from stario.telemetry.tty import TTYRenderer, TTYTracer
from stario.telemetry.tty.cells import cells, clip, safe
from stario.telemetry.tty.durations import duration_text
from stario.telemetry.tty.forest import Forest
from stario.telemetry.tty.painting import Painting
from stario.tracing import NOOP_TRACER, TelemetryStats

ROOT, CHILD, OTHER = UUID(int=0xA1A2A3A4), UUID(int=0xB1B2B3B4), UUID(int=0xC1C2C3C4)
MS = 1_000_000
WAIT = 10.0


class Terminal(io.StringIO):
    """A terminal of the fallback size that tells when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        count = super().write(text)
        self.written.set()
        return count


def a_span(name: str = "GET /x", **given: Any) -> RecordingSpan:
    given = {"start_ns": 0, "end_ns": 250 * MS} | given
    return RecordingSpan(ROOT, NOOP_TRACER, ROOT, None, name, **given)


def block(span: RecordingSpan, *children: RecordingSpan, width: int = 60) -> list[str]:
    tree: dict[UUID, list[RecordingSpan]] = {ROOT: list(children)}
    return TTYRenderer(width, tree, color=False).root_block(span).split("\n")


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (-5, "0.0 us"),
        (0, "0.0 us"),
        (9_500, "9.5 us"),
        (9_949, "9.9 us"),
        (9_950, "10 us"),
        (120_000, "120 us"),
        (999_499, "999 us"),
        (999_500, "1.0 ms"),
        (1_200_000, "1.2 ms"),
        (250 * MS, "250 ms"),
        (999_500_000, "1.00 s"),
        (1_500 * MS, "1.50 s"),
        (59_994 * MS, "59.99 s"),
        (59_995 * MS, "1:00 min"),
        (125_000 * MS, "2:05 min"),
        (3_599_600 * MS, "1:00:00"),
        (3_723_000 * MS, "1:02:03"),
        (360_000_000 * MS, "100:00:00"),
    ],
)
def test_durations_are_in_the_unit_that_fits(ns: int, text: str) -> None:
    assert duration_text(ns) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本", "plain é 日本"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\u2028\x7f\udcff", "\\u2028\\x7f\\udcff"),
    ],
)
def test_what_a_terminal_obeys_is_shown_escaped(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本", 4, "日本"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("ที่นี่", 2, "ที่นี่"),
        ("e" + "\u0301" * 100, 1, "e" + "\u0301" * 3),
    ],
)
def test_lines_are_clipped_by_cells(text: str, width: int, shown: str) -> None:
    assert clip(text, width) == shown
    assert cells(clip(text, width)) <= width


def test_a_block_is_a_rule_a_header_and_sorted_attributes() -> None:
    start = int(time.mktime((2026, 1, 2, 3, 4, 5, 0, 0, -1))) * 1_000 * MS + 67 * MS
    span = a_span(start_ns=start, end_ns=start + 250 * MS, attributes={"b": 1, "a": "x"})
    assert block(span, width=40) == [
        "─" * 40,
        "03:04:05.067 GET /x     250 ms  a1a2a3a4",
        "  a: x",
        "  b: 1",
    ]


def test_children_events_and_links_form_a_tree_in_order_of_time() -> None:
    late = RecordingSpan(CHILD, NOOP_TRACER, ROOT, ROOT, "late", 30 * MS, 40 * MS)
    early = RecordingSpan(OTHER, NOOP_TRACER, ROOT, ROOT, "early", 10 * MS, 15 * MS)
    early.attributes["k"] = "v"
    unborn = RecordingSpan(CHILD, NOOP_TRACER, ROOT, ROOT, "unborn")
    events = [RecordedEvent(20 * MS, "e", {"b": 2, "a": 1}, "one\r\n\ttwo")]
    span = a_span(events=events, links=[RecordedLink("from", OTHER)])
    assert block(span, late, early, unborn, width=50)[2:] == [
        "  link from c1c2c3c4",
        "  +10 ms early                    5.0 ms  c1c2c3c4",
        "    k: v",
        "  +20 ms e  a: 1, b: 2",
        "    one",
        "        two",
        "  +30 ms late                      10 ms  b1b2b3b4",
    ]


def test_where_there_is_no_room_a_step_keeps_its_name_and_its_place() -> None:
    step = RecordingSpan(CHILD, NOOP_TRACER, ROOT, ROOT, "query the users", 10 * MS, 15 * MS)
    step.attributes["k"] = "v"
    assert block(a_span(), step, width=30)[1:] == [
        "GET /x        250 ms  a1a2a3a4",
        "  query the users       5.0 ms",
        "    k: v",
    ]


def test_a_step_that_outlives_its_parent_is_marked_as_open() -> None:
    step = RecordingSpan(CHILD, NOOP_TRACER, ROOT, ROOT, "send mail", 10 * MS)
    assert " [open] " in block(a_span(), step)[2]
    assert "[open]" not in block(a_span(end_ns=None), step)[2]


def test_a_failed_span_says_so_before_its_duration() -> None:
    lines = block(a_span("[error] GET", error="why\nnot"))
    assert lines[1].endswith("[error] 250 ms  a1a2a3a4")
    assert lines[2] == "  error: why\\nnot"
    painted = TTYRenderer(60, {}).root_block(a_span("[error] GET", error=""))
    assert " [error] GET " in painted
    assert "\x1b[31m[error]\x1b[0m 250 ms" in painted


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"end_ns": None}, 36),
        ({}, 32),
        ({"attributes": {"response.status_code": 200}}, 32),
        ({"attributes": {"response.status_code": 302}}, 33),
        ({"attributes": {"response.status_code": 404}}, 33),
        ({"attributes": {"response.status_code": 500}}, 31),
        ({"attributes": {"response.status_code": "odd"}}, 32),
        ({"error": ""}, 31),
    ],
)
def test_the_rule_has_the_colour_of_the_state(given: dict[str, Any], code: int) -> None:
    first = TTYRenderer(30, {}).root_block(a_span(**given)).split("\n")[0]
    assert first == f"\x1b[{code}m{'─' * 30}\x1b[0m"


def test_no_color_means_no_codes_in_the_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b" not in TTYRenderer(30, {}).root_block(a_span(error="x"))


def test_no_line_is_wider_than_the_terminal_or_forged() -> None:
    """Everything that a request may choose is long, wide and full of control bytes."""
    evil = "日\x1b[2J\n\u202e" * 200
    child = RecordingSpan(CHILD, NOOP_TRACER, ROOT, ROOT, evil, 1, 2, evil)
    lines = block(
        a_span(
            evil,
            error=evil,
            attributes={evil: evil},
            events=[RecordedEvent(1, evil, {evil: evil}, evil)],
            links=[RecordedLink(evil, OTHER, {evil: evil})],
        ),
        child,
        width=47,
    )
    assert all(cells(line) <= 47 and line.isprintable() for line in lines)


@pytest.mark.parametrize(("width", "deepest"), [(200, 12), (60, 10), (40, 6), (20, 3)])
def test_steps_that_are_too_deep_to_be_indented_are_marked(width: int, deepest: int) -> None:
    ids = [UUID(int=n + 1) for n in range(40)]
    spans = [
        RecordingSpan(i, NOOP_TRACER, ids[0], None, f"s{i.int}", 0, 1, attributes={"k": i.int})
        for i in ids
    ]
    tree = {parent.id: [child] for parent, child in itertools.pairwise(spans)}
    lines = TTYRenderer(width, tree, color=False).root_block(spans[0]).split("\n")[1:]
    heads, attributes = lines[::2], lines[1::2]
    assert all(f"s{number} " in head for number, head in enumerate(heads, 1))
    assert [head.startswith(" " * 2 * (deepest - 2) + "> ") for head in heads] == [
        number > deepest for number in range(1, 41)
    ]
    assert attributes[-1] == "  " * deepest + "k: 40"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("one\n", ["one"]),
        ("one\n\n", ["one", ""]),
        ("line\n" * 60, ["line"] * 60),
        ("line\n" * 61, ["… 2 lines", *["line"] * 59]),
        ("line\n" * 5_000, ["… 4,941 lines", *["line"] * 59]),
    ],
)
def test_of_a_long_body_the_last_lines_are_shown(body: str, shown: list[str]) -> None:
    lines = block(a_span(events=[RecordedEvent(0, "e", None, body)]))
    assert [line.removeprefix("    ") for line in lines[3:]] == shown


def test_values_that_cannot_be_printed_are_named() -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError

    assert block(a_span(attributes={"k": Mute()}))[2] == "  k: <Mute whose str() failed>"


def test_live_text_holds_all_open_roots_by_start() -> None:
    first, second = a_span("first", start_ns=1, end_ns=None), a_span("second", end_ns=None)
    text = TTYRenderer(60, {}, color=False).live_text([first, second])
    assert re.findall("first|second", text) == ["second", "first"]
    assert TTYRenderer(60, {}).live_text([]) == ""


def test_without_a_terminal_only_finished_blocks_are_written_and_no_codes() -> None:
    out = io.StringIO()
    with TTYTracer(out=out) as tracer:
        with tracer.create("root") as root:
            with root.step("child"):
                tracer.flush()
            assert out.getvalue() == ""
        tracer.flush()
        assert out.getvalue().count("root") == 1
        tracer.create("never ended").start()
    assert "child" in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "never ended" not in out.getvalue()


def test_open_roots_are_repainted_below_the_finished_ones() -> None:
    out = Terminal()
    with TTYTracer(out=out) as tracer:
        tracer._closing.set()  # the painting thread rests: this test calls the turns
        stream = tracer.create("stream")
        stream.start()
        tracer.flush()
        live = r"\x1b\[\?7l\n\x1b\[36m─+\x1b\[0m\n.* stream .*\x1b\[\?7h\x1b\[2A\r"
        assert re.fullmatch(r"\x1b\[J {80}\r\x1b\[J" + live, out.getvalue())
        out.seek(0)
        out.truncate()
        with tracer.create("quick"):
            pass
        tracer.flush()
        quick = r"\x1b\[32m─+\x1b\[0m\n.* quick .*\n"
        assert re.fullmatch(r"\x1b\[J {80}\r\x1b\[J" + quick + live, out.getvalue())
        stream.end()


def test_the_thread_paints_without_being_asked() -> None:
    out = Terminal()
    with TTYTracer(out=out) as tracer:
        tracer.create("stream").start()
        assert out.written.wait(WAIT)
        out.written.clear()
        assert out.written.wait(WAIT)  # and again, since something is open
    assert out.getvalue().count("\x1b[2A\r") >= 2


def test_live_blocks_never_outgrow_the_screen() -> None:
    """What scrolled away cannot be erased: 24 lines are the fallback height."""
    out = Terminal()
    with TTYTracer(out=out) as tracer:
        tracer._closing.set()
        for number in range(50):
            tracer.create(str(number)).start()
        tracer.flush()
        assert out.getvalue().count("\n") < 24


def test_a_child_that_outlives_its_root_is_shown_when_it_ends() -> None:
    out = io.StringIO()
    with TTYTracer(out=out) as tracer:
        root = tracer.create("root")
        root.start()
        child = root.step("late child")
        child.start()
        root.end()
        tracer.flush()
        with child.step("grandchild"):
            pass
        child.end()
    _, first, second = out.getvalue().split("─" * 80)
    assert re.findall("root|late child|grandchild", first) == ["root", "late child"]
    assert re.findall("root|late child|grandchild", second) == ["late child", "grandchild"]


@pytest.mark.parametrize("finish", [False, True])
def test_a_parent_that_is_not_open_is_refused(finish: bool) -> None:
    with TTYTracer(out=io.StringIO()) as tracer:
        parent = tracer.create("parent")
        if finish:
            parent.start()
            parent.end()
        with pytest.raises(RuntimeError, match="is not open"):
            tracer.create("child", parent=parent)


def test_a_terminal_that_goes_away_does_not_reach_the_application() -> None:
    out = io.StringIO()
    with TTYTracer(out=out) as tracer:
        out.close()
        with tracer.create("root"):
            pass
        tracer.flush()
    assert tracer.stats() == TelemetryStats()


def test_a_terminal_without_unicode_gets_escapes() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    with TTYTracer(out=out) as tracer, tracer.create("日本"):
        pass
    assert b"\\u65e5\\u672c" in raw.getvalue()
    out.detach()


@pytest.mark.parametrize("out", [1, "traces.txt", io.BytesIO()])
def test_an_output_that_takes_no_text_is_refused(out: Any) -> None:
    with pytest.raises(TypeError, match="out must be an open text file, or None for standard"):
        TTYTracer(out=out)


def test_entering_comes_first_and_only_once() -> None:
    tracer = TTYTracer(out=io.StringIO())
    with pytest.raises(RuntimeError):
        tracer.create("x")
    with tracer, pytest.raises(StarioError, match="entered already"):
        tracer.__enter__()
    tracer.__exit__(None, None, None)


numbers = itertools.count(1_000)


def grow(forest: Forest, count: int, **given: Any) -> list[RecordingSpan]:
    """Add `count` spans with ids that nobody has."""
    made: list[RecordingSpan] = []
    for _ in range(count):
        own = UUID(int=next(numbers))
        trace, parent = given.get("trace", own), given.get("parent")
        made.append(RecordingSpan(own, NOOP_TRACER, trace, parent, "s", 1, given.get("end")))
        forest.add(made[-1])
    return made


def test_lost_roots_are_forgotten_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stario.telemetry.tty.forest._MAX_ROOTS", 3)
    forest = Forest()
    spans = grow(forest, 8)
    assert forest.take_finished() == []
    assert [root.span for root in forest.open_roots()] == spans[-3:]
    assert forest.missed == 5


def test_what_a_painter_does_not_take_is_bounded_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stario.telemetry.tty.forest._MAX_NEW", 3)
    forest = Forest()
    grow(forest, 8, end=2)
    assert len(forest.take_finished()) == 3
    assert forest.missed == 5
    assert not forest.has_news()


def test_of_many_children_the_first_the_last_the_failed_and_the_open_stay() -> None:
    forest = Forest()
    (root,) = grow(forest, 1)
    below = {"parent": root.id, "trace": root.id}
    children = grow(forest, 2_500, end=2, **below)
    (still_open,) = grow(forest, 1, **below)
    children[1_250].error = "odd"
    later = grow(forest, 2_500, end=2, **below)
    forest.take_finished()
    (tree,) = forest.open_roots()
    kept = [child.span for child in tree.children]
    assert kept[:50] == children[:50]
    assert kept[-200:] == later[-200:]
    assert children[1_250] in kept
    assert still_open in kept
    assert len(kept) <= 600
    assert tree.forgotten + len(kept) == 5_001


def test_steps_below_a_forgotten_one_are_no_roots() -> None:
    forest = Forest()
    (root,) = grow(forest, 1)
    children = grow(forest, 2_000, parent=root.id, trace=root.id)
    forest.take_finished()
    grow(forest, 1, parent=children[100].id, trace=root.id, end=2)
    root.end_ns = 3
    (tree,) = forest.take_finished()
    assert tree.span is root


def test_a_request_with_a_parent_elsewhere_is_a_root() -> None:
    """The caller's span is in another process: `traceparent` named it."""
    forest = Forest()
    (request,) = grow(forest, 1, parent=UUID(int=7), trace=UUID(int=8), end=2)
    (tree,) = forest.take_finished()
    assert tree.span is request


def test_all_spans_of_all_trees_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stario.telemetry.tty.forest._MAX_SPANS", 10)
    forest = Forest()
    roots = grow(forest, 5)
    for root in roots:
        grow(forest, 5, parent=root.id, trace=root.id, end=2)
        root.end_ns = 2
    trees = forest.take_finished()
    assert sum(len(tree.children) for tree in trees) == 5
    assert sum(tree.forgotten for tree in trees) == 20
    assert forest._known == {}


def test_a_chain_of_ten_thousand_steps_is_shown_and_forgotten() -> None:
    forest = Forest()
    (root,) = grow(forest, 1)
    above = root
    for _ in range(10_000):
        (above,) = grow(forest, 1, parent=above.id, trace=root.id, end=2)
    root.end_ns = 3
    (tree,) = forest.take_finished()
    lines = Painting(80, color=False).block(tree)
    assert 100 < len(lines) <= 400
    assert lines[-1].strip() == "… deeper"
    assert forest._known == {}
