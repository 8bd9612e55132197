"""The table that grows page by page is the one that all products at once would give."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from unittest import mock

import geopandas as gpd
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st

from s2dl.product import Product
from s2dl.query import Query
from s2dl.scenes import scenes_of
from s2dl.verbs import table

QUERY = Query.build((11, 45, 12, 46))
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
FOOTPRINTS = [None, "POLYGON ((11 45, 11.5 45, 11.5 46, 11 46, 11 45))", "POLYGON ((9 45, 10 45, 10 46, 9 46, 9 45))"]


def product(number: int, hours: int | None, footprint: str | None) -> Product:
    sensed = None if hours is None else NOON + timedelta(hours=hours)
    return Product(id=str(number), name=f"{number}.SAFE", sensing_start=sensed, footprint=footprint)


def grown(pages: list[list[Product]]) -> gpd.GeoDataFrame:
    async def grow() -> gpd.GeoDataFrame:
        with table.GrowingTable(QUERY) as growing:
            for page in pages:
                growing.add(page)
            assert growing.found == sum(map(len, pages))
            return await growing.whole()

    return asyncio.run(grow())


@given(
    hours=st.lists(st.none() | st.integers(0, 6), max_size=40),
    in_order=st.booleans(),
    data=st.data(),
)
def test_it_equals_the_table_of_all_at_once(hours: list[int | None], in_order: bool, data: st.DataObject) -> None:
    if in_order:
        hours = sorted(hours, key=lambda hour: (hour is None, hour or 0))
    products = [product(number, hour, data.draw(st.sampled_from(FOOTPRINTS))) for number, hour in enumerate(hours)]
    pages = []
    while products:
        size = data.draw(st.integers(1, 12))
        pages.append(products[:size])
        products = products[size:]
    with mock.patch.object(table, "_PIECE", 5):
        scenes = grown(pages)
    once = scenes_of([each for page in pages for each in page], QUERY)
    assert_geodataframe_equal(scenes, once)
    assert scenes.attrs == once.attrs
