"""From the UTM grid to Web Mercator, as maps show pictures: by GDAL's warper, transparent where nothing was seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from rasterio.warp import reproject, transform_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

__all__ = ["Bounds", "as_geotiff", "to_web_mercator"]

Bounds = tuple[tuple[float, float], tuple[float, float]]
"""((south, west), (north, east)), degrees, as Leaflet wants them; east may be beyond 180."""

_RADIUS = 6_378_137.0
"""Metres: the sphere of EPSG:3857 (EPSG Guidance Note 7-2, method 1024)."""


def to_web_mercator(
    picture: Pixels, epsg: int, transform: tuple[float, float, float, float, float, float]
) -> tuple[Pixels, Bounds]:
    """Warp a picture to Web Mercator (EPSG:3857), in about as many pixels, bilinear.

    Parameters
    ----------
    picture : ndarray of uint8, shape (4, rows, columns)
        Red, green, blue and opacity.
    epsg : int
        Its UTM zone, 326xx or 327xx.
    transform : tuple of float
        The affine numbers a to f of its grid, north up, metres.

    Returns
    -------
    warped : ndarray of uint8, shape (4, rows, columns)
        Opacity 0 outside the picture.
    bounds : ((south, west), (north, east))
        Outer edges of the warped picture, degrees. A tile across the antimeridian has east beyond 180.
    """
    rows, columns = picture.shape[1:]
    source = CRS.from_epsg(epsg)
    target, meridian = _mercator(epsg)
    left, top = transform[2], transform[5]
    edges = left, top + rows * transform[4], left + columns * transform[0], top
    west, south, east, north = transform_bounds(source, target, *edges)
    # As many pixels as the picture has: GDAL's rule, as many from corner to corner, makes vast ones of long thin ones.
    pixel = math.sqrt((east - west) * (north - south) / (columns * rows))
    width, height = (max(1, round(side / pixel)) for side in (east - west, north - south))
    onto = Affine((east - west) / width, 0, west, 0, (south - north) / height, north)
    warped = np.zeros((4, height, width), np.uint8)
    reproject(
        picture,
        warped,
        src_transform=Affine(*transform),
        src_crs=source,
        src_alpha=4,
        dst_transform=onto,
        dst_crs=target,
        dst_alpha=4,
        resampling=Resampling.bilinear,
    )
    warped[:3, warped[3] == 0] = 0
    return warped, _degrees(west, south, east, north, meridian)


def as_geotiff(picture: Pixels, bounds: Bounds) -> bytes:
    """Make a GeoTIFF in EPSG:3857 of what `to_web_mercator` gave."""
    (south, west), (north, east) = bounds
    rows, columns = picture.shape[1:]
    left, right = (_RADIUS * math.radians(longitude) for longitude in (west, east))
    bottom, top = (_RADIUS * math.asinh(math.tan(math.radians(latitude))) for latitude in (south, north))
    profile: dict[str, Any] = {
        "driver": "GTiff", "width": columns, "height": rows, "count": 4, "dtype": "uint8", "compress": "deflate",
        "crs": CRS.from_epsg(3857),
        "transform": Affine((right - left) / columns, 0, left, 0, (bottom - top) / rows, top),
    }  # fmt: skip
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(picture)
            target.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
        return bytes(memory.read())


def _mercator(epsg: int) -> tuple[CRS, float]:
    """Web Mercator counted from a meridian, degrees, on whose far side the zone does not lie.

    In EPSG:3857 itself a tile of zone 1 or 60 that crosses the antimeridian would be as wide as the Earth.
    """
    meridian = {1: -180, 60: 180}.get(epsg % 100, 0)
    if meridian == 0:
        return CRS.from_epsg(3857), 0.0
    return CRS.from_proj4(f"+proj=merc +a={_RADIUS} +b={_RADIUS} +lon_0={meridian} +nadgrids=@null +no_defs"), meridian


def _degrees(west: float, south: float, east: float, north: float, meridian: float) -> Bounds:
    left, right = (math.degrees(x / _RADIUS) + meridian for x in (west, east))
    bottom, top = (math.degrees(math.atan(math.sinh(y / _RADIUS))) for y in (south, north))
    turn = 360 if left < -180 else 0
    return (bottom, left + turn), (top, right + turn)
