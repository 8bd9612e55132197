"""Criteria that a service may not have been able to apply are applied once more on our side."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from s2dl.catalogue.sift import sift
from s2dl.query import is_pattern

if TYPE_CHECKING:
    from s2dl.product import Product
    from s2dl.query import Query

__all__ = ["narrowed", "recheck"]

_LETTERS = re.compile(r"\[!?\]?[^\]]*\]")
"""One of several letters, as in ``S2[AB]``."""
_PLATFORM = re.compile(r"^(S2[A-D])_")
_LEVEL = re.compile(r"_MSIL(1C|2A)_")
_SENSED = re.compile(r"^S2._MSIL(?:1C|2A)_(\d{8})")
_ORBIT = re.compile(r"_R(\d{3})_")
_TILE = re.compile(r"_T(\d{2}[A-Z]{3})_")
_DAY = timedelta(days=1)


def narrowed(query: Query) -> Query:
    """Read platform, product type, day, orbit and tile off a pattern, so that a service that knows none can search.

    What the question says itself is left as it is.
    """
    if query.name is None or not is_pattern(query.name):
        return query
    plain = _LETTERS.sub("?", query.name)
    start, end = _day(_SENSED.search(plain))
    return replace(
        query,
        platform=query.platform or _each(_PLATFORM.search(plain)),
        product_type=query.product_type or tuple(f"S2MSI{level}" for level in _each(_LEVEL.search(plain))),
        relative_orbit=query.relative_orbit or tuple(int(orbit) for orbit in _each(_ORBIT.search(plain))),
        tile=query.tile or _each(_TILE.search(plain)),
        start=query.start or start,
        end=query.end or end,
    )


def _each(found: re.Match[str] | None) -> tuple[str, ...]:
    return () if found is None else (found[1],)


def _day(found: re.Match[str] | None) -> tuple[datetime | None, datetime | None]:
    """The day of a name, and one on either side: sensing may begin a little before or after what the name says."""
    if found is None:
        return None, None
    try:
        day = datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None, None
    return day - _DAY, day + 2 * _DAY


def recheck(products: list[Product], query: Query) -> list[Product]:
    """Keep what `query` wants; where a product does not say, it is kept, but for a limit of cloud cover."""
    return sift([each for each in products if _is_wanted(each, query)], query)


def _is_wanted(product: Product, query: Query) -> bool:
    sensed = product.sensing_start
    return (
        (sensed is None or query.start is None or sensed >= query.start)
        and (sensed is None or query.end is None or sensed <= query.end)
        and _one_of(product.product_type, query.product_type)
        and _one_of(product.relative_orbit, query.relative_orbit)
        and _one_of(product.tile, query.tile)
        and _one_of(product.platform, query.platform)
        and (query.online is None or product.online == query.online)
        and (query.name is None or is_pattern(query.name) or product.name == query.name)
        and _is_clear_enough(product.cloud_cover, query.cloud_cover)
    )


def _one_of(value: object, wanted: tuple[object, ...]) -> bool:
    return not wanted or value is None or value in wanted


def _is_clear_enough(clouds: float | None, limits: tuple[float, float] | None) -> bool:
    if limits is None:
        return True
    return clouds is not None and limits[0] <= clouds <= limits[1]
