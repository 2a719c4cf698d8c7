"""Server-sent events, read as the HTML standard says (section 9.2.6), but as plain dicts.

A block of comments is none; so is, for `iter_events`, one that only says `retry`.
"""

import codecs
from collections.abc import AsyncIterator, Callable
from typing import Self

_FIELDS = ("event", "id", "retry", "data")


class EventStream:
    """Iterates over events. It keeps what it has read, so a loop can be left and taken up again."""

    def __init__(self, open_pieces: Callable[[], AsyncIterator[bytes]]) -> None:
        self._open_pieces = open_pieces
        self._parser = EventParser()
        self._ready: list[dict[str, str]] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, str]:
        while not self._ready:
            blocks = self._parser.feed(await anext(self._open_pieces()))
            for block in blocks:
                block.pop("retry", None)
            self._ready += filter(None, blocks)
        return self._ready.pop(0)


class EventParser:
    """Turns bytes into events; an event is there when its empty line is."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._first = True
        self._after_cr = False
        self._block: dict[str, str] = {}

    @property
    def unfinished(self) -> str:
        """What was read of an event whose empty line is not there."""
        lines = [f"{name}: {value}" for name, value in self._block.items()]
        return "\n".join([*lines, self._text]).strip()

    def feed(self, data: bytes) -> list[dict[str, str]]:
        """Return the events that these bytes complete."""
        text = self._decoder.decode(data)
        if self._after_cr and text:
            text = text.removeprefix("\n")  # the other half of a CRLF
        self._after_cr = text.endswith("\r") or (self._after_cr and not text)
        self._text += text
        if self._first and self._text:
            self._text = self._text.removeprefix("\ufeff")
            self._first = False
        events: list[dict[str, str]] = []
        for line in self._lines():
            if line:
                self._take(line)
            elif self._block:
                events.append(self._block)
                self._block = {}
        return events

    def _lines(self) -> list[str]:
        """Take the lines that are complete; they end in CR, LF or CRLF."""
        *lines, self._text = self._text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return lines

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name not in _FIELDS:
            return  # a comment
        if name == "data" and "data" in self._block:
            value = f"{self._block['data']}\n{value}"
        self._block[name] = value
