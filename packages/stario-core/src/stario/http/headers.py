"""Header fields: a case-insensitive multi-map that keeps names in lower case.

A field is checked on its way in and kept as the bytes of the wire, so what is inside can be sent
as it is: no CR, LF or NUL ever gets past `add` and `set`.
"""

import re
from collections.abc import Iterable
from typing import Self, overload

type FieldLines = dict[str, bytes | list[bytes]]
type WireLines = list[tuple[bytes, bytes]]


class FieldNames(frozenset[bytes]):
    """Names in lower case that somebody looks for: told by their `lengths` first, which is quick.

    Of the dozen fields that a browser sends, few are as long as one of these.
    """

    __slots__ = ("lengths",)
    lengths: frozenset[int]

    def __new__(cls, names: Iterable[bytes]) -> Self:
        known = super().__new__(cls, names)
        known.lengths = frozenset(map(len, known))
        return known


_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
CONTROL_CHARACTER = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # TAB is none (RFC 9110, 5.5)
# Names are remembered in the spelling that they came in: this many, none longer than this.
_KNOWN_NAMES_MAX = 1024
_KNOWN_LENGTH = 64
_known_names: dict[str, str] = {}
_known_wire_names: dict[bytes, str] = {}


class KnownLines(list[tuple[bytes, bytes]]):
    """The lines of a head that comes again and again, and what was `found` in them; read-only."""

    __slots__ = ("found",)

    def __init__(self, lines: WireLines) -> None:
        super().__init__(lines)
        self.found: dict[FieldNames, dict[bytes, bytes]] = {}


class Headers:
    """Header fields by name, without regard to case; `items` has one entry per line.

    Names are tokens of RFC 9110, section 5.1; values are Latin-1 text without control characters
    except TAB, section 5.5. Anything else is a ValueError.
    """

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: FieldLines = {}

    @classmethod
    def from_wire(cls, lines: WireLines) -> Self:
        """Take fields that a parser has checked. Internal: nothing is validated.

        White space behind a value is no part of it (RFC 9112, 5.1); the parser leaves it there.
        """
        headers = cls()
        for name, value in lines:
            key = _known_wire_names.get(name) or _wire_name(name)
            add_line(headers._lines, key, value.rstrip())
        return headers

    def add(self, name: str, value: str) -> None:
        """Append a line, beside those of the same name."""
        add_line(self._lines, field_name(name), field_value(value))

    def set(self, name: str, value: str) -> None:
        """Replace every line of this name by one."""
        self._lines[field_name(name)] = field_value(value)

    def setdefault(self, name: str, value: str) -> str:
        """Set the field unless it is there, and return what is there."""
        key = field_name(name)
        if key not in self._lines:
            self._lines[key] = field_value(value)
        return _first(self._lines[key]).decode("latin-1")

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get[T](self, name: str, default: T) -> str | T: ...
    def get(self, name: str, default: object = None) -> object:
        """Return the value of the first line of this name."""
        found = self._lines.get(field_name(name))
        return default if found is None else _first(found).decode("latin-1")

    def getlist(self, name: str) -> list[str]:
        """Return the values of all lines of this name."""
        found = self._lines.get(field_name(name), [])
        values = found if isinstance(found, list) else [found]
        return [value.decode("latin-1") for value in values]

    def remove(self, name: str) -> None:
        """Drop every line of this name, if there is one."""
        self._lines.pop(field_name(name), None)

    def items(self) -> list[tuple[str, str]]:
        """Return the lines, one entry each, in the order of their names' first appearance."""
        return [(name, value.decode("latin-1")) for name, value in self.wire_items()]

    def wire_items(self) -> list[tuple[str, bytes]]:
        """Return the lines like `items`, with the values as bytes. Internal."""
        found: list[tuple[str, bytes]] = []
        for name, value in self._lines.items():
            if isinstance(value, list):
                found.extend((name, one) for one in value)
            else:
                found.append((name, value))
        return found

    def wire_get(self, name: str) -> bytes | None:
        """Return the first line's bytes; `name` must be in lower case. Internal."""
        found = self._lines.get(name)
        return None if found is None else _first(found)

    def wire_set(self, name: str, value: bytes) -> None:
        """Set a line that is known to be good; `name` must be in lower case. Internal."""
        self._lines[name] = value

    def has_any(self, names: frozenset[str]) -> bool:
        """Tell whether one of these is here; `names` must be in lower case. Internal."""
        return not names.isdisjoint(self._lines)

    def __contains__(self, name: object) -> bool:
        # Letters beyond ASCII may have lower cases in it, and are no part of a name.
        return isinstance(name, str) and name.isascii() and name.lower() in self._lines

    def __len__(self) -> int:
        return len(self._lines)

    def __repr__(self) -> str:
        return f"Headers({self.items()!r})"


def add_line(lines: FieldLines, key: str, line: bytes) -> None:
    """Add a line to those that a field has already, if any; `key` is in lower case."""
    present = lines.get(key)
    if present is None:
        lines[key] = line
    elif isinstance(present, list):
        present.append(line)
    else:
        lines[key] = [present, line]


def field_name(name: str) -> str:
    """Return a header name in lower case, or raise ValueError where it is no token."""
    known = _known_names.get(name)
    if known is not None:
        return known
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"A header name is a str, not {name!r}.")
    if _TOKEN.fullmatch(name) is None:
        raise ValueError(
            f"{name!r} is no header name: use letters, digits and any of !#$%&'*+-.^_`|~"
        )
    lowered = name.lower()
    if len(_known_names) < _KNOWN_NAMES_MAX and len(name) <= _KNOWN_LENGTH:
        _known_names[name] = lowered
    return lowered


def _wire_name(name: bytes) -> str:
    lowered = name.decode("ascii").lower()
    if len(_known_wire_names) < _KNOWN_NAMES_MAX and len(name) <= _KNOWN_LENGTH:
        _known_wire_names[name] = lowered
    return lowered


def field_value(value: str) -> bytes:
    """Return a header value as Latin-1 bytes, or raise ValueError for control characters.

    A character outside Latin-1 raises UnicodeEncodeError, which is a ValueError too.
    """
    try:
        line = value.encode("latin-1")
    except UnicodeEncodeError as error:
        error.add_note("A header value is Latin-1 text: percent-encode it, for example.")
        raise
    except AttributeError:
        raise TypeError(f"A header value is a str, not {value!r}; write str(value).") from None
    if not (value.isascii() and value.isprintable()) and CONTROL_CHARACTER.search(line):
        raise ValueError(f"Header value {value!r} holds a control character; only TAB is allowed.")
    return line


def _first(value: bytes | list[bytes]) -> bytes:
    return value[0] if isinstance(value, list) else value
