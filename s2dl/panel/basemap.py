"""The ground of a map without tiles: land and lakes, coarse for the whole Earth, in full detail where it is near."""

from __future__ import annotations

import json
import math
from typing import Any

import ipyleaflet
import numpy as np
import shapely
from numpy.typing import NDArray

from s2dl.earth import Shores, around, turned, whole

__all__ = ["GROUND", "basemap", "sharpen"]

GROUND = "s2dl-ground"
"""The map's pane that it is drawn in, under all others."""

_NOTHING: dict[str, Any] = {"type": "FeatureCollection", "features": []}
_NEAR = 6
"""Zoom from which the map shows the land around its view in detail."""
_ROOM = 0.5
"""How far beyond the view land is sent, by the view's size, so that not every small move asks for more."""
_WIDEST = 10_000.0
"""Pixels of a map, more than any screen has."""
_FAR = 130.0
"""Longitude, east and west, from which land is shown once more on the antimeridian's other side."""


def basemap() -> ipyleaflet.LayerGroup:
    """Make the ground of a map; `panel.css` colours it by the classes ``s2dl-land`` and ``s2dl-lakes``.

    Give it to `sharpen` with its map, or it stays coarse.
    """
    everywhere = ipyleaflet.GeoJSON(data=_collection(_beyond(whole()), digits=2), name="Land")
    near = ipyleaflet.GeoJSON(data=_NOTHING, name="Land in view", visible=False)
    return ipyleaflet.LayerGroup(layers=(everywhere, near), name="Ground")


def sharpen(ground: ipyleaflet.LayerGroup, leaflet: ipyleaflet.Map) -> None:
    """Keep a `basemap` as fine as its map's view needs: zoomed in, what lies around is shown in detail."""
    everywhere, near = ground.layers
    shown: tuple[int, shapely.Polygon] | None = None

    def follow(_: Any) -> None:
        nonlocal shown
        zoom, view = int(leaflet.zoom), _view(leaflet)
        near.visible = zoom >= _NEAR and view is not None
        everywhere.visible = not near.visible
        if view is not None and near.visible and (shown is None or shown[0] != zoom or not shown[1].covers(view)):
            room = shapely.box(*_widened(*view.bounds))
            shown, near.data = (zoom, room), _collection(_cut(room, zoom), digits=4)

    leaflet.observe(follow, ["bounds", "zoom"])
    follow(None)


def _view(leaflet: ipyleaflet.Map) -> shapely.Polygon | None:
    """Return what the map shows; None before it is on a page, and while zoom and bounds are not of one moment."""
    if not leaflet.bounds:
        return None
    (south, west), (north, east) = leaflet.bounds
    pixels = (east - west) / 360.0 * 256.0 * 2.0**leaflet.zoom
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
    east, west = (_FAR, -90.0, 180.0, 90.0), (-180.0, -90.0, -_FAR, 90.0)
    sides = [
        Shores(*(turned(shapely.clip_by_rect(polygons, *side), degrees) for polygons in shores))
        for side, degrees in ((east, -360.0), (west, 360.0))
    ]
    return Shores(*(np.concatenate(each) for each in zip(shores, *sides, strict=True)))


def _collection(shores: Shores, digits: int) -> dict[str, Any]:
    """Make GeoJSON of two features; clicks go through them."""
    features = [_feature(name, polygons, digits) for name, polygons in shores._asdict().items()]
    return {"type": "FeatureCollection", "features": features}


def _feature(name: str, polygons: NDArray[np.object_], digits: int) -> dict[str, Any]:
    solid = polygons[~shapely.is_empty(polygons)]
    shape = shapely.transform(shapely.MultiPolygon(list(shapely.get_parts(solid))), lambda xy: xy.round(digits))
    style = {"className": f"s2dl-{name}", "stroke": False, "fillOpacity": 1, "interactive": False, "pane": GROUND}
    return {"type": "Feature", "properties": {"style": style}, "geometry": json.loads(shapely.to_geojson(shape))}
