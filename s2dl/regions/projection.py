"""From any coordinate reference system of the Earth to longitude and latitude, with edges that stay where they were."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from s2dl.errors import BadRegion

__all__ = ["earthly", "to_degrees"]

_EARTH = (6.3e6, 6.45e6)
"""Metres; every ellipsoid in use for the Earth has its semi-major axis between these."""
_STRAY = 1e-4
"""Degrees, about 11 m, a pixel: an edge may be off by that much before it is divided."""
_ROUNDS = 32
"""Enough to bring an edge that is as long as the Earth is wide below `_STRAY`."""
_MOST_ADDED = 500_000
"""Corners; an edge as long as the Earth is wide takes some thousand, coordinates that are none of the CRS no end."""
_WHERE = 0.4
"""Edges are tried and divided there: in the middle, one that is bent like an S would seem straight."""
_ASTRAY = 60.0
"""Degrees of longitude: data further from the area that their CRS is made for were given the wrong CRS."""
_WGS84 = pyproj.CRS.from_epsg(4326)

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]


def earthly(crs: Any, what: str) -> pyproj.CRS:
    """Read a coordinate reference system, and refuse one that is not tied to the Earth's surface.

    Parameters
    ----------
    crs
        Whatever `pyproj.CRS.from_user_input` takes.
    what
        The source, as the message names it.

    Raises
    ------
    BadRegion
        If it is unknown, local, vertical, geocentric, or of another celestial body.
    """
    try:
        known = pyproj.CRS.from_user_input(crs)
    except (CRSError, TypeError, ValueError) as error:
        raise BadRegion(
            f"{_begin(what)} names a coordinate reference system that is not known ({str(crs)[:80]!r}); "
            "reproject it to EPSG:4326."
        ) from error
    if known.ellipsoid is None or not (known.is_geographic or known.is_projected):
        raise BadRegion(
            f"{_begin(what)} has a coordinate reference system without a place on Earth ({known.name[:80]!r}); "
            "reproject it to EPSG:4326."
        )
    if not _EARTH[0] < known.ellipsoid.semi_major_metre < _EARTH[1]:
        raise BadRegion(
            f"{_begin(what)} lies on another celestial body ({known.name[:80]!r}); Sentinel-2 looks at the Earth only."
        )
    return known


def to_degrees(geometries: Geometries, crs: Any, what: str) -> Geometries:
    """Bring geometries to longitude and latitude (EPSG:4326).

    Edges of projected data get as many new corners as it takes to stay within 11 m of where they were.

    Parameters
    ----------
    geometries
        Two-dimensional, finite.
    crs
        Whatever `pyproj.CRS.from_user_input` takes.
    what
        The source, as messages name it.

    Raises
    ------
    BadRegion
        If the CRS cannot be used, or the coordinates are none of it.
    """
    source = earthly(crs, what)
    if source.equals(_WGS84, ignore_axis_order=True) or not len(geometries):
        return geometries
    if source.is_projected and source.area_of_use is not None and _look_like_degrees(geometries):
        raise BadRegion(
            f"{_begin(what)} has coordinates that look like degrees, and its coordinate reference system is in other "
            f"units ({source.name!r}); set the right one, probably EPSG:4326."
        )
    try:
        transform = pyproj.Transformer.from_crs(source, _WGS84, always_xy=True)
        moved = _bent(geometries, transform) if source.is_projected else _moved(geometries, transform)
    except ProjError as error:
        raise BadRegion(f"{_begin(what)} cannot be brought to degrees ({error}); reproject it to EPSG:4326.") from error
    if not np.isfinite(shapely.get_coordinates(moved)).all() or _is_astray(moved, source):
        raise BadRegion(
            f"{_begin(what)} has coordinates that are none of its coordinate reference system ({source.name!r}); "
            "set the right one, or reproject it to EPSG:4326."
        )
    return moved


def _begin(what: str) -> str:
    return what[:1].upper() + what[1:]


def _moved(geometries: Geometries, transform: pyproj.Transformer) -> Geometries:
    return np.asarray(shapely.transform(geometries, lambda xy: np.column_stack(transform.transform(*xy.T))))


def _look_like_degrees(geometries: Geometries) -> bool:
    """Say whether all places lie within metres of a projection's origin, where nobody's fields are."""
    west, south, east, north = shapely.total_bounds(geometries)
    return bool(max(-west, east) <= 180 and max(-south, north) <= 90)


def _is_astray(geometries: Geometries, crs: pyproj.CRS) -> bool:
    """Say whether data lie far from the area that their CRS is made for, as coordinates of another CRS do."""
    area = crs.area_of_use
    if area is None:
        return False
    # Longitude alone: images of the south in a northern UTM zone are common, and right.
    width = (area.east - area.west) % 360 or 360
    past = (shapely.get_coordinates(geometries)[:, 0] - area.west) % 360
    beside = np.where(past <= width, 0, np.minimum(past - width, 360 - past))
    return bool(beside.min() > _ASTRAY)


def _bent(geometries: Geometries, transform: pyproj.Transformer) -> Geometries:
    """Transform polygons, dividing each edge until it stays in place; give an infinite point where that cannot be."""
    parts = shapely.get_parts(geometries)
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    rings, owner = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    degrees = np.column_stack(transform.transform(*xy.T))
    fresh = np.ones(len(xy), dtype=bool)
    most = len(xy) + _MOST_ADDED
    for _ in range(_ROUNDS):
        starts = np.flatnonzero((ring[:-1] == ring[1:]) & (fresh[:-1] | fresh[1:]))
        between = xy[starts] + (xy[starts + 1] - xy[starts]) * _WHERE
        true = np.column_stack(transform.transform(*between.T))
        off = _gap(degrees[starts], degrees[starts + 1], true) > _STRAY
        if not off.any() or len(xy) > most:
            break
        at = starts[off] + 1
        fresh = np.insert(np.zeros(len(xy), dtype=bool), at, values=True)
        xy = np.insert(xy, at, between[off], axis=0)
        degrees = np.insert(degrees, at, true[off], axis=0)
        ring = np.insert(ring, at, ring[at])
    if not np.isfinite(degrees).all() or len(xy) > most:
        return np.asarray([shapely.Point(math.inf, math.inf)])
    return np.asarray(shapely.polygons(np.asarray(shapely.linearrings(degrees, indices=ring)), indices=owner))


def _gap(start: Floats, end: Floats, true: Floats) -> Floats:
    """Degrees on the sphere between edges that are straight in degrees and places that should lie on them."""
    with np.errstate(invalid="ignore"):
        scale = np.column_stack([np.cos(np.radians(true[:, 1])), np.ones(len(true))])
        along = _step(start, end) * scale
        place = _step(start, true) * scale
        length = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
        share = np.clip((along * place).sum(axis=1) / length, 0, 1)
        return np.asarray(np.hypot(*(place - along * share[:, None]).T))


def _step(start: Floats, end: Floats) -> Floats:
    """Degrees east, the short way, and north."""
    step = end - start
    return np.column_stack([(step[:, 0] + 180) % 360 - 180, step[:, 1]])
