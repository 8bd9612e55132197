"""Rings on a sphere laid flat: the antimeridian, longitudes past ±180, and the poles."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

__all__ = ["FURTHEST", "laid_flat", "stepped", "valid"]

FURTHEST = 540.0
"""Degrees of longitude: half a turn more than the 0 to 360 that other conventions use."""
_HALF = 180.0
_TURN = 360.0
_STEP = 90.0

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]


def laid_flat(polygons: Geometries) -> Geometries:
    """Bring polygons within ±180 degrees of longitude, valid.

    An edge that spans more than half a turn takes the short way, across the antimeridian; a ring that goes round the
    Earth encloses the nearer pole; what lies past ±180 is cut off and moved by a turn.

    Parameters
    ----------
    polygons
        Longitude, latitude in degrees, finite, latitudes within ±90.
    """
    done = np.array(polygons, dtype=object)
    for at in np.flatnonzero(_is_beyond(polygons)):
        done[at] = _polygon_laid_flat(polygons[at])
    return done


def stepped(geometry: BaseGeometry) -> BaseGeometry:
    """Give edges of more than half a turn corners in between, so that they mean the long way that they go."""
    return shapely.segmentize(geometry, _STEP) if _widest_step(geometry) > _HALF else geometry


def valid(geometry: BaseGeometry) -> BaseGeometry:
    """Mend a polygon: loops and overlaps count as inside, holes stay holes."""
    if geometry.is_valid:
        return geometry
    return shapely.make_valid(geometry, method="structure", keep_collapsed=False)


def _is_beyond(polygons: Geometries) -> npt.NDArray[np.bool_]:
    west, _, east, _ = shapely.bounds(polygons).T
    beyond = (west < -_HALF) | (east > _HALF)
    for at in np.flatnonzero(~beyond & (east - west > _HALF)):
        beyond[at] = _widest_step(polygons[at]) > _HALF
    return np.asarray(beyond)


def _widest_step(geometry: BaseGeometry) -> float:
    """Degrees of longitude between the ends of the widest edge."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(geometry)), return_index=True)
    return float(np.abs(np.diff(xy[:, 0]))[ring[:-1] == ring[1:]].max(initial=0))


def _polygon_laid_flat(polygon: shapely.Polygon) -> BaseGeometry:
    shell = _inside(polygon.exterior)
    holes = [_inside(ring) for ring in polygon.interiors]
    return shapely.difference(shell, shapely.union_all(holes)) if holes else shell


def _inside(ring: shapely.LinearRing) -> BaseGeometry:
    """Give the area inside of a ring, cut into pieces within ±180."""
    xy = shapely.get_coordinates(ring)
    steps = np.diff(xy[:, 0])
    if (np.abs(steps) == _TURN).any() and shapely.Polygon(xy).is_valid:
        return _cut(shapely.Polygon(xy))  # a band round the Earth, drawn as a box
    lon = xy[0, 0] + np.concatenate([[0.0], np.cumsum(np.where(np.abs(steps) > _HALF, _short(steps), steps))])
    unrolled = np.column_stack([lon, xy[:, 1]])
    if abs(lon[-1] - lon[0]) > _HALF:
        pole = math.copysign(90.0, float(xy[:, 1].mean()))
        unrolled = np.vstack([unrolled, [[lon[-1], pole], [lon[0], pole]]])
    return _cut(valid(shapely.Polygon(unrolled)))


def _short(steps: Floats) -> Floats:
    return np.asarray((steps + _HALF) % _TURN - _HALF)


def _cut(area: BaseGeometry) -> BaseGeometry:
    west, _, east, _ = area.bounds if not area.is_empty else (0.0, 0.0, 0.0, 0.0)
    turns = range(math.floor((west + _HALF) / _TURN), math.ceil((east + _HALF) / _TURN))
    pieces = []
    for turn in turns:
        strip = shapely.box(-_HALF + turn * _TURN, -90, _HALF + turn * _TURN, 90)
        pieces.append(affinity.translate(shapely.intersection(area, strip), -turn * _TURN))
    return shapely.union_all(pieces)
