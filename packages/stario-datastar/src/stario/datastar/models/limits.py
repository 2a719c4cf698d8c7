"""What a value may be beyond its type: written in `Annotated`, checked where signals are read.

Our own `Limits` is one spelling. Whatever has attributes of these names is another, so that the
constraints of annotated-types and of msgspec count as well.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

from stario.datastar.errors import bad_limits
from stario.datastar.models import sentences

type Check = Callable[[Any], str | None]
"""Gives what is wrong with a value, or None."""

MAX_TEXT = 10_000
"""Characters of a `str` without `max_length`: some pages, and nothing that could fill a disk."""
MAX_ITEMS = 1_000
"""Entries of a list, a set or a mapping without `max_length`."""
MAX_FILE = 1_048_576
"""Bytes of a file without `max_length`."""
MAX_SAFE = 2**53 - 1
"""The largest whole number that a browser holds exactly: bounds an `int` without bounds."""

LENGTHS = frozenset(("min_length", "max_length"))
BOUNDS = frozenset(("ge", "gt", "le", "lt"))
_CHECKED = (*LENGTHS, *BOUNDS, "pattern")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a field may be: `title: Annotated[str, Limits(min_length=1, max_length=80)]`.

    What is sent is held to them, and a default is not: a field that has to be sent has none.
    Lengths count characters of a text, entries of a list, bytes of a file. `ge`, `gt`, `le`, `lt`
    are bounds of numbers, dates and times. The whole text has to match `pattern`. `message` is the
    sentence for people, instead of ours, whatever is wrong. Raises `StarioError` for a length that
    is not a whole number from 0, for limits that nothing can meet, for a pattern that cannot be
    compiled, and for a message that is not text.
    """

    min_length: int | None = None
    max_length: int | None = None
    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    pattern: str | None = None
    message: str | None = None
    whole: bool = True
    """Whether `pattern` has to match all of the text, or is searched in it as msgspec does."""

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern or "").search("")  # which a pattern for bytes refuses
            can_be_met = self._has_lengths() and self._has_bounds()
        except (re.error, TypeError) as error:
            raise bad_limits(self) from error
        if not (can_be_met and isinstance(self.message, str | None)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_limits(self)

    def _has_lengths(self) -> bool:
        shortest = 0 if self.min_length is None else self.min_length
        longest = shortest if self.max_length is None else self.max_length
        return type(shortest) is int and type(longest) is int and 0 <= shortest <= longest

    def _has_bounds(self) -> bool:
        lowest = [bound for bound in (self.ge, self.gt) if bound is not None]
        highest = [bound for bound in (self.le, self.lt) if bound is not None]
        return all(low <= high for low in lowest for high in highest)

    def given(self) -> set[str]:
        """Name the limits that are set."""
        return {name for name in _CHECKED if getattr(self, name) is not None}

    def over(self, inner: "Limits") -> "Limits":
        """Join these with limits closer to the type; these win where both are set."""
        if inner == NO_LIMITS:
            return self
        names = [field.name for field in fields(self) if field.name != "whole"]
        mine = {name: getattr(self, name) for name in names}
        both = {name: getattr(inner, name) if mine[name] is None else mine[name] for name in names}
        return Limits(**both, whole=inner.whole if self.pattern is None else self.whole)


NO_LIMITS = Limits()


def limits_in(metadata: Iterable[object]) -> Limits:
    """Read the limits out of the metadata of an `Annotated`; what knows none of them is skipped."""
    limits = NO_LIMITS
    for one in metadata:
        limits = _limits_of(one).over(limits)
    return limits


def _limits_of(metadata: object) -> Limits:
    if isinstance(metadata, Limits):
        return metadata
    if getattr(metadata, "multiple_of", None) is not None:
        raise bad_limits(metadata)
    found = {name: getattr(metadata, name, None) for name in _CHECKED}
    return Limits(**found, whole=False) if any(v is not None for v in found.values()) else NO_LIMITS


def text_checks(limits: Limits) -> list[Check]:
    """Check a text: its length first, so that no pattern sees a long one."""
    checks = length_checks(limits, MAX_TEXT, "character")
    if limits.pattern is not None:
        compiled = re.compile(limits.pattern)
        matches = compiled.fullmatch if limits.whole else compiled.search
        checks.append(lambda text: None if matches(text) else sentences.FORM)
    return checks


def length_checks(limits: Limits, at_most: int, unit: str) -> list[Check]:
    """Check a length, which has a bound also where the limits have none."""
    longest = at_most if limits.max_length is None else limits.max_length
    shortest = limits.min_length or 0
    too_long = sentences.at_most(longest, unit)
    too_short = sentences.at_least(shortest, unit)

    def check(value: Any) -> str | None:
        size = len(value)
        if size > longest:
            return too_long
        if size >= shortest:
            return None
        return too_short if size else sentences.FILL_IN if shortest == 1 else too_short

    return [check]


def bound_checks(limits: Limits) -> list[Check]:
    """Check that a value lies within its bounds."""
    checks: list[Check] = []
    if (ge := limits.ge) is not None:
        checks.append(lambda v: None if v >= ge else sentences.at_least(ge))
    if (gt := limits.gt) is not None:
        checks.append(lambda v: None if v > gt else sentences.more_than(gt))
    if (le := limits.le) is not None:
        checks.append(lambda v: None if v <= le else sentences.at_most(le))
    if (lt := limits.lt) is not None:
        checks.append(lambda v: None if v < lt else sentences.less_than(lt))
    return checks
