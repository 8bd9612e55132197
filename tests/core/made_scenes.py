"""Made-up scenes: products of a few words, as the table of a question."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import shapely

from s2dl.product import Product, parse_name
from s2dl.query import Query
from s2dl.scenes import scenes_of

REGION = (10.0, 46.0, 11.0, 47.0)


def part(west: float, east: float, south: float = 0, north: float = 1) -> str:
    """WKT of a part of the region, from shares of its width and height."""
    return str(shapely.box(10 + west, 46 + south, 10 + east, 46 + north).wkt)


def product(
    *,
    day: str = "20240601T101559",
    cloud: float | None = 10.0,
    footprint: str | None = part(0, 1),
    baseline: str = "0511",
    stamp: str = "20240601T160000",
    tile: str = "32TPS",
    orbit: int = 65,
    platform: str = "S2A",
    level: str = "L2A",
    **fields: Any,
) -> Product:
    name = f"{platform}_MSI{level}_{day}_N{baseline}_R{orbit:03}_T{tile}_{stamp}.SAFE"
    said = parse_name(name)
    assert said is not None, name
    known: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "product_type": said.product_type,
        "platform": platform,
        "tile": tile,
        "baseline": said.baseline,
        "relative_orbit": orbit,
        "sensing_start": said.sensing_start,
        "published": datetime(2024, 6, 2, 1, 2, 3, 456_789, tzinfo=UTC),
        "cloud_cover": cloud,
        "md5": "0123456789abcdef0123456789abcdef",
        "size": 1_000,
        "footprint": footprint,
    }
    return Product(name=name, **known | fields)


def table(*products: Product, region: Any = REGION) -> gpd.GeoDataFrame:
    return scenes_of(products, Query.build(region) if region is not None else Query.build(tile="32TPS"))
