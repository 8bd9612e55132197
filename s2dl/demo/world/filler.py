"""Image data that costs nothing: bytes of one shared pool of random ones, which repeats itself without end.

No program can open it; the images of true colour, which people look at, are those of `stock`.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SMALL", "STARTS", "Filler", "filler"]

SMALL = 2**16
"""Images below this size (bytes) differ from product to product, larger ones are the same filler."""
STARTS = 64
"""Places in the pool where a small image may start."""

_POOL = 8 * 2**20
_CHUNK = 2**20


class Filler(NamedTuple):
    """A stretch of the pool."""

    offset: int
    size: int

    def views(self, start: int = 0) -> Iterator[memoryview]:
        """Yield it from byte `start` on, as views of the pool."""
        pool = _pool()
        position, left = (self.offset + start) % _POOL, self.size - start
        while left > 0:
            view = pool[position : position + min(_CHUNK, left)]
            yield view
            left -= len(view)
            position = (position + len(view)) % _POOL

    def digests(self) -> tuple[str, int]:
        """Return SHA3-256 (upper-case hex) and CRC-32."""
        return _digests(self)


def filler(variant: int, number: int, size: int) -> Filler:
    """Return the content of a product's image.

    Parameters
    ----------
    variant : int
        What tells a product's small images from those of another, below `STARTS`.
    number : int
        Of the image within the product.
    size : int
        Bytes.
    """
    start = (variant + number * 7) % STARTS if size < SMALL else number
    return Filler(start * (_POOL // STARTS), size)


@lru_cache(maxsize=20_000)
def _digests(piece: Filler) -> tuple[str, int]:
    crc, sha3 = 0, hashlib.sha3_256()
    for view in piece.views():
        crc = zlib.crc32(view, crc)
        sha3.update(view)
    return sha3.hexdigest().upper(), crc


@cache
def _pool() -> memoryview:
    return memoryview(hashlib.shake_128(b"Sentinel-2").digest(_POOL))
