"""An event as a value: its bytes on the wire, made once and sent to as many streams as need it."""

from stario.datastar.line import one_line
from stario.http.shared import SharedBytes


class Event(SharedBytes):
    """One server-sent event; `sse.send(event)` sends it. Made by `stario.datastar.events`."""

    def with_id(self, event_id: str) -> "Event":
        """Return this event with an id, which comes back as `Last-Event-ID`.

        It stands after the event line, in place of an id that was there. Raises `StarioError` for
        CR, LF or NUL in it.
        """
        line = b"id: %b\n" % one_line("id", event_id).encode("utf-8", "replace")
        name, rest = b"", bytes(self)
        if rest.startswith(b"event:"):
            name, _, rest = rest.partition(b"\n")
            name += b"\n"
        if rest.startswith(b"id:"):
            rest = rest.partition(b"\n")[2]
        return Event(b"".join((name, line, rest)))

    def __repr__(self) -> str:
        return f"<Event {bytes(self)!r}>"
