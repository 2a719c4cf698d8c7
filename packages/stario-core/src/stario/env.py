"""Settings from the environment.

A reader takes a variable's name and its default. Unset, empty or blank is the default, ends are
stripped, and bad text is a ValueError that names the variable, the value and what is accepted.
Ranges are checked by the object that is built from the settings. No `.env` file is ever loaded.
"""

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stario.exceptions import StarioError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "bad_setting",
    "is_present",
    "read_bool",
    "read_enum",
    "read_float",
    "read_int",
    "read_list",
    "read_octal",
    "read_path",
    "read_str",
]

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_OCTAL = re.compile(r"(?:0[oO])?([0-7]+)", re.ASCII)
_SHOWN = 80


def is_present(name: str) -> bool:
    """Say whether the variable exists, even empty; this is how `NO_COLOR` is read."""
    return name in os.environ


def read_str[D](name: str, default: D) -> str | D:
    """Read text, stripped at both ends."""
    return _text(name) or default


def read_bool[D](name: str, default: D) -> bool | D:
    """Read `1 true yes on` or `0 false no off`, in any case."""
    if not (text := _text(name)):
        return default
    if (word := text.lower()) not in _TRUE + _FALSE:
        raise _unreadable(name, text, "1, true, yes or on, or 0, false, no or off")
    return word in _TRUE


def read_int[D](name: str, default: D) -> int | D:
    """Read what `int()` reads."""
    if not (text := _text(name)):
        return default
    try:
        return int(text)
    except ValueError:
        raise _unreadable(name, text, "a whole number") from None


def read_float[D](name: str, default: D) -> float | D:
    """Read what `float()` reads, except `nan`, which no range has room for."""
    if not (text := _text(name)):
        return default
    try:
        value = float(text)
    except ValueError:
        raise _unreadable(name, text, "a number") from None
    if value != value:
        raise _unreadable(name, text, "a number")
    return value


def read_octal[D](name: str, default: D) -> int | D:
    """Read file permission bits: `660`, `0660` or `0o660`, up to 7777."""
    if not (text := _text(name)):
        return default
    digits = _OCTAL.fullmatch(text)
    if digits is None or (value := int(digits[1], 8)) > 0o7777:
        raise _unreadable(name, text, "octal digits from 0 to 7777, such as 660 or 0o660")
    return value


def read_path[D](name: str, default: D) -> "Path | D":
    """Read a file system path. A path that is set but blank is a mistake, not the default."""
    if name not in os.environ:
        return default
    if not (text := _text(name)) or "\0" in text:
        raise _unreadable(name, text, "a path that is not blank (unset it for the default)")
    from pathlib import Path  # which takes as long as all of this package's settings

    return Path(text)


def read_enum[C: str, D](name: str, choices: Sequence[C], default: D) -> C | D:
    """Read one of `choices`, in any case, and return it as it is spelled there."""
    if not (text := _text(name)):
        return default
    for choice in choices:
        if choice.lower() == text.lower():
            return choice
    raise _unreadable(name, text, "one of " + ", ".join(choices))


def read_list[D](name: str, default: D) -> tuple[str, ...] | D:
    """Read texts between commas, each stripped at both ends; empty ones are left out."""
    texts = tuple(text.strip() for text in _text(name).split(","))
    return tuple(filter(None, texts)) or default


def bad_setting(error: ValueError, variables: str = "the environment variable") -> StarioError:
    """Return the StarioError that a `*_from_env` function raises for a ValueError.

    `variables` names them where the error's sentence does not, as in `STARIO_REQUESTS_*`.
    """
    return StarioError(str(error), help_text=f"Correct {variables}, or unset it for the default.")


def _text(name: str) -> str:
    return os.environ.get(name, "").strip()


def _unreadable(name: str, text: str, accepted: str) -> ValueError:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return ValueError(f"{name} is {shown!r}, but takes {accepted}.")
