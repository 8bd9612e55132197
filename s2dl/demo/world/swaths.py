"""Which part of which tile a datatake sees: the swath of a relative orbit laid over the tiling grid.

The ground track repeats, so this is worked out once for each relative orbit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

from s2dl.demo.world import orbits
from s2dl.demo.world.grid import Grid, grid, moved, split_at_antimeridian

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FIRST", "SECOND", "WHOLE", "Coverage", "coverage", "near"]

WHOLE, FIRST, SECOND = 0, 1, 2
"""What a product holds: all the datatake saw of the tile, or what lies before or after a datastrip's end."""

_SLIVER = 0.003  # share of the tile below which no product is made
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one relative orbit sees, one row for each product footprint that can occur.

    Attributes
    ----------
    tile : ndarray of int, shape (rows,)
        Position in the grid.
    segment, part : ndarray of int, shape (rows,)
        Datatake within the turn; `WHOLE`, `FIRST` or `SECOND`.
    divided : ndarray of bool, shape (rows,)
        The whole of a tile that also has rows for its first and second part.
    footprint : ndarray of shapely.Geometry, shape (rows,)
        In EPSG:4326, split at the antimeridian.
    """

    tile: NDArray[np.int64]
    segment: NDArray[np.int64]
    part: NDArray[np.int64]
    divided: NDArray[np.bool_]
    footprint: NDArray[np.object_]

    def rows(self, segment: int, *, split: bool) -> NDArray[np.int64]:
        """Return the rows of a datatake; `split` when it came down as two datastrips."""
        mine = self.segment == segment
        return np.flatnonzero(mine & ~self.divided if split else mine & (self.part == WHOLE))


@lru_cache(maxsize=orbits.ORBITS)
def coverage(relative_orbit: int) -> Coverage:
    """Return what a relative orbit sees (memoised)."""
    world = grid()
    bounds = orbits.segment_fractions(relative_orbit)
    pieces: list[tuple[NDArray[np.int64], int, int, NDArray[np.bool_], NDArray[np.object_]]] = []
    for segment, (begin, end) in enumerate(pairwise(bounds)):
        middle = orbits.seam(begin, end)
        whole = _seen(world, relative_orbit, begin, end)
        first = _seen(world, relative_orbit, begin, middle)
        second = _seen(world, relative_orbit, middle, end)
        both = np.intersect1d(first[0], second[0])
        pieces.append((whole[0], segment, WHOLE, np.isin(whole[0], both), whole[1]))
        for part, (tile, footprint) in ((FIRST, first), (SECOND, second)):
            keep = np.isin(tile, both)
            pieces.append((tile[keep], segment, part, np.zeros(int(keep.sum()), bool), footprint[keep]))
    return Coverage(
        tile=np.concatenate([piece[0] for piece in pieces]),
        segment=np.concatenate([np.full(len(piece[0]), piece[1]) for piece in pieces]),
        part=np.concatenate([np.full(len(piece[0]), piece[2]) for piece in pieces]),
        divided=np.concatenate([piece[3] for piece in pieces]),
        footprint=np.concatenate([piece[4] for piece in pieces]),
    )


def near(area: shapely.Geometry) -> frozenset[int]:
    """Return the relative orbits whose swath may meet an area (longitudes within -180 to 180 degrees)."""
    turned = [moved(area, degrees) for degrees in (-360.0, 0.0, 360.0)]
    everywhere = shapely.union_all(turned).buffer(10.0**-_DIGITS)
    shapely.prepare(everywhere)
    return frozenset(np.flatnonzero(shapely.intersects(everywhere, _swaths())).tolist()) - {0}


@lru_cache(maxsize=1)
def _swaths() -> NDArray[np.object_]:
    """Return the swaths of all relative orbits, with nothing at position 0."""
    first, *_, last = orbits.segment_fractions(1)
    every: list[shapely.Geometry | None] = [None]
    every += [orbits.swath(number, first, last) for number in range(1, orbits.ORBITS + 1)]
    return np.array(every, dtype=object)


def _seen(world: Grid, relative_orbit: int, begin: float, end: float) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return the tiles that a piece of a swath meets and the part it covers of each."""
    swath = orbits.swath(relative_orbit, begin, end)
    tiles: list[NDArray[np.int64]] = []
    footprints: list[NDArray[np.object_]] = []
    for turn in (-360.0, 0.0, 360.0):
        piece = moved(swath, turn)
        shapely.prepare(piece)
        tile = np.sort(world.tree.query(piece, predicate="intersects")).astype(np.int64)
        outline = world.outlines[tile]
        footprint = outline.copy()
        cut = ~shapely.contains_properly(piece, outline)
        footprint[cut] = shapely.transform(shapely.intersection(outline[cut], piece), lambda xy: np.round(xy, _DIGITS))
        keep = shapely.area(footprint) >= _SLIVER * shapely.area(outline)
        tiles.append(tile[keep])
        footprints.append(footprint[keep])
    tile, footprint = np.concatenate(tiles), np.concatenate(footprints)
    west, _, east, _ = shapely.bounds(footprint).T
    for row in np.flatnonzero((west < -180.0) | (east > 180.0)):
        footprint[row] = split_at_antimeridian(footprint[row])
    return tile, footprint
