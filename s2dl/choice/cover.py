"""Best cover: the clearest few scenes that cover a region together."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import shapely

from s2dl.equal_area import clipped, shares
from s2dl.errors import BadInput
from s2dl.scenes import asked_region

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from s2dl.region import RegionLike

    Geometries = NDArray[np.object_]
    Costs = NDArray[np.float64]

__all__ = ["best_cover"]

_log = logging.getLogger(__name__)

_OPEN = 1e6
"""What an open percent of the region costs, in percents of cloud: covering comes before all else."""
_SCENE = 0.1
"""What a scene more costs, in percent of cloud over the region."""
_DUST = 1e-8
"""Share of the region, of pieces that come from rounding alone; too small to be worth a scene."""
_CLOSED = 1e-5
"""Share of the region that may be open in a cover that counts as whole."""
_DECIMETRE = 1e-6
"""In degrees; footprints are no more exact."""
_FEW = 12
"""So many candidates and fewer are all tried in all combinations."""
_MANY = 150
"""Of more candidates only those are looked at that show ground which no clearer one shows."""


def best_cover(scenes: gpd.GeoDataFrame, region: RegionLike = None) -> gpd.GeoDataFrame:
    """Choose scenes that cover a region: all of it if possible, with the fewest clouds, then with the fewest scenes.

    What is made smallest is the mean cloud cover of the mosaic in which each place is shown by the clearest of the
    chosen scenes that see it. A scene more is taken when it brings this down by 0.1 percent or more, or closes what
    would stay open.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it; of one product type, best after `latest_baseline`.
    region : optional
        Whatever `s2dl.read_region` takes; by default that of the table's question.

    Returns
    -------
    GeoDataFrame
        The chosen rows, in their order. ``attrs["uncovered"]`` is the share of the region that stays open, 0 to 1 in
        true area; where it is not 0 a warning is logged, too.

    Raises
    ------
    BadInput
        There is no region.
    BadRegion
        It cannot be read.

    Notes
    -----
    A scene counts with the cloud cover of its whole tile, an unknown one as 100 percent. Of equal scenes the newest is
    taken. A scene is no candidate when a clearer one covers all that it covers. Among up to twelve candidates the
    choice is the best there is; among more it is found step by step (adding what gains most, then leaving out and
    exchanging while that helps) and may miss the best a little; of more than 150 only those are looked at that show
    ground which no clearer one shows. Gaps of a thousandth of a percent in all count as closed.
    """
    where = asked_region(scenes, region)
    if where is None:
        raise BadInput("There is no region to cover; give a region.")
    parts = clipped(scenes.geometry.to_numpy(), where)
    cloud = scenes["cloud_cover"].fillna(100).to_numpy()
    candidates = _candidates(scenes, parts, cloud)
    chosen = candidates[_solve(*_problem(parts[candidates], cloud[candidates], where))]
    found = scenes.iloc[np.sort(chosen)]
    found.attrs = {**scenes.attrs, "uncovered": _open_share(parts[chosen], where)}
    _tell(found)
    return found


def _tell(chosen: gpd.GeoDataFrame) -> None:
    if uncovered := chosen.attrs["uncovered"]:
        _log.warning("%.4g %% of the region stays open: no scene of the table covers it.", 100 * uncovered)
    if chosen["product_type"].nunique() > 1:
        _log.warning("This cover mixes product types; choose among the scenes of one.")


def _open_share(parts: Geometries, region: BaseGeometry) -> float:
    share = 1 - float(shares(np.array([shapely.union_all(parts)], dtype=object), region)[0])
    return share if share > _CLOSED else 0.0


def _candidates(scenes: gpd.GeoDataFrame, parts: Geometries, cloud: Costs) -> NDArray[np.int64]:
    """Rows that cover something and that no clearer one makes useless, the clearest first."""
    newest_first = scenes["sensing_start"].rank(ascending=False, na_option="bottom").to_numpy()
    tree = shapely.STRtree(parts)
    useless = ~(shapely.area(parts) > 0)
    kept: list[int] = []
    for row in np.lexsort((newest_first, cloud)):
        if not useless[row]:
            kept.append(row)
            useless[tree.query(shapely.buffer(parts[row], _DECIMETRE), predicate="covers")] = True
    return np.array(kept if len(kept) <= _MANY else _showing(parts, kept), dtype="int64")


def _showing(parts: Geometries, rows: list[int]) -> list[int]:
    """Rows, of those given from the clearest on, that show ground which none before them shows."""
    shown, showing = shapely.Polygon(), []
    for row in rows:
        if not shapely.covers(shown, parts[row]):
            shown = shapely.union(shown, parts[row].buffer(_DECIMETRE))
            shapely.prepare(shown)
            showing.append(row)
    return showing


def _problem(parts: Geometries, cloud: Costs, region: BaseGeometry) -> tuple[Costs, Costs]:
    """Put the question in numbers: what it costs to show each piece of the region by each part, or to leave it open.

    Pieces are what the outlines of the parts divide the region into; those that the same parts see are one.

    Returns
    -------
    costs : ndarray of float64, shape (parts, pieces)
    empty : ndarray of float64, shape (pieces,)
        In percent of cloud over the region.
    """
    lines = shapely.union_all(shapely.boundary(parts))
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    size = shares(pieces, region)
    pieces, size = pieces[size > _DUST], size[size > _DUST]
    part, piece = shapely.STRtree(shapely.point_on_surface(pieces)).query(parts, predicate="intersects")
    sees = np.zeros((len(parts), len(pieces)), dtype=bool)
    sees[part, piece] = True
    patterns, which = np.unique(sees, axis=1, return_inverse=True)
    sizes = np.bincount(which.reshape(-1), size, minlength=patterns.shape[1]).astype("float64")
    seen = patterns.any(axis=0)
    patterns, sizes = patterns[:, seen], sizes[seen]
    return np.where(patterns, cloud[:, np.newaxis], _OPEN) * sizes, _OPEN * sizes


def _solve(costs: Costs, empty: Costs) -> list[int]:
    """Choose rows, so that the least of each column and a price for each row sum up to the least."""
    return _among_few(costs, empty) if len(costs) <= _FEW else _among_many(costs, empty)


def _among_few(costs: Costs, empty: Costs) -> list[int]:
    """Try all combinations: bit n of a combination's number says whether row n is in it."""
    least = empty[np.newaxis]
    scenes = np.zeros(1)
    for row in costs:
        least = np.concatenate([least, np.minimum(least, row)])
        scenes = np.concatenate([scenes, scenes + 1])
    best = int(np.argmin(least.sum(axis=1) + _SCENE * scenes))
    return [row for row in range(len(costs)) if best >> row & 1]


