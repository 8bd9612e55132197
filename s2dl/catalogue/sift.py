"""What the service cannot filter is sifted on our side."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import shapely

from s2dl.query import is_pattern
from s2dl.region import fits_request

if TYPE_CHECKING:
    from s2dl.product import Product
    from s2dl.query import Query

__all__ = ["needs_sifting", "sift"]


def needs_sifting(query: Query) -> bool:
    """Say whether the service's answer can hold products that `query` does not want."""
    return query.orbit_direction is not None or is_pattern(query.name) or _asked_wider(query)


def sift(products: list[Product], query: Query) -> list[Product]:
    """Keep what `query` wants; a product that does not say its orbit direction is kept."""
    if query.orbit_direction is not None:
        products = [each for each in products if each.orbit_direction in (None, query.orbit_direction)]
    if query.name is not None and is_pattern(query.name):
        products = [each for each in products if fnmatchcase(each.name, query.name)]
    if query.region is not None and _asked_wider(query):
        footprints = shapely.from_wkt([each.footprint for each in products])
        kept = shapely.intersects(footprints, query.region)
        products = [each for each, inside in zip(products, kept, strict=True) if inside or each.footprint is None]
    return products


def _asked_wider(query: Query) -> bool:
    """Say whether the request's outline is a simplified, wider one than the region itself."""
    return query.region is not None and not fits_request(query.region)
