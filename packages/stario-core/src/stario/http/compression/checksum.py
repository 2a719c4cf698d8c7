"""The CRC-32 of many streams that send the same pieces: a piece is summed once, not once a stream.

Let two streams have sent A and B, and then both the same text T of n bytes. What T does to a CRC
does not depend on what was before it (a CRC is linear), so the two still differ by what they
differed by, moved on by n bytes:

    crc(A + T) = crc(B + T) ^ moved(crc(A) ^ crc(B), n)

So the first stream that sends some shared pieces sums them, and the others follow it: each keeps
its own checksum at the place where it joined, and the other's there and now. When it needs its own
sum, which is at its end, three checksums make it. Nobody walks through T again.

To move a difference on by a byte is to multiply it by x^8, where the 32 bits are the coefficients
of a polynomial over GF(2), modulo the polynomial of the CRC; by n bytes, by x^8n. (This is
`crc32_combine` of zlib, which Python 3.12 does not offer.)
"""

import zlib
from functools import cache, lru_cache

# Bits in the order of RFC 1952, section 8: the highest one is the coefficient of x^0.
_POLYNOMIAL = 0xEDB88320
_ONE = 0x80000000
_X8 = _ONE >> 8


class Checksum:
    """The CRC and the size of what a stream has sent so far."""

    __slots__ = ("crc", "size")

    def __init__(self, crc: int = 0, size: int = 0) -> None:
        self.crc = crc
        self.size = size

    def after(self, data: bytes) -> "Checksum":
        """Return the checksum when `data` is sent as well."""
        return Checksum(zlib.crc32(data, self.crc), self.size + len(data))

    def after_text_of(self, start: "Checksum", end: "Checksum") -> "Checksum":
        """Return the checksum when what led another stream from `start` to `end` is sent as well.

        `self` and `start` are A and B of the formula, and `end` is B + T.
        """
        if start is end:
            return self
        size = end.size - start.size
        moved = _product(self.crc ^ start.crc, _x_to_8n(size))
        return Checksum(moved ^ end.crc, self.size + size)


@lru_cache(maxsize=64)  # most streams of a crowd have joined at the same place
def _x_to_8n(n: int) -> int:
    """Return x^8n: the product of x^(8·2^bit) for the bits of n."""
    power, bit = _ONE, 0
    while n:
        if n & 1:
            power = _product(power, _x_to_8_times_2_to(bit))
        n >>= 1
        bit += 1
    return power


@cache  # a size has few bits
def _x_to_8_times_2_to(bit: int) -> int:
    """Return x^(8·2^bit), by squaring."""
    if bit == 0:
        return _X8
    root = _x_to_8_times_2_to(bit - 1)
    return _product(root, root)


def _product(a: int, b: int) -> int:
    """Multiply modulo the polynomial: add b·x^k for each x^k in a; to add is to XOR."""
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product
