"""What a question certainly excludes: the bounds within which the archive has to be searched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import shapely

__all__ = ["EVERYTHING", "NOTHING", "Bounds"]

T = TypeVar("T")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box around the products that can hold; None is unbounded.

    Parameters
    ----------
    start, end : datetime, optional
        First and last sensing time, inclusive.
    region : shapely.Geometry, optional
        What the footprint must touch, EPSG:4326.
    tiles, product_types, platforms, relative_orbits : frozenset, optional
        The values that can occur.
    keys : frozenset of (str, str), optional
        ``("name", name)`` or ``("id", id)`` of the only products that can hold.
    """

    start: datetime | None = None
    end: datetime | None = None
    region: shapely.Geometry | None = None
    tiles: frozenset[str] | None = None
    product_types: frozenset[str] | None = None
    platforms: frozenset[str] | None = None
    relative_orbits: frozenset[int] | None = None
    keys: frozenset[Key] | None = None

    def meet(self, other: Bounds) -> Bounds:
        """Bounds of what lies in both."""
        return Bounds(
            start=max((t for t in (self.start, other.start) if t), default=None),
            end=min((t for t in (self.end, other.end) if t), default=None),
            region=self.region if self.region is not None else other.region,
            tiles=_both(self.tiles, other.tiles),
            product_types=_both(self.product_types, other.product_types),
            platforms=_both(self.platforms, other.platforms),
            relative_orbits=_both(self.relative_orbits, other.relative_orbits),
            keys=_fewer(self.keys, other.keys),
        )

    def join(self, other: Bounds) -> Bounds:
        """Bounds of what lies in either."""
        if self.empty or other.empty:
            return other if self.empty else self
        return Bounds(
            start=min(self.start, other.start) if self.start and other.start else None,
            end=max(self.end, other.end) if self.end and other.end else None,
            region=_union(self.region, other.region),
            tiles=_either(self.tiles, other.tiles),
            product_types=_either(self.product_types, other.product_types),
            platforms=_either(self.platforms, other.platforms),
            relative_orbits=_either(self.relative_orbits, other.relative_orbits),
            keys=_either(self.keys, other.keys),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing at all can hold."""
        if self.start and self.end and self.start > self.end:
            return True
        sets = (self.tiles, self.product_types, self.platforms, self.relative_orbits, self.keys)
        return any(values is not None and not values for values in sets)


EVERYTHING = Bounds()
NOTHING = Bounds(keys=frozenset())


def _both(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _either(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    return None if one is None or other is None else one | other


def _fewer(one: frozenset[Key] | None, other: frozenset[Key] | None) -> frozenset[Key] | None:
    # Names and ids cannot be compared, so the shorter list is kept: still all that can hold.
    if one is None or other is None:
        return other if one is None else one
    return min(one, other, key=len)


def _union(one: shapely.Geometry | None, other: shapely.Geometry | None) -> shapely.Geometry | None:
    return None if one is None or other is None else shapely.union(one, other)
