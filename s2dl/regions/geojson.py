"""GeoJSON, as mapping or text, and WKT."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadRegion
from s2dl.regions.guard import MOST_CORNERS
from s2dl.regions.layer import Layer

__all__ = ["from_mapping", "from_text", "from_wkt"]

_SRID = re.compile(r"\s*SRID\s*=\s*(\d+)\s*;", re.IGNORECASE)
_FOREIGN = {"Topology": "TopoJSON", "geometryType": "Esri JSON", "rings": "Esri JSON"}


def from_text(text: str, what: str) -> list[Layer]:
    """Read a GeoJSON document, or one value a line (GeoJSON text sequence).

    Parameters
    ----------
    text
        The document.
    what
        The source, as messages name it.

    Raises
    ------
    BadRegion
        If it is no JSON, or no GeoJSON.
    """
    if text.count("[") + text.count("{") > 2 * MOST_CORNERS:  # before they become objects of a hundred bytes each
        raise BadRegion(f"{what} has more than {MOST_CORNERS:,} corners; simplify the outline and try again.")
    try:
        return from_mapping(_loaded(text), what)
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadRegion):
            raise
        raise BadRegion(f"{what} is not valid JSON ({error}); export it again as GeoJSON.") from error


def from_mapping(content: object, what: str) -> list[Layer]:
    """Read a GeoJSON geometry, feature or collection.

    A ``crs`` member, as in GeoJSON of 2008, is obeyed.

    Parameters
    ----------
    content
        What the JSON says, or what ``__geo_interface__`` gives.
    what
        The source, as messages name it.

    Raises
    ------
    BadRegion
        If a geometry cannot be read, or there is none.
    """
    try:
        shapes: list[BaseGeometry] = [shapely.geometry.shape(each) for each in _geometries(content)]
    except (
        shapely.errors.ShapelyError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise BadRegion(f"A geometry in {what} cannot be read ({error}); check its coordinates.") from error
    if not shapes and isinstance(content, dict):
        foreign = next((_FOREIGN[key] for key in (str(content.get("type")), *content) if key in _FOREIGN), None)
        if foreign:
            raise BadRegion(f"There is no geometry in {what}, which looks like {foreign}; export it as GeoJSON.")
    return [Layer(what, shapes, _crs(content, what))]


def from_wkt(text: str, what: str) -> list[Layer]:
    """Read WKT, with or without ``SRID=…;`` before it.

    Parameters
    ----------
    text
        The WKT.
    what
        The source, as messages name it.

    Raises
    ------
    BadRegion
        If it cannot be read.
    """
    srid = _SRID.match(text)
    plain = text[srid.end() :] if srid else text
    try:
        # Rings that are left open are closed; what cannot be read at all says why when it is read once more.
        shape = shapely.from_wkt(plain, on_invalid="fix") or shapely.from_wkt(plain)
    except (shapely.errors.ShapelyError, ValueError, NotImplementedError) as error:
        raise BadRegion(f"This WKT cannot be read ({str(error)[:200]}): {text[:80]!r}; check it.") from error
    return [Layer(what, [shape], int(srid[1]) if srid else None)]


def _loaded(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError:
        lines = [line.strip("\x1e \t\r") for line in text.split("\n")]
        values = [line for line in lines if line]
        if len(values) < 2:
            raise
        return {
            "type": "FeatureCollection",
            "features": [json.loads(line, parse_constant=_no_number) for line in values],
        }


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a finite number")


def _geometries(content: object) -> list[dict[str, Any]]:
    if not isinstance(content, dict):
        return []
    if "features" in content:
        return [each for feature in content["features"] or [] for each in _geometries(feature)]
    if content.get("type") == "Feature":
        return _geometries(content.get("geometry"))
    if "geometries" in content:
        return [each for geometry in content["geometries"] or [] for each in _geometries(geometry)]
    if "type" not in content or content["type"] == "Topology":
        return []
    return [{"type": content["type"], "coordinates": _flat(content["coordinates"])}]


def _flat(coordinates: Any) -> Any:
    """Leave longitude and latitude of each position: heights may be missing from some, and measures follow them."""
    several = isinstance(coordinates, list | tuple | np.ndarray) and len(coordinates) > 0
    if not several or not isinstance(coordinates[0], list | tuple | np.ndarray):
        return coordinates[:2] if several else coordinates
    return [_flat(each) for each in coordinates]


def _crs(content: object, what: str) -> Any:
    member = content.get("crs") if isinstance(content, dict) else None
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise BadRegion(f"The crs member of {what} does not name a CRS; reproject it to EPSG:4326 and leave it out.")
    return name
