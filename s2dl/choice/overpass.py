"""Overpasses: what one satellite saw on one pass, as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from s2dl.equal_area import areas, clipped, coverage
from s2dl.errors import BadInput
from s2dl.scenes import asked_region

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from s2dl.region import RegionLike

__all__ = ["by_overpass", "enough_coverage"]

_PASS = ["platform", "relative_orbit", "product_type"]
# A satellite is back on the same relative orbit after ten days; a pass over land lasts minutes.
_APART = pd.Timedelta(hours=12)
_ROUNDING = 1e-9


def by_overpass(scenes: gpd.GeoDataFrame, region: RegionLike = None) -> gpd.GeoDataFrame:
    """Sum up scenes by overpass: one row for each platform, relative orbit, product type and day.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it. Where it holds several baselines of a product, each is counted.
    region : optional
        Whatever `s2dl.read_region` takes; by default that of the table's question.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, by time ascending. ``platform``, ``relative_orbit``, ``product_type`` and ``orbit_direction`` as in
        the table of scenes; ``sensing_start``, the first; ``scenes``, their number; ``coverage``, the share of the
        region that the scenes cover together (true area, NaN without a region); ``cloud_cover``, percent, mean of the
        scenes weighted by the area that each covers of the region (of the Earth without one), NaN where none is
        known; ``size``, bytes; ``geometry``, the union of the footprints.

    Raises
    ------
    BadRegion
        The region cannot be read.

    Notes
    -----
    A pass over midnight is one overpass, of the day on which it begins. The strips that neighbouring tiles share weigh
    twice in the mean cloud cover.
    """
    where = asked_region(scenes, region)
    number = _overpasses(scenes)
    footprints, which = _footprints(scenes)
    unions = _unions(footprints, which, number)
    weights = areas(footprints if where is None else clipped(footprints, where))[which]
    order = np.argsort(scenes["sensing_start"].rank().to_numpy(), kind="stable")
    each = pd.DataFrame(scenes).iloc[order].groupby(number[order])
    known = each[[*_PASS, "orbit_direction", "sensing_start"]].first()
    found = gpd.GeoDataFrame(
        known.assign(
            scenes=each.size(),
            coverage=coverage(unions, where),
            cloud_cover=_mean_cloud(scenes, number, weights),
            size=each["size"].sum(),
        ),
        geometry=gpd.GeoSeries(unions, crs=4326, index=known.index),
        crs=4326,
    )
    found.attrs = dict(scenes.attrs)
    return found.sort_values(["sensing_start", *_PASS]).reset_index(drop=True)


def enough_coverage(scenes: gpd.GeoDataFrame, region: RegionLike = None, *, least: float) -> gpd.GeoDataFrame:
    """Keep the scenes of overpasses that cover enough of a region together.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it.
    region : optional
        Whatever `s2dl.read_region` takes; by default that of the table's question.
    least : float
        Share of the region, 0 to 1.

    Returns
    -------
    GeoDataFrame
        The rows that stay, in their order.

    Raises
    ------
    BadInput
        `least` is not a share, or there is no region.
    """
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        raise BadInput(f"min_coverage: {least!r} is not a share; give a number from 0 to 1, such as 0.9.")
    where = asked_region(scenes, region)
    if where is None:
        raise BadInput("There is no region whose coverage could be asked for; give a region.")
    number = _overpasses(scenes)
    footprints, which = _footprints(scenes)
    together = coverage(_unions(clipped(footprints, where), which, number), where)
    return scenes[together[number] >= least - _ROUNDING]


def _overpasses(scenes: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Number of each scene's overpass, 0 to n - 1."""
    order = (
        pd.DataFrame(scenes)[[*_PASS, "sensing_start"]].reset_index(drop=True).sort_values([*_PASS, "sensing_start"])
    )
    waited = order.groupby(_PASS, dropna=False, sort=False)["sensing_start"].diff()
    return np.asarray((~(waited <= _APART)).cumsum().sort_index() - 1, dtype="int64")


def _footprints(scenes: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Footprints, valid, and which of them each scene has: L1C and L2A of a granule have one, read and cut once."""
    shapes = scenes.geometry.to_numpy()
    which, distinct = pd.factorize(shapely.to_wkb(shapes), use_na_sentinel=False)
    footprints = np.empty(len(distinct), dtype=object)
    footprints[which] = shapes
    return np.asarray(shapely.make_valid(footprints), dtype=object), which


def _unions(
    footprints: NDArray[np.object_], which: NDArray[np.int64], number: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Union of the footprints of each overpass; the same footprints are united once."""
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    united: dict[bytes, BaseGeometry] = {}
    unions = np.empty(len(starts), dtype=object)
    for place, members in enumerate(np.split(order, starts[1:])[: len(starts)]):
        shapes = np.unique(which[members])
        key = shapes.tobytes()
        if key not in united:
            united[key] = shapely.union_all(footprints[shapes])
        unions[place] = united[key]
    return unions


def _mean_cloud(
    scenes: gpd.GeoDataFrame, number: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean cloud cover of each overpass, weighted by covered area."""
    cloud = scenes["cloud_cover"].to_numpy()
    counts = np.isfinite(cloud) & (weight > 0)
    total = np.bincount(number, np.where(counts, weight, 0))
    cloudy = np.bincount(number, np.where(counts, weight * np.nan_to_num(cloud), 0))
    return np.asarray(np.divide(cloudy, total, out=np.full(len(total), np.nan), where=total > 0))
