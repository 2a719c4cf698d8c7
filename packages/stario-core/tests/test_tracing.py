"""The tracing interface: spans that record nothing, and the proxy that stands for another span."""

from typing import Any
from uuid import UUID

import pytest
from stario.tracing import (
    NOOP_TRACER,
    NoOpSpan,
    NoOpTracer,
    ProxySpan,
    Span,
    TelemetryStats,
    Tracer,
)

ZERO = UUID(int=0)
ONE = UUID(int=1)


class Told:
    """Stands in for a span and keeps what it was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.id = self.trace_id = ONE
        self.parent_id = ZERO
        self.tracer = NOOP_TRACER

    def __getattr__(self, name: str) -> Any:
        def note(*args: Any, **kwargs: Any) -> str:
            self.calls.append((name, args, kwargs))
            return f"result of {name}"

        return note

    def __enter__(self) -> None:
        self.calls.append(("__enter__", (), {}))

    def __exit__(self, *args: Any) -> None:
        self.calls.append(("__exit__", args, {}))


def a_span(tracer: Tracer) -> Span:
    """Holds NoOpTracer to the protocol, for the type checker too."""
    return tracer.create("x")


def test_stats_start_at_zero_and_do_not_change() -> None:
    stats = TelemetryStats()
    assert stats == TelemetryStats(0, 0, 0, None, None)
    with pytest.raises(AttributeError):
        stats.dropped_spans = 1  # type: ignore[misc]


def test_a_noop_tracer_creates_without_being_entered() -> None:
    """Its spans have all-zero ids, whatever their place in a trace."""
    tracer = NoOpTracer()
    root = a_span(tracer)
    child = tracer.create("y", {"k": 1}, parent=root)
    for span in (root, child):
        assert isinstance(span, NoOpSpan)
        assert (span.id, span.trace_id, span.parent_id) == (ZERO, ZERO, None)
    assert tracer.stats() == TelemetryStats()


def test_a_noop_span_takes_every_call_at_any_time() -> None:
    span = NoOpSpan(ONE, ONE, ZERO)
    assert (span.id, span.trace_id, span.parent_id) == (ONE, ONE, ZERO)
    span.end()
    span.start()
    span.attr("k", 1)
    span.attrs({"k": 1})
    span["k"] = object()
    span.event("e", {"k": 1}, body="text")
    span.exception(ValueError("x"))
    span.link("l", ONE, {"k": 1})
    span.rename("other")
    span.fail("because")
    assert isinstance(span.step("s"), NoOpSpan)
    assert isinstance(span.new_trace("t"), NoOpSpan)
    NOOP_TRACER.on_end(span)
    assert span.tracer is NOOP_TRACER


def test_a_noop_span_lets_exceptions_pass() -> None:
    with pytest.raises(ZeroDivisionError), NoOpTracer() as tracer, tracer.create("x"):
        _ = 1 / 0


@pytest.mark.parametrize(
    ("method", "args", "kwargs"),
    [
        ("start", (), {}),
        ("event", ("e", {"k": 1}), {"body": "b"}),
        ("exception", (ValueError(), {"k": 1}), {"body": None}),
        ("attr", ("k", 1), {}),
        ("attrs", ({"k": 1},), {}),
        ("step", ("s", {"k": 1}), {}),
        ("new_trace", ("t", None), {}),
        ("link", ("l", ONE, {"k": 1}), {}),
        ("rename", ("n",), {}),
        ("fail", ("m",), {}),
        ("end", (), {}),
    ],
)
def test_a_proxy_passes_every_call_on(
    method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    told: Any = Told()
    result = getattr(ProxySpan(told), method)(*args, **kwargs)
    assert told.calls == [(method, args, kwargs)]
    if method in ("step", "new_trace"):
        assert result == f"result of {method}"


def test_a_proxy_sets_items_as_attributes() -> None:
    told: Any = Told()
    ProxySpan(told)["k"] = 1
    assert told.calls == [("attr", ("k", 1), {})]


def test_a_proxy_has_the_identity_of_its_span() -> None:
    told: Any = Told()
    proxy = ProxySpan(told)
    assert (proxy.id, proxy.trace_id, proxy.parent_id) == (ONE, ONE, ZERO)
    assert proxy.tracer is NOOP_TRACER


def test_entering_a_proxy_gives_the_proxy_and_enters_its_span() -> None:
    """What was entered can still be replaced."""
    told: Any = Told()
    with ProxySpan(told) as proxy:
        assert type(proxy) is ProxySpan
    assert told.calls == [("__enter__", (), {}), ("__exit__", (None, None, None), {})]


def test_a_replaced_proxy_stands_for_the_new_span_only() -> None:
    first: Any = Told()
    second: Any = Told()
    proxy = ProxySpan(first)
    proxy.replace(second)
    proxy.fail("m")
    assert first.calls == []
    assert second.calls == [("fail", ("m",), {})]
