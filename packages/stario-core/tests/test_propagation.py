"""`traceparent` and `tracestate`: what is read, from whom, what is ignored, and what is written."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import stario.responses as responses
from stario import Context, Span, Writer
from stario.exceptions import StarioError
from stario.http.config import ServerConfig, server_config_from_env
from stario.http.trust.proxies import TrustedProxies
from stario.propagation import RemoteParent, propagate, read_trace_context, traceparent
from stario.tracing import NOOP_SPAN, NoOpSpan, NoOpTracer, ProxySpan

if TYPE_CHECKING:
    from conftest import WireFactory

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def read(parent: str, *states: str) -> RemoteParent | None:
    return read_trace_context([parent], states)


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        (GOOD, 1),
        (f"  {GOOD}\t", 1),
        (f"00-{TRACE}-{SPAN}-00", 0),
        (f"00-{TRACE}-{SPAN}-03", 3),  # level 2: the trace id is random
        (f"00-{TRACE}-{SPAN}-ff", 3),  # flags that nobody knows are not passed on
        (f"01-{TRACE}-{SPAN}-01", 1),  # a later version, as far as it is the same
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like", 1),
    ],
)
def test_a_good_traceparent_names_trace_span_and_flags(value: str, flags: int) -> None:
    parent = read(value)
    assert parent is not None
    assert (parent.trace_id, parent.id) == (UUID(hex=TRACE), UUID(int=int(SPAN, 16)))
    assert (parent.trace_flags, parent.trace_state, parent.parent_id) == (flags, "", None)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "00",
        GOOD[:-1],
        GOOD + "0",
        GOOD + "-more",  # version 00 has four parts
        GOOD + "\n",
        GOOD.upper(),
        GOOD.replace("-", "_"),
        f"ff-{TRACE}-{SPAN}-01",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}g-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0x",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"cc-{TRACE}-{SPAN}-01-" + "x" * 200,
        f"00-{TRACE}-{SPAN}-0\u0661",
        f"00-{TRACE}-{SPAN}-01, 00-{TRACE}-{SPAN}-01",
    ],
)
def test_any_other_names_nothing(value: str) -> None:
    assert read(value) is None


def test_two_name_nothing() -> None:
    assert read_trace_context([GOOD, GOOD], []) is None
    assert read_trace_context([], ["a=1"]) is None


@pytest.mark.parametrize(
    ("states", "passed_on"),
    [
        (["congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"], "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"),
        (["a=1", "b=2"], "a=1,b=2"),
        (["a=1 , ,\tb=2"], "a=1,b=2"),
        (["fw529a3039@dt=x y"], "fw529a3039@dt=x y"),
        (["a=1,a=2"], ""),
        (["A=1"], ""),
        (["a"], ""),
        (["a="], ""),
        (["a=b=c"], ""),
        (["a=\x01"], ""),
        (["a=é"], ""),
        (["a=1", "b=\r\nset-cookie: x"], ""),
        ([",".join(f"k{number}=v" for number in range(33))], ""),
        (["a=" + "x" * 300, "b=" + "x" * 300], ""),
    ],
)
def test_a_good_tracestate_is_passed_on_and_a_bad_one_dropped_alone(
    states: list[str], passed_on: str
) -> None:
    parent = read(GOOD, *states)
    assert parent is not None
    assert parent.trace_state == passed_on


def test_a_span_is_written_with_the_lower_half_of_its_id() -> None:
    span = NoOpSpan(UUID(int=0xABC << 64 | 0xDEF), UUID(hex=TRACE), None)
    assert traceparent(span) == f"00-{TRACE}-0000000000000def-01"
    assert propagate(span) == {"traceparent": traceparent(span)}


def test_what_was_read_is_written_the_same() -> None:
    parent = read(f"00-{TRACE}-{SPAN}-02", "a=1")
    assert parent is not None
    fields = {"traceparent": f"00-{TRACE}-{SPAN}-02", "tracestate": "a=1"}
    assert propagate(parent) == propagate(ProxySpan(parent)) == fields
    assert repr(parent) == f"<RemoteParent 00-{TRACE}-{SPAN}-02>"


@pytest.mark.parametrize(
    "span", [NOOP_SPAN, ProxySpan(NOOP_SPAN), NoOpSpan(UUID(int=1 << 64), UUID(int=1), None)]
)
def test_a_span_without_ids_writes_nothing(span: Span) -> None:
    assert (traceparent(span), propagate(span)) == ("", {})


class ParentTracer(NoOpTracer):
    """Keeps the parents that it was given."""

    def __init__(self) -> None:
        self.parents: list[Span | None] = []

    def create(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> NoOpSpan:
        self.parents.append(parent)
        return NOOP_SPAN


async def parents_of(
    site: "WireFactory", callers: tuple[str, ...], fields: bytes, **extra: Any
) -> list[str]:
    async def hello(_c: Context, w: Writer) -> None:
        responses.text(w, "hello")

    site.app.get("/", hello)
    site.tracer = tracer = ParentTracer()
    site.callers = TrustedProxies(callers)
    wire = site.connect(**extra)
    answer = await wire.answer_to(b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    return ["" if parent is None else traceparent(parent) for parent in tracer.parents]


FIELD = f"TraceParent: {GOOD}\r\n".encode()
NEAR, FAR = {"peername": ("10.0.0.7", 5)}, {"peername": ("203.0.113.9", 5)}


@pytest.mark.parametrize(
    ("callers", "peer", "believed"),
    [
        ((), NEAR, False),
        (("10.0.0.0/8",), NEAR, True),
        (("10.0.0.0/8",), FAR, False),
        (("*",), FAR, True),
        (("unix",), NEAR, False),
        (("unix",), {"peername": ""}, True),
    ],
)
async def test_a_trace_goes_on_where_its_caller_is_trusted(
    site: "WireFactory", callers: tuple[str, ...], peer: dict[str, Any], believed: bool
) -> None:
    """By default nobody is: strangers would choose trace ids, and what is sampled."""
    found = await parents_of(site, callers, FIELD, **peer)
    assert found == [GOOD if believed else ""]


@pytest.mark.parametrize(("client", "believed"), [("10.0.0.9", True), ("203.0.113.9", False)])
async def test_the_caller_is_who_stands_behind_the_proxies(
    site: "WireFactory", client: str, believed: bool
) -> None:
    """A proxy passes on the field of a stranger, so its own address is no reason to believe."""
    site.proxies = TrustedProxies(("10.0.0.7",))
    fields = FIELD + f"X-Forwarded-For: {client}\r\n".encode()
    found = await parents_of(site, ("10.0.0.0/8",), fields, **NEAR)
    assert found == [GOOD if believed else ""]


@pytest.mark.parametrize("fields", [b"", b"TraceParent: no\r\n", FIELD * 2])
async def test_a_trusted_caller_may_send_none_or_a_bad_one(
    site: "WireFactory", fields: bytes
) -> None:
    assert await parents_of(site, ("*",), fields, **NEAR) == [""]


def test_trusted_callers_are_checked_and_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(StarioError, match="trusted_callers must be"):
        ServerConfig(trusted_callers=("localhost",))
    monkeypatch.setenv("STARIO_TRUSTED_CALLERS", "10.0.0.0/8, unix")
    assert server_config_from_env().trusted_callers == ("10.0.0.0/8", "unix")
