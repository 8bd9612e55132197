"""MGRS tile id → UTM square, exact to the metre; and the tiles of a region.

The tiles of Sentinel-2 are the 100-km squares of the military grid (NGA.STND.0037, appendix B), enlarged to 109 800 m;
their upper-left corner lies on the 60-m grid that the coarsest band needs (Sentinel-2 Products Specification Document).
"""

from __future__ import annotations

import bisect
import math
import re
from functools import cache
from typing import TYPE_CHECKING

from s2dl.errors import BadInput

if TYPE_CHECKING:
    import shapely
    from shapely.geometry.base import BaseGeometry

__all__ = ["SIZE", "tiles_of", "utm_bounds"]

SIZE = 109_800.0
"""Width and height of a tile, metres."""

_PATTERN = re.compile(r"T?(0[1-9]|[1-5][0-9]|60)([C-HJ-NP-X])([A-HJ-NP-Z])([A-HJ-NP-V])")
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_SQUARE = 100_000
_ROWS_REPEAT = 2_000_000
_PIXEL = 60
_METRES_A_DEGREE = 110_950
"""Of UTM northing; near enough to tell apart squares that are 2 000 km from each other."""

# The published grid leaves out squares that the neighbouring zones show. Rows of squares are counted from the equator:
# the last one of each step, with its first and last column, and the first one of each latitude band.
_STEPS = ((28, 2, 8), (46, 2, 7), (59, 3, 7), (70, 3, 6), (80, 4, 6), (90, 4, 5), (93, 5, 5))
_BAND_STARTS = (0, 9, 18, 27, 35, 44, 53, 62, 71, 80)
_HIGHEST = 93
_ZONE = 6.0
"""Degrees of longitude."""
_EDGE = 10_000.0
"""Metres; an edge of a square, divided so, is straight in degrees to within metres."""


def utm_bounds(tile: str) -> tuple[int, tuple[float, float, float, float]]:
    """Give the UTM square of a tile.

    Parameters
    ----------
    tile : str
        ``"32TPS"`` or ``"T32TPS"``.

    Returns
    -------
    epsg : int
        326xx in the north, 327xx in the south.
    bounds : tuple of float
        (xmin, ymin, xmax, ymax), metres.

    Raises
    ------
    BadInput
        It is no tile id.

    Examples
    --------
    >>> utm_bounds("32TPS")
    (32632, (600000.0, 5090220.0, 709800.0, 5200020.0))
    """
    found = _PATTERN.fullmatch(str(tile).upper())
    column = _COLUMNS[(int(found[1]) - 1) % 3].find(found[3]) if found else -1
    if found is None or column < 0:
        raise BadInput(f"{tile!r} is not a tile id; it looks like 32TPS or T32TPS.")
    zone, band = int(found[1]), _BANDS.index(found[2])
    north = band >= _BANDS.index("N")
    left = _left(column + 1)
    top = _top(_northing(zone, band, found[4])) + (0 if north else 10_000_000)
    return (32600 if north else 32700) + zone, (left, top - SIZE, left + SIZE, top)


def _left(column: int) -> float:
    return float(math.floor(column * _SQUARE / _PIXEL) * _PIXEL)


def _top(northing: int) -> float:
    """The upper edge of a tile over the southern edge of its square.

    Northings are counted from the equator, negative in the south; only then lie corners on the 60-m grid.
    """
    return float(math.ceil((northing + _SQUARE) / _PIXEL) * _PIXEL)


def _offset(zone: int) -> int:
    """Letters of rows begin at F in zones of even number."""
    return 0 if zone % 2 else 5


def _northing(zone: int, band: int, row: str) -> int:
    """The southern edge of a row of squares, metres from the equator: the repetition that lies in the band."""
    within = (_ROWS.index(row) - _offset(zone)) % len(_ROWS) * _SQUARE
    middle_latitude = -80 + 8 * band + (6 if band == len(_BANDS) - 1 else 4)
    middle = middle_latitude * _METRES_A_DEGREE
    return within + round((middle - within - _SQUARE / 2) / _ROWS_REPEAT) * _ROWS_REPEAT


