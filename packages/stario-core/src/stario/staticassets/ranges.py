"""The `range` field of RFC 9110, section 14.2: one range of bytes, or why there is none.

Only ASCII digits are numbers here, and a number of any length costs linear time.
"""

from typing import NamedTuple

_OWS = " \t"
# More digits than any file's size has; int() would refuse 5,000 of them and be slow before that.
_DIGITS_MAX = 18
_BEYOND_ANY_FILE = 10**_DIGITS_MAX


class ByteRange(NamedTuple):
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1


class Unsatisfiable:
    """The answer is 416: several ranges, junk, or nothing of it inside the file."""


UNSATISFIABLE = Unsatisfiable()


def parse_range(value: str, size: int) -> ByteRange | Unsatisfiable | None:
    """Return the range of a file of `size` bytes; None when the field is to be ignored.

    It is ignored when its unit is not bytes. The last byte is clamped to the file's.
    """
    unit, equals, ranges = value.partition("=")
    if not equals or unit.strip(_OWS).lower() != "bytes":
        return None
    wanted = [one for one in (part.strip(_OWS) for part in ranges.split(",")) if one]
    return _resolve(wanted[0], size) if len(wanted) == 1 else UNSATISFIABLE


def _resolve(wanted: str, size: int) -> ByteRange | Unsatisfiable:
    first_text, dash, last_text = wanted.partition("-")
    first, last = _number(first_text), _number(last_text)
    if not dash:
        return UNSATISFIABLE
    if first_text == "":
        return _suffix(last, size)
    if first is None or first >= size:
        return UNSATISFIABLE
    if last_text == "":
        return ByteRange(first, size - 1)
    if last is None or last < first:
        return UNSATISFIABLE
    return ByteRange(first, min(last, size - 1))


def _suffix(length: int | None, size: int) -> ByteRange | Unsatisfiable:
    if not length or not size:
        return UNSATISFIABLE
    return ByteRange(max(size - length, 0), size - 1)


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= _DIGITS_MAX else _BEYOND_ANY_FILE
