"""Latitude and longitude grids, a value for each pixel of a slant range image."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window

from s2dl.errors import BadRegion
from s2dl.regions.layer import Layer
from s2dl.regions.plane import hull

__all__ = ["latlon_grids", "outline_of_grids"]

_WORDS = (("lat", "lon"), ("latitude", "longitude"))
_RASTER = re.compile(r"\.(dat|img|bsq|bil|bip|raw|bin|tiff?|rdr)$")
_ROWS = 512
"""Rows that are read of a grid; the outline between them is straight to within metres."""


def latlon_grids(image: Path) -> tuple[Path, Path] | None:
    """Find the grids beside an image.

    For ``scene_pwr.dat`` these names are tried in turn, with ``lat`` and ``lon`` or ``latitude`` and ``longitude``,
    in any case, as ENVI or TIFF: ``scene_pwr_lat``, ``scene_pwr.lat``, ``scene_pwr-lat``, ``lat_scene_pwr``, the same
    for ``scene`` (the image's name without its last part, which says what it shows), and ``lat`` alone.

    Parameters
    ----------
    image
        The path of the image.

    Returns
    -------
    (latitude, longitude) or None
        Paths.
    """
    beside: dict[str, Path] = {}
    for each in sorted(image.parent.iterdir()):
        name = each.name.lower()
        if each.is_file() and not name.endswith((".hdr", ".xml", ".sml", ".vrt")):
            beside.setdefault(name, each)
            beside.setdefault(_RASTER.sub("", name), each)
    bases = [image.name.lower(), _RASTER.sub("", image.name.lower()), image.stem.lower()]
    bases += [base.rpartition("_")[0] for base in bases]
    for base in dict.fromkeys(bases):
        for pattern in ("{base}_{word}", "{base}.{word}", "{base}-{word}", "{word}_{base}") if base else ():
            found = _pair(beside, pattern, base)
            if found:
                return found
    return _pair(beside, "{word}", "")


def outline_of_grids(latitude: Any, longitude: Any, what: str) -> Layer:
    """Draw the outline of what two grids cover; zeros in both, NaN and their no-data value count as open.

    Parameters
    ----------
    latitude, longitude
        Open rasterio datasets, degrees, of one shape (lines, samples).
    what
        The image, as messages name it.

    Raises
    ------
    BadRegion
        If they differ in shape, or hold no latitudes and longitudes.
    """
    if latitude.shape != longitude.shape:
        raise BadRegion(
            f"The latitude and longitude grids of {what} differ in size ({latitude.shape} and {longitude.shape}); "
            "give those of one image."
        )
    lines = np.unique(np.linspace(0, latitude.height - 1, min(latitude.height, _ROWS)).round().astype(int))
    rows = [_ends(_line(latitude, at), _line(longitude, at)) for at in lines]
    full = [row for row in rows if len(row)]
    if not full:
        raise BadRegion(f"The grids beside {what} hold no latitudes and longitudes in degrees; make them again.")
    return hull(np.concatenate(full), what)


def _pair(beside: dict[str, Path], pattern: str, base: str) -> tuple[Path, Path] | None:
    for latitude, longitude in _WORDS:
        pair = [beside.get(pattern.format(base=base, word=word)) for word in (latitude, longitude)]
        if pair[0] is not None and pair[1] is not None:
            return pair[0], pair[1]
    return None


def _line(grid: Any, at: int) -> npt.NDArray[np.float64]:
    values = grid.read(1, window=Window(0, int(at), grid.width, 1))[0].astype(np.float64)
    return np.where(values == grid.nodata, np.nan, values) if grid.nodata is not None else np.asarray(values)


def _ends(lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give the places of a line that an outline needs: a few dozen, the first and the last among them."""
    with np.errstate(invalid="ignore"):
        there = np.flatnonzero((np.abs(lat) <= 90) & (np.abs(lon) <= 360) & ((lat != 0) | (lon != 0)))
    if not len(there):
        return np.empty((0, 2))
    some = there[np.unique(np.linspace(0, len(there) - 1, 64).round().astype(int))]
    return np.column_stack([lon[some], lat[some]])