def tiles_of(region: BaseGeometry) -> list[str]:
    """List the tiles whose squares meet a region.

    Parameters
    ----------
    region : shapely geometry
        EPSG:4326, as `s2dl.read_region` gives it.

    Returns
    -------
    list of str
        Sorted ids. Neighbouring tiles overlap, by 10 km and more.

    Examples
    --------
    >>> import s2dl
    >>> tiles_of(s2dl.read_region((11.2, 46.4, 11.3, 46.5)))
    ['32TPS']
    """
    import shapely  # noqa: PLC0415  # heavy, and the squares above do without
    from shapely import affinity  # noqa: PLC0415

    tree, squares = _squares_of_zone_31()
    most_west, _, most_east, _ = shapely.total_bounds(tree.geometries)
    west, _, east, _ = region.bounds
    found: set[str] = set()
    for zone in range(1, 61):
        for turn in (-360, 0, 360):
            shift = turn - (zone - 31) * _ZONE
            if west + shift < most_east and east + shift > most_west:
                moved = affinity.translate(region, shift)
                met = [squares[number] for number in tree.query(moved, predicate="intersects")]
                found.update(_name(zone, *square) for square in met if square[1] in _columns(zone, square[0]))
    return sorted(found)


@cache
def _squares_of_zone_31() -> tuple[shapely.STRtree, list[tuple[int, int]]]:
    """Give the squares of the zone at Greenwich as outlines in degrees, and the row and column of each.

    Those of every other zone are the same, so many degrees further east or west.
    """
    import numpy as np  # noqa: PLC0415
    import pyproj  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    squares = [(row, column) for row in range(-_HIGHEST, _HIGHEST + 1) for column in range(1, 9)]
    corners = [(_left(column), _top(row * _SQUARE)) for row, column in squares]
    boxes = [shapely.box(left, top - SIZE, left + SIZE, top) for left, top in corners]
    outlines = shapely.segmentize(boxes, _EDGE)
    to_degrees = pyproj.Transformer.from_crs(32631, 4326, always_xy=True)
    places = np.column_stack(to_degrees.transform(*shapely.get_coordinates(outlines).T))
    return shapely.STRtree(shapely.set_coordinates(outlines, places)), squares


def _columns(zone: int, row: int) -> range:
    """Columns of the squares that a zone has in a row, counted from the equator, negative in the south."""
    steps = row if row >= 0 else -1 - row
    first, last = next((first, last) for highest, first, last in _STEPS if steps <= highest)
    # Nothing lies beside the first and the last zone that would show their outer squares, too.
    if zone == 1:
        first = 9 - last
    elif zone == 60:
        last = 9 - first
    if 63 <= row <= 70:  # 32V is wider at the cost of 31V, for the south-west of Norway
        first, last = (2 if zone == 32 else first), (5 if zone == 31 and row < 70 else last)
    if row >= 79 and 31 <= zone <= 37:
        return _columns_at_svalbard(zone, row, first, last)
    return range(first, last + 1)


def _columns_at_svalbard(zone: int, row: int, first: int, last: int) -> range:
    """Leave out 32X, 34X and 36X; the zones between them are wider."""
    if zone in {32, 34, 36}:
        return range(5, last + 1) if row == 79 else range(0)
    if zone != 31:
        first = 3 if row <= 85 else 4
    if zone != 37 and row <= 90:
        last = 7 if row <= 80 else 6
    return range(first, last + 1)


def _name(zone: int, row: int, column: int) -> str:
    steps = row if row >= 0 else -1 - row
    band = bisect.bisect(_BAND_STARTS, steps) - 1
    letter = _BANDS[10 + band if row >= 0 else 9 - band]
    return f"{zone:02}{letter}{_COLUMNS[(zone - 1) % 3][column - 1]}{_ROWS[(row + _offset(zone)) % len(_ROWS)]}"
