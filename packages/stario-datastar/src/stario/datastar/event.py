"""An event as a value: its bytes on the wire, made once and sent to as many streams as need it."""

from stario.http.shared import SharedBytes


class Event(SharedBytes):
    """One server-sent event; `sse.send(event)` sends it. Made by `stario.datastar.events`."""

    def __repr__(self) -> str:
        return f"<Event {bytes(self)!r}>"
