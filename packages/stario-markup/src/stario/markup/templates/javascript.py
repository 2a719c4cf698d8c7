"""Where in JavaScript a slot stands: in code, or inside a string or a template literal.

A lexer, not a parser: it knows strings, template literals, comments and regular expressions. What
only a parser could tell, whether a `/` after `)` or `}` divides or begins a regular expression, is
decided when no second `/` follows on its line, and refused otherwise.
"""

import re
from collections.abc import Iterator

from stario.markup.templates.mistakes import SLOT, Mistake
from stario.markup.templates.words import words

_LINE_ENDS = "\n\r\u2028\u2029"
_TOKEN = re.compile(
    rf"""
    (?P<space> [\s\ufeff]+ )
  | (?P<comment> //[^{_LINE_ENDS}]* | /\*.*?\*/ )
  | (?P<slot> \0 )
  | (?P<quote> ['"] )
  | (?P<template> ` )
  | (?P<word> [\w$\\\#@]+ )
  | (?P<sign> \+\+ | -- | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_STRING_PART = {
    "'": re.compile(r"(?:[^'\\\n\r\0]|\\\r\n|\\[^\0])*"),
    '"': re.compile(r'(?:[^"\\\n\r\0]|\\\r\n|\\[^\0])*'),
    "`": re.compile(r"(?:[^`\\\0$]|\\[^\0]|\$(?!\{))*"),
}
_EXPRESSION = re.compile(
    rf"/(?:[^/\\\[{_LINE_ENDS}]|\\[^{_LINE_ENDS}]|\[[^\]{_LINE_ENDS}]*\])+/\w*"
)

# Before a regular expression, never before a division; and words that can be names as well.
_BEFORE_EXPRESSION = words("( , = : [ ! & | ? { ; + - * % < > ~ ^") | {""}
_KEYWORDS = words(
    """
    return typeof instanceof in new delete void throw case do else extends default
    """
)
_PERHAPS = frozenset({")", "}", ".", "++", "--", "yield", "await", "of", "let"})


class Place:
    """Where a slot stands. In code, `before` and `after` keep its value from its neighbours."""

    __slots__ = ("after", "before", "in_string")

    def __init__(self, in_string: bool, before: str = "", after: str = "") -> None:
        self.in_string = in_string
        self.before = before
        self.after = after


def places(source: str) -> list[Place]:
    """The place of each slot in the script `source`. Raises Mistake."""
    return list(_Lexer(source).places())


class _Lexer:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.last = ""  # the last word or sign, "." and a name counting as one name
        self.braces: list[bool] = []  # the open ones; True for the `${` of a template literal

    def places(self) -> Iterator[Place]:
        if self.source.startswith("#!"):
            raise self._mistake("A script with values cannot start with #!.", "Remove that line.")
        while self.at < len(self.source):
            token = _TOKEN.match(self.source, self.at)
            assert token is not None  # its last alternative takes anything
            if token.lastgroup == "quote":
                yield from self._string(token[0])
            elif token.lastgroup == "template" or self._closes_substitution(token[0]):
                yield from self._template()
            elif token.lastgroup == "slot":
                yield self._in_code()
            else:
                self._code(token)
        if True in self.braces:
            raise self._mistake("A ${ in this script is never closed.", "Close it with }.")

    def _closes_substitution(self, sign: str) -> bool:
        return sign == "}" and bool(self.braces) and self.braces.pop()

    def _code(self, token: re.Match[str]) -> None:
        if token.lastgroup == "comment":
            self._no_slot_in(token)
        elif token[0] == "/":
            self._slash()
            return
        elif token.lastgroup == "word":
            self.last = "name" if self.last in (".", "?.") else token[0]
        elif token.lastgroup == "sign":
            self._sign(token[0])
        self.at = token.end()

    def _sign(self, sign: str) -> None:
        if self.source.startswith(("-->", "<!--"), self.at):
            raise self._mistake(
                "--> and <!-- can begin a comment in JavaScript.", "Put spaces between the signs."
            )
        if sign == "{":
            self.braces.append(False)
        self.last = sign

    def _no_slot_in(self, token: re.Match[str]) -> None:
        if SLOT in token[0]:
            self.at += token[0].index(SLOT)
            raise self._mistake(
                "A value cannot stand in a comment of a script.", "Move it out, or remove it."
            )

    def _slash(self) -> None:
        if self.source.startswith("/*", self.at):
            raise self._mistake("A comment in this script is never closed.", "Close it with */.")
        if self.last in _BEFORE_EXPRESSION or self.last in _KEYWORDS:
            self._expression()
        elif self.last in _PERHAPS and "/" in self._rest_of_line():
            raise self._mistake(
                f"Does this / divide, or begin a regular expression? After {self.last!r} only a "
                "parser could tell.",
                "Put what follows the next / on another line, or give the expression a name first.",
            )
        else:
            self.last = "/"
            self.at += 1
        if self.last == "/":
            self.last = "="  # after a division comes an operand, as after any operator

    def _rest_of_line(self) -> str:
        return re.split(f"[{_LINE_ENDS}]", self.source[self.at + 1 :], maxsplit=1)[0]

    def _expression(self) -> None:
        found = _EXPRESSION.match(self.source, self.at)
        if found is None or SLOT in found[0]:
            raise self._mistake(
                "A value cannot stand in a regular expression, and each must end on its line.",
                "Pass the value to new RegExp(...).",
            )
        self.at = found.end()
        self.last = "value"

    def _string(self, quote: str) -> Iterator[Place]:
        yield from self._inside(quote)
        if not self.source.startswith(quote, self.at):
            raise self._mistake("A string in this script does not end on its line.", "Close it.")
        self._after_value()

    def _template(self) -> Iterator[Place]:
        yield from self._inside("`")
        if self.source.startswith("${", self.at):
            self.braces.append(True)
            self.at += 2
            self.last = "{"
        elif self.source.startswith("`", self.at):
            self._after_value()
        else:
            raise self._mistake("A template literal in this script is never closed.", "Close it.")

    def _after_value(self) -> None:
        self.at += 1
        self.last = "value"

    def _inside(self, quote: str) -> Iterator[Place]:
        """The slots up to the end of a string or of a stretch of a template literal."""
        part = _STRING_PART[quote]
        self.at = self._end_of(part, self.at + 1)
        while self.source.startswith(SLOT, self.at):
            yield Place(in_string=True)
            self.at = self._end_of(part, self.at + 1)
        if self.source.startswith("\\" + SLOT, self.at):
            raise self._mistake("A value cannot follow a backslash.", "Write two of them.")

    def _end_of(self, part: re.Pattern[str], start: int) -> int:
        found = part.match(self.source, start)
        assert found is not None  # it takes nothing, too
        return found.end()

    def _in_code(self) -> Place:
        before, after = self.source[: self.at][-1:], self.source[self.at + 1 :][:1]
        if after == SLOT:
            raise self._mistake(
                "Two values side by side are no JavaScript.", "Put an operator between them."
            )
        self.at += 1
        self.last = "value"
        return Place(False, _space_beside(before, "+-/$"), _space_beside(after, ".$"))

    def _mistake(self, what: str, advice: str) -> Mistake:
        return Mistake(self.at, what, advice)


def _space_beside(character: str, signs: str) -> str:
    return " " if character and (character.isalnum() or character in signs + "_") else ""


def places_in_json(source: str) -> list[Place]:
    """The place of each slot in JSON, which has strings but nothing else that hides a quote."""
    found: list[Place] = []
    in_string = False
    for sign in re.finditer(r'\\(?P<slot>\0)|\\.|["\0]', source, re.DOTALL):
        if sign["slot"]:
            raise Mistake(sign.start(), "A value cannot follow a backslash.", "Write two of them.")
        if sign[0] == SLOT:
            found.append(Place(in_string))
        elif sign[0] == '"':
            in_string = not in_string
    return found
