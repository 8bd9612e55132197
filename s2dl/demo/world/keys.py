"""Numbers that stand for products, and their reversible, seed-keyed disguise as UUIDs.

So a product is found from its id without an index: the id says what the product is, and a check field tells a
made-up id from a real one.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Cipher", "Key", "hashed"]

_MASK = (1 << 64) - 1
_MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # of the splitmix64 generator
_INVERSES = tuple(pow(m, -1, 1 << 64) for m in _MULTIPLIERS)
_SHIFTS = (30, 27, 31)
_CHECK_BITS = 58
_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Key(NamedTuple):
    """What a product is: the fields from which all else follows."""

    phase: int
    turn: int
    segment: int
    tile: int
    level: int
    reprocessed: int
    part: int
    asset: int

    def packed(self) -> int:
        """Return the key as one number below 2**44."""
        number = 0
        for value, bits in zip(self, _BITS, strict=True):
            number = number << bits | value
        return number

    @classmethod
    def unpacked(cls, number: int) -> Key:
        """Return the key that a number stands for."""
        values = []
        for bits in reversed(_BITS):
            values.append(number & (1 << bits) - 1)
            number >>= bits
        return cls(*reversed(values))


_BITS = (3, 18, 2, 16, 1, 1, 2, 1)
_KEY_BITS = sum(_BITS)
TILE_SHIFT = sum(_BITS[4:])
PART_SHIFT = _BITS[7]


def hashed(*values: int) -> float:
    """Return a number from 0 to 1 (exclusive) that looks random and depends on the values only."""
    state = 0
    for value in values:
        state = _mixed(state ^ (value & _MASK))
    return (state >> 11) / (1 << 53)


class Cipher:
    """A seed's way between product numbers and UUIDs.

    Parameters
    ----------
    seed : int
        Two seeds give two unrelated sets of ids.
    """

    def __init__(self, seed: int) -> None:
        self._inner = _mixed(seed & _MASK)
        self._outer = _mixed(self._inner ^ 0x5DEECE66D)

    def disguise(self, numbers: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return the two halves of the ids of many product numbers; the first half orders the ids."""
        high = _mixed_array(numbers ^ np.uint64(self._inner))
        return high, _mixed_array(high ^ np.uint64(self._outer)) >> np.uint64(64 - _CHECK_BITS)

    def reveal(self, text: str) -> int | None:
        """Return the product number behind an id, or None when the id is not one of this seed's."""
        if not _CANONICAL.fullmatch(text):
            return None
        bits = uuid.UUID(text).int
        high = bits >> 80 << 16 | (bits >> 64 & 0xFFF) << 4 | bits >> _CHECK_BITS & 0xF
        number = _unmixed(high) ^ self._inner
        check = _mixed(high ^ self._outer) >> 64 - _CHECK_BITS
        if number >> _KEY_BITS or canonical(high, check) != text:
            return None
        return number


def canonical(high: int, check: int) -> str:
    """Return the two halves as the text of a version 4 UUID."""
    tail = f"{0b10 << 62 | (high & 0xF) << _CHECK_BITS | check:016x}"
    return f"{high >> 32:08x}-{high >> 16 & 0xFFFF:04x}-4{high >> 4 & 0xFFF:03x}-{tail[:4]}-{tail[4:]}"


def _mixed(x: int) -> int:
    x = (x ^ x >> _SHIFTS[0]) * _MULTIPLIERS[0] & _MASK
    x = (x ^ x >> _SHIFTS[1]) * _MULTIPLIERS[1] & _MASK
    return x ^ x >> _SHIFTS[2]


def _mixed_array(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ x >> np.uint64(_SHIFTS[0])) * np.uint64(_MULTIPLIERS[0])
    x = (x ^ x >> np.uint64(_SHIFTS[1])) * np.uint64(_MULTIPLIERS[1])
    return x ^ x >> np.uint64(_SHIFTS[2])


def _unmixed(x: int) -> int:
    x = _unshifted(x, _SHIFTS[2])
    x = _unshifted(x * _INVERSES[1] & _MASK, _SHIFTS[1])
    return _unshifted(x * _INVERSES[0] & _MASK, _SHIFTS[0])


def _unshifted(y: int, shift: int) -> int:
    """Undo ``y = x ^ x >> shift``."""
    x = y
    for _ in range(64 // shift):
        x = y ^ x >> shift
    return x
