"""When a listener runs: times, debounces and throttles as modifiers of an attribute name."""

from math import isfinite
from re import compile as pattern
from typing import Literal

from stario.datastar.errors import bad_flags, bad_time

type TimeValue = int | float | str
"""Seconds as a number, or a whole number with `ms` or `s`."""

type Debounce = (
    TimeValue
    | tuple[TimeValue, Literal["leading", "notrailing"]]
    | tuple[TimeValue, Literal["leading", "notrailing"], Literal["leading", "notrailing"]]
)
type Throttle = (
    TimeValue
    | tuple[TimeValue, Literal["noleading", "trailing"]]
    | tuple[TimeValue, Literal["noleading", "trailing"], Literal["noleading", "trailing"]]
)

_WRITTEN_TIME = pattern("[0-9]+(?:ms|s)")
_DEBOUNCE_FLAGS = ("leading", "notrailing")
_THROTTLE_FLAGS = ("noleading", "trailing")


def time_to_string(time: TimeValue) -> str:
    """Write a time as Datastar reads it: `1` is `1s`, `0.5` is `500ms`."""
    match time:
        case bool():
            raise bad_time(time)
        case int() if time >= 0:
            return f"{time}s"
        case float() if time >= 0 and isfinite(time * 1000):
            return f"{round(time * 1000)}ms"
        case str() if _WRITTEN_TIME.fullmatch(time):
            return time
        case _:
            raise bad_time(time)


def debounce_to_string(d: Debounce) -> str:
    """Write a debounce as a modifier: `("300ms", "leading")` is `debounce.300ms.leading`."""
    return _flagged("debounce", d, _DEBOUNCE_FLAGS)


def throttle_to_string(t: Throttle) -> str:
    """Write a throttle as a modifier: `(1, "trailing")` is `throttle.1s.trailing`."""
    return _flagged("throttle", t, _THROTTLE_FLAGS)


def timings(
    delay: TimeValue | None = None,
    debounce: Debounce | None = None,
    throttle: Throttle | None = None,
) -> tuple[str | None, str | None, str | None]:
    """Give the three modifiers of time in the order in which they are written."""
    return (
        None if delay is None else f"delay.{time_to_string(delay)}",
        None if debounce is None else debounce_to_string(debounce),
        None if throttle is None else throttle_to_string(throttle),
    )


def _flagged(kind: str, value: Debounce | Throttle, allowed: tuple[str, str]) -> str:
    if not isinstance(value, tuple):
        return f"{kind}.{time_to_string(value)}"
    time, flags = value[:1], value[1:]
    first, second = allowed
    if not time or flags not in ((first,), (second,), allowed, (second, first)):
        raise bad_flags(kind, value, allowed)
    return ".".join((kind, time_to_string(time[0]), *flags))
