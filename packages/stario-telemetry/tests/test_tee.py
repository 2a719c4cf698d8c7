"""One span for several tracers: who gets what, in which order, and that none hurts another."""

import io
import json
import re
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from stario.exceptions import StarioError
from stario.propagation import RemoteParent, propagate
from stario.telemetry.json import JsonTracer
from stario.telemetry.policy import SpanPolicy
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import RecordingSpan, TracedSpan
from stario.telemetry.sqlite import SqliteTracer, TraceFileError
from stario.telemetry.tee import TeeTracer, tee
from stario.telemetry.tty import TTYTracer
from stario.tracing import (
    NOOP_SPAN,
    NOOP_TRACER,
    Attributes,
    EventBody,
    NoOpTracer,
    ProxySpan,
    Span,
    TelemetryStats,
    Tracer,
)


class Keeping(RecordingTracer):
    """Keeps what it gets, and writes into a shared log when it is entered and left."""

    def __init__(self, name: str = "a", log: list[str] | None = None) -> None:
        self.name = name
        self.log: list[str] = [] if log is None else log
        self.ended: list[RecordingSpan] = []
        self.lost = TelemetryStats()

    def __enter__(self) -> Self:
        self._was_entered = True
        self.log.append(f"{self.name} in")
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.log.append(f"{self.name} out")

    def on_end(self, span: Span) -> None:
        assert isinstance(span, RecordingSpan)
        self.ended.append(span)

    def stats(self) -> TelemetryStats:
        return self.lost


class Failing(Keeping):
    """Raises wherever it is told to."""

    def __init__(self, name: str, log: list[str], *at: str) -> None:
        super().__init__(name, log)
        self.at = at

    def __enter__(self) -> Self:
        if "enter" in self.at:
            raise OSError("no entry")
        return super().__enter__()

    def __exit__(self, *exc: Any) -> None:
        super().__exit__(*exc)
        if "exit" in self.at:
            raise OSError("no exit")

    def on_end(self, span: Span) -> None:
        if "on_end" in self.at:
            raise OSError("no end")
        super().on_end(span)

    def stats(self) -> TelemetryStats:
        if "stats" in self.at:
            raise OSError("no stats")
        return super().stats()


