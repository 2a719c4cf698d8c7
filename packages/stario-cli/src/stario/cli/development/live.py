"""What open pages are told while an app is developed: which run of the app answers, or why none.

A page has a script of ours that holds a stream open. When the app restarts, the stream ends; the
next one begins with another run, and the page brings itself up to date.
"""

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple, Self

from stario.http.context import Context, Handler
from stario.http.writer import Writer

# Not a path that an app would have; theirs would be shadowed while it is watched.
_PREFIX = "/_stario/"
SCRIPT, STREAM = _PREFIX + "reload.js", _PREFIX + "live"


class Run(NamedTuple):
    """One start of the app: its name, and how many changes came before it.

    `styles` counts those in which a style sheet changed, `others` those in which anything else did.
    """

    id: str
    styles: int = 0
    others: int = 0

    @classmethod
    def from_order(cls, order: Mapping[str, object]) -> Self:
        """Read what `watch` said when it had the app loaded."""
        styles, others = (_number(order.get(name)) for name in ("styles", "others"))
        return cls(str(order.get("run", "")), styles, others)

    def tag(self, nonce: str = "", *, broken: bool = False) -> bytes:
        """Return the element that puts the script into a page; the nonce is for its policy.

        A page that only says why there is no app is `broken`, and is not patched but loaded anew.
        """
        given = f' nonce="{escape(nonce)}"' if nonce else ""
        given += " data-broken" if broken else ""
        return (
            f'<script src="{SCRIPT}"{given} data-stario-live="{STREAM}"'
            f' data-run="{escape(self.id)}" data-styles="{self.styles}"'
            f' data-others="{self.others}"></script>'
        ).encode()


class Live:
    """Answers the script and the stream. `broken` is a title and a text, where no app runs."""

    def __init__(self, run: Run, broken: Mapping[str, str] | None = None) -> None:
        news: dict[str, object] = {**run._asdict(), "broken": broken and dict(broken)}
        self._event = b"data: " + json.dumps(news).encode() + b"\n\n"
        self._handlers: dict[str, Handler] = {SCRIPT: self._script, STREAM: self._stream}

    def handler(self, path: str) -> Handler | None:
        """Return what answers a path of ours; None for a path of the app's."""
        return self._handlers.get(path)

    async def _script(self, c: Context, w: Writer) -> None:
        w.headers.set("cache-control", "no-cache")
        w.respond(_script(), b"text/javascript; charset=utf-8")

    async def _stream(self, c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/event-stream")
        w.headers.set("cache-control", "no-store")
        w.heartbeat(b":\n\n")
        w.write(self._event)
        async with c.alive():
            await c.disconnect


@cache
def _script() -> bytes:
    return Path(__file__).with_name("reload.js").read_bytes()


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
