"""Which products exist and what the catalogue says of them, worked out from the seed when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from s2dl.demo.world import clouds, orbits
from s2dl.demo.world.editions import EUROPE, Edition, comes_in_two_strips, editions
from s2dl.demo.world.grid import grid
from s2dl.demo.world.keys import PART_SHIFT, TILE_SHIFT, Cipher, Key
from s2dl.demo.world.labels import PRODUCT_TYPES, Labels, Row
from s2dl.demo.world.swaths import Coverage, coverage, near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2dl.demo.world.orbits import Datatake
    from s2dl.demo.world.scene import Scene

__all__ = ["Archive", "Criteria"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_BATCH, _LARGEST_BATCH = 64, 4096  # products worked out at once: few at first, so that the first come soon
_LOWEST_SUN = 85.0  # degrees between the latitude and the sun's; beyond, it is too dark for an image


@dataclass(frozen=True)
class Criteria:
    """What is looked for; None means any. Time bounds are inclusive."""

    start: datetime | None = None
    end: datetime | None = None
    region: shapely.Geometry | None = None
    tiles: frozenset[str] | None = None
    product_types: frozenset[str] | None = None
    platforms: frozenset[str] | None = None
    relative_orbits: frozenset[int] | None = None
    descending: bool = False


class _Group(NamedTuple):
    """Products that differ in tile and part only."""

    take: Datatake
    edition: Edition
    seen: Coverage
    rows: NDArray[np.int64]


@dataclass
class _Choice:
    """The rows of the coverages that satisfy the criteria of place; each is worked out once for a question."""

    criteria: Criteria
    _rows: dict[tuple[int, int, bool], NDArray[np.int64]] = field(default_factory=dict)
    _masks: dict[int, NDArray[np.bool_]] = field(default_factory=dict)

    def relative_orbits(self) -> frozenset[int] | None:
        """Return the relative orbits that can have such rows, None for all."""
        chosen = self.criteria.relative_orbits
        if self.criteria.region is not None:
            passing = near(self.criteria.region)
            chosen = passing if chosen is None else chosen & passing
        if self.criteria.tiles is not None:
            passing = near(shapely.union_all(grid().outlines[self._tiles()]))
            chosen = passing if chosen is None else chosen & passing
        return chosen

    def rows(self, relative_orbit: int, segment: int, *, split: bool) -> NDArray[np.int64]:
        """Return the rows of a datatake."""
        key = (relative_orbit, segment, split)
        if key not in self._rows:
            rows = coverage(relative_orbit).rows(segment, split=split)
            if self.criteria.region is not None or self.criteria.tiles is not None:
                rows = rows[self._mask(relative_orbit)[rows]]
            self._rows[key] = rows
        return self._rows[key]

    def _mask(self, relative_orbit: int) -> NDArray[np.bool_]:
        if relative_orbit not in self._masks:
            seen = coverage(relative_orbit)
            mask = np.ones(len(seen.tile), dtype=bool)
            if self.criteria.tiles is not None:
                mask &= np.isin(seen.tile, self._tiles())
            if self.criteria.region is not None:
                shapely.prepare(self.criteria.region)
                mask &= shapely.intersects(self.criteria.region, seen.footprint)
            self._masks[relative_orbit] = mask
        return self._masks[relative_orbit]

    def _tiles(self) -> list[int]:
        index = grid().index
        return [index[name] for name in self.criteria.tiles or () if name in index]


class Archive:
    """The products of one seed up to one moment.

    Parameters
    ----------
    seed : int
        Decides ids, clouds, processing times and what was kept.
    now : datetime
        Nothing published later exists.
    """

    def __init__(self, seed: int, now: datetime) -> None:
        self._seed = seed
        self._now = now
        self._cipher = Cipher(seed)

    def find(self, criteria: Criteria) -> Iterator[Scene]:
        """Yield the products that satisfy the criteria, ordered by sensing time and id."""
        choice = _Choice(criteria)
        takes = orbits.datatakes(
            criteria.start or _EPOCH,
            min(criteria.end or self._now, self._now),
            platforms=criteria.platforms,
            relative_orbits=choice.relative_orbits(),
            descending=criteria.descending,
        )
        batch: list[_Group] = []
        waiting, enough = 0, _FIRST_BATCH
        for take in takes:
            split = comes_in_two_strips(self._seed, take)
            rows = choice.rows(take.relative_orbit, take.segment, split=split)
            if not len(rows):
                continue
            for edition in editions(self._seed, take):
                if criteria.product_types is None or PRODUCT_TYPES[edition.level] in criteria.product_types:
                    batch.append(_Group(take, edition, coverage(take.relative_orbit), rows))
                    waiting += len(rows)
            if waiting >= enough:
                yield from self._scenes(batch, descending=criteria.descending)
                batch, waiting, enough = [], 0, min(enough * 2, _LARGEST_BATCH)
        yield from self._scenes(batch, descending=criteria.descending)

    def at(self, take: Datatake, tile: int) -> list[Scene]:
        """Return all products of one datatake and tile (its position in the grid)."""
        seen = coverage(take.relative_orbit)
        rows = seen.rows(take.segment, split=comes_in_two_strips(self._seed, take))
        rows = rows[seen.tile[rows] == tile]
        groups = [_Group(take, edition, seen, rows) for edition in editions(self._seed, take)]
        return self._scenes(groups, descending=False)

    def identified(self, text: str, *, asset: bool) -> Scene | None:
        """Return the product with an id, or with a quicklook that has that id."""
        number = self._cipher.reveal(text)
        if number is None:
            return None
        key = Key.unpacked(number)
        if key.asset != asset or key.tile >= len(grid().names) or key.phase >= len(orbits.PHASES):
            return None
        take = orbits.datatake(key.phase, key.turn, key.segment)
        if take is None:
            return None
        found = (s for s in self.at(take, key.tile) if text == (s.quicklook_id if asset else s.id))
        return next(found, None)

    def _scenes(self, groups: list[_Group], *, descending: bool) -> list[Scene]:
        """Return the products of some datatakes, ordered by sensing time and id."""
        if not groups:
            return []
        world = grid()
        sizes = [len(group.rows) for group in groups]
        tile = np.concatenate([group.seen.tile[group.rows] for group in groups])
        part = np.concatenate([group.seen.part[group.rows] for group in groups])
        owner = np.repeat(np.arange(len(groups)), sizes)
        days = np.array([(group.take.sensing - _EPOCH) / timedelta(days=1) for group in groups])[owner]
        europe_only = np.array([group.edition.europe_only for group in groups])[owner]
        lon, lat = world.lon[tile], world.lat[tile]

        exists = (np.abs(lat - _sun_latitude(days)) < _LOWEST_SUN) & (~europe_only | _in_europe(lon, lat))
        tile, part, owner, days, lon, lat = (a[exists] for a in (tile, part, owner, days, lon, lat))

        bases = np.array([_base(group).packed() for group in groups], dtype=np.uint64)[owner]
        numbers = bases | (tile << TILE_SHIFT | part << PART_SHIFT).astype(np.uint64)
        high, check = self._cipher.disguise(numbers)
        asset_high, asset_check = self._cipher.disguise(numbers | np.uint64(1))
        cloud = clouds.cover(self._seed, lon, lat, days) * 100.0
        cloud += ((check & np.uint64(0xFFFF)).astype(float) / 0xFFFF - 0.5) * np.minimum(cloud, 100.0 - cloud) * 0.2
        order = np.lexsort((high, days))
        if descending:
            order = order[::-1]
        labels = [Labels(group.take, group.edition) for group in groups]
        footprints = np.concatenate([group.seen.footprint[group.rows] for group in groups])[exists]
        columns = (owner, tile, part, high, check, asset_high, asset_check, np.round(cloud, 6), footprints)
        rows = map(Row._make, zip(*(column[order].tolist() for column in columns), strict=True))
        scenes = (labels[row.owner].scene(row) for row in rows)
        return [scene for scene in scenes if scene.published <= self._now]


def _base(group: _Group) -> Key:
    """Return the key that the products of a group share."""
    take, edition = group.take, group.edition
    return Key(take.phase, take.turn, take.segment, 0, edition.level - 1, int(edition.reprocessed), 0, 0)


def _sun_latitude(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the latitude where the sun stands overhead, degrees."""
    latitude: NDArray[np.float64] = -23.44 * np.cos(2.0 * np.pi * (days + 10.0) / 365.2425)
    return latitude


def _in_europe(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = EUROPE
    inside: NDArray[np.bool_] = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return inside
