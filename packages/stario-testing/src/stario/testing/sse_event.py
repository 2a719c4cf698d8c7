"""One server-sent event as a test reads it, and what Datastar's client reads out of it."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

from stario.testing.errors import no_signals

type Mode = Literal["outer", "inner", "replace", "prepend", "append", "before", "after", "remove"]
type Namespace = Literal["html", "svg", "mathml"]

PATCH_ELEMENTS = "datastar-patch-elements"
PATCH_SIGNALS = "datastar-patch-signals"


@dataclass(frozen=True, slots=True, repr=False)
class SseEvent:
    """An event. `event` is `message` where none was named; `retry` is in milliseconds.

    For Datastar's events the rest says what the client would do; for others it is None or False.
    """

    __test__: ClassVar[bool] = False

    event: str = "message"
    data: str = ""
    id: str | None = None
    retry: int | None = None

    def __repr__(self) -> str:
        given = {"event": self.event, "data": self.data, "id": self.id, "retry": self.retry}
        shown = (f"{name}={value!r}" for name, value in given.items() if value is not None)
        return f"SseEvent({', '.join(shown)})"

    def __str__(self) -> str:
        """The lines of the event, without the empty one at its end."""
        lines = [] if self.event == "message" else [f"event: {self.event}"]
        lines += [] if self.id is None else [f"id: {self.id}"]
        lines += [] if self.retry is None else [f"retry: {self.retry}"]
        return "\n".join([*lines, *(f"data: {line}" for line in self.data.split("\n"))])

    @property
    def elements(self) -> str | None:
        """The HTML of patched elements; empty for a removal, None for other events."""
        return "\n".join(self._all("elements")) if self.event == PATCH_ELEMENTS else None

    @property
    def selector(self) -> str | None:
        """The CSS selector of patched elements, or None where their ids say where they go."""
        return self._last("selector") or None

    @property
    def mode(self) -> Mode | None:
        """How elements are patched: `outer` where the event does not say."""
        return cast("Mode", self._last("mode") or "outer") if self.elements is not None else None

    @property
    def namespace(self) -> Namespace | None:
        """The namespace of patched elements: `html` where the event does not say."""
        found = self._last("namespace") or "html"
        return cast("Namespace", found) if self.elements is not None else None

    @property
    def signals(self) -> dict[str, Any] | None:
        """The merge patch of signals (RFC 7386), or None. Raises ValueError for other than JSON."""
        if self.event != PATCH_SIGNALS:
            return None
        text = "\n".join(self._all("signals"))
        try:
            patch = json.loads(text)
        except ValueError:
            patch = None
        if not isinstance(patch, dict):
            raise no_signals(text)
        return cast("dict[str, Any]", patch)

    @property
    def only_if_missing(self) -> bool:
        """Signals that the page has stay as they are."""
        return self.event == PATCH_SIGNALS and self._last("onlyIfMissing") == "true"

    def _all(self, name: str) -> list[str]:
        pairs = (line.partition(" ") for line in self.data.split("\n"))
        return [value for key, _, value in pairs if key == name]

    def _last(self, name: str) -> str:
        if self.event not in (PATCH_ELEMENTS, PATCH_SIGNALS):
            return ""
        return (self._all(name) or [""])[-1]


def event_of(block: dict[str, str]) -> SseEvent | None:
    """Return the event of a block, or None for one that only sets an id or a time."""
    if "event" not in block and "data" not in block:
        return None
    return SseEvent(
        block.get("event") or "message", block.get("data", ""), block.get("id"), retry_of(block)
    )


def retry_of(block: dict[str, str]) -> int | None:
    """Return the milliseconds of a block; only digits are a time."""
    text = block.get("retry", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
