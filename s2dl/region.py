"""Every way to say where, as one shapely geometry in EPSG:4326."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadInput, BadRegion
from s2dl.product import parse_name
from s2dl.regions.area import united
from s2dl.regions.geojson import from_mapping, from_wkt
from s2dl.regions.guard import WKT_START
from s2dl.regions.layer import Layer
from s2dl.regions.outline import fits_request, outline_for_request
from s2dl.regions.sphere import stepped
from s2dl.tiles import utm_bounds

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["RegionLike", "fits_request", "outline_for_request", "read_region"]

RegionLike = Any
"""Whatever `read_region` takes."""

_TILE = re.compile(r"T?\d\d[A-Z]{3}", re.IGNORECASE)
_NUMBER = re.compile(r"\s*([-+.,\d]|nan\s*$|inf)", re.IGNORECASE)


def read_region(source: RegionLike) -> BaseGeometry:
    """Read a region, however it is said.

    Data that name a CRS are reprojected, with edges that stay where they were; data that name none must be degrees.
    An edge that spans more than 180 degrees of longitude takes the short way, across the antimeridian; a ring round
    the Earth encloses the nearer pole. Several shapes are united, holes kept, invalid rings mended. Points and lines
    have no area: alone they are refused, beside polygons they are left out and logged.

    Parameters
    ----------
    source
        One of

        - ``(west, south, east, north)`` in degrees; west > east crosses the antimeridian,
        - the path of a shapefile (.shp, whatever of its sidecars is there, or a .zip of one or several), of .kml or
          .kmz (all folders; links are not followed), .geojson or .json, .gpkg (all layers) or .wkt,
        - the path of an image whose extent is meant (TIFF, JPEG 2000, ENVI, Erdas Imagine, PNG, JPEG): by its
          geotransform and CRS, by its ground control points, or by the latitude and longitude grids beside it
          (``image_lat`` and ``image_lon``; see `s2dl.regions.grids.latlon_grids` for the other names),
        - a list of such paths; images must all be geocoded, all in ground range or all in slant range,
        - a tile id (``32TPS`` or ``T32TPS``) or a product name, for the square of its tile; or a list of them,
        - WKT, also with ``SRID=…;``,
        - a GeoJSON mapping (geometry, feature or collection),
        - a shapely geometry, or anything else with ``__geo_interface__``,
        - a GeoSeries or GeoDataFrame.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid, longitude latitude in degrees, EPSG:4326, within ±180 and ±90.

    Raises
    ------
    BadRegion
        With one sentence that says what to do.
    """
    return united(_layers(source))


def _layers(source: RegionLike) -> list[Layer]:
    if isinstance(source, str | Path):
        return _from_text(source)
    if hasattr(source, "to_crs"):
        return _from_geopandas(source)
    if isinstance(source, BaseGeometry):
        return [Layer("the region", [source])]
    if isinstance(source, dict):
        return from_mapping(source, "the GeoJSON")
    if hasattr(source, "__geo_interface__"):
        return from_mapping(source.__geo_interface__, f"the {type(source).__name__}")
    if isinstance(source, Sequence) and source and all(map(_tile_named, source)):
        return [_square(each) for each in source]
    if isinstance(source, Sequence) and _are_paths(source):
        from s2dl.regions.files import from_files  # noqa: PLC0415  # needed only when files come

        return from_files(source)
    if isinstance(source, Sequence) or hasattr(source, "__array__"):
        return [Layer("the box", [_box(list(source))])]
    raise BadRegion(
        f"A region cannot be read from a {type(source).__name__}; give a box (west, south, east, north), "
        "a path, WKT, GeoJSON, a shapely geometry or a GeoDataFrame."
    )


def _from_text(source: str | Path) -> list[Layer]:
    if isinstance(source, str) and WKT_START.match(source):
        return from_wkt(source, "the region")
    if _tile_named(source):
        return [_square(str(source))]
    from s2dl.regions.files import from_file  # noqa: PLC0415  # needed only when a file comes

    return from_file(source)


def _tile_named(text: object) -> str | None:
    """The tile that a text names: by its id, or in a product's name. A file of such a name is meant by its `Path`."""
    if not isinstance(text, str):
        return None
    name = parse_name(text.strip())
    return name.tile if name else text.strip() if _TILE.fullmatch(text.strip()) else None


def _square(name: str) -> Layer:
    try:
        epsg, bounds = utm_bounds(_tile_named(name) or name)
    except BadInput as error:
        raise BadRegion(str(error)) from error
    return Layer(f"the tile {name!r}", [shapely.box(*bounds)], epsg)


def _are_paths(source: Sequence[Any]) -> bool:
    texts = [each for each in source if isinstance(each, str | Path)]
    return 0 < len(texts) == len(source) and any(isinstance(each, Path) or not _NUMBER.match(each) for each in texts)


def _from_geopandas(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> list[Layer]:
    try:
        series = frame.geometry
    except AttributeError as error:
        raise BadRegion("The GeoDataFrame has no geometry column; set one with set_geometry.") from error
    return [Layer(f"the {type(frame).__name__}", list(series), series.crs)]


def _box(numbers: list[Any]) -> BaseGeometry:
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
        raise BadRegion(
            f"Longitudes lie between -180 and 180 degrees; the box has {west:g} and {east:g}. A box across the "
            "antimeridian has its west in the east: (179, -17, -179, -16)."
        )
    if west == east:
        raise BadRegion(f"The box has no width: west and east are both {west:g}.")
    if west > east:
        east += 360
    return stepped(shapely.box(west, south, east, north))


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
