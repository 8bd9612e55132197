"""Where a quicklook lies: the UTM square of its tile, divided into the picture's pixels."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pyproj

from s2dl.errors import BadInput
from s2dl.tiles import SIZE, utm_bounds

__all__ = ["LonLat", "Placement", "place"]

LonLat = tuple[float, float]

_QUICKLOOK = (343, 343)
_QUICKLOOK_PIXEL = 320.0
"""Metres: the preview image of the products (PVI), of which the quicklook is a copy, has this resolution."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A picture on the UTM grid, north up.

    Attributes
    ----------
    epsg : int
        326xx in the north, 327xx in the south.
    left, top : float
        Outer corner of the upper-left pixel, metres.
    pixel_x, pixel_y : float
        Size of a pixel, metres; both positive.
    width, height : int
        Pixels.
    """

    epsg: int
    left: float
    top: float
    pixel_x: float
    pixel_y: float
    width: int
    height: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(xmin, ymin, xmax, ymax), metres."""
        right, bottom = self.left + self.width * self.pixel_x, self.top - self.height * self.pixel_y
        return self.left, bottom, right, self.top

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """The affine numbers a, b, c, d, e, f: x = a·column + b·row + c, y = d·column + e·row + f."""
        return self.pixel_x, 0.0, self.left, 0.0, -self.pixel_y, self.top

    @property
    def corners(self) -> tuple[LonLat, LonLat, LonLat, LonLat]:
        """Outer corners as (longitude, latitude): upper-left, upper-right, lower-right, lower-left.

        At the antimeridian longitudes go past 180° rather than jump, on the side of the zone's own meridian.
        """
        left, bottom, right, top = self.bounds
        longitudes, latitudes = _to_degrees(self.epsg).transform([left, right, right, left], [top, top, bottom, bottom])
        meridian = self.epsg % 100 * 6 - 183
        first, second, third, fourth = (
            (meridian + (longitude - meridian + 180) % 360 - 180, latitude)
            for longitude, latitude in zip(longitudes, latitudes, strict=True)
        )
        return first, second, third, fourth


def place(tile: str, width: int, height: int) -> Placement:
    """Place a picture of a whole tile.

    Its upper-left corner is the tile's. A picture of 343 x 343 pixels has pixels of 320 m, so it ends 40 m short of
    the tile on the right and below, as the PVI of each product does; any other divides the tile's 109 800 m evenly.

    Parameters
    ----------
    tile : str
        ``"32TPS"`` or ``"T32TPS"``.
    width, height : int
        Pixels.

    Raises
    ------
    BadInput
        It is no tile id, or the picture has no pixels.
    """
    if width < 1 or height < 1:
        raise BadInput(f"A picture of {width} x {height} pixels cannot be placed.")
    epsg, (left, _, __, top) = utm_bounds(tile)
    if (width, height) == _QUICKLOOK:
        return Placement(epsg, left, top, _QUICKLOOK_PIXEL, _QUICKLOOK_PIXEL, width, height)
    return Placement(epsg, left, top, SIZE / width, SIZE / height, width, height)


@functools.lru_cache(maxsize=128)
def _to_degrees(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, 4326, always_xy=True)
