"""Cookies that a client sent: what is no cookie is skipped, and only that.

RFC 6265, section 5.4, is how browsers write the field; what else arrives is forgiven.
"""

import re
from collections.abc import Iterable, Iterator

from stario.exceptions import StarioError
from stario.markup.errors import shown

COOKIE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)
_QUOTED = re.compile(r'[ \t]*+"((?:[^"\\]|\\.)*+)"[ \t]*+(?=;|\Z)', re.DOTALL)


def parse_cookie_headers(cookie_strings: Iterable[str]) -> dict[str, str]:
    """Return the cookies of `cookie` header lines; later pairs and later lines win.

    A pair that is no cookie is skipped, and only that one. Takes time linear in the lines' length.
    Raises StarioError for one text in place of lines.
    """
    if isinstance(cookie_strings, str | bytes):
        raise not_in_a_list(cookie_strings)
    return {
        name: value
        for line in cookie_strings
        for name, value in (_pairs(line) if '"' in line else _plain_pairs(line))
        if COOKIE_NAME.fullmatch(name) and name[0] != "$" and not _CONTROL.search(value)
    }


def _plain_pairs(line: str) -> Iterator[tuple[str, str]]:
    for pair in line.split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            yield name.strip(" \t"), value.strip(" \t")


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """Split a line in which a semicolon may stand inside a quoted value.

    A quote counts only around a whole value: one that is never closed cannot swallow what follows.
    """
    at = 0
    while at < len(line):
        end = line.find(";", at)
        end = len(line) if end < 0 else end
        equals = line.find("=", at, end)
        if equals < 0:
            at = end + 1
            continue
        name = line[at:equals].strip(" \t")
        quoted = _QUOTED.match(line, equals + 1)
        if quoted is not None:
            at = quoted.end() + 1
            yield name, _ESCAPE.sub(_unescaped, quoted[1])
        else:
            at = end + 1
            yield name, line[equals + 1 : end].strip(" \t")


def _unescaped(found: re.Match[str]) -> str:
    octal: str | None = found[1]
    return found[2] if octal is None else chr(int(octal, 8))


def not_in_a_list(line: object) -> StarioError:
    return StarioError(
        f"Cookies are parsed from a list of lines, not from {shown(line)} alone.",
        help_text="Write parse_cookie_headers([line]); those of a request are c.req.cookies.",
    )
