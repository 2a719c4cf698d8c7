"""The CRC-32 of many streams that get the same pieces, without a walk through each piece for each.

A CRC is linear: behind `n` more bytes, the register of what came before is multiplied by x^8n in
GF(2)[x] modulo the polynomial, whatever those bytes are, and the rest depends on them alone. So
pieces that went out in a row are summed once, by places along their way: a stream keeps where it
joined and how far it came, and only when it needs its own sum the two are put together.
"""

import zlib
from functools import cache, lru_cache

_POLYNOMIAL = 0xEDB88320  # of RFC 1952, section 8, where the highest bit stands for x^0
_ONE = 0x80000000
_BYTE = _ONE >> 8  # x^8


class Place:
    """How far some stream had come: the CRC and the size of its text. Others measure from it."""

    __slots__ = ("crc", "size")

    def __init__(self, crc: int = 0, size: int = 0) -> None:
        self.crc = crc
        self.size = size

    def after(self, data: bytes) -> "Place":
        """Return the place behind `data`."""
        return Place(zlib.crc32(data, self.crc), self.size + len(data))

    def moved(self, start: "Place", end: "Place") -> "Place":
        """Return the place behind the text that leads from `start` to `end`."""
        if start is end:
            return self
        size = end.size - start.size
        return Place(_product(self.crc ^ start.crc, _factor(size)) ^ end.crc, self.size + size)


@lru_cache(maxsize=64)  # a crowd has come the same way
def _factor(size: int) -> int:
    """Return what so many bytes multiply a register by."""
    factor, bit = _ONE, 0
    while size:
        if size & 1:
            factor = _product(factor, _power(bit))
        size >>= 1
        bit += 1
    return factor


@cache  # one for each bit of a size
def _power(bit: int) -> int:
    """Return the factor for 2^bit bytes."""
    if bit == 0:
        return _BYTE
    half = _power(bit - 1)
    return _product(half, half)


def _product(a: int, b: int) -> int:
    """Multiply in GF(2)[x] modulo the polynomial."""
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product
