"""Small pieces of markup that features share."""

from datetime import UTC, datetime

from stario.datastar import Signal, data
from stario.markup import HtmlElement
from stario.markup import html as h

# The browser knows the time zone, the server does not.
_LOCAL = (
    "el.textContent = new Date(el.dateTime).toLocaleTimeString([],"
    " {hour: '2-digit', minute: '2-digit'});"
    " el.title = new Date(el.dateTime).toLocaleString()"
)


def local_time(seconds: float) -> HtmlElement:
    """A time of day: of UTC until a script makes it that of the reader."""
    time = datetime.fromtimestamp(seconds, UTC)
    return h.Time(
        {"datetime": f"{time:%Y-%m-%dT%H:%M:%SZ}"},
        data.ignore_morph(),  # or each patch would bring UTC back
        data.init(_LOCAL),
        f"{time:%H:%M} UTC",
    )


def error_view(signal: Signal) -> HtmlElement:
    """The sentence about what is wrong with a field, when there is one."""
    return h.P(
        {"class": "error", "role": "alert", "style": "display: none"},
        data.show(signal.error),
        data.text(signal.error),
    )


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
