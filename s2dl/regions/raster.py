"""The extent of an image: by geotransform, by ground control points, or by latitude and longitude grids beside it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from s2dl.errors import BadRegion
from s2dl.regions.grids import latlon_grids, outline_of_grids
from s2dl.regions.guard import Kind, identify, shown
from s2dl.regions.layer import Layer
from s2dl.regions.plane import hull, points_to_degrees
from s2dl.regions.sphere import stepped

__all__ = ["GEOCODED", "GROUND_RANGE", "SLANT_RANGE", "from_raster"]

GEOCODED = "a geocoded image"
GROUND_RANGE = "a ground range image"
SLANT_RANGE = "a slant range image"
_DATA = ("", ".dat", ".img", ".bsq", ".bil", ".bip", ".raw", ".bin")
_EDGE = 0.02
"""Share of the width or height that control points may leave open before the image's corners are extrapolated."""
_FEWEST = 3
"""Control points; two do not say how an image is turned."""


def from_raster(path: Path, kind: Kind, what: str) -> tuple[str, list[Layer]]:
    """Read the extent of an image.

    Parameters
    ----------
    path
        The image; or its header, for ENVI.
    kind
        What `s2dl.regions.guard.identify` says that it is.
    what
        The image, as messages name it.

    Returns
    -------
    str, list of Layer
        Whether it is geocoded (geotransform), in ground range (ground control points) or in slant range (latitude and
        longitude grids beside it); and its outline.

    Raises
    ------
    BadRegion
        If the image does not say where it lies.
    """
    image = _data_of(path, what) if path.suffix.lower() == ".hdr" else path
    with _opened(image, kind, what) as source:
        points, points_crs = source.gcps
        if not _is_identity(source.transform):
            return GEOCODED, [_geocoded(source, _crs(source), what)]
        if points:
            return GROUND_RANGE, [_by_points(source, points, points_crs, what)]
    return SLANT_RANGE, [_by_grids(image, what)]


@contextmanager
def _opened(path: Path, kind: Kind, what: str) -> Iterator[Any]:
    try:
        with (
            warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
            rasterio.open(path, driver=kind.driver) as source,
        ):
            yield source
    except (RasterioError, UnicodeDecodeError) as error:
        raise BadRegion(
            f"{what} cannot be read as {kind.name[2:].strip()} ({str(error)[:200]}); export it again."
        ) from error


def _data_of(header: Path, what: str) -> Path:
    """Find the image that an ENVI header belongs to: ``image``, ``image.dat`` and the like for ``image.hdr``."""
    stem = header.stem.lower()
    beside = {each.name.lower(): each for each in sorted(header.parent.iterdir()) if each.is_file()}
    for suffix in _DATA:
        if f"{stem}{suffix}" in beside:
            return beside[f"{stem}{suffix}"]
    raise BadRegion(f"There is no image beside {what}; put it into the same folder, or give the image itself.")


def _crs(source: Any) -> str | None:
    """Give the image's CRS; a local one, as of an image that is not geocoded, counts as none."""
    crs = source.crs
    return crs.to_wkt() if crs is not None and (crs.is_geographic or crs.is_projected) else None


def _is_identity(transform: Any) -> bool:
    """Say whether coordinates are those of pixels, from top to bottom or from bottom to top."""
    a, b, c, d, e, f = tuple(transform)[:6]
    return (a, b, c, d, abs(e)) == (1, 0, 0, 0, 1) and (e < 0 or f == 0)


def _geocoded(source: Any, crs: str | None, what: str) -> Layer:
    width, height = source.width, source.height
    corners = np.array(
        [source.transform @ at for at in ((0, 0), (width, 0), (width, height), (0, height))], dtype=float
    )
    if not np.isfinite(corners).all():
        raise BadRegion(f"{_begin(what)} has a geotransform that is not finite; geocode it.")
    if crs is None and (np.abs(corners[:, 1]).max() > 90 or np.abs(corners[:, 0]).max() > 360):
        raise BadRegion(
            f"{_begin(what)} names no coordinate reference system, and its coordinates cannot be degrees; "
            "assign its CRS, or give one that is geocoded."
        )
    if crs is not None and not source.crs.is_geographic:
        return Layer(what, [shapely.Polygon(corners)], crs)
    past = np.abs(corners[:, 1]) - 90
    pixel = max(map(abs, source.res))
    if 0 < past.max() <= pixel:  # pixels centred on the pole
        corners[:, 1] = np.clip(corners[:, 1], -90, 90)
    return Layer(what, [stepped(shapely.Polygon(corners))], crs)


def _by_points(source: Any, points: list[Any], crs: Any, what: str) -> Layer:
    pixels = np.array([(each.col, each.row) for each in points], dtype=float)
    places = np.array([(each.x, each.y) for each in points], dtype=float)
    if not np.isfinite(np.hstack([pixels, places])).all():
        raise BadRegion(f"{_begin(what)} has ground control points that are not finite; give another image.")
    if len(np.unique(places, axis=0)) < _FEWEST:
        raise BadRegion(
            f"{_begin(what)} has fewer than {_FEWEST} ground control points, too few to say where it lies; geocode it."
        )
    degrees = points_to_degrees(places, None if crs is None else crs.to_wkt(), what)
    size = np.array([source.width, source.height], dtype=float)
    slack = np.maximum(size * _EDGE, 1)
    reach = bool((pixels.min(axis=0) <= slack).all() and (pixels.max(axis=0) >= size - slack).all())
    corners = np.array([(0, 0), (size[0], 0), (size[0], size[1]), (0, size[1])])
    return hull(degrees, what, pixels=pixels, corners=None if reach else corners)


def _by_grids(image: Path, what: str) -> Layer:
    found = latlon_grids(image)
    if found is None:
        raise BadRegion(
            f"{_begin(what)} does not say where it lies: it has no geotransform, no ground control points, and no "
            "latitude and longitude grids beside it "
            f"({image.stem}_lat and {image.stem}_lon); geocode it or put them there."
        )
    latitude, longitude = found
    with (
        _opened(*identify(latitude), shown(latitude.name)) as lat,
        _opened(*identify(longitude), shown(longitude.name)) as lon,
    ):
        return outline_of_grids(lat, lon, what)


def _begin(what: str) -> str:
    return what[:1].upper() + what[1:]
