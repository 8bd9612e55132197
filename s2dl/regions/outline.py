"""A region as the text of a request: exact if that is short, else simplified outward so that nothing is lost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

__all__ = ["LONGEST", "fits_request", "outline_for_request"]

LONGEST = 2_000
"""Characters of WKT: the service's own browser keeps geometries under 2 000 and whole requests under 6 000."""
MOST_PARTS = 20
"""Each part becomes a condition of its own in an OData filter, 60 characters longer than its WKT."""
_DIGITS = 6
"""Of a simplified outline; a tenth of a metre."""
_ROUNDING = 2 * 10.0**-_DIGITS
_FIRST = 0.0005
"""Degrees, 50 m: the first tolerance that is tried."""
_LAST = 20.0
_MANY = 2_000
"""Corners; a region with more is covered by boxes first, as buffers of long ragged outlines take minutes."""
_BOXES = 2_000
Floats = npt.NDArray[np.float64]

_WORLD = shapely.box(-180, -90, 180, 90)


def fits_request(region: BaseGeometry, longest: int = LONGEST) -> bool:
    """Say whether a region goes into a request as it is, without simplification."""
    few = shapely.get_num_coordinates(region) <= longest // 4 and shapely.get_num_geometries(region) <= MOST_PARTS
    return bool(few) and len(_exact(region)) <= longest


def outline_for_request(region: BaseGeometry, longest: int = LONGEST) -> str:
    """Write the WKT that asks for a region, simplified outward so that nothing is lost.

    Parameters
    ----------
    region : shapely geometry
        EPSG:4326, as `s2dl.read_region` gives it.
    longest : int
        Characters.

    Returns
    -------
    str
        WKT of a geometry that contains `region`; of at most 20 parts; without holes if it had to be simplified.
    """
    if fits_request(region, longest):
        return _exact(region)
    outline, tolerance = _without_holes(region), _FIRST
    if shapely.get_num_coordinates(outline) > _MANY:
        outline, tolerance = _covered(outline)
    while tolerance < _LAST:
        # What is simplified strays by the tolerance at most, so a buffer of that width holds all of it. Each round
        # works on the outline of the one before, which holds the region already and has far fewer corners.
        simple = outline.simplify(tolerance).buffer(tolerance + _ROUNDING, join_style="mitre")
        outline = _without_holes(simple.intersection(_WORLD))
        text = _rounded(outline.simplify(tolerance / 4).buffer(tolerance / 4 + _ROUNDING, join_style="mitre"))
        if text and len(text) <= longest and _holds(text, region):
            return text
        tolerance *= 2
    return _rounded(_boxes(region))


def _covered(region: BaseGeometry) -> tuple[BaseGeometry, float]:
    """Cover a region with boxes, smaller ones along its outline; give them as one area, and the smallest one's side."""
    shapely.prepare(region)
    edge = _sides(region)
    inside: list[BaseGeometry] = []
    while len(edge) + len(inside) < _BOXES:
        quarters = np.concatenate([_quarters(box) for box in edge])
        boxes = shapely.box(*quarters.T)
        within = shapely.contains_properly(region, boxes)
        inside.extend(boxes[within])
        edge = quarters[~within & shapely.intersects(region, boxes)]
    side = float((edge[:, 2:] - edge[:, :2]).min())
    return _without_holes(shapely.union_all(inside + [shapely.box(*each) for each in edge])), max(side / 4, _FIRST)


def _quarters(box: Floats) -> Floats:
    west, south, east, north = box
    lon, lat = (west + east) / 2, (south + north) / 2
    return np.array(
        [(west, south, lon, lat), (lon, south, east, lat), (west, lat, lon, north), (lon, lat, east, north)]
    )


def _sides(region: BaseGeometry) -> Floats:
    """Give the bounds of what lies west and of what lies east of Greenwich, so that a split region stays narrow."""
    parts = shapely.get_parts(region)
    east = shapely.get_x(shapely.centroid(parts)) >= 0
    return np.array([shapely.total_bounds(side) for side in (parts[east], parts[~east]) if len(side)])


def _boxes(region: BaseGeometry) -> BaseGeometry:
    return shapely.union_all(shapely.box(*_sides(region).T)).buffer(_ROUNDING, join_style="mitre")


def _without_holes(area: BaseGeometry) -> BaseGeometry:
    shells = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(area)))
    return shapely.union_all(np.asarray(shells))


def _exact(region: BaseGeometry) -> str:
    return str(shapely.to_wkt(region, rounding_precision=9, trim=True))


def _holds(text: str, region: BaseGeometry) -> bool:
    """See that an outline holds all of a region: where slivers meet at a pole, union and rounding may lose some."""
    outline = shapely.from_wkt(text)
    shapely.prepare(outline)
    return bool(outline.covers(region))


def _rounded(area: BaseGeometry) -> str:
    """Write an outline with few digits, or nothing if rounding breaks it or it has too many parts."""
    text = str(shapely.to_wkt(area.intersection(_WORLD), rounding_precision=_DIGITS, trim=True))
    written = shapely.from_wkt(text)
    return text if written.is_valid and shapely.get_num_geometries(written) <= MOST_PARTS else ""
