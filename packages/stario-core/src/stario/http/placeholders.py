"""Patterns that share a parent agree on the placeholder below it: its name and its kind.

So it is plain which of them a request means, and what its value is called. The rule holds for
routes and for scopes alike.
"""

from collections.abc import Iterator

from stario.exceptions import StarioError
from stario.routing import UrlPath
from stario.routing.segment import Segment

type Parent = tuple[tuple[Segment, ...], tuple[Segment, ...] | None]


class Placeholders:
    """Which placeholder stands below which parent, and the pattern that put it there."""

    def __init__(self) -> None:
        self._held: dict[Parent, tuple[Segment, UrlPath]] = {}

    def admit(self, pattern: UrlPath) -> None:
        """Take in the placeholders of `pattern`, or raise StarioError and take in none."""
        new = list(_placeholders(pattern))
        for parent, segment in new:
            held = self._held.get(parent)
            if held is not None and held[0] != segment:
                raise two_placeholders(segment, pattern, *held)
        for parent, segment in new:
            self._held.setdefault(parent, (segment, pattern))


def _placeholders(pattern: UrlPath) -> Iterator[tuple[Parent, Segment]]:
    labels, segments = pattern.labels, pattern.segments
    for at, label in enumerate(labels):
        if label.name:
            yield (labels[:at], None), label
    for at, segment in enumerate(segments):
        if segment.name:
            yield (labels, segments[:at]), segment


def two_placeholders(
    segment: Segment, pattern: UrlPath, held: Segment, holder: UrlPath
) -> StarioError:
    return StarioError(
        f"{pattern.text!r} has {segment} where {holder.text!r} has {held}.",
        context={"pattern": pattern.text, "registered": holder.text},
        help_text="Use the same placeholder in both, or different exact text before it.",
    )
