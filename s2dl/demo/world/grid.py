"""The tiling grid of Sentinel-2: which tiles exist, their UTM squares, their outlines in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["TILE_METRES", "Grid", "grid", "moved", "split_at_antimeridian", "to_metres"]

TILE_METRES = 109_800
"""Side of a tile, in metres; the 100-km square of its name lies inside."""

_SQUARE = 100_000
_PIXEL = 60  # tile corners lie on the 60-m pixel raster
_COLUMN_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_ROW_LETTERS = "ABCDEFGHJKLMNPQRSTUV"

# Rows count 100-km squares from the equator. A square belongs to the latitude band of its centre:
# band letters north and south, with the first row (from the equator) of each.
_BANDS = (
    (80, "X", "C"), (71, "W", "D"), (62, "V", "E"), (53, "U", "F"), (44, "T", "G"),
    (35, "S", "H"), (27, "R", "J"), (18, "Q", "K"), (9, "P", "L"), (0, "N", "M"),
)  # fmt: skip

# The last row up to which a zone has these columns of squares (column 1 starts at 100 km easting).
# Squares that the eastern neighbour zone's tiles cover anyway are left out of the published grid.
_COLUMNS = (
    (28, 2, 8), (46, 2, 7), (59, 3, 7), (70, 3, 6), (80, 4, 6), (90, 4, 5), (93, 5, 5),
)  # fmt: skip
_NORTHMOST_ROW, _SOUTHMOST_ROW = 93, -93

_GENERIC_ZONE = 31  # every zone has the same shape; this one is projected, the others are moved
_ZONE_WIDTH = 6.0


@dataclass(frozen=True)
class Grid:
    """All tiles, in the order of their names.

    Attributes
    ----------
    names : tuple of str
        MGRS names such as ``32TPS``.
    index : dict
        Name to position.
    epsg : ndarray of int, shape (tiles,)
        Code of the tile's UTM zone, 326zz north and 327zz south.
    ulx, uly : ndarray of int, shape (tiles,)
        Upper left corner of the square, metres.
    lon, lat : ndarray of float, shape (tiles,)
        Centre of the square, degrees.
    outlines : ndarray of shapely.Polygon, shape (tiles,)
        Corners joined by straight lines in longitude and latitude. Longitudes are continuous: a tile on
        the antimeridian reaches past 180 or -180.
    """

    names: tuple[str, ...]
    index: dict[str, int]
    epsg: NDArray[np.int64]
    ulx: NDArray[np.int64]
    uly: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    outlines: NDArray[np.object_]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of `outlines`."""
        return shapely.STRtree(self.outlines)


@cache
def grid() -> Grid:
    """Return the grid of the whole Earth, built at the first call (56 686 tiles)."""
    squares = [
        (zone, row, column)
        for zone in range(1, 61)
        for row in range(_SOUTHMOST_ROW, _NORTHMOST_ROW + 1)
        for column in _columns(zone, row)
    ]
    squares.sort(key=lambda square: _name(*square))
    names = tuple(_name(*square) for square in squares)
    zone, row, column = np.array(squares, dtype=np.int64).T
    ulx = column * _SQUARE // _PIXEL * _PIXEL
    true_uly = -(-(row + 1) * _SQUARE // _PIXEL) * _PIXEL  # without false northing, rounded up
    south = row < 0
    lon, lat, outlines = _outlines(zone, ulx, true_uly)
    return Grid(
        names=names,
        index={name: i for i, name in enumerate(names)},
        epsg=np.where(south, 32700, 32600) + zone,
        ulx=ulx,
        uly=true_uly + np.where(south, 10_000_000, 0),
        lon=lon,
        lat=lat,
        outlines=outlines,
    )


@cache
def to_metres(epsg: int) -> Transformer:
    """Return the projection from longitude and latitude (that order) to a UTM zone."""
    return Transformer.from_crs(4326, epsg, always_xy=True)


def moved(geometry: shapely.Geometry, degrees: float) -> shapely.Geometry:
    """Return a geometry moved eastwards."""
    return shapely.transform(geometry, lambda xy: xy + np.array([degrees, 0.0]))


def split_at_antimeridian(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a polygon with continuous longitudes as parts that stay within -180 to 180 degrees."""
    west, _, east, _ = shapely.bounds(geometry)
    if west >= -180.0 and east <= 180.0:
        return geometry
    parts: list[shapely.Polygon] = []
    for turn in (-360.0, 0.0, 360.0):
        window = shapely.box(-180.0 - turn, -90.0, 180.0 - turn, 90.0)
        part = moved(shapely.intersection(geometry, window), turn)
        parts += [p for p in shapely.get_parts(part) if isinstance(p, shapely.Polygon) and p.area > 0.0]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _columns(zone: int, row: int) -> Iterator[int]:
    """Yield the columns of squares that a zone has in a row."""
    steps = row if row >= 0 else -1 - row
    west, east = next((west, east) for last, west, east in _COLUMNS if steps <= last)
    if zone == 1:  # the row of zones starts here, so nothing covers its western squares
        west = min(west, 9 - east)
    elif zone == 60:
        east = min(east, 9 - west)
    if 63 <= row <= 70:  # south-west Norway: 32V is wider at the cost of 31V
        west, east = (2 if zone == 32 else west), (5 if zone == 31 and row < 70 else east)
    if row >= 79 and 31 <= zone <= 37:  # Svalbard: 32X, 34X and 36X do not exist
        west, east = _svalbard(zone, row, west, east)
    yield from range(west, east + 1)


def _svalbard(zone: int, row: int, west: int, east: int) -> tuple[int, int]:
    """Return the first and last column around Svalbard, where three zones are left out above 72 N."""
    if zone in {32, 34, 36}:
        return (5, east) if row == 79 else (1, 0)
    if zone != 31:
        west = 3 if row <= 85 else 4
    if zone != 37 and row <= 90:
        east = 7 if row <= 80 else 6
    return west, east


def _name(zone: int, row: int, column: int) -> str:
    """Return the MGRS name of a 100-km square."""
    steps = row if row >= 0 else -1 - row
    north, south = next((north, south) for first, north, south in _BANDS if steps >= first)
    shift = 5 if zone % 2 == 0 else 0
    column_letter = _COLUMN_LETTERS[(zone - 1) % 3 * 8 + column - 1]
    return f"{zone:02d}{north if row >= 0 else south}{column_letter}{_ROW_LETTERS[(row + shift) % 20]}"


def _outlines(
    zone: NDArray[np.int64], ulx: NDArray[np.int64], true_uly: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Return centre longitudes and latitudes, and outlines, of squares given without false northing."""
    half, side = TILE_METRES / 2, TILE_METRES
    dx = np.array([0, side, side, 0, 0, half])
    dy = np.array([0, 0, -side, -side, 0, -half])
    back = Transformer.from_crs(32600 + _GENERIC_ZONE, 4326, always_xy=True)
    lon, lat = back.transform(ulx[:, None] + dx, true_uly[:, None] + dy)
    lon = np.round(lon + ((zone - _GENERIC_ZONE) * _ZONE_WIDTH)[:, None], 6)
    lat = np.round(lat, 6)
    outlines = np.asarray(shapely.polygons(np.stack([lon[:, :5], lat[:, :5]], axis=-1)), dtype=object)
    return lon[:, 5], lat[:, 5], outlines
