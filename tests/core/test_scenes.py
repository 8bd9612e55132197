"""The table of scenes, field by field, against a recorded answer of the live service."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl.access.shaped import read_json
from s2dl.catalogue import odata
from s2dl.catalogue.odata_entry import Entry
from s2dl.errors import BadAnswer, BadInput
from s2dl.product import Product
from s2dl.query import Query
from s2dl.region import read_region
from s2dl.scenes import coverage, products_of, scenes_of
from s2dl.scenes_like import products_given

DTYPES = {
    **dict.fromkeys(
        [
            "id", "name", "product_type", "platform", "tile", "orbit_direction", "baseline",
            "md5", "blake3", "quicklook_url", "s3_path",
        ],
        "str",
    ),
    "sensing_start": "datetime64[us, UTC]",
    "published": "datetime64[us, UTC]",
    "relative_orbit": "Int16",
    "cloud_cover": "float64",
    "coverage": "float64",
    "size": "int64",
    "online": "bool",
    "geometry": "geometry",
}  # fmt: skip

ANYWHERE = Query.build(tile="54PXA")


def dtypes(scenes: gpd.GeoDataFrame) -> dict[str, str]:
    return {name: "str" if isinstance(dtype, pd.StringDtype) else str(dtype) for name, dtype in scenes.dtypes.items()}


@pytest.fixture
def answer(shared: Path) -> list[dict[str, Any]]:
    path = shared / "recorded/odata/eodag_cop_dataspace_search_S2MSI1C_page.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = content["value"]
    return entries


def product_of(entry: dict[str, Any]) -> Product:
    return odata.product_of(read_json("The search", json.dumps(entry).encode(), Entry))


def test_a_real_answer_field_by_field(answer: list[dict[str, Any]]) -> None:
    scenes = scenes_of(map(product_of, answer), Query.build((140, 10, 150, 20)))
    assert dtypes(scenes) == DTYPES
    assert scenes.crs.to_epsg() == 4326
    assert list(scenes.index) == [0, 1]
    folder = "/eodata/Sentinel-2/MSI/L1C_N0500/2020/08/08"
    names = [
        "S2A_MSIL1C_20200808T010311_N0500_R045_T54PXA_20230413T212505.SAFE",
        "S2A_MSIL1C_20200808T010311_N0500_R045_T55PBR_20230413T212505.SAFE",
    ]
    expected: dict[str, list[Any]] = {
        "id": ["05edf2bb-d103-49f1-a677-9e474138d84f", "37fc6ed2-24b4-4b28-8df7-91444921f867"],
        "name": names,
        "product_type": ["S2MSI1C"] * 2,
        "platform": ["S2A"] * 2,
        "tile": ["54PXA", "55PBR"],
        "baseline": ["05.00"] * 2,
        "md5": ["923ac4992d90b57d41e7ace4d9d90757", "9d22f81af1320e17fa38449195a73772"],
        "blake3": [
            "2f787caed527ffeb3245594a465abd127da5ee7eaeb974f9a9ab4342f2fba7cf",
            "c3b8134681ef52bbd32fb7ac22d1a4be16717f0bdcee2733bfc27a22dd102598",
        ],
        "quicklook_url": [
            "https://catalogue.dataspace.copernicus.eu/odata/v1/Assets(385d0a62-ec57-413b-a8b8-12c0e79848f6)/$value",
            "https://catalogue.dataspace.copernicus.eu/odata/v1/Assets(05eec53f-5f8a-4db6-a13d-c8945dda5a14)/$value",
        ],
        "s3_path": [f"{folder}/{name}" for name in names],
        "sensing_start": [datetime(2020, 8, 8, 1, 3, 11, 24_000, tzinfo=UTC)] * 2,
        "published": [
            datetime(2023, 8, 23, 9, 26, 23, 105_134, tzinfo=UTC),
            datetime(2023, 8, 23, 8, 24, 44, 869_562, tzinfo=UTC),
        ],
        "relative_orbit": [45, 45],
        "cloud_cover": [95.136736479015, 95.3695186848618],
        "size": [224_105_657, 172_342_246],
        "online": [True, True],
    }
    for column, values in expected.items():
        assert scenes[column].tolist() == values, column
    assert scenes["orbit_direction"].isna().all()
    footprints = [shapely.geometry.shape(entry["GeoFootprint"]) for entry in answer]
    assert all(shapely.equals_exact(scenes.geometry.to_numpy(), footprints, tolerance=0))
    assert set(expected) | {"orbit_direction", "coverage", "geometry"} == set(scenes.columns)


def test_the_coverage_of_a_real_answer(answer: list[dict[str, Any]]) -> None:
    region = shapely.geometry.shape(answer[0]["GeoFootprint"])
    scenes = scenes_of(map(product_of, answer), Query.build(region))
    assert scenes["coverage"].tolist() == pytest.approx([1, 0], abs=1e-9)


def test_the_question_can_be_asked_again(answer: list[dict[str, Any]]) -> None:
    query = Query.build((140, 10, 150, 20), start="2020-08", product_type="L1C")
    scenes = scenes_of(map(product_of, answer), query)
    assert json.loads(json.dumps(scenes.attrs["query"])) == scenes.attrs["query"]
    assert Query.build(**scenes.attrs["query"]) == query


@pytest.mark.parametrize("query", [ANYWHERE, Query.build((11, 45, 12, 46))])
def test_an_empty_table_has_the_same_columns_and_dtypes(query: Query) -> None:
    scenes = scenes_of([], query)
    assert dtypes(scenes) == DTYPES
    assert list(scenes.columns) == list(scenes_of([Product(id="1", name="a.SAFE")], query).columns)
    assert len(scenes) == 0
    assert scenes.crs.to_epsg() == 4326
    assert scenes.attrs["query"] == query.to_dict()
    assert products_of(scenes) == []


def test_what_is_unknown_is_missing_and_keeps_the_dtypes() -> None:
    scenes = scenes_of([Product(id="1", name="a.SAFE")], Query.build((11, 45, 12, 46)))
    assert dtypes(scenes) == DTYPES
    row = scenes.iloc[0]
    known = {"id", "name", "size", "online"}
    assert row[[name for name in scenes.columns if name not in known]].isna().all()
    assert row["size"] == 0
    assert bool(row["online"]) is True


def test_rows_come_by_sensing_time_then_name_and_unknown_times_last() -> None:
    def at(day: int | None, name: str) -> Product:
        start = None if day is None else datetime(2024, 6, day, tzinfo=UTC)
        return Product(id=name, name=name, sensing_start=start)

    scenes = scenes_of([at(None, "x"), at(3, "b"), at(1, "z"), at(3, "a")], ANYWHERE)
    assert scenes["name"].tolist() == ["z", "a", "b", "x"]
    assert list(scenes.index) == [0, 1, 2, 3]


def test_a_footprint_that_cannot_be_read_is_told() -> None:
    with pytest.raises(BadAnswer, match="footprint of the answer cannot be read"):
        scenes_of([Product(id="1", name="a", footprint="POLYGON ((1 2")], ANYWHERE)


def test_without_a_region_there_is_no_coverage() -> None:
    assert np.isnan(coverage(np.array([shapely.box(0, 0, 1, 1)]), None)).all()


def test_a_missing_footprint_has_no_coverage_and_a_broken_one_is_mended() -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    shares = coverage(np.array([None, bow_tie, shapely.box(5, 5, 6, 6)]), shapely.box(0, 0, 2, 2))
    assert np.isnan(shares[0])
    assert shares[1:] == pytest.approx([0.5, 0], abs=1e-3)


def test_coverage_across_the_antimeridian() -> None:
    region = shapely.MultiPolygon([shapely.box(179, -18, 180, -16), shapely.box(-180, -18, -179, -16)])
    footprints = np.array([shapely.box(179, -18, 180, -16), region])
    assert coverage(footprints, region) == pytest.approx([0.5, 1])


def true_area(shape: shapely.Geometry) -> float:
    """Area on the ellipsoid, of edges divided so finely that geodesics follow the parallels."""
    geod = pyproj.Geod(ellps="WGS84")
    return abs(geod.geometry_area_perimeter(shapely.segmentize(shape, 0.02))[0])


@settings(max_examples=25)
@given(
    st.floats(-170, 165),
    st.floats(-85, 80),
    st.floats(0.2, 4),
    st.floats(0.2, 4),
    st.floats(-1, 1),
    st.floats(-1, 1),
)
def test_coverage_is_the_share_of_true_area(
    west: float, south: float, width: float, height: float, right: float, up: float
) -> None:
    region = read_region((west, south, west + width, south + height))
    footprint = shapely.affinity.translate(region, right * width, up * height)
    shared_part = region.intersection(footprint)
    expected = 0.0 if shared_part.area == 0 else true_area(shared_part) / true_area(region)
    assert coverage(np.array([footprint]), region)[0] == pytest.approx(expected, abs=2e-4)


def test_equal_degrees_are_not_equal_areas() -> None:
    region = shapely.box(10, 0, 11, 80)
    south, north = coverage(np.array([shapely.box(10, 0, 11, 40), shapely.box(10, 40, 11, 80)]), region)
    assert south + north == pytest.approx(1)
    assert south == pytest.approx(np.sin(np.radians(40)) / np.sin(np.radians(80)), abs=5e-3)


def test_rows_are_read_back_as_the_products_they_were(answer: list[dict[str, Any]]) -> None:
    products = [product_of(entry) for entry in answer]
    scenes = scenes_of(products, ANYWHERE)

    expected = [replace(product, footprint=str(shapely.from_wkt(product.footprint).wkt)) for product in products]
    assert products_of(scenes) == expected
    assert products_of(scenes.iloc[1]) == [expected[1]]
    assert products_of(scenes.assign(md5=scenes["md5"].str.upper())) == expected
    assert products_of(scenes[scenes["tile"] == "54PXA"]) == [expected[0]]
    unplaced = [replace(product, footprint=None) for product in products]
    assert products_of(scenes.drop(columns="geometry")) == unplaced
    assert products_of(pd.DataFrame(scenes).assign(geometry=scenes.geometry.to_wkt())) == unplaced
    for product in products_of(scenes.iloc[0]):
        assert json.dumps([product.size, product.online, product.relative_orbit, product.cloud_cover])


def test_a_table_of_names_alone_is_enough() -> None:
    assert products_of(pd.DataFrame({"name": ["a.SAFE"]})) == [Product(id="", name="a.SAFE")]


def test_a_table_without_names_is_refused() -> None:
    with pytest.raises(BadInput, match="no column 'name'; give rows of what"):
        products_of(pd.DataFrame({"title": ["a"]}))


@pytest.mark.parametrize("scenes", [5, None, 1.5])
def test_what_is_no_scenes_is_refused(scenes: Any) -> None:
    with pytest.raises(BadInput, match="product names"):
        products_given(scenes)