class ForeignSpan:
    """A span that only follows the protocol, and writes down what it is told."""

    def __init__(self, tracer: "Foreign", name: str, parent: Span | None) -> None:
        self.id = uuid4()
        self.trace_id = self.id if parent is None else parent.trace_id
        self.parent_id = None if parent is None else parent.id
        self.tracer = tracer
        self.name = name
        self.told: list[Any] = []

    def _tell(self, *what: Any) -> None:
        self.told.append(what)
        if self.tracer.fails:
            raise OSError("foreign trouble")

    def start(self) -> None:
        self._tell("start")

    def __enter__(self) -> Self:
        self._tell("enter")
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._tell("exit", exc_type)

    def event(
        self, name: str, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        self._tell("event", name, attributes, body)

    def exception(
        self, exc: BaseException, attributes: Attributes | None = None, /, *, body: EventBody = None
    ) -> None:
        self._tell("exception", exc, attributes, body)

    def attr(self, name: str, value: Any) -> None:
        self._tell("attr", name, value)

    def attrs(self, attributes: Attributes) -> None:
        self._tell("attrs", attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        self._tell("set", name, value)

    def step(self, name: str, attributes: Attributes | None = None, /) -> Span:
        raise AssertionError("the tee makes the steps")

    def new_trace(self, name: str, attributes: Attributes | None = None, /) -> Span:
        raise AssertionError("the tee makes the traces")

    def link(self, name: str, span_id: UUID, attributes: Attributes | None = None, /) -> None:
        self._tell("link", name, span_id, attributes)

    def rename(self, name: str) -> None:
        self._tell("rename", name)

    def fail(self, message: str) -> None:
        self._tell("fail", message)

    def end(self) -> None:
        self._tell("end")


class Foreign:
    """A tracer that only follows the protocol."""

    def __init__(self, *, fails: bool = False, refuses: bool = False) -> None:
        self.made: list[ForeignSpan] = []
        self.fails = fails
        self.refuses = refuses

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        pass

    def create(
        self,
        name: str,
        attributes: Attributes | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> Span:
        if self.refuses:
            raise OSError("no spans today")
        self.made.append(ForeignSpan(self, name, parent))
        return self.made[-1]

    def on_end(self, span: Span) -> None:
        raise AssertionError("nobody hands it another's span")

    def stats(self) -> TelemetryStats:
        return TelemetryStats(dropped_spans=1)


def test_a_tee_of_one_is_that_one_and_of_none_records_nothing() -> None:
    one = Keeping()
    assert tee(one) is one
    assert tee(NOOP_TRACER, one, NoOpTracer()) is one
    assert tee() is NOOP_TRACER
    assert tee(NOOP_TRACER) is NOOP_TRACER


def test_nested_tees_are_one_and_what_comes_twice_is_there_once() -> None:
    a, b, c = Keeping("a"), Keeping("b"), Keeping("c")
    made = tee(tee(a, b), tee(b, tee(c, a)))
    assert isinstance(made, TeeTracer)
    assert made.tracers == (a, b, c)
    assert repr(made) == "<TeeTracer Keeping, Keeping, Keeping>"


def test_a_tracer_that_inherits_from_the_noop_is_not_left_out() -> None:
    class Mine(NoOpTracer): ...

    mine, other = Mine(), Keeping()
    made = tee(mine, other)
    assert isinstance(made, TeeTracer)
    assert made.tracers == (mine, other)


def test_every_tracer_gets_the_one_recorded_span() -> None:
    a, b = Keeping("a"), Keeping("b")
    with tee(a, b) as both, both.create("root", {"k": 1}) as root:
        kind: type[Span] = type(root)
        with root.step("child") as child:
            assert child.parent_id == root.id
    assert kind is TracedSpan  # no wrapper where nobody needs one
    assert [span.name for span in a.ended] == ["child", "root"]
    assert all(one is other for one, other in zip(a.ended, b.ended, strict=True))


def test_ids_parents_and_errors_agree_in_json_sqlite_and_the_terminal(tmp_path: Path) -> None:
    out, screen = io.StringIO(), io.StringIO()
    file = tmp_path / "t.sqlite3"
    made = tee(JsonTracer(out), SqliteTracer(file), TTYTracer(out=screen))
    with made, made.create("root") as root, pytest.raises(LookupError), root.step("child"):
        raise LookupError("gone")
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    told = {(UUID(s["span_id"]).bytes, s["name"], s["status"], s.get("error")) for s in lines}
    with sqlite3.connect(file) as database:
        rows = set(database.execute("SELECT span_id, name, status, error FROM spans"))
        parents = set(database.execute("SELECT name, parent_id FROM spans"))
    database.close()
    assert told == rows
    assert {
        (s["name"], s.get("parent_id") and UUID(s["parent_id"]).bytes) for s in lines
    } == parents
    assert f"  {root.id.hex[-8:]}\n" in screen.getvalue()
    assert "[error]" in screen.getvalue()


def test_entering_goes_in_order_and_leaving_backwards() -> None:
    log: list[str] = []
    with tee(Keeping("a", log), Keeping("b", log), Keeping("c", log)):
        log.append("between")
    assert log == ["a in", "b in", "c in", "between", "c out", "b out", "a out"]


def test_one_that_cannot_be_entered_ends_the_start_and_the_entered_are_left() -> None:
    log: list[str] = []
    made = tee(Keeping("a", log), Failing("b", log, "enter"), Keeping("c", log))
    with pytest.raises(OSError, match="no entry"):
        made.__enter__()
    assert log == ["a in", "a out"]
    with pytest.raises(RuntimeError, match="before it is entered"):
        made.create("x")


def test_a_trace_file_that_cannot_be_opened_is_told_as_it_is_alone(tmp_path: Path) -> None:
    made = tee(JsonTracer(io.StringIO()), SqliteTracer(tmp_path))
    with pytest.raises(TraceFileError), made:
        pass


def test_each_is_left_whatever_the_others_raise() -> None:
    log: list[str] = []
    made = tee(Keeping("a", log), Failing("b", log, "exit"), Keeping("c", log))
    with pytest.raises(OSError, match="no exit"), made:
        pass
    assert log[-3:] == ["c out", "b out", "a out"]
    made.__exit__(None, None, None)  # a second time does nothing


def test_entering_twice_is_refused() -> None:
    with tee(Keeping(), Keeping()) as made, pytest.raises(StarioError, match="entered already"):
        made.__enter__()


def test_one_that_raises_at_the_end_of_a_span_hurts_nobody_and_is_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = Keeping("good")
    with tee(Failing("bad", [], "on_end", "stats"), good) as made:
        for _ in range(3):
            with made.create("s"):
                pass
        stats = made.stats()
    assert len(good.ended) == 3
    assert stats.writer_error_count == 3
    assert stats.last_writer_error == "OSError: no end"
    assert capsys.readouterr().err == (
        "[stario] tee tracer: cannot write, going on with the others: OSError: no end\n"
    )


def test_stats_are_summed_and_the_latest_error_is_kept() -> None:
    a, b = Keeping(), Keeping()
    a.lost = TelemetryStats(1, 2, 3, "older", 10)
    b.lost = TelemetryStats(10, 20, 30, "newer", 11)
    assert tee(b, a).stats() == TelemetryStats(11, 22, 33, "newer", 11)
    assert tee(Keeping(), Keeping()).stats() == TelemetryStats()


def test_nothing_is_created_before_entering() -> None:
    with pytest.raises(RuntimeError, match="TeeTracer creates no spans before it is entered"):
        tee(Keeping(), Foreign()).create("x")


def test_a_tracer_of_another_make_is_told_the_same() -> None:
    foreign, kept = Foreign(), Keeping()
    error, target = LookupError("x"), uuid4()
    with tee(kept, foreign) as made:
        span = made.create("root", {"a": 1})
        span.start()
        span["k"] = 1
        span.attr("k", 2)
        span.attrs({"m": 3})
        span.event("e", {"n": 4}, body="text")
        span.exception(error)
        span.link("from", target)
        span.rename("new")
        span.fail("why")
        span.end()
    assert foreign.made[0].told == [
        ("start",),
        ("attr", "k", 1),
        ("attr", "k", 2),
        ("attrs", {"m": 3}),
        ("event", "e", {"n": 4}, "text"),
        ("exception", error, None, None),
        ("link", "from", target, None),
        ("rename", "new"),
        ("fail", "why"),
        ("end",),
    ]
    (recorded,) = kept.ended
    assert recorded.attributes == {"a": 1, "k": 2, "m": 3}
    assert [event.name for event in recorded.events] == ["e", "exception"]
    assert (recorded.name, recorded.error, recorded.links[0].span_id) == ("new", "why", target)
    assert made.stats().dropped_spans == 1


def test_ids_are_those_of_the_foreign_tracer_and_its_steps_have_its_parents() -> None:
    first, second, kept = Foreign(), Foreign(), Keeping()
    with tee(kept, first, second) as made, made.create("root") as root:
        with ProxySpan(root).step("child") as child, child.step("grandchild"):
            pass
        with root.new_trace("other"):
            pass
    grandchild, inner, other, outer = kept.ended
    ids = {span.name: span.id for span in first.made}
    assert {span.name: span.id for span in kept.ended} == ids
    assert grandchild.parent_id == ids["child"]
    assert inner.parent_id == child.parent_id == ids["root"]
    assert grandchild.trace_id == outer.trace_id == outer.id == root.trace_id
    assert other.trace_id == other.id
    assert [span.parent_id for span in second.made[:3]] == [
        None,
        second.made[0].id,
        second.made[1].id,
    ]


def test_a_foreign_tracer_that_raises_costs_only_its_own_spans() -> None:
    kept = Keeping()
    with tee(Foreign(fails=True), kept, Foreign(refuses=True)) as made:
        with made.create("root") as root, root.step("child"):
            pass
        stats = made.stats()
    assert [span.name for span in kept.ended] == ["child", "root"]
    assert stats.writer_error_count == 6  # two spans: create, start, exit
    assert stats.last_writer_error in ("OSError: foreign trouble", "OSError: no spans today")


def test_a_foreign_tracer_that_leaves_spans_out_does_not_give_them_its_zeros() -> None:
    class Sampling(Foreign):
        def create(
            self,
            name: str,
            attributes: Attributes | None = None,
            /,
            *,
            parent: Span | None = None,
        ) -> Span:
            return NOOP_SPAN

    kept = Keeping()
    with tee(kept, Sampling()) as made:
        for _ in range(2):
            with made.create("root"):
                pass
    assert len({span.id for span in kept.ended}) == 2
    assert all(span.id.int for span in kept.ended)


def test_the_rules_of_a_span_hold_with_a_foreign_tracer() -> None:
    with tee(Keeping(), Foreign()) as made:
        span = made.create("x")
        with pytest.raises(RuntimeError, match="cannot end before"):
            span.end()
        with pytest.raises(RuntimeError, match="is not open"):
            span.step("child")
        span.start()
        with pytest.raises(TypeError, match="not int"):
            span.event("e", body=3)  # pyright: ignore[reportArgumentType]
        assert repr(span).startswith("<FanOutSpan of <RecordingSpan 'x' open>")


def test_a_tracer_with_a_create_of_its_own_gets_spans_of_its_own() -> None:
    """Such as one that counts: a span that it did not create would surprise it."""

    class Counting(Keeping):
        count = 0

        def create(
            self,
            name: str,
            attributes: Attributes | None = None,
            /,
            *,
            parent: Span | None = None,
        ) -> RecordingSpan:
            self.count += 1
            return super().create(name, attributes, parent=parent)

    counting, kept = Counting(), Keeping()
    with tee(kept, counting) as made, made.create("root") as root, root.step("child"):
        pass
    assert counting.count == 2
    assert [span.id for span in counting.ended] == [span.id for span in kept.ended]
    assert {span.tracer for span in counting.ended} == {counting}


def test_the_policy_of_the_tracers_is_that_of_the_tee(tmp_path: Path) -> None:
    """Secrets stay secret, and traces outside the sample are written only when they fail."""
    policy = SpanPolicy(sample=0.0, redact=("pin",))
    out = io.StringIO()
    file = tmp_path / "t.sqlite3"
    with tee(JsonTracer(out, policy=policy), SqliteTracer(file, policy=policy)) as made:
        with made.create("good", {"pin": "1234"}):
            pass
        with made.create("bad", {"pin": "1234"}) as span, span.step("child") as child:
            child.fail("odd")
        assert type(span).__name__ == "UnsampledSpan"
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {line["name"] for line in lines} == {"bad", "child"}
    assert "1234" not in out.getvalue()
    with sqlite3.connect(file) as database:
        rows = set(database.execute("SELECT name FROM spans"))
    database.close()
    assert rows == {("bad",), ("child",)}


def test_tracers_of_different_policies_each_keep_to_their_own() -> None:
    sampled, everything = io.StringIO(), io.StringIO()
    screen = io.StringIO()
    few = JsonTracer(sampled, policy=SpanPolicy(sample=0.0, redact=("pin",)))
    with tee(few, JsonTracer(everything), TTYTracer(out=screen)) as made:
        with made.create("good", {"pin": "1234"}):
            pass
        with made.create("bad", {"pin": "1234"}) as root, root.step("child"):
            root.fail("odd")
    kept = [json.loads(line) for line in sampled.getvalue().splitlines()]
    every = [json.loads(line) for line in everything.getvalue().splitlines()]
    assert {line["name"] for line in kept} == {"bad", "child"}
    assert [line["name"] for line in every] == ["good", "child", "bad"]
    assert "1234" not in sampled.getvalue()
    assert everything.getvalue().count("1234") == 2
    assert screen.getvalue().count("pin: 1234") == 2
    ids = {line["name"]: line["span_id"] for line in every}
    assert all(line["span_id"] == ids[line["name"]] for line in kept)


def test_open_spans_are_seen_by_those_that_look_at_them(tmp_path: Path) -> None:
    """A tee must not hide from the database what a killed process was doing."""

    class Looking(Keeping):
        def __init__(self) -> None:
            super().__init__()
            self.created: list[RecordingSpan] = []

        def on_create(self, span: RecordingSpan) -> None:
            self.created.append(span)

    looking, sqlite = Looking(), SqliteTracer(tmp_path / "t.sqlite3", flush_interval=0.05)
    with tee(looking, sqlite) as made:
        span = made.create("open")
        assert type(span) is TracedSpan
        assert looking.created == [span]
        assert sqlite._open_spans.created or not sqlite._idle


def test_a_tee_is_a_tracer_to_type_checkers() -> None:
    made: Tracer = tee(Foreign(), Keeping())
    assert isinstance(made, TeeTracer)


@pytest.mark.parametrize("given", [None, [Keeping()], "json", Keeping])
def test_what_is_no_tracer_is_named(given: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"not {given!r}.")):
        tee(given)


def test_a_span_among_foreign_ones_sends_on_what_its_trace_was_told() -> None:
    """A trace outside the sample is not announced to others as one within."""
    policy = SpanPolicy(sample=0.0)
    with tee(JsonTracer(io.StringIO(), policy=policy), Foreign()) as made:
        caller = RemoteParent(1, uuid4().int, 0, "a=1")
        fields = propagate(made.create("x", parent=caller))
    assert fields["traceparent"].endswith("-00")
    assert fields["tracestate"] == "a=1"
