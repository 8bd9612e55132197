"""What the service cannot filter is sifted on our side."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import shapely

from s2dl.query import is_pattern
from s2dl.region import fits_request, read_region

if TYPE_CHECKING:
    from s2dl.product import Product
    from s2dl.query import Query

__all__ = ["by_area", "needs_sifting", "sift", "widened"]

_MOST_NAMED = 20
"""Tiles and orbits that a request names; the address of one with longer lists grows too long for the service."""
_MOST_BESIDE_REGION = 3
"""The same, where the outline of a region takes most of the room."""


def widened(query: Query) -> Query:
    """What the service is asked: without long lists of orbits, and with the area of many tiles, not their names."""
    if _names_many(query):
        query = replace(query, relative_orbit=())
    return by_area(query) if _names_many(query) else query


def by_area(query: Query) -> Query:
    """Ask for the area of tiles instead of their names; of a region, for what lies in it."""
    area = read_region(query.tile)
    if query.region is not None:
        within = shapely.intersection(area, query.region)
        area = read_region(within) if within.area > 0 else query.region
    return replace(query, tile=(), region=area)


def needs_sifting(query: Query) -> bool:
    """Say whether the service's answer can hold products that `query` does not want."""
    return query.orbit_direction is not None or is_pattern(query.name) or _asked_wider(query) or _names_many(query)


def sift(products: list[Product], query: Query) -> list[Product]:
    """Keep what `query` wants; a product that does not say its orbit direction is kept."""
    if query.orbit_direction is not None:
        products = [each for each in products if each.orbit_direction in (None, query.orbit_direction)]
    if _names_many(query):
        products = [
            each
            for each in products
            if _is_one_of(each.tile, query.tile) and _is_one_of(each.relative_orbit, query.relative_orbit)
        ]
    if query.name is not None and is_pattern(query.name):
        products = [each for each in products if fnmatchcase(each.name, query.name)]
    if query.region is not None and _asked_wider(query):
        footprints = shapely.from_wkt([each.footprint for each in products])
        kept = shapely.intersects(footprints, query.region)
        products = [each for each, inside in zip(products, kept, strict=True) if inside or each.footprint is None]
    return products


def _asked_wider(query: Query) -> bool:
    """Say whether the request's outline is a simplified, wider one than the region itself."""
    return query.region is not None and (_names_many(query) or not fits_request(query.region))


def _names_many(query: Query) -> bool:
    room = _MOST_NAMED if query.region is None else _MOST_BESIDE_REGION
    return len(query.tile) + len(query.relative_orbit) > room


def _is_one_of(value: object, wanted: tuple[object, ...]) -> bool:
    return not wanted or value is None or value in wanted
