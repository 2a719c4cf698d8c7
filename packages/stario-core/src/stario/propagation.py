"""A trace across services: `traceparent` and `tracestate` (W3C Trace Context, levels 1 and 2).

A span's id on the wire is the lower half of its UUID, and the trace's id is the whole one. What a
caller sent and cannot be read is ignored, as if it had sent nothing (section 2.2.2 and 3.3.1.4).
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from stario.tracing import NoOpSpan

if TYPE_CHECKING:
    from stario.tracing import Span

__all__ = ["RemoteParent", "propagate", "read_trace_context", "traceparent"]

SAMPLED = 1
# Flags that are passed on as they came: level 2 says so of "random trace id", and no more exist.
_RANDOM = 2
_LOWER_HALF = (1 << 64) - 1

# Later versions may be longer than this one; no header of theirs is as long as the limit.
_TRACEPARENT_MAX = 128
_TRACEPARENT = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
# Section 3.3.1.5: at least 512 characters are to be passed on; 3.3.1.1: at most 32 members.
_TRACESTATE_MAX = 512
_MEMBERS_MAX = 32
_MEMBER = re.compile(
    r"[a-z0-9][a-z0-9_\-*/@]{0,255}="
    r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]",
)


class RemoteParent(NoOpSpan):
    """The caller's span, as far as its `traceparent` tells: a parent for `Tracer.create`.

    `id` has the 64 bits of the wire in its lower half.
    """

    __slots__ = ("trace_flags", "trace_state")

    def __init__(self, span: int, trace: int, flags: int, state: str = "") -> None:
        super().__init__(UUID(int=span), UUID(int=trace), None)
        self.trace_flags = flags & (SAMPLED | _RANDOM)
        self.trace_state = state

    def __repr__(self) -> str:
        return f"<RemoteParent {traceparent(self)}>"


def read_trace_context(parents: Sequence[str], states: Sequence[str]) -> RemoteParent | None:
    """Return the parent that the values of `traceparent` and `tracestate` name, or None.

    Two of `traceparent` name none. A bad `tracestate` is left out alone.
    """
    if len(parents) != 1 or len(parents[0]) > _TRACEPARENT_MAX or not parents[0].isascii():
        return None
    match = _TRACEPARENT.fullmatch(parents[0].strip(" \t").encode())
    if match is None or (match[1] == b"00" and match[5]):
        return None
    trace, span, flags = (int(match[part], 16) for part in (2, 3, 4))
    return RemoteParent(span, trace, flags, _state(states))


def _state(values: Sequence[str]) -> str:
    """Return the members of all fields in one, or nothing where one is malformed."""
    if sum(map(len, values)) > _TRACESTATE_MAX:
        return ""
    members = [member.strip(" \t") for value in values for member in value.split(",")]
    members = [member for member in members if member]
    keys = {member.partition("=")[0] for member in members}
    if len(members) > _MEMBERS_MAX or len(keys) < len(members):
        return ""
    return ",".join(members) if all(map(_MEMBER.fullmatch, members)) else ""


def traceparent(span: "Span") -> str:
    """Return the header that names `span` as the parent of what is called next.

    It is `""` for a span that records nothing and has no ids.
    """
    own, trace = span.id.int & _LOWER_HALF, span.trace_id.int
    if not own or not trace:
        return ""
    flags: int = getattr(span, "trace_flags", SAMPLED)
    return f"00-{trace:032x}-{own:016x}-{flags:02x}"


def propagate(span: "Span") -> dict[str, str]:
    """Return the header fields that carry the trace of `span` into a request to another service.

    `await client.get(url, headers=propagate(span))`. Empty for a span that records nothing.
    """
    fields = {"traceparent": parent} if (parent := traceparent(span)) else {}
    state: str = getattr(span, "trace_state", "")
    if fields and state:
        fields["tracestate"] = state
    return fields
