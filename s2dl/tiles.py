"""MGRS tile id → UTM square, exact to the metre.

The tiles of Sentinel-2 are the 100-km squares of the military grid (NGA.STND.0037, appendix B), enlarged to 109 800 m;
their upper-left corner lies on the 60-m grid that the coarsest band needs (Sentinel-2 Products Specification Document).
"""

from __future__ import annotations

import math
import re

from s2dl.errors import BadInput

__all__ = ["SIZE", "utm_bounds"]

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
    left = math.floor((column + 1) * _SQUARE / _PIXEL) * _PIXEL
    # Northings are counted from the equator, negative in the south; only then lie corners on the 60-m grid.
    top = math.ceil((_northing(zone, band, found[4]) + _SQUARE) / _PIXEL) * _PIXEL + (0 if north else 10_000_000)
    return (32600 if north else 32700) + zone, (float(left), top - SIZE, left + SIZE, float(top))


def _northing(zone: int, band: int, row: str) -> int:
    """The southern edge of a row of squares, metres from the equator: the repetition that lies in the band."""
    offset = 0 if zone % 2 else 5
    within = (_ROWS.index(row) - offset) % len(_ROWS) * _SQUARE
    middle_latitude = -80 + 8 * band + (6 if band == len(_BANDS) - 1 else 4)
    middle = middle_latitude * _METRES_A_DEGREE
    return within + round((middle - within - _SQUARE / 2) / _ROWS_REPEAT) * _ROWS_REPEAT
