"""Every way to say where, as one shapely geometry in EPSG:4326."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadRegion

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["RegionLike", "fits_request", "outline_for_request", "read_region"]

RegionLike = Any
"""Whatever `read_region` takes."""

_GEOJSON_SUFFIXES = {".geojson", ".json"}
_LARGEST_FILE = 64 * 2**20
_WKT = re.compile(
    r"\s*((MULTI)?(POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\s*(Z|M|ZM)?\s*(\(|EMPTY\s*$)", re.IGNORECASE
)
_FINEST = 1e-9
"""Degrees; a tenth of a millimetre."""
_WORLD = shapely.box(-180, -90, 180, 90)


def read_region(source: RegionLike) -> BaseGeometry:
    """Read a region, however it is said.

    Parameters
    ----------
    source
        One of

        - ``(west, south, east, north)`` in degrees; west > east crosses the antimeridian,
        - WKT,
        - a GeoJSON mapping (geometry, feature or collection), or the path of a .geojson or .json file,
        - a shapely geometry, or anything else with ``__geo_interface__``,
        - a GeoSeries or GeoDataFrame, which is reprojected from its CRS.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid, longitude latitude in degrees, EPSG:4326, within ±180 and ±90.

    Raises
    ------
    BadRegion
        With one sentence that says what to do.
    """
    if isinstance(source, str | Path):
        geometry = _from_text(str(source))
    elif hasattr(source, "to_crs"):
        geometry = _from_geopandas(source)
    elif isinstance(source, BaseGeometry):
        geometry = source
    elif isinstance(source, dict):
        geometry = _from_geojson(source, "the GeoJSON")
    elif hasattr(source, "__geo_interface__"):
        geometry = _from_geojson(source.__geo_interface__, f"the {type(source).__name__}")
    elif isinstance(source, Sequence) or hasattr(source, "__array__"):
        geometry = _from_box(list(source))
    else:
        raise BadRegion(
            f"A region cannot be read from a {type(source).__name__}; give a box (west, south, east, north), "
            "a path, WKT, GeoJSON, a shapely geometry or a GeoDataFrame."
        )
    return _as_area(geometry)


def fits_request(region: BaseGeometry, longest: int = 2_000) -> bool:
    """Say whether a region goes into a request as it is, without simplification."""
    return len(_wkt(region)) <= longest


def outline_for_request(region: BaseGeometry, longest: int = 2_000) -> str:
    """Write the WKT that asks for a region, simplified outward so that nothing is lost.

    Parameters
    ----------
    region : shapely geometry
        EPSG:4326.
    longest : int
        Characters. The service's own browser keeps geometries under 2 000 and requests under 6 000.

    Returns
    -------
    str
        WKT of a geometry that contains `region`.
    """
    text = _wkt(region)
    tolerance = 0.001
    while len(text) > longest and tolerance < 10:
        # A simplified line strays from the true one by `tolerance` at most: a mitred buffer of it covers both.
        outward = region.simplify(tolerance).buffer(tolerance, join_style="mitre", quad_segs=1)
        wider = outward.simplify(tolerance / 10).buffer(tolerance / 10, join_style="mitre", quad_segs=1)
        text = _wkt(wider.intersection(_WORLD))
        tolerance *= 2
    return text if len(text) <= longest else _wkt(shapely.box(*region.bounds))


def _wkt(geometry: BaseGeometry) -> str:
    return str(shapely.to_wkt(geometry, rounding_precision=6, trim=True))


def _from_text(text: str) -> BaseGeometry:
    if _WKT.match(text):
        try:
            return shapely.from_wkt(text)
        except shapely.errors.ShapelyError as error:
            raise BadRegion(f"This WKT cannot be read ({error}): {text[:80]!r}.") from error
    path = Path(text)
    if path.suffix.lower() not in _GEOJSON_SUFFIXES:
        raise BadRegion(f"{text[:120]!r} is neither WKT nor a file of a known kind; give a .geojson file or WKT.")
    try:
        if not path.is_file():
            raise BadRegion(f"There is no file {text[:120]!r}; check the path.")
        if path.stat().st_size > _LARGEST_FILE:
            raise BadRegion(f"{text!r} is larger than 64 MiB; simplify the outline and try again.")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadRegion(f"{text[:120]!r} cannot be read ({error.strerror}); check path and permissions.") from error
    except (ValueError, RecursionError) as error:
        raise BadRegion(f"{text!r} is not valid JSON ({error}); export it again as GeoJSON.") from error
    return _from_geojson(content, repr(text))


def _from_geojson(content: object, what: str) -> BaseGeometry:
    try:
        geometries = _geometries(content)
        if not geometries:
            raise BadRegion(f"There is no geometry in {what}; give GeoJSON with at least one polygon.")
        return shapely.union_all([_repaired(shapely.geometry.shape(each)) for each in geometries])
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


def _geometries(content: object) -> list[dict[str, Any]]:
    if not isinstance(content, dict):
        return []
    if "features" in content:
        return [each for feature in content["features"] or [] for each in _geometries(feature)]
    if content.get("type") == "Feature":
        return _geometries(content.get("geometry"))
    return [content] if "type" in content else []


def _from_geopandas(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> BaseGeometry:
    series = frame.geometry
    if series.crs is not None:
        series = series.to_crs(4326)
    return shapely.union_all([_repaired(each) for each in series if each is not None])


def _from_box(numbers: list[Any]) -> BaseGeometry:
    if len(numbers) != 4:
        raise BadRegion(f"A box has four numbers (west, south, east, north); {len(numbers)} were given.")
    west, south, east, north = (_degrees(number) for number in numbers)
    if south >= north:
        raise BadRegion(
            f"The box's south ({south:g}) must be less than its north ({north:g}); "
            "the order is west, south, east, north."
        )
    if abs(south) > 90 or abs(north) > 90:
        raise BadRegion(f"Latitudes lie between -90 and 90 degrees; the box has {south:g} and {north:g}.")
    if abs(west) > 180 or abs(east) > 180:
        raise BadRegion(f"Longitudes lie between -180 and 180 degrees; the box has {west:g} and {east:g}.")
    if west == east:
        raise BadRegion(f"The box has no width: west and east are both {west:g}.")
    if west > east:
        return shapely.MultiPolygon([shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)])
    return shapely.box(west, south, east, north)


def _degrees(number: object) -> float:
    if isinstance(number, str) and "," in number:
        raise BadRegion(f"{number!r} has a comma; write decimals with a dot, like {number.replace(',', '.')!r}.")
    try:
        value = float(number)  # type: ignore[arg-type]  # what float refuses is caught
    except (TypeError, ValueError) as error:
        raise BadRegion(f"{number!r} is not a number of degrees; a box is (west, south, east, north).") from error
    if not math.isfinite(value):
        raise BadRegion(f"{number!r} is not a number of degrees; give finite numbers.")
    return value


def _repaired(geometry: BaseGeometry) -> BaseGeometry:
    flat = shapely.force_2d(geometry)
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        raise BadRegion("The region has coordinates that are not finite numbers; mend them and try again.")
    return flat if flat.is_valid else shapely.make_valid(flat)


def _as_area(geometry: BaseGeometry) -> BaseGeometry:
    """Keep what has an area, and refuse what is not on Earth."""
    if geometry.is_empty:
        raise BadRegion("The region is empty; give one with an area.")
    repaired = _repaired(geometry)
    west, south, east, north = repaired.bounds
    if south < -90 or north > 90 or west < -180 or east > 180:
        raise BadRegion(
            f"The region reaches from {west:g}, {south:g} to {east:g}, {north:g}, which are not degrees of longitude "
            "and latitude; give it in EPSG:4326, or as a GeoDataFrame that names its CRS."
        )
    parts = shapely.get_parts(repaired)
    areas = [part for part in parts if part.geom_type in {"Polygon", "MultiPolygon"}]
    if not areas:
        raise BadRegion(
            f"The region is a {geometry.geom_type} without an area; "
            "give a polygon or a box (buffer points and lines first)."
        )
    # One normal form, so that a region that was written as text and read again is equal to itself.
    rounded = shapely.set_precision(shapely.union_all(areas), _FINEST)
    if rounded.is_empty:
        raise BadRegion("The region is smaller than a millimetre; give a larger one.")
    parts = shapely.get_parts(shapely.set_precision(rounded, 0))
    return shapely.normalize(parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts)))
