"""True areas of geometries in degrees, and the share of a region that footprints cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Geometries: TypeAlias = NDArray[np.object_]

__all__ = ["areas", "clipped", "coverage", "shares"]

_EQUAL_AREA = "EPSG:6933"
_LONGEST_EDGE = 0.5


def areas(geometries: Geometries) -> NDArray[np.float64]:
    """Areas on the cylindrical equal-area projection of the WGS 84 ellipsoid (EPSG:6933).

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (n,)
        EPSG:4326; edges are straight in degrees.

    Returns
    -------
    ndarray of float64, shape (n,)
        Square metres; NaN for missing ones.
    """
    found = shapely.area(geometries)
    some = found > 0
    # Long edges are divided, so that they bend as they should.
    fine = shapely.segmentize(geometries[some], _LONGEST_EDGE)
    found[some] = gpd.GeoSeries(fine, crs=4326).to_crs(_EQUAL_AREA).area
    return np.asarray(found, dtype="float64")


def clipped(footprints: Geometries, region: BaseGeometry) -> Geometries:
    """Part of each footprint that lies within a region.

    Parameters
    ----------
    footprints : ndarray of shapely geometries, shape (n,)
        EPSG:4326; broken ones are repaired, missing ones stay None.
    region : shapely geometry
        EPSG:4326, valid.

    Returns
    -------
    ndarray of shapely geometries, shape (n,)
        Empty ones where there is nothing in common.
    """
    within = np.array(footprints, dtype=object)
    broken = ~shapely.is_valid(within) & ~shapely.is_missing(within)
    within[broken] = shapely.make_valid(within[broken])
    shapely.prepare(region)
    # Most footprints lie wholly outside or inside, which a prepared region tells at once; only the others are cut.
    crossing = shapely.intersects(region, within)
    within[~crossing & ~shapely.is_missing(within)] = shapely.Polygon()
    crossing &= ~shapely.covers(region, within)
    within[crossing] = _cut(within[crossing], region)
    return within


def _cut(footprints: Geometries, region: BaseGeometry) -> Geometries:
    """Intersections with a region that may have very many vertices.

    The region is first cut to the whole degrees around each footprint, once for all footprints that share them.
    """
    bounds = shapely.bounds(footprints)
    degrees = np.hstack([np.floor(bounds[:, :2]), np.ceil(bounds[:, 2:])])
    distinct, which = np.unique(degrees, axis=0, return_inverse=True)
    near = shapely.intersection(region, shapely.box(*distinct.T))
    return np.asarray(shapely.intersection(footprints, near[which.reshape(-1)]), dtype=object)


def shares(parts: Geometries, region: BaseGeometry) -> NDArray[np.float64]:
    """True area of parts of a region, as shares of its own: 0 to 1, NaN for missing ones."""
    whole = areas(np.array([region], dtype=object))[0]
    return np.asarray(np.clip(areas(parts) / whole, 0, 1), dtype="float64")


def coverage(footprints: Geometries, region: BaseGeometry | None) -> NDArray[np.float64]:
    """Share of a region that each footprint covers, in true area.

    Parameters
    ----------
    footprints : ndarray of shapely geometries, shape (n,)
        EPSG:4326; missing ones (None) give NaN.
    region : shapely geometry, optional
        EPSG:4326.

    Returns
    -------
    ndarray of float64, shape (n,)
        0 to 1; all NaN without a region.
    """
    if region is None:
        return np.full(len(footprints), np.nan)
    return shares(clipped(footprints, region), region)
