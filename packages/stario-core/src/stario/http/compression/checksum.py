"""The checksum of two texts from those of each, without a walk through the second.

A CRC is linear: behind `n` more bytes, the register of what came before is multiplied by x^8n in
GF(2)[x] modulo the polynomial, whatever those bytes are, and the rest depends on them alone. So
what a long text does to the CRC of any stream fits in a table.
"""

import zlib

_POLYNOMIAL = 0xEDB88320  # of RFC 1952, section 8, where the highest bit stands for x^0
_ONE = 0x80000000

type _Table = list[int]


class Checksum:
    """What appending a text does to a CRC-32."""

    __slots__ = ("_own", "_tables")

    def __init__(self, data: bytes) -> None:
        self._own = zlib.crc32(data)
        self._tables = _multiples(zlib.crc32(data, _ONE) ^ self._own)

    def after(self, crc: int) -> int:
        """Return the CRC of a text that has this one, with ours behind: `zlib.crc32(data, crc)`."""
        a, b, c, d, e, f, g, h = self._tables
        return (
            a[crc & 15]
            ^ b[crc >> 4 & 15]
            ^ c[crc >> 8 & 15]
            ^ d[crc >> 12 & 15]
            ^ e[crc >> 16 & 15]
            ^ f[crc >> 20 & 15]
            ^ g[crc >> 24 & 15]
            ^ h[crc >> 28]
            ^ self._own
        )


def _multiples(factor: int) -> tuple[_Table, ...]:
    """Return the products of a factor and any four bits, for each place of four, lowest first."""
    by_bit = [0] * 32
    for bit in reversed(range(32)):
        by_bit[bit] = factor
        factor = factor >> 1 ^ (_POLYNOMIAL if factor & 1 else 0)
    return tuple(_sums(by_bit[place : place + 4]) for place in range(0, 32, 4))


def _sums(products: list[int]) -> _Table:
    table = [0]
    for product in products:
        table += [product ^ other for other in table]
    return table
