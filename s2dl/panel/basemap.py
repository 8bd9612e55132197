"""The ground of a map without tiles: land and lakes, coarse for the whole Earth, in full detail where it is near."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from s2dl.earth import Shores, around, turned, whole

__all__ = ["FAR", "Nearby", "everywhere"]

Bounds = Sequence[Sequence[float]]

_NEAR = 6
"""Zoom from which the map shows the land around its view in detail."""
_ROOM = 0.5
"""How far beyond the view land is sent, by the view's size, so that not every small move asks for more."""
_WIDEST = 10_000.0
"""Pixels of a map, more than any screen has."""
FAR = 130.0
"""Longitude, east and west, from which things are shown once more on the antimeridian's other side."""


def everywhere() -> bytes:
    """Give the whole Earth, coarse, as GeoJSON with the properties ``className``: ``s2dl-land`` and ``s2dl-lakes``."""
    return _collection(_beyond(whole()), digits=2)


class Nearby:
    """What a page has of the land around its view in full detail, and what it needs besides.

    Attributes
    ----------
    inside : bool
        The map is so near that this land is to be seen, in place of the coarse one.
    """

    def __init__(self) -> None:
        self.inside = False
        self._shown: tuple[int, shapely.Polygon] | None = None

    def look(self, bounds: Bounds, zoom: int) -> bytes | None:
        """Take note of what the map shows; give the land around it, as GeoJSON, where the page needs another one.

        Parameters
        ----------
        bounds : ((south, west), (north, east)), in degrees
            Empty while no page shows the map.
        zoom : int
        """
        view = _view(bounds, zoom)
        self.inside = zoom >= _NEAR and view is not None
        if view is None or not self.inside:
            return None
        if self._shown is not None and self._shown[0] == zoom and self._shown[1].covers(view):
            return None
        room = shapely.box(*_widened(*view.bounds))
        self._shown = zoom, room
        return _collection(_cut(room, zoom), digits=4)


def _view(bounds: Bounds, zoom: int) -> shapely.Polygon | None:
    """Return what the map shows; None before it is on a page, and while zoom and bounds are not of one moment."""
    if not bounds:
        return None
    (south, west), (north, east) = bounds
    pixels = (east - west) / 360.0 * 256.0 * 2.0**zoom
    return shapely.box(west, south, east, north) if pixels < _WIDEST else None


def _widened(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    width, height = _ROOM * (east - west), _ROOM * (north - south)
    return west - width, south - height, east + width, north + height


def _cut(room: shapely.Polygon, zoom: int) -> Shores:
    """Return what lies in a box, without detail that a zoom does not show."""
    pixel = 360.0 / 256 / 2**zoom * math.cos(math.radians(min(abs(room.centroid.y), 80.0)))
    cells = around(*room.bounds)
    return Shores(*(_joined(polygons[shapely.intersects(polygons, room)], pixel) for polygons in cells))


def _joined(polygons: NDArray[np.object_], pixel: float) -> NDArray[np.object_]:
    """Return polygons with fewer vertices, those that overlap as one: else the browser leaves out what lies twice."""
    simple = shapely.make_valid(shapely.simplify(polygons, pixel, preserve_topology=False))
    parts = shapely.get_parts(shapely.union_all(simple))
    result: NDArray[np.object_] = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return result


def _beyond(shores: Shores) -> Shores:
    """Return the Earth, and once more what lies near the antimeridian, beyond it on either side."""
    east, west = (FAR, -90.0, 180.0, 90.0), (-180.0, -90.0, -FAR, 90.0)
    sides = [
        Shores(*(turned(shapely.clip_by_rect(polygons, *side), degrees) for polygons in shores))
        for side, degrees in ((east, -360.0), (west, 360.0))
    ]
    return Shores(*(np.concatenate(each) for each in zip(shores, *sides, strict=True)))


def _collection(shores: Shores, digits: int) -> bytes:
    """Write GeoJSON of two features."""
    features = [_feature(name, polygons, digits) for name, polygons in shores._asdict().items()]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode()


def _feature(name: str, polygons: NDArray[np.object_], digits: int) -> dict[str, Any]:
    solid = polygons[~shapely.is_empty(polygons)]
    shape = shapely.transform(shapely.MultiPolygon(list(shapely.get_parts(solid))), lambda xy: xy.round(digits))
    geometry = json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": {"className": f"s2dl-{name}"}, "geometry": geometry}
