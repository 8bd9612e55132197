"""Noise over the whole Earth, the same wherever it is looked at from, so that neighbouring tiles fit together.

It lives in the Mercator plane, which keeps shapes: sums of random lattices, each twice as fine as the one before, that
close at the antimeridian.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from s2dl.demo.world.place import WIDE, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["noise"]

_PERIOD = 256  # points after which a random lattice repeats itself
_FINEST = 16  # 2**16 lattice points around the Earth: 611 m at the equator
_BORDER = 3  # lattice points beyond the picture that an enlargement needs
_VARIANCE = 1 / 12 * 0.6  # of a lattice, less what its enlargement smoothes away
_STRIDE = 8  # knots of a place from one corner of the mesh to the next that a lattice is warped by
_LARGEST = 300  # lattice points a side; near the poles, where Mercator is wide, the finest lattices are left out


def noise(place: Place, salt: int, *, coarsest: int = 6, fading: float = 0.5) -> NDArray[np.float32]:
    """Return noise over a picture with its rim.

    Parameters
    ----------
    place : Place
        The picture.
    salt : int
        Another salt, other noise.
    coarsest : int
        Logarithm to base 2 of how many cells of the coarsest lattice go around the Earth: 6 is 626 km at the equator.
    fading : float
        Weight of each lattice by that of the coarser one before; a higher one is rougher.

    Returns
    -------
    ndarray, shape (`WIDE`, `WIDE`)
        Around 0, with a deviation of about 1.
    """
    x, y = place.mercator
    extent = max(np.ptp(x), np.ptp(y))
    finest = min(_FINEST, int(np.log2(_LARGEST / extent)))
    total = np.zeros((1, 1), np.float32)
    left = top = 0
    power = 0.0
    for level in range(coarsest, finest + 1):
        columns, rows = (_points(axis * 2**level) for axis in (x, y))
        weight = fading ** (level - coarsest)
        lattice = _lattice(salt, level, columns, rows) * np.float32(weight)
        if level > coarsest:
            lattice += _finer(total, columns[0] - 2 * left, rows[0] - 2 * top, lattice.shape)
        total, left, top = lattice, columns[0], rows[0]
        power += weight**2
    picture = _warped(total, x * 2**finest - left, y * 2**finest - top)
    return picture / np.float32(np.sqrt(power * _VARIANCE))


def _points(axis: NDArray[np.float64]) -> range:
    """Return the lattice points that a picture needs, along one axis."""
    return range(math.floor(axis.min()) - _BORDER, math.ceil(axis.max()) + _BORDER)


@cache
def _random() -> NDArray[np.float32]:
    return np.random.default_rng(1984).random((_PERIOD, _PERIOD), dtype=np.float32) - np.float32(0.5)


def _lattice(salt: int, level: int, columns: range, rows: range) -> NDArray[np.float32]:
    """Return random numbers at lattice points."""
    start = ((salt * 64 + level + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> 40
    right = (np.array(columns) % min(2**level, _PERIOD) + start) % _PERIOD
    down = (np.array(rows) + (start >> 8)) % _PERIOD
    numbers: NDArray[np.float32] = _random()[np.ix_(down, right)]
    return numbers


def _finer(coarse: NDArray[np.float32], left: int, top: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a lattice with two points for each of a coarse one, from a point of it on."""
    height, width = shape
    box = (left / 2, top / 2, (left + width) / 2, (top + height) / 2)
    resized = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC, box)
    return np.asarray(resized)


def _warped(lattice: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the lattice as seen from a picture, given where the picture's knots lie on it."""
    corners = np.stack([x, y], axis=-1)[::_STRIDE, ::_STRIDE]
    at = np.rint(np.linspace(0, WIDE, len(corners))).astype(int).tolist()
    mesh = [
        (
            (at[column], at[row], at[column + 1], at[row + 1]),
            (
                *corners[row, column],
                *corners[row + 1, column],
                *corners[row + 1, column + 1],
                *corners[row, column + 1],
            ),
        )
        for row, column in product(range(len(at) - 1), repeat=2)
    ]
    picture = Image.fromarray(lattice).transform((WIDE, WIDE), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    return np.asarray(picture)
