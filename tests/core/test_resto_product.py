"""One feature of a resto answer becomes the same product as from the other catalogues, whatever is missing from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.catalogue.resto_feature import product_of
from s2dl.errors import BadAnswer

NAME = "S2B_MSIL2A_20240630T101031_N0510_R022_T32TPS_20240630T160000.SAFE"


def feature(**properties: Any) -> dict[str, Any]:
    return {"id": "1", "geometry": [], "properties": {"title": NAME, **properties}}


def test_a_recorded_feature(shared: Path) -> None:
    answer = json.loads((shared / "data/catalogue/cdse_resto/hls_resto_10.json").read_text())
    product = product_of(answer["features"][0])
    name = "S2A_MSIL1C_20200101T210921_N0208_R057_T04QFJ_20200101T221734"
    assert product.id == "483cab2e-06f1-5944-a06b-ef7026cc6fd0"
    assert product.name == f"{name}.SAFE"
    assert (product.product_type, product.platform, product.tile) == ("S2MSI1C", "S2A", "04QFJ")
    assert (product.baseline, product.relative_orbit, product.orbit_direction) == ("02.08", 57, "descending")
    assert product.cloud_cover == 14.4122
    assert product.sensing_start == datetime(2020, 1, 1, 21, 9, 21, 24_000, tzinfo=UTC)
    assert product.published == datetime(2020, 1, 1, 23, 39, 20, 33_183, tzinfo=UTC)
    assert product.s3_path == f"/eodata/Sentinel-2/MSI/L1C/2020/01/01/{name}.SAFE"
    assert product.quicklook_url is not None
    assert product.quicklook_url.endswith(f"{name}-ql.jpg")
    assert product.footprint is not None
    assert product.footprint.startswith("POLYGON ((-158.03827 20.92787835903, ")
    assert product.md5 is product.blake3 is None
    assert product.size == 0
    assert product.online


def test_all_recorded_features_can_be_read(shared: Path) -> None:
    answer = json.loads((shared / "data/catalogue/cdse_resto/hls_resto_S2A_p1.json").read_text())
    products = [product_of(each) for each in answer["features"]]
    assert len({product.name for product in products}) == 100
    assert all(product.tile and product.footprint and product.sensing_start for product in products)
    assert sum(product.cloud_cover == 0 for product in products) == 9


def test_what_resto_does_not_know_of_a_recorded_auxiliary_file_is_unknown(shared: Path) -> None:
    answer = json.loads((shared / "recorded/resto/cdsetool_resto_sentinel1_page_5.json").read_text())
    product = product_of(answer["features"][0])
    assert product.cloud_cover is product.relative_orbit is product.footprint is product.orbit_direction is None
    assert product.platform is None
    assert product.size == 4_409_919


@pytest.mark.parametrize(
    ("written", "clouds"), [("0", None), ("-1", None), ("-1.0", None), ("null", None), ("0.0", 0.0), ("12", 12.0)]
)
def test_a_clear_sky_and_an_unknown_one_are_told_apart(written: str, clouds: float | None) -> None:
    assert product_of(feature(cloudCover=json.loads(written))).cloud_cover == clouds


@pytest.mark.parametrize(
    ("status", "online"), [("ONLINE", True), ("OFFLINE", False), (0, True), (34, True), (31, False), (32, False)]
)
def test_online_or_not_in_words_and_numbers(status: str | int, online: bool) -> None:
    assert product_of(feature(status=status)).online is online


def test_where_the_catalogue_says_nothing_the_name_does() -> None:
    product = product_of({"id": 5, "properties": {"title": NAME.removesuffix(".SAFE")}})
    assert (product.id, product.name) == ("5", NAME)
    assert (product.product_type, product.platform, product.tile) == ("S2MSI2A", "S2B", "32TPS")
    assert (product.baseline, product.relative_orbit) == ("05.10", 22)


def test_a_baseline_that_only_resto_knows_has_the_tables_spelling() -> None:
    assert product_of({"id": "1", "properties": {"title": "old", "processingBaseline": 2.08}}).baseline == "02.08"
    assert product_of({"id": "1", "properties": {"title": "old", "processingBaseline": 0}}).baseline is None


@pytest.mark.parametrize(
    "broken",
    [
        {"properties": {"title": NAME}},
        {"id": "1"},
        {"id": "1", "properties": None},
        {"id": "1", "properties": {}},
        feature(startDate="soon"),
        feature(cloudCover="much"),
        feature(services=["download"]),
        feature(services={"download": {"size": "big"}}),
        {**feature(), "geometry": {"type": "Polygon", "coordinates": [[1, 2]]}},
    ],
    ids=str,
)
def test_a_feature_that_cannot_be_read_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="a product of the answer cannot be read"):
        product_of(broken)


KEYS = ["services", "cloudCover", "startDate", "platform", "status", "processingBaseline", "relativeOrbitNumber"]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["download", "size"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON), JSON)
def test_any_json_is_a_product_or_a_clear_error(properties: dict[str, Any], geometry: Any) -> None:
    try:
        product = product_of({**feature(**properties), "geometry": geometry})
    except BadAnswer:
        return
    assert product.name == NAME
    assert product.size >= 0
