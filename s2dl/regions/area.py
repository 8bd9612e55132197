"""From the shapes of all layers to one valid area in EPSG:4326."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadRegion
from s2dl.regions.guard import MOST_CORNERS
from s2dl.regions.layer import Layer
from s2dl.regions.projection import to_degrees
from s2dl.regions.sphere import FURTHEST, laid_flat, stepped, valid

__all__ = ["united"]

logger = logging.getLogger(__name__)

_DIGITS = 9
"""Of degrees; a tenth of a millimetre."""
_MOST_NEAR = 100_000_000
"""Pairs of edges whose boxes meet; each is looked at whenever an outline is checked, a second for forty million."""
_MOST_MENDED = 50_000
"""Crossings of an outline with itself; mending so many takes seconds."""
_MOST_UNITED = 2_000_000
"""Crossings of all outlines; each becomes a corner while they are united."""
_SAMPLES = ((4, 10), (40, 1))
"""Edges that are looked at, and how far above the limit they must be: few betray a scribble at once."""
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.LINEARRING)

Geometries = npt.NDArray[np.object_]


def united(layers: Sequence[Layer]) -> BaseGeometry:
    """Unite what has an area in all layers.

    Parameters
    ----------
    layers
        At least one. Points and lines beside areas are left out and logged.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid, in one normal form, so that a region that was written as text and read again is equal to itself.

    Raises
    ------
    BadRegion
        If there is nothing with an area, or coordinates are not finite, none of the Earth, or far too many.
    """
    parts = [(layer, _parts(layer)) for layer in layers]
    what = layers[0].what
    if not any(len(each) for _, each in parts):
        raise BadRegion(f"There is no geometry in {what}: it is empty; give one with at least one polygon.")
    if sum(shapely.get_num_coordinates(each).sum() for _, each in parts) > MOST_CORNERS:
        raise BadRegion(f"{_begin(what)} has more than {MOST_CORNERS:,} corners; simplify the outline and try again.")
    areas = np.concatenate([_in_degrees(layer, _with_area(each, layer.what)) for layer, each in parts])
    if not len(areas):
        raise _without_area(what, [kind for _, each in parts for kind in _kinds(each)])
    whole = _union(_sound(laid_flat(areas), what))
    if whole.is_empty or whole.area == 0:
        raise _without_area(what, ["Polygon"])
    rounded = _rounded(stepped(whole))
    if rounded.is_empty:
        raise BadRegion(f"{_begin(what)} is smaller than a millimetre; give a larger one.")
    pieces = shapely.get_parts(rounded)
    return shapely.normalize(pieces[0] if len(pieces) == 1 else rounded)


def _begin(what: str) -> str:
    return what[:1].upper() + what[1:]


def _parts(layer: Layer) -> Geometries:
    """Flatten collections; what is left are points, lines, rings and polygons, without heights."""
    parts = np.array([each for each in layer.geometries if each is not None and not each.is_empty], dtype=object)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    return np.asarray(shapely.force_2d(parts[~shapely.is_empty(parts)]))


def _kinds(parts: Geometries) -> list[str]:
    return sorted({each.geom_type for each in parts})


def _with_area(parts: Geometries, what: str) -> Geometries:
    kinds = shapely.get_type_id(parts)
    areas = parts[np.isin(kinds, _AREAS)]
    if len(areas) and len(areas) < len(parts):
        logger.warning("%d points and lines of %s have no area and are left out", len(parts) - len(areas), what)
    rings = shapely.get_type_id(areas) == shapely.GeometryType.LINEARRING
    areas[rings] = shapely.polygons(areas[rings])
    return areas


def _in_degrees(layer: Layer, areas: Geometries) -> Geometries:
    if not np.isfinite(shapely.get_coordinates(areas)).all():
        raise BadRegion(f"{_begin(layer.what)} has coordinates that are not finite numbers; mend them and try again.")
    degrees = areas if layer.crs is None else to_degrees(areas, layer.crs, layer.what)
    if not len(degrees):
        return degrees
    west, south, east, north = shapely.total_bounds(degrees)
    if south < -90 or north > 90 or max(-west, east) > FURTHEST:
        reason = "it names no coordinate reference system" if layer.crs is None else "its CRS says degrees"
        raise BadRegion(
            f"{_begin(layer.what)} reaches from {west:g}, {south:g} to {east:g}, {north:g}, which are not degrees of "
            f"longitude and latitude, and {reason}; give it in EPSG:4326, or with a .prj or as a GeoDataFrame that "
            "names its CRS."
        )
    return degrees


def _without_area(what: str, kinds: Sequence[str]) -> BadRegion:
    return BadRegion(
        f"{_begin(what)} is a {' and a '.join(dict.fromkeys(kinds))} without an area; "
        "give a polygon or a box (buffer points and lines first)."
    )


def _sound(areas: Geometries, what: str) -> Geometries:
    """Mend invalid outlines; refuse tangles and scribbles, which would take minutes and gigabytes."""
    _refuse_tangle(areas, what)
    bad = np.flatnonzero(~shapely.is_valid(areas))
    for at in bad:
        _refuse_scribble(areas[[at]], _MOST_MENDED, what)
        areas[at] = valid(areas[at])
    if len(areas) > 1:
        _refuse_scribble(areas, _MOST_UNITED, what)
    return areas


def _refuse_tangle(areas: Geometries, what: str) -> None:
    """Refuse outlines whose edges lie beside very many others, as those of a star of long spikes do."""
    edges = _edges(areas)
    if len(edges) ** 2 / 2 <= _MOST_NEAR:
        return
    sample = edges[:: max(1, len(edges) // _SAMPLES[-1][0])]
    near = shapely.STRtree(edges).query(sample).shape[1] / len(sample) * len(edges) / 2
    if near > _MOST_NEAR:
        raise BadRegion(f"{_begin(what)} is more tangled than an outline is; simplify it and try again.")


def _refuse_scribble(areas: Geometries, most: int, what: str) -> None:
    """Refuse outlines that cross each other or themselves too often, judged by a sample of their edges."""
    edges = _edges(areas)
    if len(edges) ** 2 / 2 <= most:
        return
    tree = shapely.STRtree(edges)
    for size, much in _SAMPLES:
        sample = edges[:: max(1, len(edges) // size)]
        crossings = tree.query(sample, predicate="crosses").shape[1] / len(sample) * len(edges) / 2
        if crossings > most * much:
            raise BadRegion(f"{_begin(what)} crosses itself more often than an outline does; mend it and try again.")


def _edges(areas: Geometries) -> Geometries:
    rings = shapely.get_rings(shapely.get_parts(areas))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    starts = np.flatnonzero(ring[:-1] == ring[1:])
    return np.asarray(shapely.linestrings(np.stack([xy[starts], xy[starts + 1]], axis=1)))


def _union(areas: Geometries) -> BaseGeometry:
    """Unite what touches and collect what lies apart: far faster than a plain union of very many shapes."""
    parts = shapely.get_parts(shapely.get_parts(shapely.disjoint_subset_union_all(areas)))
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.MultiPolygon(list(polygons))


def _rounded(area: BaseGeometry) -> BaseGeometry:
    plain = shapely.transform(area, lambda xy: np.round(xy, _DIGITS))
    if shapely.equals_exact(plain, area) or plain.is_valid:
        return shapely.remove_repeated_points(plain)
    return shapely.set_precision(shapely.set_precision(area, 10.0**-_DIGITS), 0)
