"""Where a browser was when its stream broke (HTML Living Standard, 9.2.4)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stario.http.request import Request


def last_event_id(req: "Request") -> str | None:
    """Return the id of the last event that the browser got before it connected again, or None.

    It is what an event was given with `event_id`; but anybody may send anything in this field.
    """
    value = req.headers.get("last-event-id")
    return value.encode("latin-1").decode("utf-8", "replace") if value else None
