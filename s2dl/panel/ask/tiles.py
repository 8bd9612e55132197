"""Tiles on the map: the outline of a tile's square in degrees."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.region import read_region
from s2dl.tiles import utm_bounds

__all__ = ["tile_outline"]


def tile_outline(tile: str) -> BaseGeometry:
    """Give a tile's outline, longitude latitude in degrees, EPSG:4326.

    Raises
    ------
    BadInput
        There is no such tile.
    """
    import geopandas as gpd  # noqa: PLC0415 - heavy, and only needed when a tile is asked for

    epsg, bounds = utm_bounds(tile)
    return read_region(gpd.GeoSeries([shapely.box(*bounds)], crs=epsg))
