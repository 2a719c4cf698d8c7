"""Signal and event names, and how they survive inside an attribute name.

HTML lower-cases attribute names, and the client turns the key back into a name: `-x` into `X`
unless a `case` modifier says otherwise. The key written here is the one that comes back unchanged.
"""

import re
from functools import lru_cache
from typing import Literal

from stario.datastar.errors import bad_signal_name, hyphens_with_capitals, not_one_of
from stario.datastar.signal import Signal, SignalName, signal_name

type Case = Literal["kebab", "snake", "pascal", "camel"]

_SEGMENT = "[A-Za-z0-9_]+(?:-+[A-Za-z0-9_]+)*"
SIGNAL_NAME = rf"{_SEGMENT}(?:\.{_SEGMENT})*"
_SIGNAL = re.compile(SIGNAL_NAME)
_SNAKE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_CAPITAL = re.compile("[A-Z]")
_WORD_START = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CASES = ("kebab", "snake", "pascal", "camel")


# Bounded: names are the developer's, but a careless application can make them from input.
@lru_cache(maxsize=1024)
def signal_path(name: SignalName) -> tuple[str, ...]:
    """Split a signal name into its segments; raises `StarioError` when it is not a name."""
    if isinstance(name, Signal):
        name = signal_name(name)
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_signal_name(name)
    if "__" in name or _SIGNAL.fullmatch(name) is None:
        raise bad_signal_name(name)
    return tuple(name.split("."))


def checked_signal(name: SignalName) -> str:
    """Give the name back if it is one of a signal, the bare name for a `Signal`."""
    signal_path(name)
    return signal_name(name) if isinstance(name, Signal) else name


@lru_cache(maxsize=1024)
def signal_key(name: SignalName) -> tuple[str, str | None]:
    """Give the key that the client reads back as this signal, and its `case` modifier if any."""
    name = checked_signal(name)
    lowered = name.lower()
    if "-" in name:
        if name != lowered:
            raise hyphens_with_capitals(name)
        return name, "case.kebab"
    if name[0].isupper():
        return hyphenated(name)[1:], "case.pascal"
    if name != lowered:
        return hyphenated(name), None
    if _SNAKE.fullmatch(name):
        return name.replace("_", "-"), "case.snake"
    return name, None


@lru_cache(maxsize=1024)
def event_key(event: str, case: Case) -> tuple[str, str | None]:
    """Give the key of an event in kebab-case, and its `case` modifier if it is not kebab.

    Under camel and pascal every capital gets its own hyphen, so that `DOMContentLoaded` comes back.
    """
    if case not in _CASES:
        raise not_one_of("The case", case, _CASES)
    if case in ("camel", "pascal"):
        return hyphenated(event).removeprefix("-").replace("_", "-"), f"case.{case}"
    kebab = _WORD_START.sub("-", event).replace("_", "-").lower()
    return kebab, None if case == "kebab" else f"case.{case}"


def hyphenated(name: str) -> str:
    """Write each capital as a hyphen and its small letter."""
    return _CAPITAL.sub(lambda found: f"-{found[0].lower()}", name)