def _among_many(costs: Costs, empty: Costs) -> list[int]:
    """Add what gains most; then leave out, exchange or add one while that gains."""
    chosen: list[int] = []
    total = empty.sum()
    while True:
        # The greedy beginning looks at additions alone, since all else costs more to try.
        moves = [_best_addition(costs, empty, chosen)]
        if moves[0][0] >= total:
            moves += [move for row in chosen for move in _without(costs, empty, chosen, row)]
        best, rows = min(moves)
        if best >= total - _DUST:
            return chosen
        total, chosen = best, rows


def _without(costs: Costs, empty: Costs, chosen: list[int], row: int) -> list[tuple[float, list[int]]]:
    """Totals and rows when one is left out, and when the best other takes its place."""
    others = [each for each in chosen if each != row]
    alone = float(_least(costs, empty, others).sum() + _SCENE * len(others))
    return [(alone, others), _best_addition(costs, empty, others)]


def _best_addition(costs: Costs, empty: Costs, chosen: list[int]) -> tuple[float, list[int]]:
    totals = np.minimum(_least(costs, empty, chosen), costs).sum(axis=1)
    row = int(np.argmin(totals))
    return float(totals[row] + _SCENE * (len(chosen) + 1)), [*chosen, row]


def _least(costs: Costs, empty: Costs, chosen: list[int]) -> Costs:
    """What each piece costs with some rows chosen."""
    return np.asarray(np.minimum(empty, costs[chosen].min(axis=0, initial=np.inf)))
