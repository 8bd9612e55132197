"""The same question to all three catalogues of the embedded Data Space: the same scenes, the same table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import geopandas as gpd
import pytest
import shapely
from e2e.helpers import BOX, SUMMER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_series_equal

import s2dl
from s2dl.catalogue.resto import RestoCatalogue
from s2dl.catalogue.stac import StacCatalogue
from s2dl.demo import DataSpace
from s2dl.settings import Settings

CATALOGUES = ["odata", "stac", "resto"]
OTHERS = ["stac", "resto"]


@pytest.fixture(scope="module")
def space() -> Iterator[DataSpace]:
    """A Data Space that still speaks resto."""
    with DataSpace(resto=True) as space:
        yield space


def asking(space: DataSpace, catalogue: str) -> Settings:
    return space.settings.model_copy(update={"catalogue": catalogue})


def search(space: DataSpace, catalogue: str, *region: Any, **question: Any) -> gpd.GeoDataFrame:
    return s2dl.search(*region, **question, catalogue=catalogue, settings=space.settings, progress=False)


@pytest.mark.parametrize("catalogue", OTHERS)
@pytest.mark.parametrize(
    "question",
    [
        {},
        {"product_type": "L2A"},
        {"product_type": ["L1C", "L2A"]},
        {"cloud_cover": 30},
        {"cloud_cover": (20.5, 60.5)},
        {"relative_orbit": 22},
        {"relative_orbit": [22, 65], "platform": ["S2A", "S2B"]},
        {"tile": "T32TPS"},
        {"tile": ["32TPS", "32TPT"], "platform": "S2B"},
        {"name": "S2?_MSIL2A_202407*_T32TPS_*"},
        {"orbit_direction": "descending"},
        {"online": True},
        {"online": False},
    ],
    ids=str,
)
def test_the_same_question_has_the_same_answer(space: DataSpace, catalogue: str, question: dict[str, Any]) -> None:
    times = {"start": "2024-06", "end": "2024-08"}
    wanted = search(space, "odata", BOX, **times, **question)
    scenes = search(space, catalogue, BOX, **times, **question)
    assert list(scenes["name"]) == list(wanted["name"])
    assert scenes.dtypes.equals(wanted.dtypes)
    assert s2dl.count(BOX, **times, **question, catalogue=catalogue, settings=space.settings) == len(wanted)


@pytest.mark.parametrize("catalogue", OTHERS)
def test_each_value_is_the_same_where_the_catalogue_has_it(space: DataSpace, catalogue: str) -> None:
    wanted = search(space, "odata", BOX, **SUMMER)
    scenes = search(space, catalogue, BOX, **SUMMER)
    lacking = {"stac": {"blake3", "quicklook_url"}, "resto": {"md5", "blake3", "size", "quicklook_url"}}[catalogue]
    for column in wanted.columns.drop(["geometry", "cloud_cover", *lacking]):
        assert_series_equal(scenes[column], wanted[column])
    assert_series_equal(scenes["cloud_cover"], wanted["cloud_cover"], atol=0.005, rtol=0)  # STAC rounds it
    assert shapely.equals_exact(scenes.geometry.to_numpy(), wanted.geometry.to_numpy(), tolerance=1e-6).all()


@pytest.mark.parametrize("catalogue", OTHERS)
def test_an_empty_answer_has_the_same_columns(space: DataSpace, catalogue: str) -> None:
    wanted = search(space, "odata", BOX, **SUMMER)
    nothing = search(space, catalogue, BOX, start="2013", end="2013")
    assert nothing.empty
    assert nothing.dtypes.equals(wanted.dtypes)


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_very_many_tiles_and_orbits_are_asked_for_in_short_addresses(space: DataSpace, catalogue: str) -> None:
    tiles = s2dl.tiles.tiles_of(shapely.box(5, 44, 15, 49))[::2]
    question: dict[str, Any] = {"tile": tiles, "relative_orbit": range(1, 70), "platform": "S2A"}
    before = len(space.requests)
    scenes = search(space, catalogue, **question, start="2024-06-06", end="2024-06-06")
    day = {"start": datetime(2024, 6, 6, tzinfo=UTC), "end": datetime(2024, 6, 6, 23, 59, 59, tzinfo=UTC)}
    exist = space.world.find(tiles=tiles, relative_orbits=range(1, 70), **day)
    asked = {scene.name for scene in exist if scene.name.startswith("S2A")}
    assert set(scenes["name"]) == asked
    assert len(asked) > 20
    assert max(len(request.path) + len(request.query) for request in space.requests[before:]) < 6_000
    beside_a_region = search(space, catalogue, (5, 44, 15, 49), **question, start="2024-06-06", end="2024-06-06")
    assert list(beside_a_region["name"]) == list(scenes["name"])
    limited = search(space, catalogue, **question, start="2024-06-06", end="2024-06-06", limit=3)
    assert list(limited["sensing_start"]) == list(scenes["sensing_start"].tail(3))


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_the_question_asks_the_same_catalogue_again(space: DataSpace, catalogue: str) -> None:
    scenes = search(space, catalogue, BOX, **SUMMER)
    again = s2dl.search(**scenes.attrs["query"], settings=space.settings, progress=False)
    assert again.attrs == scenes.attrs
    assert again.equals(scenes)


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_limit_gives_the_newest(space: DataSpace, catalogue: str) -> None:
    everything = search(space, "odata", BOX, **SUMMER)
    newest = search(space, catalogue, BOX, **SUMMER, limit=5)
    assert list(newest["sensing_start"]) == list(everything["sensing_start"].tail(5))
    assert set(newest["name"]) <= set(everything["name"])


@pytest.mark.parametrize("catalogue", OTHERS)
def test_one_product_is_found_by_its_name(space: DataSpace, catalogue: str) -> None:
    name = search(space, "odata", BOX, **SUMMER)["name"].iloc[3]
    assert list(search(space, catalogue, name=name)["name"]) == [name]


@pytest.mark.parametrize("catalogue", OTHERS)
def test_scenes_of_each_catalogue_can_be_downloaded(
    space: DataSpace, catalogue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in space.env.items():
        monkeypatch.setenv(name, value)
    scenes = search(space, catalogue, BOX, **SUMMER).head(2)
    report = s2dl.download(scenes, tmp_path, settings=asking(space, catalogue), progress=False)
    assert [result.status for result in report] == ["downloaded", "downloaded"]
    products = [space.world.by_name(name) for name in scenes["name"]]
    assert [result.md5 for result in report] == [space.world.md5(product) for product in products if product]


@pytest.mark.parametrize("catalogue", OTHERS)
def test_scenes_of_each_catalogue_can_be_previewed(space: DataSpace, catalogue: str, tmp_path: Path) -> None:
    scenes = search(space, catalogue, BOX, **SUMMER)
    scenes = scenes[scenes["quicklook_url"].notna()].head(2)
    report = s2dl.preview(scenes, tmp_path, settings=space.settings, progress=False)
    assert [result.status for result in report] == ["downloaded", "downloaded"]


def test_the_data_space_of_today_says_that_resto_is_gone() -> None:
    with DataSpace() as today, pytest.raises(s2dl.errors.ServiceError, match="switched it off on 2 March 2026"):
        search(today, "resto", BOX, **SUMMER)


@pytest.mark.parametrize("catalogue", OTHERS)
def test_a_passing_error_between_pages_is_survived(space: DataSpace, catalogue: str) -> None:
    whole = list(search(space, "odata", BOX, **SUMMER)["name"])
    paths = {"stac": "/stac/v1/search", "resto": "/resto/*"}
    before = len(space.requests)
    with small_pages(4):
        space.inject(s2dl.demo.Fault("server-error", paths[catalogue], 2, status=503, retry_after="0"))
        assert list(search(space, catalogue, BOX, **SUMMER)["name"]) == whole
    assert [request.status for request in space.requests[before:]].count(503) == 2


@pytest.mark.parametrize("catalogue", OTHERS)
def test_what_is_missing_of_a_listing_is_said(space: DataSpace, catalogue: str) -> None:
    whole = set(search(space, "odata", BOX, **SUMMER)["name"])
    page, requests = 5, 0
    catalogues = {"stac": StacCatalogue, "resto": RestoCatalogue}
    fetch = catalogues[catalogue]._page

    async def failing(self: Any, ask: Any) -> Any:
        nonlocal requests
        requests += 1
        if requests == 3:
            raise s2dl.errors.ServiceError("The search: the service answered HTTP 500.", status=500)
        return await fetch(self, ask)  # type: ignore[arg-type]

    with (
        small_pages(page),
        mock.patch.object(catalogues[catalogue], "_page", failing),
        pytest.raises(s2dl.errors.PartialListing, match="products 11 and on") as raised,
    ):
        search(space, catalogue, BOX, **SUMMER)
    assert raised.value.scenes is not None
    assert len(raised.value.scenes) == 2 * page
    assert set(raised.value.scenes["name"]) < whole


def small_pages(size: int, deepest: int = 1_000) -> ExitStack:
    """Pages of so many products, and listings of OData that end soon after `deepest`."""
    stack = ExitStack()
    for target, value in {
        "s2dl.catalogue.odata.PAGE": size,
        "s2dl.catalogue.odata_pages.DEEPEST": deepest,
        "s2dl.catalogue.stac.StacCatalogue.page_size": size,
        "s2dl.catalogue.resto.RestoCatalogue.page_size": size,
    }.items():
        stack.enter_context(mock.patch(target, value))
    return stack


# All products of a pass share one sensing time, up to dozens in a place.
PLACES = {
    "the Alps": ((10.5, 45.5, 12.5, 47.0), shapely.box(10.5, 45.5, 12.5, 47.0)),
    "Fiji": ((178.0, -19.0, -179.0, -16.0), shapely.box(178, -19, 180, -16) | shapely.box(-180, -19, -179, -16)),
    "Svalbard": ((15.0, 78.0, 17.0, 78.5), shapely.box(15, 78, 17, 78.5)),
}
"""Boxes as a person gives them, and what they mean."""
FIRST_DAYS = [datetime(*day, tzinfo=UTC) for day in [(2016, 12, 28), (2020, 2, 26), (2024, 6, 10)]]
SECONDS = st.integers(0, 8 * 86_400)


@pytest.fixture(scope="module")
def worlds() -> Iterator[list[DataSpace]]:
    """Data Spaces over different worlds."""
    with ExitStack() as stack:
        yield [stack.enter_context(DataSpace(seed=seed, resto=True)) for seed in range(3)]


@pytest.mark.parametrize("catalogue", CATALOGUES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_listing_is_what_exists_each_once(worlds: list[DataSpace], catalogue: str, data: st.DataObject) -> None:
    space = data.draw(st.sampled_from(worlds))
    box, region = PLACES[data.draw(st.sampled_from(sorted(PLACES)), "place")]
    first = data.draw(st.sampled_from(FIRST_DAYS), "first day")
    week = Counter(
        scene.sensing for scene in space.world.find(region=region, start=first, end=first + timedelta(days=8))
    )
    shared_times, most = sorted(week), max(week.values(), default=1)
    moments = SECONDS.map(lambda seconds: first + timedelta(seconds=seconds))
    edge = st.sampled_from(shared_times) | moments if shared_times else moments
    start, end = sorted([data.draw(edge, "start"), data.draw(edge, "end")])
    types = data.draw(st.sampled_from([(), ("S2MSI2A",), ("S2MSI1C",), ("S2MSI1C", "S2MSI2A")]), "types")
    limit = data.draw(st.none() | st.integers(1, 30), "limit")
    exist = list(space.world.find(region=region, start=start, end=end, product_types=set(types) if types else None))
    with small_pages(data.draw(st.integers(1, 40), "page size"), deepest=max(60, most)):
        scenes = search(space, catalogue, box, start=start, end=end, product_type=types or None, limit=limit)
    assert scenes["name"].is_unique
    assert set(scenes["name"]) <= {scene.name for scene in exist}
    # Of several that share the oldest time, any may make up the number.
    assert list(scenes["sensing_start"]) == [scene.sensing for scene in exist][-limit if limit else None :]
