"""Latest baseline: of products of the same ground at the same moment, the one to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["latest_baseline"]

_DISCRIMINATOR = r"_(\d{8}T\d{6})(?:_COG)?(?:\.SAFE)?$"
_COLLECTION_1 = "_N0500/"
_SUPERSEDED = 0.5


def latest_baseline(scenes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out products that a newer processing supersedes.

    Products are of one acquisition when platform, product type, sensing start (to the second), relative orbit and tile
    are the same. Of these the best comes first: the highest baseline; then Collection-1, which lies under
    ``…_N0500/`` in the archive; then the newest trailing timestamp of the name. Going down this order, a product is
    superseded when the better ones that were kept cover at least half of its footprint.

    So the same ground stays once, and the two parts of a split datatake, which lie side by side and may differ in
    nothing but the trailing timestamp, both stay. A part that only an older baseline has stays, too.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it.

    Returns
    -------
    GeoDataFrame
        The rows that stay, in their order.

    Notes
    -----
    A product whose acquisition is not fully known is kept. One without a footprint counts as the whole tile. Products
    made by the Data Space itself and ESA's own differ in neither name nor path: the trailing timestamp decides.

    Baselines from 04.00 on add a radiometric offset of -1000, so that mixing them with older ones is a trap.
    """
    acquisition = pd.DataFrame(
        {
            "platform": scenes["platform"],
            "product_type": scenes["product_type"],
            "second": scenes["sensing_start"].dt.floor("s"),
            "relative_orbit": scenes["relative_orbit"],
            "tile": scenes["tile"],
        }
    )
    several = acquisition.duplicated(keep=False) & acquisition.notna().all(axis="columns")
    rivals = np.flatnonzero(several)
    stays = np.ones(len(scenes), dtype=bool)
    if len(rivals):
        groups = np.asarray(acquisition.iloc[rivals].groupby(list(acquisition), sort=False).ngroup(), dtype="int64")
        stays[rivals] = _stay(scenes.iloc[rivals], groups)
    return scenes[stays]


def _stay(scenes: gpd.GeoDataFrame, groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which rows stay: rank by rank, all groups at a time."""
    ranks = _ranks(scenes, groups)
    footprints = shapely.make_valid(scenes.geometry.to_numpy())
    # Within one tile areas in degrees compare as true ones do.
    sizes = shapely.area(footprints)
    covered = np.full(groups.max() + 1, None, dtype=object)
    covered[groups[ranks == 0]] = footprints[ranks == 0]
    stays = np.asarray(ranks == 0)
    for rank in range(1, ranks.max() + 1):
        rows = np.flatnonzero(ranks == rank)
        better = covered[groups[rows]]
        shared = shapely.area(shapely.intersection(footprints[rows], better))
        rows = rows[shared < _SUPERSEDED * sizes[rows]]
        covered[groups[rows]] = shapely.union(covered[groups[rows]], footprints[rows])
        stays[rows] = True
    return stays


def _ranks(scenes: gpd.GeoDataFrame, groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of each row in its group, 0 the best."""
    merits = pd.DataFrame(
        {
            "group": groups,
            "baseline": -pd.to_numeric(scenes["baseline"], errors="coerce").fillna(0).to_numpy(),
            "collection_1": ~scenes["s3_path"].str.contains(_COLLECTION_1, regex=False, na=False).to_numpy(dtype=bool),
            "discriminator": scenes["name"].str.extract(_DISCRIMINATOR, expand=False).fillna("").to_numpy(),
            "name": scenes["name"].to_numpy(),
        }
    )
    order = merits.sort_values(
        ["group", "baseline", "collection_1", "discriminator", "name"], ascending=[True, True, True, False, True]
    )
    return np.asarray(order.groupby("group").cumcount().sort_index(), dtype="int64")
