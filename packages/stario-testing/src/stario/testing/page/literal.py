"""JavaScript as far as it is data: what attributes such as `data-signals` mostly hold.

Objects, arrays, strings, numbers, true, false, null and undefined, and a signal as `$name`. All
else is an expression, which nobody evaluates here.
"""

import re
from collections.abc import Callable
from typing import Any

type Lookup = Callable[[str], Any]

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_SIGNAL = re.compile(r"\$[A-Za-z_][\w-]*(?:\.[A-Za-z_]\w*)*")
_REGEXP = re.compile(r"/((?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+)/([a-z]*)")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]+)\}|([\s\S]))")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_DEEPEST = 100


class NotLiteral(ValueError):
    """The text is an expression, or no JavaScript at all."""


class Undefined:
    """JavaScript's undefined: a value that is left out."""


UNDEFINED = Undefined()


def no_signals(_path: str) -> Any:
    """Know no signal: an expression that reads one is none of ours."""
    raise NotLiteral


def read_literal(text: str, lookup: Lookup = no_signals) -> Any:
    """Return the value of a literal; undefined is UNDEFINED. Raises NotLiteral for all else."""
    reader = Reader(text, lookup)
    value = reader.value()
    reader.take(";")
    if not reader.at_end:
        raise NotLiteral(text)
    return value


class Reader:
    """Reads one value after the other from a text."""

    def __init__(self, text: str, lookup: Lookup = no_signals) -> None:
        self._text = text
        self._lookup = lookup
        self._at = 0
        self._depth = 0
        self._skip()

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def take(self, word: str) -> bool:
        """Go on behind a word, where it is next."""
        if not self._text.startswith(word, self._at):
            return False
        self._at += len(word)
        self._skip()
        return True

    def must_take(self, word: str) -> None:
        if not self.take(word):
            raise NotLiteral(self._text)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
            self._skip()
        return found

    def value(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotLiteral(self._text)
        value = self._value()
        self._depth -= 1
        return value

    def _value(self) -> Any:
        character = self._text[self._at : self._at + 1]
        if character == "{":
            return self._object()
        if character == "[":
            return self._array()
        if character and character in "'\"`":
            return self._string()
        if self.take("("):
            value = self.value()
            self.must_take(")")
            return value
        if self.take("-"):
            return -self._number()
        if character.isdecimal() or character == ".":
            return self._number()
        if character == "/" and (found := self.match(_REGEXP)) is not None:
            return re.compile(found[1], re.IGNORECASE if "i" in found[2] else 0)
        if character == "$" and (found := self.match(_SIGNAL)) is not None:
            return self._lookup(found[0][1:])
        return self._word()

    def _object(self) -> dict[str, Any]:
        self.must_take("{")
        found: dict[str, Any] = {}
        while not self.take("}"):
            key = self._key()
            self.must_take(":")
            value = self.value()
            if value is not UNDEFINED:
                found[key] = value
            if not self.take(","):
                self.must_take("}")
                break
        return found

    def _key(self) -> str:
        if self._text[self._at : self._at + 1] in ("'", '"'):
            return self._string()
        name = self.match(_NAME) or self.match(_NUMBER)
        if name is None:
            raise NotLiteral(self._text)
        return name[0]

    def _array(self) -> list[Any]:
        self.must_take("[")
        found: list[Any] = []
        while not self.take("]"):
            value = self.value()
            found.append(None if value is UNDEFINED else value)
            if not self.take(","):
                self.must_take("]")
                break
        return found

    def _string(self) -> str:
        quote = self._text[self._at]
        end = self._at + 1
        while end < len(self._text) and self._text[end] != quote:
            end += 2 if self._text[end] == "\\" else 1
        if end >= len(self._text):
            raise NotLiteral(self._text)
        inside = self._text[self._at + 1 : end]
        if (quote == "`" and "${" in inside) or (quote != "`" and "\n" in inside):
            raise NotLiteral(self._text)
        self._at = end + 1
        self._skip()
        return _ESCAPE.sub(_unescaped, inside)

    def _number(self) -> int | float:
        found = self.match(_NUMBER)
        if found is None:
            raise NotLiteral(self._text)
        if found[0][:2] in ("0x", "0X"):
            return int(found[0], 16)
        number = float(found[0])
        return int(number) if number.is_integer() and abs(number) < 2**53 else number

    def _word(self) -> Any:
        found = self.match(_NAME)
        if found is not None and found[0] in _WORDS:
            return _WORDS[found[0]]
        if found is not None and found[0] == "undefined":
            return UNDEFINED
        raise NotLiteral(self._text)

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        if found is not None:
            self._at = found.end()


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    return chr(int(code, 16)) if code else _SHORT.get(found[4], found[4])
