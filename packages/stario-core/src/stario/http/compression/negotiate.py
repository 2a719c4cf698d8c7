"""Which content coding a client gets: `accept-encoding` of RFC 9110, section 12.5.3.

The highest q wins; on a tie br, then zstd, then gzip, and for streams the one that takes the least
memory. A field that makes no sense names no coding: nothing here raises, and the work is linear in
the field's length.
"""

import re
from collections.abc import Iterable

_PREFERENCE = (b"br", b"zstd", b"gzip")
# A stream of br holds four times the memory of the others for the same bytes (see codecs.py).
STREAM_PREFERENCE = (b"zstd", b"gzip", b"br")
_QVALUE = re.compile(r"0(?:\.[0-9]*)?|1(?:\.0*)?")
_OWS = " \t"
_ALIASES = {"x-gzip": "gzip"}  # RFC 9110, section 8.4.1.3

# Browsers send a handful of values; junk must neither fill the memory nor stay in it.
_REMEMBERED_VALUES = 128
_REMEMBERED_LENGTH = 256


class Negotiator:
    """Chooses among a fixed set of codings, and remembers its answers."""

    __slots__ = ("_answers", "available")

    def __init__(
        self, available: Iterable[bytes], preference: tuple[bytes, ...] = _PREFERENCE
    ) -> None:
        self.available = by_preference(available, preference)
        self._answers: dict[str, bytes | None] = {}

    def __call__(self, accept_encoding: str | bytes | None) -> bytes | None:
        """Return the coding for this field's value, or None for a plain body."""
        if accept_encoding is None:
            return None
        # One type of key: equal hashes of str and bytes would be compared, which -bb forbids.
        if isinstance(accept_encoding, bytes):
            accept_encoding = accept_encoding.decode("latin-1")
        try:
            return self._answers[accept_encoding]
        except KeyError:
            return self._decide(accept_encoding)

    def _decide(self, accept_encoding: str) -> bytes | None:
        chosen = choose(qualities(accept_encoding), self.available)
        if len(accept_encoding) <= _REMEMBERED_LENGTH:
            if len(self._answers) >= _REMEMBERED_VALUES:
                self._answers.clear()
            self._answers[accept_encoding] = chosen
        return chosen

    def __repr__(self) -> str:
        return f"Negotiator({list(self.available)!r})"


def negotiate_content_encoding(
    accept_encoding: str | bytes | None, available: Iterable[bytes]
) -> bytes | None:
    """Return the coding of `available` that the client likes best, or None for a plain body."""
    return Negotiator(available)(accept_encoding)


def by_preference(
    available: Iterable[bytes], preference: tuple[bytes, ...] = _PREFERENCE
) -> tuple[bytes, ...]:
    """Put codings into the order that decides a tie; unknown ones come last, as they came."""
    offered = tuple(available)
    known = tuple(coding for coding in preference if coding in offered)
    return known + tuple(coding for coding in offered if coding not in preference)


def choose(wanted: dict[str, float], available: tuple[bytes, ...]) -> bytes | None:
    """Return the first coding with the highest q, unless `identity` is liked as much."""
    unnamed = wanted.get("*", 0.0)
    best, best_q = None, 0.0
    for coding in available:
        q = wanted.get(coding.decode("latin-1"), unnamed)
        if q > best_q:
            best, best_q = coding, q
    return None if wanted.get("identity", 0.0) >= best_q else best


def qualities(accept_encoding: str) -> dict[str, float]:
    """Return the q of each named coding; of two entries for one coding the last counts."""
    wanted: dict[str, float] = {}
    for entry in accept_encoding.split(","):
        coding, _, parameters = entry.partition(";")
        q = _quality(parameters)
        name = coding.strip(_OWS).lower()
        if name and q is not None:
            wanted[_ALIASES.get(name, name)] = q
    return wanted


def _quality(parameters: str) -> float | None:
    """Return the q of an entry, 1 without one, and None for a q that is no qvalue."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip(_OWS) in ("q", "Q"):
            value = value.strip(_OWS)
            return float(value) if _QVALUE.fullmatch(value) else None
    return 1.0
