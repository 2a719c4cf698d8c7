"""The URLs in a stylesheet: CSS Syntax Module Level 3, section 4.3.

Found are `url(...)`, quoted or not, and the text after `@import`. Comments, other strings, broken
URLs and functions that merely end in `url` hold none. Every pattern is possessive where it repeats,
so that the work is linear in the length of the text, whatever stands in it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Not \s: form feeds are white space here, and vertical tabs are not.
_WS = r"[ \t\n\r\f]"
_ESCAPE = rf"\\(?:[0-9a-fA-F]{{1,6}}(?:\r\n|{_WS})?|[^\n\r\f0-9a-fA-F])"
_COMMENT = r"/\*(?>.*?\*/)"
_UNQUOTED = rf"(?:[^\"'()\\\x00-\x20\x7f]|{_ESCAPE})++"


def _string(name: str) -> str:
    """Return the pattern of a closed string; a backslash hides a line break too."""
    return "|".join(
        rf"{quote}(?P<{name}_{kind}>(?:[^{quote}\\\n\r\f]|\\(?:\r\n|.))*+){quote}"
        for kind, quote in (("double", '"'), ("single", "'"))
    )


_TOKEN = re.compile(
    rf"""
      /\*.*?(?:\*/|\Z)                                   # a comment, perhaps without its end
    | [uU][rR][lL]\( {_WS}*+ (?: (?P<bare>{_UNQUOTED}) {_WS}*+ (?:\)|\Z)
                      | {_string("url")}
                      | (?!["']) (?:{_ESCAPE}|[^)\\])*+ \)? )
    | @[iI][mM][pP][oO][rR][tT] (?:{_WS}|{_COMMENT})*+ (?:{_string("import")})
    | [@\#]? (?:[-\w]|[^\x00-\x7f]|{_ESCAPE})++          # a name, which may end in `url`
    | "(?:[^"\\\n\r\f]|\\(?:\r\n|.))*+"?                 # a string, or what is left of one
    | '(?:[^'\\\n\r\f]|\\(?:\r\n|.))*+'?
    """,
    re.VERBOSE | re.DOTALL,
)
_UNESCAPE = re.compile(
    rf"\\(?:(?P<hex>[0-9a-fA-F]{{1,6}})(?:\r\n|{_WS})?|(?P<break>\r\n|[\n\r\f])|(?P<char>.))",
    re.DOTALL,
)
_NEEDS_ESCAPE = re.compile(r'["\\\n\r\f\x00]')
_MAX_CODE_POINT = 0x10FFFF


class Reference(NamedTuple):
    """A URL and where it stands, its quotes included."""

    start: int
    end: int
    url: str


def references(css: str) -> Iterator[Reference]:
    """Find the URLs, from first to last."""
    for token in _TOKEN.finditer(css):
        place = token.lastgroup
        if place is not None:
            quotes = 0 if place == "bare" else 1
            start, end = token.span(place)
            yield Reference(start - quotes, end + quotes, _unescaped(token[place]))


def quoted(url: str) -> str:
    """Write a URL as a string, which may stand inside `url()` and after `@import`."""
    return '"' + _NEEDS_ESCAPE.sub(lambda found: f"\\{ord(found[0]):x} ", url) + '"'


def _unescaped(text: str) -> str:
    return _UNESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(found: re.Match[str]) -> str:
    if found["hex"] is None:
        return found["char"] or ""
    code = int(found["hex"], 16)
    is_character = 0 < code <= _MAX_CODE_POINT and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_character else "\N{REPLACEMENT CHARACTER}"
