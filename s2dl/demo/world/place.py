"""A picture's place: the pixels of a tile's quicklook with a rim around, in longitude, latitude and Mercator."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer

from s2dl.demo.world.grid import grid, to_metres

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["INNER", "PIXEL", "RIM", "SIDE", "WIDE", "Place", "enlarged"]

SIDE = 343
"""Pixels of a quicklook."""
PIXEL = 320.0
"""Metres; the picture ends 40 m short of the tile."""
RIM = 16
"""Pixels around a quicklook that are worked out, too: for what reaches in from outside, such as shadows."""
WIDE = SIDE + 2 * RIM
INNER = (slice(RIM, RIM + SIDE), slice(RIM, RIM + SIDE))
"""The quicklook within."""

_KNOTS = 17  # what changes slowly is worked out at so many points a side


@dataclass(frozen=True)
class Place:
    """The picture of a tile.

    Attributes
    ----------
    tile : str
        Such as ``32TPS``.
    """

    tile: str

    @cached_property
    def knots(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude (continuous, beyond ±180 at the antimeridian) and latitude at some points, a square of them."""
        number = grid().index[self.tile]
        along = np.linspace(-RIM, SIDE + RIM, _KNOTS) * PIXEL
        x, y = np.meshgrid(grid().ulx[number] + along, grid().uly[number] - along)
        lon, lat = _from_metres(int(grid().epsg[number])).transform(x, y)
        middle = grid().lon[number]
        return middle + (lon - middle + 180.0) % 360.0 - 180.0, lat

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the picture with its rim, degrees; longitudes continuous."""
        lon, lat = self.knots
        return lon.min(), lat.min(), lon.max(), lat.max()

    @cached_property
    def mercator(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mercator's x and y at the knots, in turns of the Earth, y southwards."""
        lon, lat = self.knots
        return lon / 360.0, -np.arctanh(np.sin(np.radians(lat))) / (2.0 * np.pi)

    def pixels(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return columns and rows of the quicklook where points lie; (0, 0) is its upper left corner; shape (n, 2)."""
        number = grid().index[self.tile]
        x, y = to_metres(int(grid().epsg[number])).transform(lon, lat)
        return np.stack([x - grid().ulx[number], grid().uly[number] - y], axis=-1) / PIXEL


def enlarged(knots: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return values at the centres of all pixels from those at the knots."""
    at = (np.arange(WIDE) + 0.5) / WIDE * (_KNOTS - 1)
    low = np.minimum(at.astype(int), _KNOTS - 2)
    share = at - low
    rows = knots[low] * (1.0 - share[:, None]) + knots[low + 1] * share[:, None]
    fine: NDArray[np.float64] = rows[:, low] * (1.0 - share) + rows[:, low + 1] * share
    return fine.astype(np.float32)


@cache
def _from_metres(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, 4326, always_xy=True)
