"""What is said to a client whose bytes are refused before a handler sees them, and to the tracer.

Every refusal ends the connection: nobody knows where in the bytes the next request would begin.
"""

from typing import TYPE_CHECKING

from stario.http.wire import phrase

if TYPE_CHECKING:
    from stario.http.connection.clock import Clock
    from stario.http.connection.reader import Fault
    from stario.tracing import Tracer


def refusal_of(fault: "Fault", clock: "Clock") -> bytes:
    """Return the whole answer; to HEAD its head (RFC 9110, 9.3.2)."""
    text = f"{phrase(fault.status)}: {fault.reason}.\n".encode()
    head = (
        b"%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n"
        % (clock.status_head(fault.status), len(text))
    )
    return head + b"\r\n" + (b"" if fault.is_for_head else text)


def full_house(clock: "Clock") -> bytes:
    """Return the answer to a connection that is one too many."""
    return b"%bcontent-length: 0\r\nconnection: close\r\n\r\n" % clock.status_head(503)


def trace_refusal(fault: "Fault", tracer: "Tracer") -> None:
    """Tell the tracer, in a trace of its own, what was refused and why."""
    span = tracer.create("HTTP", {**fault.request, "response.status_code": fault.status})
    span.start()
    span.fail(fault.reason)
    span.end()
