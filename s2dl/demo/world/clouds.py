"""Clouds that drift smoothly over the made-up Earth: value noise in longitude, latitude and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2dl.demo.world.keys import hashed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cover"]

_DAYS_A_YEAR = 365.2425
# Size of the weather's cells: degrees of longitude and latitude, days; weight of the octave. Longitude cells
# divide 360, so that the pattern closes at the antimeridian.
_OCTAVES = ((15.0, 12.0, 3.0, 0.6), (4.0, 3.0, 1.2, 0.4))


def cover(
    seed: int, lon: NDArray[np.float64], lat: NDArray[np.float64], days: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return cloud cover at places and times.

    Parameters
    ----------
    seed : int
        Another seed, other weather.
    lon, lat : ndarray, shape (n,)
        Degrees.
    days : ndarray, shape (n,)
        Days since 1970-01-01.

    Returns
    -------
    ndarray, shape (n,)
        Share of the sky, 0 to 1.
    """
    noise = np.zeros(len(lon))
    for octave, (width, height, duration, weight) in enumerate(_OCTAVES):
        x = (lon % 360.0) / width
        y = (lat + 90.0) / height
        salt = int(hashed(seed, 4, octave) * 2**31)
        noise += weight * _value_noise(salt, x, y, days / duration, round(360.0 / width))
    climate = _climate(lat, days)
    steep = 9.0 * (noise - 0.5) + 1.6 * np.log(climate / (1.0 - climate))
    share = 1.0 / (1.0 + np.exp(-1.6 * steep))
    result: NDArray[np.float64] = np.clip(share * 1.04 - 0.02, 0.0, 1.0)
    return result


def _climate(lat: NDArray[np.float64], days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean cloudiness of a latitude and season: wet tropics, dry subtropics, grey mid-latitudes."""
    season = np.cos(2.0 * np.pi * (days / _DAYS_A_YEAR - 0.54))  # 1 in mid-July
    rain_belt = np.exp(-(((lat - 6.0 * season) / 9.0) ** 2))
    westerlies = np.exp(-(((np.abs(lat) - 56.0) / 17.0) ** 2))
    winter = -season * np.sign(lat) * np.clip((np.abs(lat) - 20.0) / 30.0, 0.0, 1.0)
    climate: NDArray[np.float64] = np.clip(0.30 + 0.36 * rain_belt + 0.25 * westerlies + 0.10 * winter, 0.05, 0.95)
    return climate


def _value_noise(
    salt: int, x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64], columns: int
) -> NDArray[np.float64]:
    """Return noise from 0 to 1, smooth between random values on the points of a lattice, periodic in x."""
    floors = [np.floor(v) for v in (x, y, z)]
    weights = [(f := v - low) * f * (3.0 - 2.0 * f) for v, low in zip((x, y, z), floors, strict=True)]
    ix, iy, iz = (low.astype(np.int64) for low in floors)
    total = np.zeros(len(x))
    for corner in range(8):
        sides = [corner >> axis & 1 for axis in range(3)]
        value = _lattice(salt, (ix + sides[0]) % columns, iy + sides[1], iz + sides[2])
        for side, weight in zip(sides, weights, strict=True):
            value = value * (weight if side else 1.0 - weight)
        total += value
    return total


def _lattice(salt: int, ix: NDArray[np.int64], iy: NDArray[np.int64], iz: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a random number from 0 to 1 for each lattice point."""
    state = (ix * 73_856_093 ^ iy * 19_349_663 ^ iz * 83_492_791 ^ salt).astype(np.uint64)
    for shift, multiplier in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ state >> np.uint64(shift)) * np.uint64(multiplier)
    result: NDArray[np.float64] = (state >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return result
