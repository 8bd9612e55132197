"""One item of a STAC answer becomes the same product as from the other catalogues, whatever is missing from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.catalogue.stac_item import product_of
from s2dl.errors import BadAnswer

ID = "S2B_MSIL2A_20240630T101031_N0510_R022_T32TPS_20240630T160000"
ITEM: dict[str, Any] = {"id": ID}
UUID = "7d10d1f8-e4a8-40d8-af15-4c227639d61a"


def archive(**extra: Any) -> dict[str, Any]:
    return {**ITEM, "assets": {"Product": extra}}


def said(**properties: Any) -> dict[str, Any]:
    return {**ITEM, "properties": properties}


def test_a_recorded_item_of_level_2a(shared: Path) -> None:
    name = "S2A_MSIL2A_20220217T183431_N0510_R027_T13VEK_20240516T022440"
    product = product_of(json.loads((shared / "data/catalogue/stac" / f"{name}.json").read_text()))
    assert product.id == UUID
    assert product.name == f"{name}.SAFE"
    assert (product.product_type, product.platform, product.tile) == ("S2MSI2A", "S2A", "13VEK")
    assert (product.baseline, product.relative_orbit, product.orbit_direction) == ("05.10", 27, "descending")
    assert product.md5 == "3ae2f90d5e19911094dafdc192fe86ad"
    assert product.size == 981_355_618
    assert product.cloud_cover == 41.21
    assert product.sensing_start == datetime(2022, 2, 17, 18, 34, 31, 24_000, tzinfo=UTC)
    assert product.published == datetime(2024, 11, 20, 20, 23, 22, 150_523, tzinfo=UTC)
    assert product.s3_path == f"/eodata/Sentinel-2/MSI/L2A_N0500/2022/02/17/{name}.SAFE"
    assert product.quicklook_url == (
        "https://datahub.creodias.eu/odata/v1/Assets(2300ed19-15f5-45e3-8b6d-cff89bf45dd7)/$value"
    )
    assert product.footprint is not None
    assert product.footprint.startswith("POLYGON ((-105.00039660496051 63.129519214116456, ")
    assert product.online


def test_a_recorded_item_of_level_1c(shared: Path) -> None:
    product = product_of(json.loads((shared / "recorded/stac/cdse_example_item_sentinel-2-l1c.json").read_text()))
    assert (product.product_type, product.tile, product.relative_orbit) == ("S2MSI1C", "51CVP", 130)
    assert product.md5 == "9cd16654f41f4f7161ed82dd6a72b9b8"
    assert product.cloud_cover == 0.0
    assert product.size == 117_037_934


def test_where_the_catalogue_says_nothing_the_name_does() -> None:
    product = product_of(ITEM)
    assert product.name == f"{ID}.SAFE"
    assert (product.product_type, product.platform, product.tile) == ("S2MSI2A", "S2B", "32TPS")
    assert (product.baseline, product.relative_orbit) == ("05.10", 22)
    assert product.cloud_cover is product.orbit_direction is product.sensing_start is product.md5 is None
    assert product.id == ""


@pytest.mark.parametrize("code", ["MGRS-04QFJ", "MGRS-4QFJ"])
def test_a_tile_has_two_digits_whichever_way_the_grid_code_is_written(code: str) -> None:
    assert product_of({"id": "other", "properties": {"grid:code": code}}).tile == "04QFJ"


@pytest.mark.parametrize(
    ("checksum", "md5"),
    [
        ("d50110" + "ab" * 16, "ab" * 16),
        ("D50110" + "AB" * 16, "ab" * 16),
        ("d50120" + "ab" * 32, None),
        ("1620" + "ab" * 32, None),
        ("d50110" + "ab" * 15, None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_digest_of_16_bytes_is_an_md5(checksum: str | None, md5: str | None) -> None:
    assert product_of(archive(**{"file:checksum": checksum})).md5 == md5


@pytest.mark.parametrize(
    "item",
    [
        said(_private={"product_uuid": UUID}),
        archive(href=f"https://download.example.org/odata/v1/Products({UUID})/$value"),
        archive(
            href="s3://eodata/x.zip",
            alternate={"https": {"href": f"https://zipper.example.org/odata/v1/Products({UUID})/Nodes(a)/$value"}},
        ),
    ],
)
def test_the_odata_catalogues_id_is_found_wherever_it_stands(item: dict[str, Any]) -> None:
    assert product_of(item).id == UUID


def test_a_quicklook_is_taken_from_the_web_and_its_folder_from_the_store() -> None:
    thumbnail = {"href": f"s3://eodata/a/{ID}.SAFE/{ID}-ql.jpg", "alternate": {"https": {"href": "https://x/q.jpg"}}}
    product = product_of({**ITEM, "assets": {"thumbnail": thumbnail}})
    assert product.quicklook_url == "https://x/q.jpg"
    assert product.s3_path == f"/eodata/a/{ID}.SAFE"


@pytest.mark.parametrize(
    "missing",
    [
        {"assets": None},
        {"assets": {}},
        {"assets": {"Product": None, "thumbnail": None}},
        {"assets": {"thumbnail": {"href": "javascript:alert(1)"}}},
        {"properties": None},
        {"links": None},
        {"links": [{"rel": "self", "href": "https://x/"}, {"rel": "enclosure", "href": "https://x/"}]},
        {"geometry": None},
        {"geometry": {"type": "Polygon", "coordinates": []}},
        {"something:new": {"a": 1}},
    ],
    ids=str,
)
def test_what_an_item_lacks_is_unknown(missing: dict[str, Any]) -> None:
    product = product_of({**ITEM, **missing})
    assert product.md5 is product.footprint is product.quicklook_url is product.s3_path is product.published is None
    assert product.size == 0


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {**ITEM, "geometry": {"type": "Polygon", "coordinates": "here"}},
        {**ITEM, "geometry": {"type": "Sphere", "coordinates": []}},
        {**ITEM, "links": [5]},
        {**ITEM, "assets": [1]},
        said(datetime="soon"),
        said(**{"eo:cloud_cover": "much"}),
        said(**{"sat:relative_orbit": float("inf")}),
        said(platform=5),
    ],
    ids=str,
)
def test_an_item_that_cannot_be_read_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="a product of the answer cannot be read"):
        product_of(broken)


KEYS = ["properties", "assets", "links", "geometry"]
INNER = ["href", "rel", "alternate", "Product", "thumbnail", "_private", "datetime", "grid:code", "type", "coordinates"]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.just("Polygon"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_json_is_a_product_or_a_clear_error(content: dict[str, Any]) -> None:
    try:
        product = product_of({**ITEM, **content})
    except BadAnswer:
        return
    assert product.name == f"{ID}.SAFE"
    assert product.size >= 0
