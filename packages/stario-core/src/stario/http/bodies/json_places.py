"""Where in a JSON text a fault stands that the parser found without saying so.

For the error message of a text that is refused already, so nothing here refuses anything: a finder
returns a position, or None where it sees no fault.
"""

import json
import re
from collections.abc import Callable, Iterator
from math import isfinite

type Finder = Callable[[str], int | None]

# Python needs half a microsecond a token. A person looks for a fault in a text of this size, in
# characters; a larger one is a machine's, and may be an attacker's.
_SEARCHED_MAX = 64 * 1024

# Numbers as the parser reads them, since what follows one may look like more of it: 1e999e0.
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
_TOKEN = re.compile(rf'"(?:[^"\\]++|\\.)*+"|[\[\]{{}}]|{_NUMBER}|NaN|-?Infinity', re.DOTALL)
_COLON = re.compile(r"[ \t\n\r]*+:")


def find(text: str, finder: Finder) -> int | None:
    """Ask a finder, unless that would take long."""
    return finder(text) if len(text) <= _SEARCHED_MAX else None


def constant(text: str) -> int | None:
    """Find `NaN`, `Infinity` or `-Infinity`."""
    return _first(text, lambda token: token[-1] in "Ny")


def long_number(text: str) -> int | None:
    """Find an integer of more digits than Python converts."""

    def is_long(token: str) -> bool:
        if not token.removeprefix("-").isdigit():
            return False
        try:
            int(token)
        except ValueError:
            return True
        return False

    return _first(text, is_long)


def infinite_number(text: str) -> int | None:
    """Find a number beyond the range of a float."""
    return _first(text, lambda token: _is_number(token) and not isfinite(float(token)))


def half_a_pair(text: str) -> int | None:
    """Find a text that has no form in UTF-8."""

    def is_broken(token: str) -> bool:
        if token[0] != '"':
            return False
        try:
            _text_of(token).encode()
        except UnicodeEncodeError:
            return True
        return False

    return _first(text, is_broken)


def deeper_than(max_depth: int) -> Finder:
    """Return what finds the bracket that opens one level too many."""

    def bracket(text: str) -> int | None:
        depth = 0
        for token, position in _tokens(text):
            if token in "[{":
                depth += 1
                if depth > max_depth:
                    return position
            elif token in "]}":
                depth -= 1
        return None

    return bracket


def name_again(name: str) -> Finder:
    """Return what finds this name where its object has it already."""

    def second(text: str) -> int | None:
        has_it: list[bool] = []
        for token, position in _tokens(text):
            if token == "{":
                has_it.append(False)
            elif token == "}":
                has_it.pop()
            elif token[0] == '"' and _COLON.match(text, position + len(token)):
                if _text_of(token) != name:
                    continue
                if has_it[-1]:
                    return position
                has_it[-1] = True
        return None

    return second


def _first(text: str, is_fault: Callable[[str], bool]) -> int | None:
    return next((position for token, position in _tokens(text) if is_fault(token)), None)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    return ((found[0], found.start()) for found in _TOKEN.finditer(text))


def _is_number(token: str) -> bool:
    return token[-1] in "0123456789"


def _text_of(token: str) -> str:
    text: str = json.loads(token)
    return text
