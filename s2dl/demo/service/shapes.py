"""Footprints as the catalogues write them; one is used again by all products of its tile and orbit."""

from __future__ import annotations

import json
from functools import lru_cache

import shapely

__all__ = ["ewkt", "geojson"]

REMEMBERED = 4096


@lru_cache(maxsize=REMEMBERED)
def geojson(footprint: shapely.Geometry) -> str:
    """A polygon or multipolygon as GeoJSON text."""
    parts = [_rings(part) for part in shapely.get_parts(footprint)]
    single = isinstance(footprint, shapely.Polygon)
    shape = {"type": "Polygon" if single else "MultiPolygon", "coordinates": parts[0] if single else parts}
    return json.dumps(shape, separators=(",", ":"))


@lru_cache(maxsize=REMEMBERED)
def ewkt(footprint: shapely.Geometry) -> str:
    """A geometry as the OData catalogue writes it."""
    return f"geography'SRID=4326;{shapely.to_wkt(footprint, rounding_precision=12)}'"


def _rings(polygon: shapely.Polygon) -> list[list[list[float]]]:
    return [shapely.get_coordinates(ring).tolist() for ring in (polygon.exterior, *polygon.interiors)]
