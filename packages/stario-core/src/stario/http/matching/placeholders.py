"""Patterns that share a parent agree on the placeholder below it: its name and its kind.

So it is plain which of them a request means, and what its value is called. The rule holds for
routes and for scopes alike.
"""

from collections.abc import Iterator
from typing import NamedTuple

from stario.exceptions import StarioError
from stario.http.matching.places import place_of
from stario.routing import UrlPath
from stario.routing.segment import Segment

type Parent = tuple[tuple[Segment, ...], tuple[Segment, ...] | None]


class Held(NamedTuple):
    """The placeholder below a parent, and who put it there with what."""

    segment: Segment
    pattern: UrlPath
    given: tuple[object, ...]


class Placeholders:
    """Which placeholder stands below which parent, and the pattern that put it there."""

    def __init__(self) -> None:
        self._held: dict[Parent, Held] = {}

    def admit(self, pattern: UrlPath, *given: object) -> None:
        """Take in the placeholders of `pattern`, or raise StarioError and take in none.

        `given` is what is registered there, a handler or middleware.
        """
        new = list(_placeholders(pattern))
        for parent, segment in new:
            held = self._held.get(parent)
            if held is not None and held.segment != segment:
                raise two_placeholders(Held(segment, pattern, given), held)
        for parent, segment in new:
            self._held.setdefault(parent, Held(segment, pattern, given))


def _placeholders(pattern: UrlPath) -> Iterator[tuple[Parent, Segment]]:
    labels, segments = pattern.labels, pattern.segments
    for at, label in enumerate(labels):
        if label.name:
            yield (labels[:at], None), label
    for at, segment in enumerate(segments):
        if segment.name:
            yield (labels, segments[:at]), segment


def two_placeholders(new: Held, held: Held) -> StarioError:
    return StarioError(
        f"{_told(new)} has {new.segment} where {_told(held)} has {held.segment}.",
        context={"pattern": new.pattern.text, "registered": held.pattern.text},
        help_text=f"One name and one kind can stand there: write {held.segment} in both, or put"
        " different exact text before it.",
    )


def _told(one: Held) -> str:
    places = ", ".join(map(place_of, one.given))
    return f"{one.pattern.text!r}, registered for {places}," if places else repr(one.pattern.text)
